"""docs/reasons.md: every code that a person can meet, what it says, who mends it and what happens next (F-5)."""

from __future__ import annotations

from docs.markdown import table
from include.gradebook.reasons import CATALOGUE

_FAMILIES = {
    "GP": "Found before any request, from Canvas data and the rules of the SIS",
    "RC": "Found by a reconcile",
    "SIS": "Responses that any SIS can give",
    "PS": "PowerSchool",
    "IC": "Infinite Campus",
    "SY": "Synergy",
    "ST": "SchoolTool",
    "GN": "Genesis",
}

_INTRO = """# Reasons

Generated from `include/gradebook/reasons.py` by `python -m docs.generate`.

Everything that is not sent, or is sent differently than a teacher may expect, carries one of these codes. Codes are stable: filters and reports may
rely on them. *info* is only counted; *warning* and *error* are messages. `{value}` is what was found, `{limit}` what is allowed.
"""


def page() -> str:
    """The whole page."""
    families = sorted({code.split("-", 1)[0] for code in CATALOGUE}, key=lambda family: list(_FAMILIES).index(family))
    return _INTRO + "".join(_family(family) for family in families)


def _family(family: str) -> str:
    entries = [entry for code, entry in CATALOGUE.items() if code.split("-", 1)[0] == family]
    rows = [[f"`{entry.code}`", entry.severity, entry.sentence, entry.who, entry.next] for entry in entries]
    return f"\n## {_FAMILIES[family]}\n\n" + table(["code", "severity", "what it says", "who fixes it", "next step"], rows)
