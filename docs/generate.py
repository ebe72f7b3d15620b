"""Writes the pages of docs/ that follow from the code, so that they cannot say anything else: `python -m docs.generate`.

`python -m docs.generate --check` writes nothing, names the pages that are stale, and fails if there are any.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs import reason_page, requirement_page, rule_page

FOLDER = Path(__file__).resolve().parent

PAGES: Mapping[str, Callable[[], str]] = {
    "sis-rules.md": rule_page.page,
    "reasons.md": reason_page.page,
    "requirements.md": requirement_page.page,
}


def stale() -> list[str]:
    """The generated pages that do not say what the code says."""
    return [name for name, page in PAGES.items() if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != page()]


def main(arguments: list[str]) -> int:
    """Write what is stale, or with --check only name it."""
    names = stale()
    for name in names:
        if "--check" not in arguments:
            (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")
    return 1 if names and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
