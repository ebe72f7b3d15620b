"""Category choices held against what the SIS lists for their sections (B-1, B-4, B-6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from include.gradebook.rules import SisRules
from include.sis.contract import SectionsRead, SisClient
from include.sync.choices_file import Line


def check_choices(lines: Iterable[Line], client: SisClient, rules: SisRules, today: str) -> Iterator[tuple[Line, str]]:
    """Every choice of one target that the SIS would not take, with the sentence that says why. Reads, never writes."""
    wanted = list(lines)
    read = client.read_sections(sorted({line.sis_section_id for line in wanted}))
    sections = read.sections.set_index("sis_section_id")
    for line in wanted:
        told = _unusable(line, sections.loc[line.sis_section_id], read, rules, today)
        if told:
            yield line, told


def _unusable(line: Line, section: pd.Series, read: SectionsRead, rules: SisRules, today: str) -> str:
    if not section["found"]:
        return f'sis_section_id: "{line.sis_section_id}" is not in the SIS. Use a section that the SIS lists'
    begins = section["term_start"]
    if rules.category_needs_active_term and isinstance(begins, str) and begins > today:
        return f'sis_section_id: the term of "{line.sis_section_id}" has not started. Import this line on or after {begins}'
    if not line.category_id:
        return ""
    mine = read.categories[read.categories["sis_section_id"] == line.sis_section_id]
    states = ["active"] if rules.hidden_category == "absent" else ["active", "hidden"]
    there = mine[mine["state"].isin(states)]
    if line.category_id in set(there["category_id"]):
        return ""
    allowed = ", ".join(f"{row['category_id']} ({row['title']})" for row in there.to_dict("records")) or "none: the SIS lists no category there"
    return f'category_id: "{line.category_id}" is not a category of section "{line.sis_section_id}". Use {allowed}'
