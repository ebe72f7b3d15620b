"""The cases dealt to several processes, which share one queue; all variants are prepared once, before these are forked."""

from __future__ import annotations

import json
import logging
import os
import struct
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from faults.forks import Child, freeze
from mutations.book import Cell
from mutations.cases import Case, Place, cases, places
from mutations.directory import Marks
from mutations.findings import Tables
from mutations.interceptor import Asked, Seen
from mutations.judge import Verdict, judge
from mutations.prepared import CANVAS, SIS, Prepared, keep_engine, listen, prepare
from mutations.trial import Found, Memory, Undisturbed, leave, record, try_case
from mutations.variants import FIVE, Variant

_LONGEST = 60.0


@dataclass
class Ready:
    """A prepared variant, its undisturbed run, and the places where that run can be mutated."""

    prepared: Prepared
    undisturbed: Undisturbed
    places: list[Place]


def ready(variant: Variant, folder: Path) -> Ready:
    """Prepare a variant and run it undisturbed, once from Canvas and once from the SIS on."""
    prepared = prepare(variant, folder / variant.name.replace(", ", "-").replace(" ", "-"))
    told = {start: _recorded(prepared, folder / "recorded", start) for start in (CANVAS, SIS)}
    seen = [one for start in (CANVAS, SIS) for one in _seen(told[start]["seen"]) if (one[0] == CANVAS) == (start == CANVAS)]
    whole = told[CANVAS]
    undisturbed = Undisturbed(
        _cells(whole["before"]),
        _cells(whole["after"]),
        _cells(whole["next"]),
        Tables(whole["tables"]),
        [one for start in told for one in told[start]["digests"]],
    )
    if _cells(told[SIS]["after"]) != undisturbed.after:
        raise AssertionError(f"{variant.name}: an undisturbed run ends differently by where it starts")
    return Ready(prepared, undisturbed, list(places(variant, seen, _marks(whole["marks"]))))


def _recorded(prepared: Prepared, folder: Path, start: str) -> Any:
    ended = Child.run(lambda: record(prepared, folder, start)).wait()
    leave(folder)
    if ended.error or ended.signal:
        raise AssertionError(f"{prepared.variant.name}: an undisturbed run ended with {ended.error or ended.signal}")
    return ended.told


def _seen(rows: Sequence[Any]) -> Iterator[tuple[str, str, Seen]]:
    for system, stage, asked, content in rows:
        yield system, stage, Seen(Asked(**asked), content.encode())


def _cells(rows: Sequence[Sequence[str]]) -> dict[Cell, str]:
    return {(section, name, student): value for section, name, student, value in rows}


def _marks(rows: Any) -> Marks:
    return Marks(*({key: set(values) for key, values in rows[name].items()} for name in ("sections", "assignments", "students")))


def all_cases(found: Sequence[Ready], everywhere: bool) -> list[Case]:
    """Return all cases; an extra variant gives only what the usual one of its SIS does not answer."""
    usual = {variant.name: variant for variant in FIVE}
    known = {(one.prepared.target, place.key) for one in found if one.prepared.variant.name in usual for place in one.places}
    kept = [
        place
        for one in found
        for place in one.places
        if not one.prepared.variant.is_extra or (place.system != CANVAS and (one.prepared.target, place.key) not in known)
    ]
    return cases(kept, list(usual), everywhere)


def run_cases(found: Sequence[Ready], chosen: Sequence[Case], folder: Path, jobs: int) -> Iterator[Verdict]:
    """Try all cases in so many processes."""
    reports, pids = [folder / f"shard-{number}.jsonl" for number in range(jobs)], []
    freeze()
    lots = _lots(chosen)
    queue = _queue(len(lots))
    for number, report in enumerate(reports):
        pid = os.fork()
        if not pid:
            _work(found, (case for taken in _taken(queue) for case in lots[taken]), folder / f"work-{number}", report)
        pids.append(pid)
    os.close(queue)
    broken = [pid for pid in pids if os.waitpid(pid, 0)[1]]
    for report in reports:
        for line in report.read_text().splitlines() if report.exists() else []:
            verdict = Verdict(**json.loads(line))
            yield replace(verdict, wrong=tuple(verdict.wrong))
    if broken:
        yield Verdict("the bench itself", "the bench itself", "", "nothing", (f"{len(broken)} processes broke, see above",))


def _lots(chosen: Sequence[Case]) -> list[list[Case]]:
    """Put a variant's mutations of one kind of response together: many end alike."""
    lots: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in chosen:
        lots[case.place.variant, case.place.asked.kind].append(case)
    return sorted((lot[start : start + 40] for lot in lots.values() for start in range(0, len(lot), 40)), key=len, reverse=True)


def _queue(count: int) -> int:
    """Fill a pipe with the lots' numbers from a process of its own; each reader takes the next one."""
    reading, writing = os.pipe()
    if not os.fork():
        os.close(reading)
        for number in range(count):
            os.write(writing, struct.pack("<I", number))
        os._exit(0)
    os.close(writing)
    return reading


def _taken(queue: int) -> Iterator[int]:
    while number := os.read(queue, 4):
        yield struct.unpack("<I", number)[0]


def _work(found: Sequence[Ready], mine: Iterable[Case], folder: Path, report: Path) -> None:
    """One process, which ends here."""
    try:
        logging.disable(logging.ERROR)
        folder.mkdir()
        by_name = {one.prepared.variant.name: one for one in found}
        for one in found:
            listen(one.prepared)
        memories = {one.prepared.variant.name: Memory(dict.fromkeys(one.undisturbed.digests)) for one in found}
        with report.open("a") as file:
            for case in mine:
                name = case.place.variant
                verdict = tried(by_name[name], case, memories[name], folder / "case")
                file.write(json.dumps(asdict(verdict)) + "\n")
                file.flush()
                sys.stderr.write("F" if verdict.wrong else ".")
                sys.stderr.flush()
    except BaseException:  # told, and then the process ends as a failed one
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def tried(one: Ready, case: Case, memory: Memory, folder: Path) -> Verdict:
    """Try one case."""
    started = time.monotonic()
    ended = Child.run(lambda: try_case(one.prepared, case, one.undisturbed, memory, folder)).wait(_LONGEST)
    leave(folder)
    if ended.error or ended.signal:
        wrong = (f"the run did not end: {ended.error or f'signal {ended.signal}'}",)
        verdict = Verdict(case.name, case.kind, case.place.key, "nothing", wrong)
    else:
        verdict = judge(case, memory.learn(Found(**ended.told)), one.undisturbed, one.prepared.district)
    return replace(verdict, seconds=time.monotonic() - started)


__all__ = ["Ready", "all_cases", "keep_engine", "ready", "run_cases", "tried"]
