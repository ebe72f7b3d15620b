"""A preview as two files that anybody can open, `preview.html` and `preview.md`: names are shown, so everything is escaped (F-1, F-12)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from include.run_folder import RunFolder
from include.sync.preview import COLUMNS, Asked, Preview, preview_of
from include.sync.run import Run

PAGES = ("preview.html", "preview.md")
_ROWS = 1_000
_SPECIAL = re.compile(r"([\\`*_\[\]|~$@]|(?<=:)/|(?<=www)\.)")


def show(run: Run, parts: Iterable[Mapping[str, pd.DataFrame]]) -> Preview:
    """The preview of a run whose tables, part by part, say what is planned, written beside them."""
    preview = preview_of(Asked(run.target, run.shown_id, run.mode, run.posted_by, run.assignments), parts)
    write_pages(run.folder, preview)
    return preview


def write_pages(folder: RunFolder, preview: Preview) -> None:
    """Both pages into a run's folder; long tables end after a thousand rows and say where the rest is."""
    for name in PAGES:
        with folder.create(name) as file:
            file.write(page(name, preview).encode())


def page(name: str, preview: Preview) -> str:
    """One of PAGES as text."""
    shown = {part: getattr(preview, part).head(_ROWS).to_dict("records") for part in ("sent", "refused", "reasons")}
    more = {part: max(0, len(getattr(preview, part)) - _ROWS) for part in ("sent", "refused")}
    return _environment().get_template(f"{name}.j2").render(preview=preview, columns=COLUMNS, more=more, **shown)


def markdown(value: object) -> str:
    """Text that Markdown shows as it stands: on one line, and no character of it means anything, not in HTML either."""
    return escape(_SPECIAL.sub(r"\\\1", " ".join(str(value).split())), quote=False)


def number(value: float) -> str:
    """A number of points without a needless .0; empty for none."""
    return "" if math.isnan(value) else f"{value:g}"


def dash(value: object) -> object:
    """A dash where there is nothing."""
    return value if isinstance(value, str) and value else "–"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("include.sync"),
        autoescape=select_autoescape(("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"md": markdown, "number": number, "dash": dash}
    return made
