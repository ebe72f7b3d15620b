"""The start-up check of a Canvas connection: one sentence for each thing that would spoil a night, saying what to grant (canvas-api.md §1.1)."""

from __future__ import annotations

from collections.abc import Iterator

import requests

from include.canvas import answers
from include.canvas.client import CanvasClient, Params
from include.canvas.courses import quoted
from include.canvas.permissions import PERMISSIONS
from include.errors import GradeSyncError
from include.response_body import json_of

_OVERRIDES = (("include[]", "assignments"), ("include[]", "overrides"), ("override_assignment_dates", "false"))
_ONE = (("per_page", "1"),)
_FIELDS = {
    "sections": ("sis_section_id",),
    "enrollments": ("sis_user_id",),
    "assignment_groups": ("overrides",),
    "students/submissions": ("score",),
}


def check(client: CanvasClient, account: str) -> list[str]:
    """What is wrong, worst first; empty when all that a night reads can be read."""
    try:
        return [f"connection {client.connection.id}: {told}" for told in _problems(client, account)]
    except GradeSyncError as error:
        return [f"connection {client.connection.id}: {error}"]


def _problems(client: CanvasClient, account: str) -> Iterator[str]:
    told = _not_canvas(client)
    if told:
        yield told
        return
    told = _unseen(client, account)
    if told:
        yield told
        return
    yield from _terms(client)
    path = f"accounts/{quoted(account)}/courses"
    listing = client.ask(path, (("with_enrollments", "true"), ("published", "true"), ("per_page", "1")))
    if listing.status_code != 200:
        right = "Grant the token's user the permission 'Courses - view list'"
        yield f"the courses of account {account} cannot be listed ({answers.explain(listing)}). {right}"
        return
    rows = _rows(listing)
    if not rows:
        yield f"account {account} has no published course with students that this token can see. Check the account ID"
        return
    yield from _course_rights(client, rows[0])


def line_of(client: CanvasClient, account: str) -> list[str]:
    """Return the account and those that contain it, up to the root account (I-6)."""
    line: list[str] = []
    while account and account not in line:
        line.append(account)
        answer = client.ask(f"accounts/{quoted(account)}")
        found = json_of(answer) if answer.status_code == 200 else {}
        account = str((found.get("parent_account_id") if isinstance(found, dict) else None) or "")
    return line


def unseen(client: CanvasClient, account: str) -> list[str]:
    """A sentence if this account, a target's, is not there for the token."""
    try:
        told = _unseen(client, account)
    except GradeSyncError as error:
        told = str(error)
    return [f"connection {client.connection.id}: {told}"] if told else []


def unlisted(client: CanvasClient, account: str) -> list[str]:
    """A sentence if Canvas does not give its list of synced assignments of this account, by which a target is to be read (§3.1)."""
    try:
        answer = client.ask(f"/api/sis/accounts/{quoted(account)}/assignments", (("per_page", "1"),))
    except GradeSyncError as error:
        return [f"connection {client.connection.id}: {error}"]
    if answer.status_code == 200:
        return []
    return [
        f"connection {client.connection.id}: the list of synced assignments of account {account} cannot be read ({answers.explain(answer)}), so "
        "all its courses are read fully. Turn on 'bulk SIS grade export' there, or remove 'mode: listed' and 'skip_idle' from the target's extract"
    ]


def _unseen(client: CanvasClient, account: str) -> str | None:
    home = client.ask(f"accounts/{quoted(account)}")
    if home.status_code == 200:
        return None
    return (
        f"Canvas account {account} is not visible ({answers.explain(home)}). Check the account ID, and make the token's user an admin of that account"
    )


def _not_canvas(client: CanvasClient) -> str | None:
    """A sentence if the host is not Canvas or the token is not taken; AccessError and UnavailableError come from the client."""
    answer = client.ask("users/self")
    if 300 <= answer.status_code < 400:
        return f"{client.base} redirects requests to {answer.headers.get('Location', 'another place')}. Enter the URL of Canvas itself in host"
    me = _json(answer)
    if answer.status_code != 200 or not isinstance(me, dict) or "id" not in me:
        return f"{client.base} does not respond like Canvas ({answers.explain(answer)}). Check the host"
    return None


def _terms(client: CanvasClient) -> Iterator[str]:
    answer = client.ask("accounts/self/terms", (("per_page", "1"),))
    if answer.status_code != 200:
        yield f"the terms of the root account cannot be read ({answers.explain(answer)}). Give the token's user permission to view them"


def _course_rights(client: CanvasClient, course: dict[str, object]) -> Iterator[str]:
    """What the first course shows, as the sample for all."""
    course_id = quoted(str(course.get("id")))
    if "sis_course_id" not in course:
        yield f"The Canvas token cannot see SIS IDs (sis_course_id is absent). Grant its user the permission {PERMISSIONS['sis_course_id']}"
    asked: tuple[tuple[str, Params, str], ...] = (
        ("sections", _ONE, "'Sections - view'"),
        ("enrollments", (("type[]", "StudentEnrollment"), *_ONE), "'Users - view list' (the course's roster)"),
        ("assignment_groups", (*_OVERRIDES, ("per_page", "100")), "'Assignments and Quizzes - view'"),
        ("students/submissions", (("student_ids[]", "all"), *_ONE), "'Grades - view all grades'"),
    )
    for name, params, right in asked:
        answer = client.ask(f"courses/{course_id}/{name}", params)
        if answer.status_code != 200:
            yield f"{name} of course {course_id} cannot be read ({answers.explain(answer)}). Grant the token's user the permission {right}"
        elif "sis_course_id" in course or name == "assignment_groups":  # without the SIS right all its fields are absent: one sentence is enough
            yield from _unshown(name, _rows(answer))


def _unshown(name: str, rows: list[dict[str, object]]) -> Iterator[str]:
    """A sentence for each field of the list that Canvas omits without a permission and that none of these rows shows (I-10)."""
    if name == "assignment_groups":
        rows = [row for group in rows for row in _objects(group.get("assignments"))]
    for field in _FIELDS[name] if rows else ():
        if not any(field in row or _inside(row, field) for row in rows):
            yield f"The Canvas token cannot see {field} in {name}. Grant its user the permission {PERMISSIONS[field]}"


def _inside(row: dict[str, object], field: str) -> bool:
    user = row.get("user")
    return isinstance(user, dict) and field in user


def _json(answer: requests.Response) -> object:
    try:
        return json_of(answer)
    except ValueError:
        return None


def _rows(answer: requests.Response) -> list[dict[str, object]]:
    return _objects(_json(answer))


def _objects(found: object) -> list[dict[str, object]]:
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
