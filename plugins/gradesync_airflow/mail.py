"""Mails after a run with errors, by Airflow's SMTP notifier (F-7).

Whatever the mail server does, the run ends as it would have ended, and a mail that cannot go keeps no other back; the log says how many went, and
why the others did not.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from include.sync.digest import Mail, Night
    from include.sync.run import Run

log = logging.getLogger(__name__)
_GIVE_UP = 2  # mails in a row for which the server is away: the next ones would only wait for it as long
_MODES = {"nightly": "Nightly sync", "reconcile": "Reconcile"}


def notify(run: Run, summary: Mapping[str, Any], failed_tasks: list[str], context: Any) -> None:
    """Tell those whom the district names, if this run is one that nobody watches and something is to be done."""
    from include.sync.digest import worth_telling

    watched = run.preview or (run.mode != "nightly" and run.posted_by != "schedule")
    if watched or not worth_telling(summary, failed_tasks) or not (run.config.notify or run.district.notices.teachers):
        return
    try:
        mails = _mails(run, summary, failed_tasks)
    except Exception as error:  # mail is beside the run, whose end must not hang on it
        log.warning("no email could be written: %s", _said(error))
        return
    _tell(run.district.notices.connection, len(mails), _post(run, mails, context))


def _mails(run: Run, summary: Mapping[str, Any], failed_tasks: list[str]) -> list[Mail]:
    from include.sync.digest import digest

    night = _night(run, summary, failed_tasks)
    return [*([digest(night, run.config.notify)] if run.config.notify else []), *_to_teachers(run, night)]


def _to_teachers(run: Run, night: Night) -> list[Mail]:
    """One per course; none where the file of teachers cannot be used, which is no reason to keep the digest back."""
    from include.recipients import teachers
    from include.sync.digest import course_mails

    file = run.district.notices.teachers
    try:
        return course_mails(night, run.folder.read_frame("messages"), teachers(Path(file))) if file and run.folder.exists("messages") else []
    except Exception as error:  # as above
        log.warning("no teacher receives an email: %s", _said(error))
        return []


def _post(run: Run, mails: list[Mail], context: Any) -> Counter[str]:
    """Send each mail by itself; how many did not go, by what was wrong."""
    unsent: Counter[str] = Counter()
    away = 0
    for number, mail in enumerate(mails):
        try:
            _send(run, mail, context)
            away = 0
        except Exception as error:  # as above
            unsent[_said(error)] += 1
            away = away + 1 if _is_away(error) else 0
        if away == _GIVE_UP and (rest := len(mails) - number - 1):
            unsent["not tried because the mail server is unavailable"] += rest
            break
    return unsent


def _tell(connection: str, mails: int, unsent: Counter[str]) -> None:
    """Say in the log what went."""
    why = "; ".join(f"{count} × {words}" for words, count in unsent.items())
    sent = mails - unsent.total()
    if not unsent:
        log.info("%s emails sent over connection %s", mails, connection)
    elif sent:
        log.warning("%s of %s emails sent over connection %s; not sent: %s", sent, mails, connection, why)
    else:
        log.warning("no email could be sent over connection %s: %s", connection, why)


def _night(run: Run, summary: Mapping[str, Any], failed_tasks: list[str]) -> Night:
    from airflow.sdk.configuration import conf

    from include.sync import history, state
    from include.sync.digest import Night

    base = (run.district.notices.pages or conf.get("api", "base_url", fallback="") or "").rstrip("/")
    page = f"{base}/plugin/grade-sync/gradesync/runs/{run.target}/{quote(run.run_id, safe='')}" if base else ""
    started = run.now.astimezone(ZoneInfo(run.district.time_zone))
    shown = f"{started:%b} {started.day}, {started.year}, {started.hour % 12 or 12}:{started:%M} {started:%p} ({run.district.time_zone})"
    courses = history.courses_of(state.engine(run.district.state), run.target, run.run_id)
    return Night(run.target, _MODES.get(run.mode, run.mode), shown, summary, courses, tuple(failed_tasks), page)


def _send(run: Run, mail: Mail, context: Any) -> None:
    """Straight by `notify`: called as a callback, the notifier would take course names for templates."""
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    SmtpNotifier(to=list(mail.to), subject=mail.subject, html_content=mail.html, smtp_conn_id=run.district.notices.connection).notify(context)


def _is_away(error: Exception) -> bool:
    """Whether the next mail will hardly fare better: no connection, or none that lets us in. A refused mail or recipient is that mail's trouble."""
    from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused

    own = isinstance(error, SMTPRecipientsRefused | SMTPDataError | SMTPSenderRefused)
    return not own and (isinstance(error, SMTPException | OSError) or type(error).__name__ == "AirflowException")


def _said(error: Exception) -> str:
    """The error's words, unless they may hold addresses, as those of a mail server do."""
    from smtplib import SMTPRecipientsRefused, SMTPResponseException

    from include.errors import GradeSyncError

    if isinstance(error, SMTPRecipientsRefused):
        return f"{type(error).__name__}, code {', '.join(sorted({str(code) for code, _ in error.recipients.values()}))}"
    if isinstance(error, SMTPResponseException):
        return f"{type(error).__name__}, code {error.smtp_code}"
    telling = isinstance(error, GradeSyncError | OSError) and not type(error).__module__.startswith("smtplib")
    return str(error) if telling or type(error).__name__ == "AirflowException" else type(error).__name__
