"""Mails after a run with errors, by Airflow's SMTP notifier (F-7).

Whatever the mail server does, the run ends as it would have ended; the log says why no mail went.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from include.sync.digest import Mail, Night
    from include.sync.run import Run

log = logging.getLogger(__name__)
_MODES = {"nightly": "Nightly sync", "reconcile": "Reconcile"}


def notify(run: Run, summary: Mapping[str, Any], failed_tasks: list[str], context: Any) -> None:
    """Tell those whom the district names, if this run is one that nobody watches and something is to be done."""
    from include.sync.digest import worth_telling

    watched = run.preview or (run.mode != "nightly" and run.posted_by != "schedule")
    if watched or not worth_telling(summary, failed_tasks) or not (run.config.notify or run.district.notices.teachers):
        return
    try:
        mails = _mails(run, summary, failed_tasks)
        for mail in mails:
            _send(run, mail, context)
    except Exception as error:  # mail is beside the run, whose end must not hang on it
        log.warning("no mail could be sent over connection %s: %s", run.district.notices.connection, _said(error))
    else:
        log.info("%s mails sent over connection %s", len(mails), run.district.notices.connection)


def _mails(run: Run, summary: Mapping[str, Any], failed_tasks: list[str]) -> list[Mail]:
    from include.recipients import teachers
    from include.sync.digest import course_mails, digest

    night, notices = _night(run, summary, failed_tasks), run.district.notices
    mails = [digest(night, run.config.notify)] if run.config.notify else []
    if notices.teachers and run.folder.exists("messages"):
        mails += course_mails(night, run.folder.read_frame("messages"), teachers(Path(notices.teachers)))
    return mails


def _night(run: Run, summary: Mapping[str, Any], failed_tasks: list[str]) -> Night:
    from airflow.sdk.configuration import conf

    from include.sync import history, state
    from include.sync.digest import Night

    base = (run.district.notices.pages or conf.get("api", "base_url", fallback="") or "").rstrip("/")
    page = f"{base}/plugin/grade-sync/gradesync/runs/{run.target}/{quote(run.run_id, safe='')}" if base else ""
    started = f"{run.now.astimezone(ZoneInfo(run.district.time_zone)):%d %b %Y, %H:%M} ({run.district.time_zone})"
    courses = history.courses_of(state.engine(run.district.state), run.target, run.run_id)
    return Night(run.target, _MODES.get(run.mode, run.mode), started, summary, courses, tuple(failed_tasks), page)


def _send(run: Run, mail: Mail, context: Any) -> None:
    """Straight by `notify`: called as a callback, the notifier would take course names for templates."""
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    SmtpNotifier(to=list(mail.to), subject=mail.subject, html_content=mail.html, smtp_conn_id=run.district.notices.connection).notify(context)


def _said(error: Exception) -> str:
    """The error's words, unless they may hold addresses, as those of a mail server do."""
    from smtplib import SMTPResponseException

    from include.errors import GradeSyncError

    if isinstance(error, SMTPResponseException):
        return f"{type(error).__name__}, code {error.smtp_code}"
    telling = isinstance(error, GradeSyncError | OSError) and not type(error).__module__.startswith("smtplib")
    return str(error) if telling or type(error).__name__ == "AirflowException" else type(error).__name__
