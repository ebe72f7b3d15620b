"""The fields of every OneRoster object per version, as data of our own: what a strict provider checks, and what can be filtered on.

oneroster-gradebook.md §4 and §8 say where each row comes from. Inside the provider a link is just the id of what it points to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BOTH = ("1.1", "1.2")
NEW = ("1.2",)
OLD = ("1.1",)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `kind` is text, time, date, number, flag, choice, link, links, list or free; `need` are the versions that demand it.

    `of` is what a link points to or a list holds, `words` are those of a choice. `extensible` choices take `ext:<token>` in 1.2 as well.
    """

    kind: str
    need: tuple[str, ...] = ()
    versions: tuple[str, ...] = BOTH
    of: str = ""
    words: tuple[str, ...] = ()
    extensible: bool = False


def _link(to: str, need: tuple[str, ...] = (), versions: tuple[str, ...] = BOTH) -> Field:
    return Field("link", need, versions, of=to)


_BASE: dict[str, Field] = {
    "sourcedId": Field("text", BOTH),
    "status": Field("choice", BOTH, words=("active", "tobedeleted")),
    "dateLastModified": Field("time", BOTH),
    "metadata": Field("free"),
}
_TEXT, _DATE, _LIST = Field("text"), Field("date"), Field("list")
_FLAG = Field("flag", versions=NEW)

# What each collection's objects hold. Gradebook bodies are checked against these; roster objects are only read.
FIELDS: Mapping[str, Mapping[str, Field]] = {
    "lineItems": _BASE
    | {
        "title": Field("text", BOTH),
        "description": _TEXT,
        "assignDate": Field("time", BOTH),
        "dueDate": Field("time", BOTH),
        "class": _link("class", BOTH),
        "school": _link("org", NEW, NEW),
        "category": _link("category", BOTH),
        "gradingPeriod": _link("academicSession"),
        "academicSession": _link("academicSession", (), NEW),
        "scoreScale": _link("scoreScale", (), NEW),
        "resultValueMin": Field("number", OLD),
        "resultValueMax": Field("number", OLD),
        "learningObjectiveSet": Field("list", versions=NEW, of="objectives"),
    },
    "results": _BASE
    | {
        "lineItem": _link("lineItem", BOTH),
        "student": _link("user", BOTH),
        "class": _link("class", (), NEW),
        "scoreScale": _link("scoreScale", (), NEW),
        "scoreStatus": Field("choice", BOTH, words=("exempt", "fully graded", "not submitted", "partially graded", "submitted"), extensible=True),
        "score": Field("number"),
        "textScore": Field("text", versions=NEW),
        "scoreDate": Field("date", BOTH),
        "comment": _TEXT,
        "learningObjectiveSet": Field("list", versions=NEW, of="objective scores"),
        "inProgress": _FLAG,
        "incomplete": _FLAG,
        "late": _FLAG,
        "missing": _FLAG,
    },
    "categories": _BASE | {"title": Field("text", BOTH), "weight": Field("number", versions=NEW)},
    "scoreScales": _BASE
    | {
        "title": Field("text", NEW, NEW),
        "type": Field("text", NEW, NEW),
        "course": _link("course", (), NEW),
        "class": _link("class", NEW, NEW),
        "scoreScaleValue": Field("list", NEW, NEW, of="scale values"),
    },
    "orgs": _BASE | {"name": _TEXT, "type": _TEXT, "identifier": _TEXT, "parent": _link("org"), "children": Field("links", of="org")},
    "academicSessions": _BASE
    | {
        "title": _TEXT,
        "startDate": _DATE,
        "endDate": _DATE,
        "type": _TEXT,
        "parent": _link("academicSession"),
        "children": Field("links", of="academicSession"),
        "schoolYear": _TEXT,
    },
    "courses": _BASE | {"title": _TEXT, "schoolYear": _link("academicSession"), "courseCode": _TEXT, "grades": _LIST, "org": _link("org")},
    "classes": _BASE
    | {
        "title": _TEXT,
        "classCode": _TEXT,
        "classType": _TEXT,
        "location": _TEXT,
        "grades": _LIST,
        "subjects": _LIST,
        "course": _link("course"),
        "school": _link("org"),
        "terms": Field("links", of="academicSession"),
        "periods": _LIST,
    },
    "users": _BASE
    | {
        "username": _TEXT,
        "userIds": _LIST,
        "enabledUser": Field("free"),
        "givenName": _TEXT,
        "familyName": _TEXT,
        "role": Field("text", versions=OLD),
        "orgs": Field("links", versions=OLD, of="org"),
        "roles": Field("list", versions=NEW),
        "primaryOrg": _link("org", (), NEW),
        "identifier": _TEXT,
        "email": _TEXT,
        "grades": _LIST,
    },
    "enrollments": _BASE
    | {
        "user": _link("user"),
        "class": _link("class"),
        "school": _link("org"),
        "role": _TEXT,
        "primary": Field("free"),
        "beginDate": _DATE,
        "endDate": _DATE,
    },
}

# collection -> the key of one object's envelope
SINGULAR: Mapping[str, str] = {
    "lineItems": "lineItem",
    "results": "result",
    "categories": "category",
    "scoreScales": "scoreScale",
    "orgs": "org",
    "academicSessions": "academicSession",
    "courses": "course",
    "classes": "class",
    "users": "user",
    "enrollments": "enrollment",
}

# what a link points to -> (service, collection, words for `type` that are taken; the first is the one we write)
TARGETS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "class": ("rostering", "classes", ("class",)),
    "org": ("rostering", "orgs", ("org", "school")),
    "category": ("gradebook", "categories", ("category",)),
    "academicSession": ("rostering", "academicSessions", ("academicSession", "term", "gradingPeriod")),
    "scoreScale": ("gradebook", "scoreScales", ("scoreScale",)),
    "lineItem": ("gradebook", "lineItems", ("lineItem",)),
    "user": ("rostering", "users", ("user", "student")),
    "course": ("rostering", "courses", ("course",)),
}


def fields(collection: str, version: str) -> Mapping[str, Field]:
    """The fields of a collection's objects in one version."""
    return _BY_VERSION[collection, version]


_BY_VERSION = {
    (collection, version): {name: field for name, field in table.items() if version in field.versions}
    for collection, table in FIELDS.items()
    for version in BOTH
}
