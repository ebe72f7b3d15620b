"""Names as a SIS takes them: normalised, counted, checked (table C rows 1 and 2; R-9)."""

from __future__ import annotations

import unicodedata

import pandas as pd

from include.gradebook.rules import SisRules
from include.gradebook.sieve import Sieve
from include.gradebook.spaces import plain_spaces

PLAIN_MARKS = ".,:;!?'\"()-_/&+#%@"
PLAIN_TOLD = "letters, digits, spaces, and . , : ; ! ? ' \" ( ) - _ / & + # % @"
_TWINS = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "‹": "'", "›": "'",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
})  # fmt: skip
_JOINER = "\u200d"
_SKIN_TONES = "🏻🏼🏽🏾🏿"


def sendable_names(names: pd.Series, rules: SisRules) -> pd.Series:
    """Names in the form in which they are sent: NFC, plain spaces, and plain twins of typographic marks where only plain ones go (R-9, R-24).

    With `name_shorten` a name that is too long is cut, so that the result still tells what it was (an ellipsis at the end).
    """
    sent = plain_spaces(names.fillna("").str.normalize("NFC"))
    if rules.name_characters == "plain":
        sent = sent.str.translate(_TWINS).str.normalize("NFC").str.strip()
    if rules.name_shorten and rules.name_max_length:
        sent = sent.map(lambda name: shorten(name, rules.name_max_length or 255))
    return sent.astype("str")


def shorten(name: str, limit: int) -> str:
    """The name cut to at most `limit` code points, never inside what people see as one character, three dots at the end where they fit."""
    if len(name) <= limit:
        return name
    dots = "..." if limit > 6 else ""
    end = limit - len(dots)
    while end > 1 and (_belongs_to_the_one_before(name[end]) or name[end - 1] == _JOINER):
        end -= 1
    return name[:end].rstrip() + dots


def refused_characters(name: str) -> str:
    """The characters of a name that are not plain, each once, as a person can find them (with their code point)."""
    refused = [mark for before, mark in zip(" " + name, name, strict=False) if not _is_plain(mark, before)]
    return ", ".join(f"{mark} (U+{ord(mark):04X})" for mark in dict.fromkeys(refused))


def check_names(sieve: Sieve, rules: SisRules) -> Sieve:
    """Withhold rows whose `name` (already sendable) is empty, too long or has characters that the SIS refuses."""
    sieve = sieve.drop(sieve.kept["name"].str.len() == 0, "GP-NAME-EMPTY")
    if rules.name_max_length is not None:
        length = sieve.kept["name"].str.len()
        sieve = sieve.drop(length > rules.name_max_length, "GP-NAME-LONG", value=length.astype("str"), limit=str(rules.name_max_length))
    if rules.name_characters == "plain":
        refused = sieve.kept["name"].map(refused_characters).astype("str")
        sieve = sieve.drop(refused.str.len() > 0, "GP-NAME-CHARS", value=refused, limit=PLAIN_TOLD)
    return sieve


def _is_plain(mark: str, before: str) -> bool:
    """R-9. A combining mark is plain on a letter alone: on a digit it would make a sign, such as a keycap."""
    kind = unicodedata.category(mark)
    return mark == " " or mark in PLAIN_MARKS or kind[0] == "L" or kind == "Nd" or (kind[0] == "M" and unicodedata.category(before)[0] in "LM")


def _belongs_to_the_one_before(mark: str) -> bool:
    return mark == _JOINER or unicodedata.category(mark)[0] == "M" or mark in _SKIN_TONES
