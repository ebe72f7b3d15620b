"""Text from another system, cleaned once when it is read, so that every database and every comparison sees the same (I-7, R-24)."""

from __future__ import annotations

import re

_SPACES = "\t\n\v\f\r\u0085\u00a0\u2007\u2028\u2029\u202f"
_INVISIBLE = "\u200b\u2060\ufeff"
_CLEAN = dict.fromkeys((*range(32), *range(127, 160))) | {ord(one): " " for one in _SPACES} | {ord(one): None for one in _INVISIBLE}
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Return the text without control characters, zero-width characters, halves of characters, and spaces at its ends (I-7, R-24).

    Tabs, line breaks, and no-break spaces become plain spaces. A half of a character becomes U+FFFD.
    """
    if text.isprintable():
        return text.strip()
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.translate(_CLEAN).strip()
