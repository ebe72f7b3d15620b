"""Generated schools: small, and as nasty as real ones are on their worst day. All choices come from hypothesis, so that it can shrink them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from include.gradebook.courses import Selection
from include.sandbox.world import TARGETS
from include.sis.registry import sis
from include.sync.keys import assignment_ids
from tests.classroom import NOW
from tests.sync.school import KIND, LivelySis, School

NAMES = ["Quiz", "Quiz", " quiz ", "QUIZ", "Essay", "Essay\u0301", "Lab", "", "Name *~*", "n" * 31, "n" * 51, "Roll Call Attendance"]
DUE = ["2026-11-10T04:59:59Z", "2026-11-10T04:59:59Z", "2027-03-01T04:59:59Z", None]
SCORES: list[dict[str, Any]] = [
    {"score": 8.0}, {"score": 8.0}, {"score": 0.1 + 0.2}, {"score": 0.0}, {"score": 12.0, "late": True}, {"score": None}, {"score": -1.0},
    {"score": float("inf")}, {"score": None, "excused": True}, {"score": 5.0, "excused": True}, {"score": None, "missing": True},
    {"score": 0.0, "missing": True}, {"score": 7.0, "posted_at": None},
]  # fmt: skip
OFF = [{}, {}, {}, {}, {"published": False}, {"post_to_sis": False}, {"omit_from_final_grade": True}, {"submission_types": "not_graded"}]
SEATS = [{}, {}, {}, {"state": "inactive"}, {"state": "completed"}, {"type": "StudentViewEnrollment"}, {"sis_user_id": None}, {"sis_user_id": "U1"}]
CATEGORIES = [("Homework", "active"), ("homework ", "active"), ("Homework", "hidden"), ("Tests", "deleted"), ("Tests", "hidden"), ("Tests", "active")]
SWITCHES: list[dict[str, Any]] = [
    {}, {}, {"foreign_twin": "adopt"}, {"name_shorten": True}, {"send_hidden": False}, {"clear_blanks": True, "delete_removed": True},
    {"category": "uncategorized"}, {"category_keep_filed": True}, {"canvas_twins": "send_both", "foreign_twin": "send_beside"},
]  # fmt: skip
FATES = ["accept", "accept", "accept", "refuse", "fault", "lost", "silent"]
_pick = st.sampled_from


@st.composite
def schools(draw: st.DrawFn, switches: list[dict[str, Any]] = SWITCHES) -> School:
    """A school under one of the five rule tables, with some switches set, before its first night."""
    rules = sis(draw(_pick(TARGETS))).rules.model_copy(update=draw(_pick(switches)))
    users = [f"u{number}" for number in range(1, draw(st.integers(2, 5)) + 1)]
    sections = {str(number): draw(st.lists(_pick(users), unique=True, max_size=4)) for number in range(1, draw(st.integers(1, 3)) + 1)}
    school = School(rules=rules, sections=sections, client=LivelySis(own_ids=draw(st.booleans())))
    school.groups = [{"canvas_group_id": str(ident), "name": name} for ident, name in ((7, "Plain"), (8, "Tests"), (9, "Homework"))]
    for seat in [(section, user) for section, here in sections.items() for user in here]:
        school.enrollment_changes[seat] = draw(_pick(SEATS))
    school.section_ids = {section: draw(_pick([f"S{section}", f"S{section}", f"S{section}", "S1", None])) for section in sections}
    school.categories = [
        {"category_id": f"C{number}", "title": title, "state": state}
        for number, (title, state) in enumerate(draw(st.lists(_pick(CATEGORIES), min_size=1, max_size=4)))
    ]
    school.categories.append({"category_id": "C9", "title": "Plain", "state": "active"})
    _plain_work(draw, school)
    _coursework(draw, school, [*users, "u9"])
    _the_sis(draw, school, users)
    return school


def _plain_work(draw: st.DrawFn, school: School) -> None:
    """In every school something is sent: two assignments in section 1, of which a teacher may have made the second one in the SIS as well."""
    school.sections["1"] = sorted({*school.sections["1"], "u1"})
    school.enrollment_changes["1", "u1"] = {}
    school.section_ids["1"] = "S1"
    for ident, name in (("90", "Plain work"), ("91", "Plain test")):
        school.add(name, id=ident, canvas_group_id="7", scores=None)
        school.score(ident, "u1", 8.0)
    if draw(st.booleans()):
        _stands(school, "S1", "f9", {"name": "Plain test", "ours": False, "due_date": "2026-11-09"})


def _coursework(draw: st.DrawFn, school: School, users: list[str]) -> None:
    for number in range(draw(st.integers(1, 7))):
        ident = school.add(
            draw(_pick(NAMES)), id=str(98 + number), scores=None, due_at=draw(_pick(DUE)), canvas_group_id=draw(_pick(["9", "9", "8"])),
            points_possible=draw(_pick([10.0, 10.0, 10.0, 0.0, -5.0, 10_000.0, None])), grading_type=draw(_pick(["points", "points", "pass_fail"])),
            only_visible_to_overrides=draw(_pick([False, False, False, True])), **draw(_pick(OFF)),
        )  # fmt: skip
        for user in draw(st.lists(_pick(users), unique=True, max_size=len(users))):
            school.score(ident, user, draw(_pick(SCORES)))
    for _ in range(draw(st.integers(0, 3))):
        assignment = draw(_pick(school.assignments))["canvas_assignment_id"]
        kind = draw(_pick(["section", "section", "course", "student", "group", "module", "mastery_path"]))
        section = draw(_pick(sorted(school.sections))) if kind == "section" else None
        changes = draw(_pick([{}, {"due_at": None}, {"due_at": "2026-11-20T04:59:59Z"}, {"unassign": True}]))
        if not any((row["canvas_assignment_id"], row["kind"], row["canvas_section_id"]) == (assignment, kind, section) for row in school.overrides):
            school.override(assignment, kind, section, **changes)


def _the_sis(draw: st.DrawFn, school: School, users: list[str]) -> None:
    """Strangers, forgotten sections, choices of categories, and what stands in the SIS already: somebody else's, and ours of a lost ledger."""
    places = sorted({ident for ident in school.section_ids.values() if ident})
    school.strangers = set(draw(st.lists(_pick(users[1:]), max_size=1)))
    school.unknown_sections = set(draw(st.lists(_pick([place for place in places if place != "S1"] or ["S8"]), max_size=1)))
    choice = _pick([*(row["category_id"] for row in school.categories), "C-gone", None])
    chosen = draw(st.lists(st.tuples(_pick(places), _pick(["8", "9"])), unique=True, max_size=2))
    school.choices = [{"sis_section_id": place, "canvas_group_id": group, "category_id": draw(choice)} for place, group in chosen]
    for number, name in enumerate(draw(st.lists(_pick(["Quiz", "Essay ", "Lab"]), max_size=2))):
        _stands(school, draw(_pick(places)), f"f{number}", {"name": name, "ours": False, "due_date": draw(_pick(["2026-11-09", None]))})
    for row in draw(st.lists(_pick(school.assignments), unique_by=lambda row: row["canvas_assignment_id"], max_size=2)):
        place, assignment = draw(_pick(places)), row["canvas_assignment_id"]
        ours = assignment_ids(KIND, [place], [assignment], [0])[0]
        _stands(school, place, ours if school.client.own_ids else f"m{assignment}", {"name": row["name"] or "old", "ours": True, "our_id": ours})


def _stands(school: School, place: str, ident: str, item: dict[str, Any]) -> None:
    school.client.items[place, ident] = {"sis_section_id": place, "sis_assignment_id": ident, "points_possible": 10.0, "state": "active", **item}


fates = st.lists(_pick(FATES), max_size=12)
"""What befalls the first writes of a night."""

hitches = st.lists(_pick(["accept", "fault", "lost", "silent"]), max_size=12)
"""The same without refusals that somebody must mend."""


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    """A nightly run, a remaster, or a run on demand with choices."""
    chosen = draw(
        _pick([{}, {}, {"mode": "remaster"}, {"mode": "on_demand", "assignments": ("98", "99")}, {"mode": "on_demand", "sections": ("1",)}])
    )
    return Selection(now=NOW, **chosen)


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """Things that happen in Canvas and in the SIS between two nights (see `happen`)."""
    kinds = ["move", "blank", "off", "gone", "rename", "rescore", "deleted in sis", "edited in sis"]
    return draw(st.lists(st.tuples(_pick(kinds), st.integers(0, 20)), max_size=5))


def happen(school: School, changes: list[tuple[str, Any]]) -> None:
    """Let them happen. The number picks the thing that it happens to."""
    for what, number in changes:
        row = school.assignments[number % len(school.assignments)] if school.assignments else {}
        keys = sorted(school.submissions)
        sections = sorted(school.sections)
        if what == "off":
            row["post_to_sis"] = False
        elif what == "rename":
            row["name"] = "Renamed"
        elif what == "gone" and len(school.assignments) > 1:
            school.assignments.remove(row)
            school.submissions = {key: value for key, value in school.submissions.items() if key[0] != row["canvas_assignment_id"]}
        elif what == "rescore" and keys:
            school.submissions[keys[number % len(keys)]]["score"] = 9.5
        elif what == "blank" and keys:
            school.submissions[keys[number % len(keys)]] = {"score": None, "workflow_state": "unsubmitted"}
        elif what == "move":
            source, goal = sections[number % len(sections)], sections[(number + 1) % len(sections)]
            if source != goal and school.sections[source]:
                user = school.sections[source].pop()
                school.sections[goal] = sorted({*school.sections[goal], user})
        elif what == "deleted in sis" and school.client.items:
            place = sorted(school.client.items)[number % len(school.client.items)]
            school.client.items.pop(place)
            school.client.scores = {key: score for key, score in school.client.scores.items() if key[:2] != place}
        elif what == "edited in sis" and school.client.items:
            place = sorted(school.client.items)[number % len(school.client.items)]
            school.client.items[place]["name"] = "Edited by a teacher"
