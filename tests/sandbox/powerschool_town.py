"""A PowerSchool of two schools and three sections with readable ids, its server, and a client that speaks raw HTTP to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import requests

from include.sandbox import world
from include.sandbox.powerschool import Settings, powerschool_app
from include.sandbox.serving import Journal, run_in_thread

# USERS.DCID of teachers, SECTIONS.DCID, STUDENTS.DCID, teacher categories.
ADA, BEN = "8301", "8302"
MATH_1, MATH_2, ART, NEXT = "85001", "85002", "85003", "85012"
TESTS, HOMEWORK, LABS, OLD, DRAWING = "4301", "4302", "4303", "4304", "4310"
STUDENTS = tuple(str(number) for number in range(81001, 81007))
XTE = "/ws/xte/section/assignment/"

_MATH = (
    world.Category(TESTS, "Tests"),
    world.Category(HOMEWORK, "Homework"),
    world.Category(LABS, "Labs", "hidden"),
    world.Category(OLD, "Old", "deleted"),
)


def town(**changes: Any) -> world.District:
    """Ada teaches MATH_1 (students 1 to 4) and MATH_2 (4 to 6), Ben teaches ART (1, 2) and, next term, NEXT."""
    terms = (
        world.Term("t1", "powerschool", "Fall", date(2026, 8, 24), date(2027, 1, 22), 36),
        world.Term("t2", "powerschool", "Spring", date(2027, 1, 25), date(2027, 6, 18), 36),
    )
    teachers = (
        world.Teacher("u1", "powerschool", ADA, "Ada", "ada@example.org"),
        world.Teacher("u2", "powerschool", BEN, "Ben", "ben@example.org"),
    )
    students = tuple(world.Student(f"s{n}", "powerschool", dcid, "Given", f"Family{n}") for n, dcid in enumerate(STUDENTS, start=1))
    drawing = (world.Category(DRAWING, "Drawing"),)
    courses = (
        _course("c1", "n1", "t1", (_section(MATH_1, "u1", "1234", _MATH), _section(MATH_2, "u1", "456", _MATH))),
        _course("c2", "n2", "t1", (_section(ART, "u2", "12", drawing), _section("85999", "u2", "1", drawing, in_sis=False))),
        _course("c3", "n2", "t2", (_section(NEXT, "u2", "12", drawing),)),
    )
    schools = (world.School("n1", "powerschool", "North"), world.School("n2", "powerschool", "South"))
    foreign = {MATH_1: ({"name": "By hand", "due_date": "2026-10-01", "points_possible": 5.0, "category_id": TESTS},)}
    plain: dict[str, Any] = {"seed": 1, "today": date(2026, 11, 13), "time_zone": "America/New_York", "accounts": {"powerschool": "15"}}
    return world.District(
        **{**plain, "schools": schools, "terms": terms, "teachers": teachers, "students": students, "courses": courses, "foreign": foreign, **changes}
    )


def _section(dcid: str, teacher: str, members: str, categories: tuple[world.Category, ...], in_sis: bool = True) -> world.Section:
    students = tuple(f"s{digit}" for digit in members)
    return world.Section(f"x{dcid}", "c", f"Section {dcid}", dcid, in_sis, teacher, students, students, categories)


def _course(number: str, school: str, term: str, sections: tuple[world.Section, ...]) -> world.Course:
    return world.Course(number, "powerschool", school, term, number, number, "available", "America/New_York", "", sections, (), (), (), (), {})


@dataclass
class Raw:
    """Plain HTTP with a bearer token, and the sandbox's admin routes."""

    url: str
    token: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def sign_in(self, secret: str = "powerschool-secret") -> requests.Response:
        answer = self.session.post(
            f"{self.url}/oauth/access_token/", data={"grant_type": "client_credentials"}, auth=("powerschool-client", secret), timeout=5
        )
        self.token = answer.json().get("access_token", "")
        return answer

    def __call__(self, method: str, path: str, json: object = None, **params: object) -> requests.Response:
        return self.session.request(
            method, self.url + path, params=params, json=json, headers={"Authorization": f"Bearer {self.token}"}, timeout=5
        )  # fmt: skip

    def admin(self, method: str, name: str, json: object = None) -> Any:
        answer = self.session.request(method, f"{self.url}/_sandbox/{name}", json=json, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def settings(self, **wanted: object) -> None:
        self.admin("PUT", "settings", wanted)

    def teacher(self, do: str, **order: object) -> Any:
        return self.admin("POST", "teacher", {"do": do, **order})

    def fault(self, kind: str, method: str, path: str, **more: object) -> None:
        self.admin("POST", "faults", {"kind": kind, "match": {"method": method, "path": path}, **more})

    def requests_made(self) -> list[str]:
        return [f"{entry['method']} {entry['path']}" for entry in self.admin("GET", "log") if not entry["path"].startswith("/oauth")]

    def clear_log(self) -> None:
        self.admin("DELETE", "log")

    def section(self, dcid: str) -> Any:
        return self.admin("GET", "state")["sections"][dcid]

    def item(self, dcid: str, name: str) -> Any:
        return next(one for one in self.section(dcid)["assignments"] if one["name"] == name)


def assignment(section: str = MATH_1, category: str = TESTS, **changes: object) -> dict[str, Any]:
    """The smallest body that a real server accepted (powerschool-xte.md §7.3)."""
    entry = {
        "sectionsdcid": int(section),
        "name": "Unit 3 test",
        "duedate": "2026-11-14",
        "scoretype": "POINTS",
        "scoreentrypoints": 20,
        "totalpointvalue": 20,
        "weight": 1,
        "iscountedinfinalgrade": True,
        "isscoringneeded": True,
        "publishoption": "Immediately",
        "_assignmentcategoryassociations": [{"teachercategoryid": int(category), "isprimary": True}],
    }
    return {"_assignmentsections": [{**entry, **changes}]}


def score(entry: int, student: str, points: float | None = 18.5, **changes: object) -> dict[str, Any]:
    """The smallest score row (§8.1)."""
    row = {
        "_assignmentsection": {"assignmentsectionid": entry},
        "studentsdcid": int(student),
        "actualscoreentered": None if points is None else str(points),
        "actualscorekind": "REAL_SCORE",
        "scoretype": "POINTS",
        "scorepoints": points,
    }
    return {**row, **changes}


@contextmanager
def serving(journal: Journal | None = None, **settings: Any) -> Iterator[Raw]:
    """The town's server and a signed-in raw client."""
    with run_in_thread(powerschool_app(town(), journal, Settings(**settings))) as running:
        raw = Raw(running.url)
        raw.sign_in()
        yield raw
