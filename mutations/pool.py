"""The cases dealt to processes: each variant is prepared in one of its own, which shares the variant's cases with a second one."""

from __future__ import annotations

import json
import logging
import os
import pickle
import struct
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from faults.forks import Child, freeze
from mutations.cases import Case, Place, cases
from mutations.judge import Verdict, judge
from mutations.prepared import CANVAS, keep_engine, listen
from mutations.ready import Ready, ready
from mutations.trial import Found, Memory, leave, try_calls, try_case
from mutations.variants import FIVE, Variant

_LONGEST = 300.0  # far more than a run takes, however busy the machine is
_EACH = 2
"""Processes per variant; how many of all work at once is another number."""


@dataclass(frozen=True)
class Jobs:
    """A pipe with a byte for each process that may work at once."""

    reading: int
    writing: int

    @classmethod
    def of(cls, count: int) -> Jobs:
        """Allow so many."""
        reading, writing = os.pipe()
        os.write(writing, b"." * count)
        return cls(reading, writing)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and give it back."""
        os.read(self.reading, 1)
        try:
            yield
        finally:
            os.write(self.writing, b".")


@dataclass(frozen=True)
class Bench:
    """The processes of all variants while they wait for their cases."""

    folder: Path
    variants: Sequence[Variant]
    pids: Sequence[int]
    go: int

    def places(self) -> list[Place]:
        """Return all places, once every variant is prepared. RuntimeError where one could not be."""
        found: list[Place] = []
        for variant, pid in zip(self.variants, self.pids, strict=True):
            file = _file(self.folder, variant, "places")
            while not file.exists():
                if os.waitpid(pid, os.WNOHANG)[0]:
                    raise RuntimeError(f"{variant.name} could not be prepared, see above")
                time.sleep(0.05)
            found += pickle.loads(file.read_bytes())  # noqa: S301  # written by our own child
        return found

    def run(self, chosen: Sequence[Case]) -> Iterator[Verdict]:
        """Let all processes work; yield the verdicts at their end."""
        for variant in self.variants:
            mine = _lots(case for case in chosen if case.place.variant == variant.name)
            _file(self.folder, variant, "cases").write_bytes(pickle.dumps(mine))
        os.close(self.go)
        broken = sum(bool(os.waitpid(pid, 0)[1]) for pid in self.pids)
        for report in sorted(self.folder.glob("*.jsonl")):
            for line in report.read_text().splitlines():
                verdict = Verdict(**json.loads(line))
                yield replace(verdict, wrong=tuple(verdict.wrong))
        if broken:
            yield Verdict("the bench itself", "the bench itself", "", "nothing", (f"{broken} processes broke, see above",))


def _file(folder: Path, variant: Variant, ending: str) -> Path:
    return folder / f"{variant.name.replace(', ', '-').replace(' ', '-')}.{ending}"


def start(variants: Sequence[Variant], folder: Path, jobs: int) -> Bench:
    """Start one process per variant, which prepares it."""
    keep_engine()
    turns = Jobs.of(jobs)
    waiting, go = os.pipe()
    pids = []
    for variant in variants:
        pid = os.fork()
        if not pid:
            os.close(go)
            _ending(lambda variant=variant: _variant(variant, folder, turns, waiting))  # type: ignore[misc]
        pids.append(pid)
    os.close(waiting)
    return Bench(folder, variants, pids, go)


def _ending(work: Callable[[], bool]) -> None:
    """Do the work of this process, which ends here."""
    try:
        status = 0 if work() else 1
    except BaseException:  # told, and then the process ends as a failed one
        traceback.print_exc()
        status = 1
    os._exit(status)


def _variant(variant: Variant, folder: Path, turns: Jobs, waiting: int) -> bool:
    """Prepare one variant, tell its places, wait for its cases, and try them."""
    logging.disable(logging.ERROR)
    with turns.turn():
        one = ready(variant, folder)
    told = _file(folder, variant, "places")
    told.with_suffix(".draft").write_bytes(pickle.dumps(one.places))
    told.with_suffix(".draft").rename(told)
    os.read(waiting, 1)  # the end of the pipe
    cases_file = _file(folder, variant, "cases")
    if not cases_file.exists():
        return True  # nobody wants any
    lots: list[list[Case]] = pickle.loads(cases_file.read_bytes())  # noqa: S301  # written by our own parent
    freeze()
    queue, pids = _queue(len(lots)), []
    for number in range(min(_EACH, len(lots))):
        pid = os.fork()
        if not pid:
            mine = (case for taken in _taken(queue) for case in lots[taken])
            report = _file(folder, variant, f"{number}.jsonl")
            _ending(lambda mine=mine, report=report: _work(one, mine, turns, report))  # type: ignore[misc]
        pids.append(pid)
    os.close(queue)
    failed = [pid for pid in pids if os.waitpid(pid, 0)[1]]
    return not failed


def all_cases(places: Sequence[Place], variants: Sequence[Variant], everywhere: bool) -> list[Case]:
    """Return all cases; an extra variant gives only what the usual one of its SIS does not answer."""
    by_name = {variant.name: variant for variant in variants}
    known = {(place.variant, place.key) for place in places if not by_name[place.variant].is_extra}
    kept = [place for place in places if not by_name[place.variant].is_extra or _is_new(place, by_name[place.variant], known)]
    return cases(kept, [variant.name for variant in FIVE], everywhere)


def _is_new(place: Place, variant: Variant, known: set[tuple[str, str]]) -> bool:
    return place.system != CANVAS and (variant.target, place.key) not in known


def _lots(chosen: Iterable[Case]) -> list[list[Case]]:
    """Put the mutations of one kind of response together: many end alike."""
    lots: dict[str, list[Case]] = defaultdict(list)
    for case in chosen:
        lots[case.place.asked.kind].append(case)
    return sorted((lot[first : first + 40] for lot in lots.values() for first in range(0, len(lot), 40)), key=len, reverse=True)


def _queue(count: int) -> int:
    """Fill a pipe with the lots' numbers; each reader takes the next one."""
    reading, writing = os.pipe()
    os.write(writing, b"".join(struct.pack("<I", number) for number in range(count)))  # far fewer than a pipe holds
    os.close(writing)
    return reading


def _taken(queue: int) -> Iterator[int]:
    while number := os.read(queue, 4):
        yield struct.unpack("<I", number)[0]


def _work(one: Ready, mine: Iterable[Case], turns: Jobs, report: Path) -> bool:
    """Try cases, and tell each verdict at once."""
    listen(one.prepared)
    memory = Memory(one.prepared.folder, dict.fromkeys(one.undisturbed.digests))
    with report.open("a") as file:
        for case in mine:
            with turns.turn():
                memory.refresh()
                verdict = tried(one, case, memory, report.with_suffix(".case"))
            file.write(json.dumps(asdict(verdict)) + "\n")
            file.flush()
            sys.stderr.write("F" if verdict.wrong else ".")
            sys.stderr.flush()
    return True


def tried(one: Ready, case: Case, memory: Memory, folder: Path) -> Verdict:
    """Try one case."""
    started = time.monotonic()
    ended = None
    if case.place.system != CANVAS:
        ended = Child.run(lambda: try_calls(one.prepared, case, one.undisturbed)).wait(_LONGEST)
    if ended is None or ended.told is None:
        ended = Child.run(lambda: try_case(one.prepared, case, one.undisturbed, memory, folder)).wait(_LONGEST)
        leave(folder)
    if ended.error or ended.signal:
        wrong = (f"the run did not end: {ended.error or f'signal {ended.signal}'}",)
        verdict = Verdict(case.name, case.kind, case.place.key, "nothing", wrong)
    else:
        found = Found(**ended.told)
        verdict = replace(judge(case, memory.learn(found), one.undisturbed, one.prepared.district), same=bool(found.same))
    return replace(verdict, seconds=time.monotonic() - started)
