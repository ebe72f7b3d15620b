"""docs/sis-rules.md: what differs between the SIS, out of their rule tables (requirements, table C)."""

from __future__ import annotations

import ast
import csv
import io
import tokenize
from collections.abc import Mapping
from pathlib import Path

from docs.markdown import table
from include.district import load_district
from include.gradebook.rule_words import bounds, meaning, rows_of, words_of, written
from include.gradebook.rules import SisRules
from include.sis.registry import SIS, Sis

_ROOT = Path(__file__).resolve().parent.parent
_PREFIX = {"genesis": "G", "synergy": "SY", "schooltool": "ST", "infinite_campus": "IC", "powerschool": "PS"}

_INTRO = """# Rules of the five SIS

Generated from the rule tables in `include/sis/` by `python -m docs.generate`.

Every value below can be overridden for a target in the district file:

```yaml
targets:
  powerschool:
    sis: powerschool
    rules:
      name_max_length: 50        # a number
      name_shorten: true         # a switch
      foreign_twin: adopt        # one of the allowed words
```

A field that does not exist, or a value of another type or outside the allowed ones, is refused before anything is read, with the field, its value
and what is allowed. A rule that stops something is named in the message with its value ([reasons](reasons.md)).
"""


def page() -> str:
    """The whole page: the fields, table C side by side, what the district file overrides, then each SIS with its sources."""
    return _INTRO + _fields() + _side_by_side() + _overridden() + "".join(_one(name, entry) for name, entry in SIS.items())


def _fields() -> str:
    rows = [[f"`{name}`", _allowed(name), _value(field.default), meaning(name)] for name, field in SisRules.model_fields.items()]
    return "\n## Fields\n\n" + table(["field", "allowed", "default", "meaning"], rows)


def _side_by_side() -> str:
    """One row per row of table C, one column per SIS; every cell's requirement id is its prefix and the row's number."""
    rows = [
        [str(number), wording, *("<br>".join(f"{name}: {_value(getattr(entry.rules, name))}" for name in fields) for entry in SIS.values())]
        for number, wording, fields in _table_c()
    ]
    head = ["row", "rule", *(f"{entry.title} ({_PREFIX[name]}-n)" for name, entry in SIS.items())]
    return "\n## Side by side\n\n" + table(head, rows)


def _table_c() -> list[tuple[int, str, list[str]]]:
    """(row, its wording, the fields that decide it)."""
    with (_ROOT / "docs/requirements.csv").open(encoding="utf-8", newline="") as file:
        wording = {row["id"]: row["wording"].split(": ", 1)[-1] for row in csv.DictReader(file)}
    numbers = sorted({number for name in SisRules.model_fields for number in rows_of(name)})
    return [(number, wording[f"G-{number}"], [name for name in SisRules.model_fields if number in rows_of(name)]) for number in numbers]


def _overridden() -> str:
    targets = load_district(_ROOT / "config/district.yaml").targets.values()
    rows = [
        [target.name, f"`{field}`", _value(getattr(SIS[target.sis].rules, field)), _value(value)]
        for target in targets
        for field, value in target.overrides.items()
    ]
    told = "Overrides in `config/district.yaml`; *Grade Sync > Rules* shows those of the district at hand."
    return f"\n## Overridden by the district file\n\n{told}\n\n" + table(["target", "field", "value of the SIS", "value here"], rows)


def _one(name: str, entry: Sis) -> str:
    sources = _sources(name)
    defaults = {field: info.default for field, info in SisRules.model_fields.items()}
    rows = [
        [f"`{field}`", _value(value), "" if value == defaults[field] else "differs", sources.get(field, "default")]
        for field, value in entry.rules.model_dump().items()
    ]
    return f"\n## {entry.title}\n\n" + table(["field", "value", "from the default", "where it comes from"], rows)


def _allowed(field: str) -> str:
    return ", ".join(f"`{word}`" for word in words_of(field)) or bounds(field)


def _value(value: object) -> str:
    return f"`{written(value)}`"


def _sources(sis_name: str) -> Mapping[str, str]:
    """The comment behind each field in the SIS's rule table: where its value comes from."""
    paths = [path for path in (_ROOT / f"include/sis/{sis_name}_rules.py", _ROOT / f"include/sis/{sis_name}.py") if path.exists()]
    text = paths[0].read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "SisRules"]
    return {word.arg: comments.get(word.value.lineno, "") for word in calls[0].keywords if word.arg}
