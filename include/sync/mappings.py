"""Which Canvas sections and users map to which of the SIS's, over all batches, runs, courses, and targets (I-3, I-6).

Each completely read course replaces its own rows, but those of a section or a student that could not be read: they are not gone (I-7). Two Canvas
sections on one SIS section, or two Canvas users on one SIS student, are both withheld: nobody knows whose scores belong there. One Canvas section in
two targets of one SIS belongs to the target that sent something there, or had it first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from sqlalchemy import Connection, Engine, Table, delete, exists, select

from include.gradebook.among import among, beside
from include.gradebook.courses import takes_part
from include.gradebook.filtering import CanvasRead, Filtered
from include.gradebook.sieve import both_sides, join_withheld, withhold
from include.sync import binding, bulk, state
from include.sync.draft import P, S
from include.sync.run import Run
from include.sync.tables import LEDGER_ASSIGNMENTS, LEDGER_SCORES, SECTION_MAPPINGS, STUDENT_MAPPINGS

C, CS, U = "canvas_course_id", "canvas_section_id", "canvas_user_id"


@dataclass(frozen=True)
class Rivals:
    """SIS sections and students to which something else maps too: their IDs, with `limit`, which names the other side; `foreign` sections are
    another target's."""

    sections: pd.DataFrame
    foreign: pd.DataFrame
    students: pd.DataFrame


def note_sections(run: Run, sections: pd.DataFrame, courses: Sequence[str], problems: pd.DataFrame | None = None) -> None:
    """Record the SECTIONS of these courses, which were read completely but for `problems`, under their SIS IDs."""
    rows = sections[sections[C].isin(courses)].assign(**{S: run.config.identity.section_id(sections)})
    _renew(run, SECTION_MAPPINGS, (CS, C, S), rows.dropna(subset=[S]), courses, _unread(problems, CS))


def note_students(run: Run, canvas: CanvasRead, courses: Sequence[str]) -> None:
    """Record the students who are active in these courses, which were read completely, under their SIS IDs."""
    people = canvas.enrollments
    there = people[C].isin(courses) & takes_part(people, canvas.courses, run.now) & people["type"].ne("StudentViewEnrollment")
    rows = people[there].assign(**{P: run.config.identity.student_id(people)})
    _renew(run, STUDENT_MAPPINGS, (C, U, P), rows.dropna(subset=[P]).drop_duplicates([C, U, P]), courses, _unread(canvas.problems, U))


def forget_courses(engine: Engine, target: str, kept: Iterable[str]) -> None:
    """Delete what is recorded of courses that are not among these: they take no part any more, and hold no SIS section."""
    courses = set(kept)
    for table in (SECTION_MAPPINGS, STUDENT_MAPPINGS):
        with engine.connect() as connection:
            known = set(connection.execute(select(table.c.canvas_course_id).where(table.c.target == target).distinct()).scalars())
        if known - courses:
            with state.writing(engine) as connection:
                _delete(connection, table, target, sorted(known - courses))


def known_courses(engine: Engine, target: str) -> set[str]:
    """Courses whose sections are recorded."""
    with engine.connect() as connection:
        return set(connection.execute(select(SECTION_MAPPINGS.c.canvas_course_id).where(SECTION_MAPPINGS.c.target == target).distinct()).scalars())


def rivals(run: Run, filtered: Filtered) -> Rivals:
    """What else maps to the SIS sections and students of these rows, by what is recorded for every target of the same SIS."""
    engine = state.engine(run.district.state)
    targets = binding.same_sis(engine, run.target, run.district.targets)
    sections = _recorded(engine, SECTION_MAPPINGS, SECTION_MAPPINGS.c.sis_section_id, filtered.sections[S], targets)
    students = _recorded(engine, STUDENT_MAPPINGS, STUDENT_MAPPINGS.c.sis_student_id, filtered.roster[P].dropna(), targets)
    return Rivals(_doubled_sections(sections), _of_others(engine, sections, run.target), _doubled_students(students))


def abandoned(run: Run, courses: Sequence[str]) -> pd.DataFrame:
    """Notes of what was sent for these courses to SIS sections to which no Canvas section maps any more: an ID was corrected, or taken away (I-3).

    Only where the students whose scores are there are still in the course: a section that left it (cross-listed, deleted) is another matter.
    """
    engine = state.engine(run.district.state)
    sent, mine = LEDGER_ASSIGNMENTS.c, SECTION_MAPPINGS.c
    targets = binding.same_sis(engine, run.target, run.district.targets)
    held = exists().where(mine.target.in_(sorted(targets)), mine.sis_section_id == sent.sis_section_id)
    gone = select(sent.canvas_course_id, sent.sis_section_id).where(sent.target == run.target, sent.fingerprint.is_not(None), ~held).distinct()
    with engine.connect() as connection:
        rows = bulk.read(connection, gone, sent.canvas_course_id, sorted(courses)).sort_values([C, S])
        rows = rows[_students_stayed(connection, run.target, rows)]
        now = bulk.read(connection, select(mine[C], mine[CS], mine[S]).where(mine.target == run.target), mine.canvas_course_id, sorted(set(rows[C])))
    named = (now[CS] + " (" + now[S] + ")").groupby(now[C]).agg(lambda told: ", ".join(sorted(told)))
    sections = ("whose sections now have the SIS IDs: " + rows[C].map(named).astype("str")).fillna("which has no section with a SIS ID now")
    limit = "course " + rows[C] + ", " + sections.astype("str")
    return withhold(rows, "section", "GP-SECTION-ABANDONED", "transform", value=rows[S], limit=limit)


def _students_stayed(connection: Connection, target: str, rows: pd.DataFrame) -> pd.Series:
    """Where most Canvas users whose scores were sent to this SIS section are active in this course now."""
    sent, people = LEDGER_SCORES.c, STUDENT_MAPPINGS.c
    scored = select(sent.sis_section_id, sent.canvas_user_id).where(sent.target == target, sent.fingerprint.is_not(None)).distinct()
    active = select(people.canvas_course_id, people.canvas_user_id).where(people.target == target).distinct()
    users = bulk.read(connection, scored, sent.sis_section_id, sorted(set(rows[S]))).merge(rows[[C, S]], on=S)
    present = among(users, bulk.read(connection, active, people.canvas_course_id, sorted(set(rows[C]))), [C, U])
    stayed = users.assign(present=present).groupby([C, S], as_index=False)["present"].mean()
    return pd.Series(among(rows, stayed[stayed["present"] > 0.5], [C, S]), index=rows.index)


def without_rivals(filtered: Filtered, found: Rivals) -> Filtered:
    """The rows without what maps to a SIS section or student that something else maps to; both sides are named (I-3)."""
    shared = among(filtered.sections, found.sections, [S])
    taken = among(filtered.sections, found.foreign, [S, CS]) & ~shared
    sections, others = filtered.sections[shared], filtered.sections[taken]
    gone = pd.concat([sections, others])
    copies, scores = filtered.copies[filtered.copies[S].isin(gone[S])], filtered.scores[filtered.scores[S].isin(gone[S])]
    rest = filtered.scores.drop(index=scores.index)
    twice = rest[among(rest, found.students, [P])]
    withheld = join_withheld(
        filtered.withheld,
        withhold(sections, "section", "GP-SECTION-TWICE", "transform", value=sections[S], limit=_told(sections, found.sections, S)),
        withhold(others, "section", "GP-SECTION-OTHER-TARGET", "transform", value=others[S], limit=_told(others, found.foreign, S)),
        withhold(copies, "assignment", "GP-SECTION-WITHHELD", "transform"),
        withhold(scores, "grade", "GP-SECTION-WITHHELD", "transform"),
        withhold(twice, "grade", "GP-STUDENT-TWICE", "transform", value=twice[P], limit=_told(twice, found.students, P)),
    )
    return replace(
        filtered,
        sections=filtered.sections.drop(index=gone.index),
        roster=filtered.roster[~filtered.roster[S].isin(gone[S])],
        copies=filtered.copies.drop(index=copies.index),
        scores=rest.drop(index=twice.index),
        withheld=withheld,
    )


def _told(rows: pd.DataFrame, facts: pd.DataFrame, key: str) -> pd.Series:
    return beside(rows, facts, [key], ["limit"])["limit"]


def _doubled_sections(rows: pd.DataFrame) -> pd.DataFrame:
    """SIS sections to which more than one Canvas section maps."""
    named = "section " + rows[CS] + " of course " + rows[C]
    return rows.assign(limit=both_sides(rows.assign(side=named), S, CS))[[S, "limit"]].dropna()


def _doubled_students(rows: pd.DataFrame) -> pd.DataFrame:
    """SIS students to whom more than one Canvas user maps."""
    named = "user " + rows[U] + " (course " + rows[C] + ")"
    return rows.assign(limit=both_sides(rows.assign(side=named), P, U))[[P, "limit"]].dropna()


def _of_others(engine: Engine, rows: pd.DataFrame, target: str) -> pd.DataFrame:
    """SIS sections that belong to another target of the same SIS: the one that has sent something there, otherwise the one that had the Canvas
    section first. A target that was only previewed owns nothing that another one has sent to."""
    rows = rows[rows.groupby([S, CS])["target"].transform("nunique") > 1]
    ledger = LEDGER_ASSIGNMENTS.c
    statement = select(ledger.target, ledger.sis_section_id).where(ledger.target.in_(sorted(set(rows["target"]))))
    with engine.connect() as connection:
        sent = bulk.read(connection, statement.distinct(), ledger.sis_section_id, sorted(set(rows[S])))
    order = rows.assign(unsent=~among(rows, sent, ["target", S])).sort_values(["unsent", "mapped_at", "target"], kind="stable")
    first = order.drop_duplicates([S, CS])
    theirs = first[first["target"] != target]
    return theirs.assign(limit="target " + theirs["target"])[[S, CS, "limit"]]


def _recorded(engine: Engine, table: Table, column: object, values: pd.Series, targets: set[str]) -> pd.DataFrame:
    statement = select(*table.c).where(table.c.target.in_(sorted(targets)))
    with engine.connect() as connection:
        return bulk.read(connection, statement, column, sorted(set(values)))  # type: ignore[arg-type]  # a column of this table


def _unread(problems: pd.DataFrame | None, key: str) -> set[tuple[str, str]]:
    """(course, section or student) of WITHHELD rows of the extract stage: what of them is recorded stays."""
    return set() if problems is None else set(problems[[C, key]].dropna().itertuples(index=False, name=None))


def _renew(run: Run, table: Table, names: tuple[str, ...], rows: pd.DataFrame, courses: Sequence[str], spared: Collection[tuple[str, str]]) -> None:
    """These rows instead of those that the table had for these courses, but for the `spared`; what stays is not written again, and keeps the moment
    it was first seen."""
    engine = state.engine(run.district.state)
    wanted = {tuple(row[name] for name in names): row for row in bulk.records(rows, names)}
    statement = select(*(table.c[name] for name in names)).where(table.c.target == run.target)
    with engine.connect() as connection:
        parts = [statement.where(table.c.canvas_course_id.in_(chunk)) for chunk in bulk.chunks(sorted(set(courses)))]
        held = {tuple(row) for part in parts for row in connection.execute(part)}
    known = [dict(zip(names, row, strict=True)) for row in held - wanted.keys()]
    gone = [row | {"target": run.target} for row in known if (row[C], row[U if U in row else CS]) not in spared]
    new = [row | {"target": run.target} for key, row in wanted.items() if key not in held]
    if "mapped_at" in table.c:
        new = [row | {"mapped_at": run.now} for row in new]
    if gone or new:
        with state.writing(engine) as connection:
            bulk.remove(connection, table, [column.name for column in table.primary_key.columns], gone)
            bulk.replace_all(connection, table, new)


def _delete(connection: Connection, table: Table, target: str, courses: Sequence[str]) -> None:
    for chunk in bulk.chunks(courses):
        connection.execute(delete(table).where(table.c.target == target, table.c.canvas_course_id.in_(chunk)))
