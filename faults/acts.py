"""What is done to the night: each act disturbs it in its own way, and says whether it ended as such a night may end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from faults.boundaries import Trap, disk_full, lock_database
from faults.forks import Child, Ended
from faults.scene import NEXT_NIGHT, RETRY, Scene
from include.sync import state

ON_PURPOSE = ("ConfigError", "AccessError", "SourceError", "UnavailableError", "NoAnswerError", "CourseBusyError", "LeaseLostError", "OtherTryError")
"""Errors that the product raises on purpose; a night that ends in another one has met something that nobody thought of."""


class Act(Protocol):
    """One way of disturbing a night."""

    def play(self, scene: Scene) -> list[str]:
        """Disturb it; what is wrong with how it ended."""
        ...


@dataclass(frozen=True)
class Night:
    """A night that nothing is done to: undisturbed, or disturbed by the servers' faults alone."""

    def play(self, scene: Scene) -> list[str]:
        """Run it."""
        return complaints(self.ended(scene))

    def ended(self, scene: Scene) -> Ended:
        """How it ended; it tells what is found then."""
        return Child.run(scene.night_and_found).wait()


@dataclass(frozen=True)
class Kill:
    """SIGKILL at one boundary and, with `again`, the next night too."""

    place: str
    number: int
    again: int = 0

    def play(self, scene: Scene) -> list[str]:
        """Run until it dies, once or twice."""
        ended = Child.run(lambda: scene.night(trap=Trap(self.place, self.number))).wait()
        if not ended.killed:
            return [f"not killed: boundary {self.number} {self.place!r} was not reached; {ended.error}"]
        if not self.again:
            return []
        scene.let_leases_end()
        second = Child.run(lambda: scene.night(NEXT_NIGHT, Trap(self.place, self.again))).wait()
        return [] if second.killed else complaints(second)


@dataclass(frozen=True)
class Hitch:
    """Something on our own side at one boundary: the database is locked by somebody else, or the disk is full."""

    what: str
    place: str
    number: int

    def play(self, scene: Scene) -> list[str]:
        """Run into it; the run may end with the error that it is."""
        deeds: Mapping[str, tuple[Callable[[], None], str]] = {
            "database locked": (lock_database(scene.database), "OperationalError"),
            "disk full": (disk_full, "OSError"),
        }
        deed, allowed = deeds[self.what]

        def night() -> Any:
            setattr(state, "_BUSY_SECONDS", 0.2)  # noqa: B010  # so that the bench need not wait a minute
            return scene.night(trap=Trap(self.place, self.number, deed))

        return complaints(Child.run(night).wait(), allowed)


@dataclass(frozen=True)
class Race:
    """Two runs of one course at once in two processes, the second one so many seconds later."""

    delay: float

    def play(self, scene: Scene) -> list[str]:
        """Start both. At least one gets through."""
        first = Child.run(scene.night)
        time.sleep(self.delay)
        second = Child.run(lambda: scene.night(NEXT_NIGHT))
        ends = [first.wait(), second.wait()]
        through = [ended for ended in ends if not ended.error and not ended.signal]
        return [wrong for ended in ends for wrong in complaints(ended)] + ([] if through else ["neither of the two runs got through"])


@dataclass(frozen=True)
class Stalled:
    """A run stands still at a boundary, something else does the work, and then it wakes up and goes on with its old plan.

    What does the work is another run, once the lease has ended, or a second try of the same task: Airflow starts one when the first gives no
    sign of life.
    """

    place: str
    number: int
    then: str = NEXT_NIGHT

    def play(self, scene: Scene) -> list[str]:
        """Stop it, let the other one work, wake it up."""

        def stop() -> None:
            os.kill(os.getpid(), signal.SIGSTOP)

        stalled = Child.run(lambda: scene.night(trap=Trap(self.place, self.number, stop)))
        if not stalled.stands_still():
            return [f"not stopped: boundary {self.number} {self.place!r} was not reached; {stalled.wait().error}"]
        if self.then == RETRY:
            other = Child.run(scene.try_again).wait()
        else:
            scene.let_leases_end()
            other = Child.run(lambda: scene.night(self.then)).wait()
        os.kill(stalled.pid, signal.SIGCONT)
        return complaints(other) + complaints(stalled.wait())


def complaints(ended: Ended, *allowed: str) -> list[str]:
    """A night may end well, or with an error that the product raises on purpose; it may not hang or die of anything else."""
    if ended.signal:
        return [f"died of signal {ended.signal}; {ended.error}"]
    return [] if not ended.error or ended.error.split(":")[0] in (*ON_PURPOSE, *allowed) else [f"ended with {ended.error}"]
