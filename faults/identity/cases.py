"""All identity cases of one variant, and one of them tried."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from faults.forks import Child
from faults.identity import people, places
from faults.identity.people import Deed
from faults.identity.town import Prepared
from faults.trial import Verdict
from faults.variants import VARIANTS, Variant, is_lean

_LEAN = ("SIS restored", "host changed")
"""What can differ between the ways of writing to one SIS: whose IDs its items have."""


@dataclass(frozen=True)
class IdentityCase:
    """One deed done to one variant."""

    variant: Variant
    deed: Deed

    @property
    def kind(self) -> str:
        """Under which it is counted."""
        return f"identity: {self.deed.kind}"

    @property
    def name(self) -> str:
        """Which case it is, in one line."""
        return f"{self.variant.name}: {self.kind}, {self.deed.detail}"


def identity_cases(variant: Variant) -> list[IdentityCase]:
    """All of them; of a lean variant those in which it can differ from the full one of its SIS."""
    made = [*people.deeds(), *places.deeds()]
    return [IdentityCase(variant, deed) for deed in made if not is_lean(variant) or (variant.allocates and deed.kind in _LEAN)]


def sample(variant: Variant, wanted: int = 2) -> list[IdentityCase]:
    """A variant's part of a sample: one case each of as many kinds, other kinds than those of the variant before it; none of a lean one."""
    place = [one.target for one in VARIANTS if not is_lean(one)].index(variant.target)
    by_kind: dict[str, IdentityCase] = {}
    for case in [] if is_lean(variant) else identity_cases(variant):
        by_kind.setdefault(case.kind, case)
    kinds = sorted(by_kind)
    return [by_kind[kinds[(place * wanted + number) % len(kinds)]] for number in range(min(wanted, len(kinds)))]


def tried(place: Prepared, case: IdentityCase, folder: Path) -> Verdict:
    """Try one case, in a process of its own."""
    started = time.monotonic()
    rules = case.deed.rules
    with place.scene(folder, case.deed.worlds, rules) as scene:
        ended = Child.run(lambda: case.deed.script(scene)).wait()
    trouble = [f"ended with {ended.error or f'signal {ended.signal}'}"] if ended.error or ended.signal else []
    return Verdict(case.name, case.kind, (*trouble, *(ended.told or ())), 0, time.monotonic() - started)
