"""The courses of a district as they were last seen, with their nightly switch and their last sync: searched and paged, without asking anybody
(D-11). What was seen of one course's sections, groups and categories is in `outline.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, case, false, func, or_, select, true

from include.district import Target
from include.sync import bulk
from include.sync.listing import Listed
from include.sync.tables import COURSE_SETTINGS, RUN_COURSES, RUNS, SEEN_COURSES

STATES = ("on", "off", "left out")
Key = tuple[str, str]
_C = SEEN_COURSES.c


@dataclass(frozen=True)
class Search:
    """Courses of these targets; those with `text` in their name, or as an id; those that are on or off by night, or are left out by a rule;
    those among `only`."""

    targets: tuple[Target, ...]
    text: str = ""
    state: str = ""
    only: frozenset[Key] | None = None


def courses(engine: Engine, search: Search, page: int = 1, size: int = 10) -> Listed:
    """A page of courses by name, each with `nightly` (on or off), and who set that and when, if anybody did."""
    query = _found(search)
    with engine.connect() as connection:
        total = connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
        pages = max(1, -(-total // size))
        number = min(max(1, page), pages)
        rows = [dict(row) for row in connection.execute(query.limit(size).offset((number - 1) * size)).mappings()]
    return Listed([row | {"nightly": bool(row["nightly"])} for row in rows], number, pages, total)


def ids(engine: Engine, search: Search) -> list[Key]:
    """All courses that fit (target, course)."""
    found = _found(search).subquery()
    with engine.connect() as connection:
        return [(target, course_id) for target, course_id in connection.execute(select(found.c.target, found.c.canvas_course_id))]


def _found(search: Search) -> Select[Any]:
    own = and_(COURSE_SETTINGS.c.target == _C.target, COURSE_SETTINGS.c.canvas_course_id == _C.canvas_course_id)
    nightly = func.coalesce(COURSE_SETTINGS.c.nightly, _default(search.targets)).label("nightly")
    query = select(SEEN_COURSES, nightly, COURSE_SETTINGS.c.changed_by, COURSE_SETTINGS.c.changed_at)
    query = query.outerjoin_from(SEEN_COURSES, COURSE_SETTINGS, own).where(_C.target.in_([target.name for target in search.targets]))
    query = query.where(_fits(search.text), _stands(search.state, nightly), _among(search.only))
    return query.order_by(func.lower(_C.name), _C.target, _C.canvas_course_id)


def course(engine: Engine, target: str, course_id: str) -> dict[str, Any] | None:
    """What is known of one course, None for one that nobody has seen there."""
    with engine.connect() as connection:
        row = connection.execute(select(SEEN_COURSES).where(_C.target == target, _C.canvas_course_id == course_id)).mappings().one_or_none()
    return dict(row) if row else None


def known(engine: Engine, target: str, course_ids: Sequence[str]) -> set[str]:
    """Those of these courses that were seen below the target."""
    found: set[str] = set()
    with engine.connect() as connection:
        for chunk in bulk.chunks(list(course_ids)):
            found.update(connection.execute(select(_C.canvas_course_id).where(_C.target == target, _C.canvas_course_id.in_(chunk))).scalars())
    return found


def last_syncs(engine: Engine, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
    """The newest sync of each of these courses (target, course) that is still listed and was no preview: its run, when, and its status."""
    asked = set(keys)
    if not asked:
        return {}
    same = and_(RUN_COURSES.c.target == RUNS.c.target, RUN_COURSES.c.run_id == RUNS.c.run_id)
    wanted = (RUN_COURSES.c.target, RUN_COURSES.c.canvas_course_id, RUN_COURSES.c.status, RUNS.c.run_id, RUNS.c.mode, RUNS.c.started_at)
    these = or_(*(and_(RUN_COURSES.c.target == target, RUN_COURSES.c.canvas_course_id == course_id) for target, course_id in asked))
    syncs = RUNS.c.mode != "reconcile"
    query = select(*wanted).join_from(RUN_COURSES, RUNS, same).where(these, RUNS.c.preview.is_(False), syncs).order_by(RUNS.c.started_at)
    with engine.connect() as connection:
        return {(row["target"], row["canvas_course_id"]): dict(row) for row in connection.execute(query).mappings()}


def seen(engine: Engine, targets: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Per target how many courses were seen, and when Canvas was asked last; targets of which nothing was seen are not in it."""
    query = select(_C.target, func.count().label("courses"), func.max(_C.seen_at).label("seen_at"))
    with engine.connect() as connection:
        found = connection.execute(query.where(_C.target.in_(list(targets))).group_by(_C.target)).mappings()
        return {row["target"]: dict(row) for row in found}


def _among(only: frozenset[Key] | None) -> ColumnElement[bool]:
    if only is None:
        return true()
    by_target = {target: [course_id for name, course_id in only if name == target] for target in {name for name, _ in only}}
    return or_(false(), *(and_(_C.target == target, _C.canvas_course_id.in_(ids)) for target, ids in by_target.items()))


def _default(targets: Sequence[Target]) -> ColumnElement[bool]:
    """What a course that nobody switched does, by its target's default (R-12)."""
    named = {kind: [target.name for target in targets if target.nightly == kind] for kind in ("all", "canvas")}
    by_canvas = and_(_C.target.in_(named["canvas"]), _C.nightly_setting == "nightly_sync")
    return case((_C.target.in_(named["all"]), true()), (by_canvas, true()), else_=False)


def _fits(text: str) -> ColumnElement[bool]:
    if not text:
        return true()
    named = func.lower(_C.name).contains(text.lower(), autoescape=True)
    return or_(named, _C.canvas_course_id == text, func.lower(_C.sis_course_id) == text.lower())


def _stands(state: str, nightly: ColumnElement[bool]) -> ColumnElement[bool]:
    if state == "left out":
        return _C.reason_code.is_not(None)
    return and_(nightly.is_(state == "on"), _C.reason_code.is_(None)) if state else true()
