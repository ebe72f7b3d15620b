"""Cases in which the IDs of students and sections change in Canvas: corrected, swapped, merged, reused, moved (I-2, I-3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from faults.identity import world as worlds
from faults.identity.judge import judged, unfinished, unnamed
from faults.identity.town import Scene, Told, World
from faults.identity.world import graded_again, sections
from include.sandbox.world import District

NOTHING_CLEARED = {"clear_blanks": False, "delete_removed": False}
UNKNOWN, HEIR = "990099", "799001"

Script = Callable[[Scene], list[str]]


@dataclass(frozen=True)
class Deed:
    """One case of any SIS: under which kind it counts, what is done, the worlds that Canvas shows in it, and rules of its target."""

    kind: str
    detail: str
    script: Script
    worlds: Mapping[str, World] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A night after a change in Canvas, then, with `back`, another one after it was taken back, then two to see that all is well.

    `sides` are what one message must name, by the world that it happens in. `exact`: in the end nothing stands anywhere else.
    """

    sides: Callable[[District], tuple[str, ...]]
    back: bool = False
    exact: bool = True

    def __call__(self, scene: Scene) -> list[str]:
        """Play it; what is wrong."""
        told, wrong = after("changed", scene)
        wrong += unnamed(told.texts, *self.sides(scene.place.world))
        if self.back:
            wrong += after("", scene)[1]
        return wrong + settled(scene, exact=self.exact)


def after(canvas: str, scene: Scene) -> tuple[Told, list[str]]:
    """A night in which Canvas shows this world, and what is wrong then."""
    before = scene.seen()
    scene.canvas = canvas
    told = scene.night()
    return told, [f"a night ended with {told.error}"] if told.error else judged(before, scene.seen(), scene.truth, scene.whose, told.rows)


def settled(scene: Scene, *, exact: bool = True) -> list[str]:
    """One more night may finish what the last one began; the night after it writes nothing, and all stands as it should."""
    told, wrong = after(scene.canvas, scene)
    if told.written:
        told, wrong = after(scene.canvas, scene)
    wrong += [f"one more night wrote {told.written} times"] if told.written else []
    return wrong + unfinished(scene.seen(), scene.truth, exact)


def deeds() -> Iterator[Deed]:
    """All of them."""
    for again, told in ((False, ""), (True, ", and graded again")):
        yield _deed("IDs corrected", f"to another student{told}", _corrected, _old_and_new, again)
        yield _deed("IDs swapped", f"of two students of a section{told}", _swapped, _both_ids, again)
        yield _deed("IDs merged", f"two users of a section{told}, then corrected", _merged, _both_users, again, back=True)
        yield _deed("IDs reused", f"by a new user{told}", _reused, _old_and_heir, again)
    yield _deed("IDs corrected", "to one that the SIS does not know, then back", _mistyped, _old_and_unknown, back=True)
    yield _deed("IDs corrected", "to another student, nothing is cleared", _corrected, _old_and_new, exact=False, rules=NOTHING_CLEARED)
    yield _deed("IDs swapped", "of two students of a section, then back", _swapped, _both_ids, back=True)
    yield _deed("IDs swapped", "of students of two courses, then back", _swapped_far, _ids_far, back=True)
    yield _deed("IDs merged", "users of two courses, then corrected", _merged_far, _users_far, back=True)
    yield _deed("IDs reused", "by a new user, nothing is cleared", _reused, _old_and_heir, exact=False, rules=NOTHING_CLEARED)
    kind = "a section moved between courses"
    yield _deed(kind, "cross-listed", worlds.cross_listed, _moved, exact=False)
    yield _deed(kind, "cross-listed, then back", worlds.cross_listed, _moved, back=True, exact=False)
    yield _deed(kind, "its SIS ID swapped with another course's, then back", _sections_swapped, _moved, back=True, exact=False)
    yield _deed(kind, "its SIS ID given to another course's, then back", _section_replaced, _moved, back=True, exact=False)
    yield _deed(kind, "its SIS ID at two sections, then corrected", _sections_merged, _two_sections, back=True)


def _deed(kind: str, detail: str, change: World, sides: Callable[[District], tuple[str, ...]], again: bool = False, **how: Any) -> Deed:
    rules = how.pop("rules", {})
    return Deed(kind, detail, Change(sides, **how), {"changed": (lambda world: graded_again(change(world))) if again else change}, rules)


def _two(world: District) -> tuple[str, str]:
    """Two users of one section who are in no other one."""
    seats = [student for section in sections(world) for student in section.students]
    alone = ([student for student in section.students if seats.count(student) == 1] for section in sections(world))
    one, two = next(found for found in alone if len(found) > 1)[:2]
    return one, two


def _far(world: District) -> tuple[str, str]:
    """A user of the first course alone, and one of the second alone."""
    first, second = ({student for section in course.sections for student in section.students} for course in world.courses)
    return min(first - second), min(second - first)


def _id(world: District, user: str) -> str:
    return next(one.sis_id for one in world.students if one.id == user)


def _corrected(world: District) -> District:
    return worlds.with_ids(world, {_two(world)[0]: worlds.spare_student(world).sis_id})


def _mistyped(world: District) -> District:
    return worlds.with_ids(world, {_two(world)[0]: UNKNOWN})


def _swap(world: District, one: str, two: str) -> District:
    return worlds.with_ids(world, {one: _id(world, two), two: _id(world, one)})


def _swapped(world: District) -> District:
    return _swap(world, *_two(world))


def _swapped_far(world: District) -> District:
    return _swap(world, *_far(world))


def _merged(world: District) -> District:
    one, two = _two(world)
    return worlds.with_ids(world, {two: _id(world, one)})


def _merged_far(world: District) -> District:
    one, two = _far(world)
    return worlds.with_ids(world, {two: _id(world, one)})


def _reused(world: District) -> District:
    return worlds.succeeded(world, _two(world)[0], HEIR)


def _old_and_new(world: District) -> tuple[str, ...]:
    user = _two(world)[0]
    return user, _id(world, user), worlds.spare_student(world).sis_id


def _old_and_unknown(world: District) -> tuple[str, ...]:
    return _id(world, _two(world)[0]), UNKNOWN


def _both_ids(world: District) -> tuple[str, ...]:
    return _id(world, _two(world)[0]), _id(world, _two(world)[1])


def _ids_far(world: District) -> tuple[str, ...]:
    return _id(world, _far(world)[0]), _id(world, _far(world)[1])


def _both_users(world: District) -> tuple[str, ...]:
    return (*_two(world), _id(world, _two(world)[0]))


def _users_far(world: District) -> tuple[str, ...]:
    return (*_far(world), _id(world, _far(world)[0]))


def _old_and_heir(world: District) -> tuple[str, ...]:
    return _id(world, _two(world)[0]), _two(world)[0], HEIR


def _ends(world: District) -> tuple[Any, Any]:
    """A section of each course."""
    return world.courses[0].sections[1], world.courses[1].sections[1]


def _sections_swapped(world: District) -> District:
    one, two = _ends(world)
    return worlds.with_section_ids(world, {one.id: two.sis_id, two.id: one.sis_id})


def _section_replaced(world: District) -> District:
    one, two = _ends(world)
    return worlds.with_section_ids(world, {one.id: "", two.id: one.sis_id})


def _sections_merged(world: District) -> District:
    one, two = _ends(world)
    return worlds.with_section_ids(world, {two.id: one.sis_id})


def _moved(world: District) -> tuple[str, ...]:
    return world.courses[0].id, world.courses[1].id


def _two_sections(world: District) -> tuple[str, ...]:
    one, two = _ends(world)
    return one.id, two.id, one.sis_id
