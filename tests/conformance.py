"""Runs a OneRoster conformance notebook, unmodified, against a fresh sandbox provider: `python -m tests.conformance NOTEBOOK`.

The notebook is not ours and not kept here; its code cells are executed in order in one namespace, with our address and credentials
in the place of those that it asks for (reference: oneroster-in-the-field.md §3).
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from include.sandbox.generate import generate
from include.sandbox.oneroster import TRAITS, VendorTraits, lenient, oneroster_app, standard
from include.sandbox.serving import Journal, run_in_thread
from include.sandbox.world import District

Check = tuple[str, str, str]  # (test, what was checked, pass or anything else)


def run(notebook: Path, target: str = "") -> list[Check]:
    """All checks of the notebook's report card, asked of a lenient SIS; without a target of a provider with no vendor's rules."""
    cells = ["".join(cell["source"]) for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]
    version = "1.2" if any("gradebook/v1p2" in cell for cell in cells) else "1.1"
    district = generate(size="small")
    traits = lenient(TRAITS[target]) if target else standard(version)
    app = oneroster_app(district, traits, Journal(), target=target or "synergy")
    os.environ["NO_PROXY"] = "127.0.0.1"
    with run_in_thread(app) as server:
        return _execute(cells, _credentials(server.url, traits, district))


def _credentials(url: str, traits: VendorTraits, district: District) -> Mapping[str, str]:
    target = traits.target if traits.target in TRAITS else "synergy"
    section = next(
        section for course in district.courses if course.target == target for section in course.sections if section.in_sis and section.sis_students
    )
    teacher = next(teacher for teacher in district.teachers if teacher.id == section.teacher_id)
    return {
        "token_url": url + traits.token_path,
        "one_roster_url": f"{url}{traits.prefix}/ims/oneroster" + ("/v1p1" if traits.version == "1.1" else ""),
        "client_id": f"{traits.target.replace(' ', '-')}-client",
        "client_secret": f"{traits.target.replace(' ', '-')}-secret",
        "teacher_email_address": teacher.email,
    }


def _execute(cells: list[str], credentials: Mapping[str, str]) -> list[Check]:
    space: dict[str, Any] = {"__name__": "__main__", "input": lambda _prompt: ""}
    for number, cell in enumerate(cells):
        with contextlib.redirect_stdout(io.StringIO()) as told:
            try:
                exec(compile(cell, f"cell {number}", "exec"), space)  # the whole point: the suite's own code
            except Exception as error:  # whatever the suite raises, told with the cell that raised it
                raise RuntimeError(f"cell {number} ended with {error!r} after printing:\n{told.getvalue()[-2000:]}") from error
        if "teacher_email_address =" in cell and "report_card" not in space:
            space.update(credentials)
    return [(name, str(check[0]), str(check[1])) for name, checks in space["report_card"].items() for check in checks]


def main(arguments: list[str]) -> int:
    """Print each check; 0 when all passed."""
    checks = [check for notebook in arguments for check in run(Path(notebook))]
    for name, what, outcome in checks:
        sys.stdout.write(f"{outcome:5} {name}: {what}\n")
    failed = sum(outcome != "pass" for _, _, outcome in checks)
    sys.stdout.write(f"{len(checks) - failed}/{len(checks)} passed\n")
    return 1 if failed or not checks else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
