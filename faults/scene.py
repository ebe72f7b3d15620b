"""One trial's scene: a copy of the small town, its servers, and the runs that its children make."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from faults import audit
from faults.boundaries import Trap
from faults.small_town import BATCH, PATIENT, SmallTown, canvas
from include.sync import stages
from include.sync.close import close
from include.sync.run import Run
from tests.town import Town

TONIGHT = "tonight"
RETRY, NEXT_NIGHT, REMASTER = "task retry", "next night", "remaster"
Start = Literal["canvas", "plan", "load"]
"""Where a disturbed run begins; what comes before it stands in the run folder already."""


@dataclass(frozen=True)
class Scene:
    """What the children of one trial have before them.

    `publishes`: runs end with their artifacts, which costs as much as all the rest. `timeout` is how long the disturbed run waits for an answer.
    """

    place: SmallTown
    town: Town
    folder: Path
    start: Start
    publishes: bool = True
    timeout: float = PATIENT

    @property
    def database(self) -> str:
        """The state database's file."""
        return str(self.folder / "state.db")

    def night(self, name: str = TONIGHT, trap: Trap | None = None) -> dict[str, Any]:
        """A whole run; what it reached. In a child only, for the trap stays."""
        if trap is not None:
            trap.lay()
        run = self.place.run(self.town, name)
        if self.start == "canvas":
            self._read_canvas(run)
        self._write(run, planned=name == TONIGHT and self.start == "load")
        loaded = dict(trap.reached) if trap else {}
        self._publish(run)
        return {"reached": dict(trap.reached) if trap else {}, "loaded": loaded, "units": trap.units if trap else []}

    def night_and_found(self) -> dict[str, Any]:
        """A whole run, and what is found at its end."""
        self.night()
        return self.found()

    def put_right(self, then: str) -> dict[str, Any]:
        """The run after the trouble, with all faults gone; what is found at its end."""
        return replace(self, timeout=PATIENT)._put_right(then)

    def _put_right(self, then: str) -> dict[str, Any]:
        for name in self.town.urls:
            self.town.admin(name, "faults", "DELETE")
        if self.start == "canvas":
            self.town.admin("canvas", "tokens", "DELETE")
        log = self.town.admin(self.place.target, "log")
        first = log[-1]["number"] if log else 0
        if then == RETRY:
            self.try_again()
        else:
            self.let_leases_end()
            self.night(then)
        return self.found(first)

    def found(self, first: int = 0) -> dict[str, Any]:
        """What stands in SIS and ledger now. `first` is the number of the last request before the run that should have put all right."""
        run = self.place.run(self.town, TONIGHT)
        return audit.plain(audit.look(self.town, self.place.target, run.ledger, first))

    def let_leases_end(self) -> None:
        """Hours pass in which nobody says that he is alive: the leases of a killed run end."""
        with sqlite3.connect(self.database) as connection:
            connection.execute("UPDATE leases SET expires_at = '2000-01-01 00:00:00.000000'")
        connection.close()

    def try_again(self) -> None:
        """The same run's tasks that did not get through are tried again, those that did are not."""
        setattr(stages, "SURE", 0.0)  # noqa: B010  # the first try is dead or stands still: the bench need not wait until it has noticed
        run = self.place.run(self.town, TONIGHT)
        if self.start == "canvas":
            self._read_canvas(run)
        self._write(run, planned=self.start == "load" or run.batch_folder(BATCH).exists("started"))
        self._publish(run)

    def _read_canvas(self, run: Run) -> None:
        client = canvas(self.town, self.timeout)
        for batch in stages.choose(run, client):
            stages.extract(run, batch, client)
            stages.filter_rows(run, batch)
        client.close()

    def _write(self, run: Run, planned: bool) -> None:
        self.town.extras[self.place.target]["timeout_s"] = self.timeout
        sis = self.town.client(self.place.target)
        if not planned:
            stages.transform(run, BATCH, sis)
            stages.validate(run, BATCH)
        stages.load(run, BATCH, sis)

    def _publish(self, run: Run) -> None:
        if self.publishes:
            stages.publish(run, BATCH)
            close(run)
