"""One trial: the small town is set up anew, the night is disturbed, a run puts it right, and everything is compared with the undisturbed night."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from faults import servers
from faults.acts import Act, Kill, Night, complaints
from faults.audit import Findings, compare
from faults.boundaries import Trap
from faults.forks import Child, Ended
from faults.left import left
from faults.scene import NEXT_NIGHT, REMASTER, RETRY, Scene, Start
from faults.small_town import PATIENT, SmallTown

THEN = (RETRY, NEXT_NIGHT, REMASTER)


@dataclass(frozen=True)
class Case:
    """What is tried: the SIS, the kind under which it is counted, what is done, and which run then puts it right.

    `spare` is how many rows the disturbance itself may make be sent again, beside one ledger transaction of them.
    """

    variant: str
    kind: str
    detail: str
    act: Act
    then: str = NEXT_NIGHT
    rules: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    spare: int = 0
    start: Start = "load"
    publishes: bool = True
    timeout: float = PATIENT

    @property
    def name(self) -> str:
        """Which case it is, in one line."""
        return f"{self.variant}: {self.detail}, then {self.then}"


@dataclass(frozen=True)
class Course:
    """How one undisturbed run goes: the boundaries that it reaches, in all and up to the end of its load, and what it asks of the servers."""

    reached: Mapping[str, int]
    loaded: Mapping[str, int]
    units: tuple[int, ...]
    asked: Mapping[str, tuple[Mapping[str, Any], ...]]


@dataclass(frozen=True)
class Undisturbed:
    """The night as it should be: its course by where it begins, what stands at its end, and after the run that follows."""

    target: str
    courses: Mapping[Start, Course]
    night: Findings
    ends: Mapping[str, Findings]

    @property
    def unit(self) -> int:
        """The rows of the largest ledger transaction."""
        return max(self.courses["plan"].units)

    @property
    def reads(self) -> int:
        """What planning and sending read in the SIS."""
        return sum(row["rows"] == 0 and "token" not in row["path"] for row in self.courses["plan"].asked[self.target])


@dataclass(frozen=True)
class Verdict:
    """What became of a case: nothing wrong, or this. `more` rows were written than by an undisturbed night.

    `shared`: another kill had left the very same behind, so the run that put it right there was not made again.
    """

    case: str
    kind: str
    wrong: tuple[str, ...]
    more: int
    seconds: float
    shared: bool = False


def undisturbed(place: SmallTown, folder: Path, with_canvas: bool = False) -> Undisturbed:
    """Run the night in peace, from each place where it may begin, and for each way in which it may go on. The quiet run after it writes nothing."""
    starts: tuple[Start, ...] = ("load", "canvas") if with_canvas else ("load",)
    planned, night, ends = _ends(place, folder)
    for then in (RETRY, NEXT_NIGHT):
        if ends[then].wrong or ends[then].last_writes or ends[then].unknown:
            told = f"{ends[then].wrong}, {ends[then].last_writes} writes, {ends[then].unknown} rows unknown"
            raise AssertionError(f"{place.variant.name}: the undisturbed night, then {then}: {told}")
    courses: dict[Start, Course] = {start: _course(place, start, folder) for start in starts}
    return Undisturbed(place.target, {"plan": planned, **courses}, night, ends)


def _course(place: SmallTown, start: Start, folder: Path) -> Course:
    with _scene(place, Case(place.variant.name, "", "", Night(), start=start, publishes=start == "load"), folder) as scene:
        return _watched(scene)


def _watched(scene: Scene) -> Course:
    """A night of this scene, in peace."""

    def peace() -> Any:
        told = scene.night(trap=Trap())
        return {**told, "asked": {name: scene.town.admin(name, "log") for name in scene.town.urls}}

    return Course(**_told(Child.run(peace).wait()))


def _ends(place: SmallTown, folder: Path) -> tuple[Course, Findings, dict[str, Findings]]:
    """The night from its plan on, and how it should end, by the run that follows: each follows the others here, and counts as if alone."""
    ends = {}
    with _scene(place, Case(place.variant.name, "", "", Night(), start="plan", publishes=False), folder) as scene:
        planned = _watched(scene)
        night = before = Findings(**_told(Child.run(scene.found).wait()))
        for then in THEN:
            after = Findings(**_told(Child.run(partial(scene.put_right, then)).wait()))
            reads, writes = night.reads + after.reads - before.reads, night.writes + after.writes - before.writes
            ends[then], before = replace(after, reads=reads, writes=writes), after
    return planned, night, ends


Known = dict[tuple[object, ...], Verdict]
"""Verdicts of killed runs by what they left behind and what came then."""


def tried(place: SmallTown, wanted: Undisturbed, case: Case, folder: Path, known: Known | None = None) -> Verdict:
    """Try one case. A night that met a fault and ended just as the undisturbed one needs no run to put it right: what follows that one is known.

    Nor does a killed one that left the very same behind as one whose verdict is `known`; `known` learns of each that is new.
    """
    started = time.monotonic()
    judge = partial(compare, unit=place.variant.times * wanted.unit + case.spare, reads=wanted.reads + len(place.course.sections) + case.spare)
    with _scene(place, case, folder) as scene:
        ended = case.act.ended(scene) if isinstance(case.act, Night) else None
        wrong, end = complaints(ended) if ended else case.act.play(scene), wanted.night
        may_be_known = known is not None and isinstance(case.act, Kill) and not wrong
        behind = (left(scene), case.then, case.start, case.spare, case.publishes) if may_be_known else ()
        if known is not None and behind in known:
            return replace(known[behind], case=case.name, kind=case.kind, seconds=time.monotonic() - started, shared=True)
        if ended is None or wrong or ended.told is None or judge(Findings(**ended.told), end):
            ended, end = Child.run(lambda: scene.put_right(case.then)).wait(), wanted.ends[case.then]
    if ended.error or ended.signal:
        wrong, more = [*wrong, f"the run that should put it right ended with {ended.error or ended.signal}"], 0
    else:
        found = Findings(**ended.told)
        wrong, more = [*wrong, *judge(found, end)], found.writes - end.writes
    verdict = Verdict(case.name, case.kind, tuple(wrong), more, time.monotonic() - started)
    if known is not None and behind:
        known[behind] = verdict
    return verdict


@contextmanager
def _scene(place: SmallTown, case: Case, folder: Path) -> Iterator[Scene]:
    """The scene of one case; its servers are killed and its files removed at the end."""
    wanted = ("canvas", place.target) if case.start == "canvas" else (place.target,)
    try:
        with servers.serving({name: place.apps[name] for name in wanted}, case.rules) as urls:
            yield Scene(place, place.town(folder, urls), folder, case.start, case.publishes, case.timeout)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _told(ended: Ended) -> Any:
    if ended.error or ended.signal:
        raise AssertionError(f"an undisturbed run ended with {ended.error or ended.signal}")
    return ended.told
