"""Text from another system, cleaned once when it is read, so that every database and every comparison sees the same (I-7, R-24)."""

from __future__ import annotations

import re

_SPACES = "\t\n\v\f\r\u0085\u00a0\u2007\u2028\u2029\u202f"
_INVISIBLE = "\u200b\u2060\ufeff"
_CLEAN = dict.fromkeys((*range(32), *range(127, 160))) | {ord(one): " " for one in _SPACES} | {ord(one): None for one in _INVISIBLE}
_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """Return the text without NUL, which PostgreSQL cannot hold, and with U+FFFD for each half of a character, which UTF-8 cannot (I-7)."""
    return _whole(text.replace("\0", ""))


def visible(text: str) -> str:
    """Return the text with an escape, such as `\\u0000`, for each character that a reader would not see, or would take for a plain space (F-5)."""
    return text if text.isprintable() else "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


def _whole(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if _SURROGATE.search(text) else text


def clean_text(text: str) -> str:
    """Return the text without control characters, zero-width characters, halves of characters, and spaces at its ends (I-7, R-24).

    Tabs, line breaks, and no-break spaces become plain spaces. A half of a character becomes U+FFFD.
    """
    if text.isprintable():
        return text.strip()
    return _whole(text).translate(_CLEAN).strip()
