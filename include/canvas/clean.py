"""Text as every later stage and both databases can hold it, cleaned once when it is read (I-7, R-24)."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

OUTER = (
    " \t\n\r\v\f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
"""Spaces that never count at either end of a name or an ID, those without width included (R-24)."""

_SURROGATE = r"[dD][89a-fA-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rf"\\(?:u[dD][89abAB][0-9a-fA-F]{{2}}\\u[dD][c-fC-F][0-9a-fA-F]{{2}}|(?P<lone>u{_SURROGATE})|.)", re.DOTALL)
_CONTROLS = dict.fromkeys(range(32), " ")


def trimmed(values: pa.Array) -> pa.Array:
    """Texts without NUL, which PostgreSQL cannot hold, and without outer spaces."""
    return pc.utf8_trim(without_nul(values), characters=OUTER)


def without_nul(values: pa.Array) -> pa.Array:
    """Texts without NUL; their spaces stay."""
    return pc.replace_substring(values, pattern="\0", replacement="")


def repaired(body: bytes) -> bytes:
    """A JSON text that any reader accepts: no byte order mark, half characters replaced, control characters as spaces."""
    text = body.decode("utf-8-sig", "replace").translate(_CONTROLS)
    return _ESCAPE.sub(lambda found: "\\ufffd" if found["lone"] else found[0], text).encode()
