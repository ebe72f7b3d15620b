"""Spaces and zero-width characters in names: how a name is sent, and when two names are the same (R-24).

Names come from rich-text editors and spreadsheets, which write spaces that look like a plain one. The patterns list every character, because the
regular expressions of Arrow know only ASCII by `\\s`.
"""

from __future__ import annotations

import pandas as pd

_SEPARATORS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BREAKS = "\t-\r\x1c-\x1f\x85\u2028\u2029"
_MEANINGLESS = "\u200b\u2060\ufeff"
_ZERO_WIDTH = _MEANINGLESS + "\u00ad\u180e\u200c-\u200f\u202a-\u202e\u2061-\u2064\u2066-\u2069"


def plain_spaces(names: pd.Series) -> pd.Series:
    """Return names with every kind of space as a plain one, without zero-width spaces and outer spaces (R-9, R-24).

    Runs of spaces stay as typed, and so do tabs, line breaks, and joiners: they are reported where a SIS rejects them.
    """
    plain = names.str.replace(f"[{_SEPARATORS}]", " ", regex=True).str.replace(f"[{_MEANINGLESS}]", "", regex=True)
    return plain.str.strip()


def same_name_key(names: pd.Series) -> pd.Series:
    """Return what two names are compared by where case counts: NFC, no outer spaces, runs of spaces as one, no zero-width characters (R-24)."""
    visible = names.str.normalize("NFC").str.replace(f"[{_ZERO_WIDTH}]", "", regex=True)
    return visible.str.replace(f"[ {_SEPARATORS}{_BREAKS}]+", " ", regex=True).str.strip()
