"""`python -m include.why --target T --course C --assignment A --student U`: why does this score differ between Canvas and the SIS? (F-11)

Needs what a sync needs: the district file, and the connections as `AIRFLOW_CONN_…` in the environment or the project's `.env`. Writes nothing.
Ids are Canvas's, or for courses and students the SIS's. Answers 0 where Canvas and the SIS agree, 1 where they do not, 2 when it cannot tell.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.district import ROOT, district_path, load_district
from include.environment import connection, database_url, project_values
from include.errors import GradeSyncError

if TYPE_CHECKING:
    from include.sync.why import Answer


def main(arguments: Sequence[str], values: Mapping[str, str] | None = None) -> int:
    """Answer one question on the terminal."""
    chosen = _parser().parse_args(arguments)
    try:
        return _answer(chosen, project_values(ROOT) if values is None else values)
    except GradeSyncError as error:
        print(f"why: {error.told}", file=sys.stderr)  # noqa: T201  # a command's own words
        return 2


def _answer(chosen: argparse.Namespace, values: Mapping[str, str]) -> int:
    from include.canvas.client import CanvasClient
    from include.sis.registry import sis
    from include.sync.why import Asked, asking, why

    district = load_district(district_path(values)).located(lambda name: database_url(name, values))
    district = district.signed_in(lambda name: connection(name, values))
    target = district.target(chosen.target)
    canvas = CanvasClient(connection(district.canvas.connection, values))
    client = sis(target.sis).connect(connection(target.connection, values))
    asked = Asked(chosen.course, chosen.assignment, chosen.student)
    answers = why(asking(district, chosen.target, asked, datetime.now(UTC)), canvas, client, asked)
    if chosen.json:
        print(json.dumps([asdict(answer) for answer in answers], default=str, ensure_ascii=False, indent=2))  # noqa: T201  # a command's own words
    else:
        for answer in answers:
            print("\n".join(_lines(answer)))  # noqa: T201  # as above
    return int(any(answer.verdict not in ("same", "withheld") for answer in answers))


def _lines(answer: Answer) -> Iterator[str]:
    """The answer for a terminal."""
    from include.sync.differing import sent_words

    plan, ledger = answer.plan, answer.ledger
    yield f"section {answer.section}"
    yield f"  score in Canvas  {answer.canvas or 'nothing'}"
    if plan:
        error = " ".join(str(plan[name]) for name in ("reason_code", "sis_error_code", "message") if plan[name])
        yield f"  last plan        {plan['action'] or 'nothing'}: {plan['status']} in run {plan['run_id']}" + (f" ({error})" if error else "")
    else:
        yield "  last plan        none: no run in the history includes this score"
    if ledger:
        sent = sent_words(ledger["fingerprint"])
        yield f"  last accepted    {sent} at {ledger['accepted_at']:%Y-%m-%d %H:%M} UTC" if ledger["fingerprint"] else "  last accepted    nothing"
        answered = " ".join(str(ledger[name]) for name in ("reason_code", "message") if ledger[name])
        yield f"  SIS response     {ledger['outcome']} in run {ledger['run_id']}" + (f": {answered}" if answered else "")
    else:
        yield "  last accepted    no score has been sent"
    yield f"  score in the SIS {answer.sis or 'nothing'}"
    yield f"  {answer.verdict}: {answer.sentence}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.why", description="Why does this score differ between Canvas and the SIS?")
    parser.add_argument("--target", required=True, help="target of the district file")
    parser.add_argument("--course", required=True, help="Canvas ID or SIS ID of the course")
    parser.add_argument("--assignment", required=True, help="Canvas ID of the assignment")
    parser.add_argument("--student", required=True, help="Canvas ID or SIS ID of the student")
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
