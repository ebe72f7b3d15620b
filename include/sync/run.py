"""One run: what was asked for, by whom, when, and where its files lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from include.district import District, Target
from include.errors import ConfigError
from include.gradebook.courses import Selection
from include.gradebook.dates import local_today
from include.gradebook.filtering import Policy
from include.gradebook.rules import SisRules
from include.run_folder import RunFolder
from include.sync import state
from include.sync.draft import How
from include.sync.ledger import Ledger
from include.sync.run_key import RunKey, is_run_name
from include.sync.settings import switches


@dataclass(frozen=True)
class Run:
    """A run of one target. `now` is read once when it starts; `mode` is nightly, on_demand, remaster or reconcile; empty choices mean all.

    `run_id` is the name of its key (I-1), under which its folder, its history, its leases and what it notes in the ledger stand; `origin` is that
    key, with the DAG and the run that Airflow knows, and None without Airflow.
    `concluded` lets chosen courses through that Canvas calls concluded (A-21); `waits` is how long a person may take to approve its plan.
    """

    district: District
    target: str
    run_id: str
    mode: str
    posted_by: str
    now: datetime
    preview: bool = False
    courses: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    assignments: tuple[str, ...] = ()
    concluded: bool = False
    allow_large_change: bool = False
    waits: timedelta = timedelta(0)
    origin: RunKey | None = None

    def __post_init__(self) -> None:
        """ConfigError for a name that could be another run's on some store."""
        if not is_run_name(self.run_id) or (self.origin is not None and self.run_id != self.origin.name):
            raise ConfigError(f"run {self.run_id!r}: this is not a run's name. Use lowercase letters, digits, -, and _, or the name of its RunKey")

    @property
    def shown_id(self) -> str:
        """What artifacts and messages call this run: its DAG and its ID in Airflow; without Airflow its name."""
        return self.origin.shown if self.origin else self.run_id

    @property
    def config(self) -> Target:
        """The target's entry in the district file."""
        return self.district.target(self.target)

    @property
    def rules(self) -> SisRules:
        """The target's rule table with the district's overrides."""
        return self.config.rules()

    @property
    def how(self) -> How:
        """How this run sends."""
        rules = self.rules
        return How(self.config.id_name, rules, self.mode == "remaster", rules.recreate_deleted or self.mode == "remaster")

    @property
    def folder(self) -> RunFolder:
        """`<artifacts>/<target>/<run>`. Its frames carry the run's name and kind, and no other run can read them."""
        place = RunFolder(self.district.artifacts_root()).child(self.target).child(self.run_id)
        return RunFolder(place.root, f"{self.mode} run {self.run_id} of {self.target}")

    def batch_folder(self, batch: str) -> RunFolder:
        """What the tasks of one batch hand to each other."""
        return self.folder.child("work").child(batch)

    @property
    def by_night(self) -> bool:
        """Whether nobody asked for this run: it may build on earlier readings, and leave out what is idle."""
        return self.mode == "nightly" and not self.preview

    @property
    def writes(self) -> bool:
        """Whether the run may write to the SIS."""
        return not self.preview

    @property
    def day(self) -> int:
        """The district's day, as a date's ordinal: what takes turns goes by it."""
        return local_today(self.now, self.district.time_zone).toordinal()

    @property
    def today(self) -> str:
        """The target's own day, as an ISO date: which terms have begun is asked by it (A-17, B-4)."""
        return local_today(self.now, self.config.time_zone).isoformat()

    @property
    def ledger(self) -> Ledger:
        """The target's ledger in the state database."""
        return Ledger(state.engine(self.district.state), self.target, id_name=self.config.id_name)

    @property
    def _choosing(self) -> str:
        """By whose rules courses take part: a reconcile of chosen courses looks at those, one of all at those of the night."""
        return self.mode if self.mode != "reconcile" else "on_demand" if self.courses else "nightly"

    def selection(self) -> Selection:
        """The choices and switches that decide which courses take part."""
        target = self.config
        return Selection(
            now=self.now,
            mode=self._choosing,
            courses=self.courses,
            sections=self.sections,
            assignments=self.assignments,
            terms=target.terms,
            nightly_default=target.nightly,
            switched=tuple(sorted(switches(state.engine(self.district.state), self.target).items())),
        )

    def policy(self) -> Policy:
        """Everything that decides in the filter stage besides the data."""
        identity = self.config.identity
        return Policy(self.rules, self.selection(), identity.section_id, identity.student_id, self.config.time_zone)

    def batches(self) -> dict[str, list[str]]:
        """Course ids by batch, as `choose` cut them; none as long as it has not."""
        if not self.folder.exists("work/batches.json"):
            return {}
        return cast("dict[str, list[str]]", self.folder.read_json("work/batches"))
