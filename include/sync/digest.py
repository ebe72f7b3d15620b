"""What the people responsible read after a run with errors: counts per reason, who mends each, and where to look (F-7).

Made of the run's own account and its messages. No student's name and no score is in it, nor the words of Canvas or a SIS, which may hold
both: sentences come from the catalogue, without their values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from include.gradebook.reasons import CATALOGUE

_COURSES = 20
_NAMES = 5
_OF_CODE = re.compile(r"^\d+ × [A-Z0-9-]+: ")


@dataclass(frozen=True)
class Mail:
    """One mail that is to be sent, as HTML."""

    to: tuple[str, ...]
    subject: str
    html: str


@dataclass(frozen=True)
class Night:
    """A run that is told about: the district's words for it, its account of itself, its courses (rows of `run_courses`), its page."""

    target: str
    mode: str
    started: str
    summary: Mapping[str, Any]
    courses: list[dict[str, Any]]
    failed_tasks: tuple[str, ...] = ()
    page: str = ""


def worth_telling(summary: Mapping[str, Any], failed_tasks: Iterable[str] = ()) -> bool:
    """Whether anybody must act: errors, or a red run. Warnings alone are no news."""
    return summary.get("status") != "Completed" or any(failed_tasks)


def digest(night: Night, to: tuple[str, ...]) -> Mail:
    """The mail to those who answer for a target."""
    summary = night.summary
    status = "Failed" if night.failed_tasks else str(summary.get("status", "Failed"))
    errors, warnings = (sum(summary.get("codes", {}).get(kind, {}).values()) for kind in ("error", "warning"))
    worst = sorted((row for row in night.courses if row["errors"] or row["status"] == "Failed"), key=lambda row: (-row["errors"], str(row["name"])))
    html = _environment().get_template("digest.html.j2").render(
        night=night, status=status, errors=errors, warnings=warnings, failures=_failures(night),
        reasons=[*_reasons(summary, "error"), *_reasons(summary, "warning")], courses=worst[:_COURSES], more=max(0, len(worst) - _COURSES),
    )  # fmt: skip
    return Mail(to, f"Grade Sync to {night.target}: {status}, {errors:,} errors, {warnings:,} warnings", html)


def course_mails(night: Night, messages: pd.DataFrame, addresses: Mapping[str, tuple[str, ...]]) -> list[Mail]:
    """One mail per course whose teacher's address is known, about what a teacher can mend there; by course id."""
    theirs = messages[(messages["who"] == "teacher") & (messages["severity"] == "error") & messages["canvas_course_id"].isin(list(addresses))]
    names = {row["canvas_course_id"]: row["name"] or f"Course {row['canvas_course_id']}" for row in night.courses}
    mails = []
    for course, rows in theirs.groupby("canvas_course_id", sort=True):
        name = names.get(str(course), f"Course {course}")
        html = _environment().get_template("course.html.j2").render(night=night, course=name, reasons=list(_with_names(rows)))
        mails.append(Mail(addresses[str(course)], f"Grade Sync: {len(rows):,} items to fix in {' '.join(name.split())}"[:200], html))
    return mails


def _failures(night: Night) -> list[str]:
    """What an admin must act on, but for the lines that are told by their code, with its count, anyway: those quote what the SIS said."""
    told = [str(line) for line in night.summary.get("failures", []) if not _OF_CODE.match(str(line))]
    return told or ([f"these tasks failed: {', '.join(night.failed_tasks)}"] if night.failed_tasks else [])


def _reasons(summary: Mapping[str, Any], severity: str) -> Iterable[dict[str, Any]]:
    counted = summary.get("codes", {}).get(severity, {})
    for code, count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
        yield {"severity": severity, "count": count, **_told(code)}


def _with_names(rows: pd.DataFrame) -> Iterable[dict[str, Any]]:
    """Per reason how many, and the first assignments that it is about."""
    for code, part in rows.groupby("type", sort=True):
        names = list(dict.fromkeys(part["assignment_name"].dropna()))
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        yield {"count": len(part), "names": "; ".join(names[:_NAMES]) + more, **_told(str(code))}


def _told(code: str) -> dict[str, str]:
    entry = CATALOGUE[code]
    return {"code": code, "sentence": entry.told("…", "…"), "who": "" if entry.who == "nobody" else entry.who, "next": entry.next}


@cache
def _environment() -> Environment:
    made = Environment(loader=PackageLoader("include.sync"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["thousands"] = "{:,}".format
    return made
