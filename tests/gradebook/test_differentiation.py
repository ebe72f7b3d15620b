"""Who an assignment is given to, in all the ways that Canvas has (R-1, R-2): copies and reasons per section, by rule table."""

from __future__ import annotations

from typing import Any

import pytest

from include.sis.registry import SIS
from tests.classroom import Classroom

EVERY = sorted(SIS)
DATES = ("genesis", "synergy")
BASE, OWN = "2026-11-10T04:59:59Z", "2026-11-20T04:59:59Z"
BASE_DAY, OWN_DAY = "2026-11-09", "2026-11-19"


def room(sis_name: str, sections: int = 2, base: str | None = BASE, **columns: Any) -> tuple[Classroom, str]:
    """Sections 1, 2 … with one student each and one assignment, under the rules of this SIS."""
    place = Classroom(rules=SIS[sis_name].rules, sections={str(n): [f"u{n}"] for n in range(1, sections + 1)})
    return place, place.add(due_at=base, **columns)


def outcome(place: Classroom) -> dict[str, str]:
    """SIS section -> due date of its copy, or the reason why there is none."""
    filtered = place.filtered()
    copies, withheld = filtered.copies, filtered.withheld[filtered.withheld["kind"] == "assignment"]
    sent = dict(zip(copies["sis_section_id"], copies["due_date"].fillna("no date"), strict=True))
    return sent | dict(zip(withheld["sis_section_id"], withheld["reason_code"], strict=True))


@pytest.mark.parametrize("sis_name", EVERY)
def test_r2_no_override_at_all_goes_everywhere(sis_name: str) -> None:
    place, _ = room(sis_name)
    assert outcome(place) == {"S1": BASE_DAY, "S2": BASE_DAY}


@pytest.mark.parametrize("sis_name", [*DATES, "powerschool", "schooltool"])
def test_r2_an_override_without_a_due_date_takes_the_base_date(sis_name: str) -> None:
    place, quiz = room(sis_name)
    place.override(quiz, "section", "1")
    place.override(quiz, "section", "2", due_at=OWN)
    assert outcome(place) == {"S1": BASE_DAY, "S2": OWN_DAY}


@pytest.mark.parametrize(("sis_name", "first"), [("genesis", "no date"), ("powerschool", "GP-DUE-MISSING"), ("schooltool", "GP-DUE-MISSING")])
def test_r2_an_override_with_a_null_date_has_none(sis_name: str, first: str) -> None:
    place, quiz = room(sis_name)
    place.override(quiz, "section", "1", due_at=None)
    place.override(quiz, "section", "2", due_at=OWN)
    assert outcome(place) == {"S1": first, "S2": OWN_DAY}


@pytest.mark.parametrize("only_visible", [False, True])
@pytest.mark.parametrize("sis_name", [*DATES, "powerschool", "schooltool"])
def test_r2_every_section_named_means_there_is_no_everyone_else(sis_name: str, only_visible: bool) -> None:
    """The rule about Everyone Else is met then, with a base date or without one."""
    place, quiz = room(sis_name, base=None, only_visible_to_overrides=only_visible)
    for section in "12":
        place.override(quiz, "section", section, due_at=OWN)
    assert outcome(place) == {"S1": OWN_DAY, "S2": OWN_DAY}


@pytest.mark.parametrize(("sis_name", "expected"), [("powerschool", "GP-DIFF-EVERYONE"), ("schooltool", "GP-DUE-EVERYONE")])
def test_r2_a_hand_made_section_counts_for_everyone_else(sis_name: str, expected: str) -> None:
    """A section that the SIS does not have still has students: Everyone Else is theirs."""
    place, quiz = room(sis_name, base=None, only_visible_to_overrides=True)
    place.without_sis_id = {"2"}
    place.override(quiz, "section", "1", due_at=OWN)
    assert outcome(place) == {"S1": expected}


@pytest.mark.parametrize(("sis_name", "expected"), [("powerschool", "GP-DIFF-EVERYONE"), ("schooltool", "GP-DUE-EVERYONE")])
def test_r2_a_base_date_left_behind_is_nobodys(sis_name: str, expected: str) -> None:
    place, quiz = room(sis_name, only_visible_to_overrides=True)
    place.override(quiz, "section", "1", due_at=OWN)
    assert outcome(place)["S1"] == expected


@pytest.mark.parametrize("sis_name", DATES)
def test_r2_a_section_that_is_not_named_gets_nothing_without_everyone_else(sis_name: str) -> None:
    place, quiz = room(sis_name, only_visible_to_overrides=True)
    place.override(quiz, "section", "1", due_at=OWN)
    assert outcome(place) == {"S1": OWN_DAY, "S2": "GP-DIFF-NOT-NAMED"}


@pytest.mark.parametrize("sis_name", [*DATES, "powerschool", "schooltool"])
def test_r2_an_unassigned_section_gets_nothing_and_is_not_named(sis_name: str) -> None:
    """The others go on as if nobody was named, SchoolTool too, where only named sections are sent as soon as there are any."""
    place, quiz = room(sis_name)
    place.override(quiz, "section", "1", unassign=True)
    assert outcome(place) == {"S1": "GP-NOT-ASSIGNED", "S2": BASE_DAY}


@pytest.mark.parametrize("sis_name", [*DATES, "powerschool", "schooltool"])
@pytest.mark.parametrize(("override", "day"), [({"due_at": OWN}, OWN_DAY), ({}, BASE_DAY)])
def test_r2_a_course_wide_override_counts_as_everyone(sis_name: str, override: dict[str, Any], day: str) -> None:
    place, quiz = room(sis_name, only_visible_to_overrides=True)
    place.override(quiz, "course", **override)
    assert outcome(place) == {"S1": day, "S2": day}


def test_r2_a_course_wide_override_meets_the_rule_about_everyone_else() -> None:
    place, quiz = room("powerschool", base=None, only_visible_to_overrides=True)
    place.override(quiz, "course", due_at=BASE)
    place.override(quiz, "section", "1", due_at=OWN)
    assert outcome(place) == {"S1": OWN_DAY, "S2": BASE_DAY}


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ({}, BASE_DAY),  # other dates than the due date change nothing that is sent
        ({"due_at": BASE}, BASE_DAY),  # the same due date once more
        ({"due_at": OWN}, "GP-DIFF-SECTIONS"),
        ({"due_at": None}, "GP-DIFF-SECTIONS"),
        ({"unassign": True}, "GP-DIFF-SECTIONS"),
    ],
)
def test_r2_infinite_campus_minds_only_overrides_that_change_something(override: dict[str, Any], expected: str) -> None:
    place, quiz = room("infinite_campus")
    place.override(quiz, "section", "1", **override)
    assert outcome(place)["S2"] == expected


def test_r2_infinite_campus_minds_who_sees_the_assignment() -> None:
    place, quiz = room("infinite_campus", only_visible_to_overrides=True)
    place.override(quiz, "section", "1")
    assert outcome(place) == {"S1": "GP-DIFF-SECTIONS", "S2": "GP-DIFF-SECTIONS"}


@pytest.mark.parametrize("kind", ["student", "group", "module"])
def test_r1_infinite_campus_lets_an_extension_without_a_new_due_date_pass(kind: str) -> None:
    place, quiz = room("infinite_campus")
    place.override(quiz, kind)
    assert outcome(place) == {"S1": BASE_DAY, "S2": BASE_DAY}


@pytest.mark.parametrize("sis_name", ["infinite_campus", "powerschool"])
def test_ps6_ic6_what_only_a_module_gives_is_not_sent(sis_name: str) -> None:
    place, quiz = room(sis_name, only_visible_to_overrides=True)  # as extract hands it over
    place.override(quiz, "module")
    assert outcome(place) == {"S1": "GP-DIFF-INDIVIDUALS", "S2": "GP-DIFF-INDIVIDUALS"}


@pytest.mark.parametrize("kind", ["student", "group", "module"])
@pytest.mark.parametrize("sis_name", [*DATES, "schooltool"])
def test_r1_single_students_do_not_move_their_sections_date(sis_name: str, kind: str) -> None:
    place, quiz = room(sis_name)
    place.override(quiz, kind, due_at=OWN)
    assert outcome(place) == {"S1": BASE_DAY, "S2": BASE_DAY}
    assert len(place.filtered().scores) == 2  # all scores go along


@pytest.mark.parametrize("sis_name", DATES)
def test_r1_the_students_section_assigned_as_well(sis_name: str) -> None:
    place, quiz = room(sis_name, only_visible_to_overrides=True)
    place.override(quiz, "student", due_at=BASE)
    place.override(quiz, "section", "1", due_at=OWN)
    assert outcome(place) == {"S1": OWN_DAY, "S2": "GP-DIFF-NOT-NAMED"}


@pytest.mark.parametrize(
    ("sis_name", "expected"),
    [
        ("genesis", "GP-DIFF-ONLY-INDIVIDUALS"), ("synergy", "GP-DIFF-ONLY-INDIVIDUALS"), ("schooltool", "GP-DIFF-ONLY-INDIVIDUALS"),
        ("powerschool", "GP-DIFF-INDIVIDUALS"), ("infinite_campus", "GP-DIFF-INDIVIDUALS"),
    ],
)  # fmt: skip
def test_r1_given_to_individuals_alone_it_is_not_sent(sis_name: str, expected: str) -> None:
    place, quiz = room(sis_name, only_visible_to_overrides=True)
    place.override(quiz, "group", due_at=OWN)
    assert outcome(place) == {"S1": expected, "S2": expected}


@pytest.mark.parametrize("sis_name", ["genesis", "synergy", "schooltool", "powerschool"])
def test_r20_a_mastery_path_beside_everyone_is_sent_with_everyones_date(sis_name: str) -> None:
    place, quiz = room(sis_name)
    place.override(quiz, "mastery_path", due_at=OWN)
    assert outcome(place) == {"S1": BASE_DAY, "S2": BASE_DAY}
    assert len(place.filtered().scores) == 2


@pytest.mark.parametrize(
    ("sis_name", "expected"),
    [("genesis", "GP-DIFF-ONLY-MASTERY"), ("synergy", "GP-DIFF-ONLY-MASTERY"), ("schooltool", "GP-DIFF-ONLY-MASTERY"),
     ("powerschool", "GP-DIFF-ONLY-MASTERY"), ("infinite_campus", "GP-DIFF-MASTERY")],
)  # fmt: skip
def test_r20_what_only_a_mastery_path_assigns_is_withheld(sis_name: str, expected: str) -> None:
    place, quiz = room(sis_name, only_visible_to_overrides=True)
    place.override(quiz, "mastery_path", due_at=OWN)
    assert outcome(place) == {"S1": expected, "S2": expected}


def test_r20_a_course_wide_override_counts_as_everyone_in_powerschool() -> None:
    place, quiz = room("powerschool", only_visible_to_overrides=True)
    place.override(quiz, "mastery_path")
    place.override(quiz, "course", due_at=OWN)
    assert outcome(place) == {"S1": OWN_DAY, "S2": OWN_DAY}


def test_r20_a_district_may_still_withhold_mastery_paths_in_powerschool() -> None:
    place, quiz = room("powerschool")
    place.rules = place.rules.model_copy(update={"mastery_paths": "withhold"})
    place.override(quiz, "mastery_path")
    assert outcome(place) == {"S1": "GP-DIFF-MASTERY", "S2": "GP-DIFF-MASTERY"}


@pytest.mark.parametrize("sis_name", ["powerschool", "infinite_campus"])
def test_r1_a_district_may_treat_them_like_the_others(sis_name: str) -> None:
    place, quiz = room(sis_name)
    place.rules = place.rules.model_copy(update={"individuals": "section_date"})
    place.override(quiz, "student", due_at=OWN)
    assert outcome(place) == {"S1": BASE_DAY, "S2": BASE_DAY}


@pytest.mark.parametrize("sis_name", [*DATES, "powerschool", "schooltool"])
def test_r2_thirty_sections_each_with_its_own_date(sis_name: str) -> None:
    """Canvas stops listing all dates at 25 overrides; the overrides themselves still tell them all."""
    place, quiz = room(sis_name, sections=30)
    for section in range(1, 31):
        place.override(quiz, "section", str(section), due_at=f"2026-11-{section:02d}T20:00:00Z")
    assert outcome(place) == {f"S{n}": f"2026-11-{n:02d}" for n in range(1, 31)}


@pytest.mark.parametrize("sis_name", EVERY)
def test_r2_an_override_of_a_section_that_is_gone_names_nobody_here(sis_name: str) -> None:
    """Canvas may still list the override of a section that was deleted or moved away."""
    place, quiz = room(sis_name)
    place.override(quiz, "section", "deleted", due_at=OWN)
    assert outcome(place) == {"S1": BASE_DAY, "S2": BASE_DAY}


def test_a4_a_cross_listed_section_is_a_section_like_any_other() -> None:
    place, quiz = room("genesis")
    place.cross_listed = {"2": "host-course"}
    place.override(quiz, "section", "2", due_at=OWN)
    assert outcome(place) == {"S1": BASE_DAY, "S2": OWN_DAY}
    assert set(place.night().scores()) == {("S1", "U1"), ("S2", "U2")}
