"""What Airflow learns about this package: connection types with their forms, and the state database's migrations.

Plain dictionaries only: every Airflow process reads them (reference: airflow-3.3.md, section 4).
"""

from __future__ import annotations

from typing import Any

_HOOKS = "plugins.gradesync_airflow.hooks."


def get_provider_info() -> dict[str, Any]:
    """The provider's description; found through the entry point in pyproject.toml."""
    return {
        "package-name": "canvas-grade-sync",
        "name": "Canvas grade sync",
        "description": "Copies assignments and scores from Canvas into student information systems.",
        "connection-types": [_canvas(), _oneroster(), _powerschool()],
        "db-managers": ["plugins.gradesync_airflow.db_manager.GradeSyncDBManager"],
    }


def _canvas() -> dict[str, Any]:
    return {
        "connection-type": "canvas",
        "hook-class-name": f"{_HOOKS}CanvasHook",
        "hook-name": "Canvas",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "login", "port"],
            "relabeling": {"host": "Canvas address", "password": "Access token"},
            "placeholders": {"host": "https://district.instructure.com"},
        },
        "conn-fields": {
            "account": _text("Account", "Id of the account whose courses are read by the check; the root account when empty."),
            "workers": _number("Requests at once", "Keeps below Canvas's throttle by itself; 10 when empty."),
            **_ALLOW_HTTP,
        },
    }


def _oneroster() -> dict[str, Any]:
    return {
        "connection-type": "oneroster",
        "hook-class-name": f"{_HOOKS}OneRosterHook",
        "hook-name": "OneRoster gradebook",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port", "host"],
            "relabeling": {"login": "Client id", "password": "Client secret"},
            "placeholders": {},
        },
        "conn-fields": {
            "sis": _choice("SIS", ["genesis", "synergy", "schooltool", "infinite_campus"], "Whose usual settings the Test button takes."),
            "version": _choice("OneRoster version", ["1.1", "1.2"], "As the SIS says; empty takes the usual one of that SIS."),
            "rostering_url": _text(
                "Rostering address", "Base of the roster service, up to and with the version, such as https://sis.example.org/ims/oneroster/v1p1"
            ),
            "gradebook_url": _text("Gradebook address", "Base of the gradebook service; for 1.1 the same as the rostering address."),
            "token_url": _text("Token address", "Where the client id and secret are exchanged for a token."),
            "scopes": _text("Scopes", "Separated by blanks; empty takes the standard ones."),
            "auth": _choice("Sign-in", ["oauth2", "oauth2_form", "oauth1"], "oauth2 sends the secret as a header, oauth2_form in the form."),
            "vendor_key": _secret("Vendor key", "Infinite Campus only: sent as x-vendor-authorization."),
            **_ALLOW_HTTP,
            **_PATIENCE,
            "workers": _number("Requests at once", "4 when empty."),
            "batch": _switch("Batches", "1.2 only: many new items in one request, where the SIS takes that."),
            "delete_support": _switch("DELETE", "The SIS takes DELETE; needed to remove assignments and, with clear by delete, scores."),
            "uncategorized": _text("Uncategorized", "Title of the category for assignments without one; empty leaves the field out."),
            "clear_by": _choice("Clear scores by", ["delete", "not_submitted"], "How a score that Canvas no longer has is taken away."),
            "deleted_items": _choice("Deleted items", ["gone", "trash"], "trash: items that are not active lie in a trash can."),
            "due_date_form": _choice("Due dates as", ["noon", "instant", "date"], "instant needs the time zone of the SIS."),
            "time_zone": _text("Time zone of the SIS", "An IANA name, such as America/New_York; for due dates as instants."),
            "status_flags": _choice("Late and missing", ["by_version", "metadata", "omit"], "1.2 has fields for them; metadata: as extension."),
        },
    }


def _powerschool() -> dict[str, Any]:
    return {
        "connection-type": "powerschool",
        "hook-class-name": f"{_HOOKS}PowerSchoolHook",
        "hook-name": "PowerSchool",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port"],
            "relabeling": {"host": "PowerSchool address", "login": "Client id", "password": "Client secret"},
            "placeholders": {"host": "https://district.powerschool.com"},
        },
        "conn-fields": {
            "section_id": _choice("Sections are known by", ["dcid", "id"], "SECTIONS.DCID or SECTIONS.ID: what the SIS ids in Canvas are."),
            "student_id": _choice("Students are known by", ["dcid", "student_number"], "STUDENTS.DCID or STUDENT_NUMBER."),
            "plugin_identifier": _text("Plugin identifier", "Of a signed plugin: the Identifier that PowerSchool writes into CreatedByPlugin."),
            **_ALLOW_HTTP,
            **_PATIENCE,
            "teacher": _choice("Gradebook of", ["table", "lead"], "table reads SECTIONTEACHER; lead asks PowerSchool for the lead teacher."),
            "roster": _choice("Rosters from", ["tables", "enrollments"], "tables takes few requests, enrollments one for each section."),
            "publish": _text("Publish new assignments", "publishoption of PowerSchool; Immediately when empty."),
            "hidden_scores": _switch("Hide new scores", "New assignments do not show their scores to students."),
            "update_scores": _switch("Recompute scores", "A change of points recomputes the scores that stand."),
            "score_batch": _number("Scores in one request", "500 when empty."),
            "clear_scores": _choice("Clear scores", ["off", "empty_row", "unassign"], "unassign also takes the student off the assignment."),
            "delete_assignments": _choice("Delete assignments", ["off", "unforced", "forced"], "unforced: without scores only."),
        },
    }


def _text(label: str, told: str) -> dict[str, Any]:
    return {"label": label, "description": told, "schema": {"type": ["string", "null"]}}


def _secret(label: str, told: str) -> dict[str, Any]:
    return {"label": label, "description": told, "schema": {"type": ["string", "null"], "format": "password"}}


def _number(label: str, told: str) -> dict[str, Any]:
    return {"label": label, "description": told, "schema": {"type": ["integer", "null"]}}


def _switch(label: str, told: str) -> dict[str, Any]:
    return {"label": label, "description": told, "schema": {"type": ["boolean", "null"]}}


def _choice(label: str, allowed: list[str], told: str) -> dict[str, Any]:
    return {"label": label, "description": told, "schema": {"type": ["string", "null"], "enum": [*allowed, None]}}


_ALLOW_HTTP = {
    "allow_http": _switch(
        "Allow http", "Sends secrets and scores unencrypted to an http:// address; only in a network that you trust. Off when empty."
    ),
}
_PATIENCE = {
    "pace_ms": _number("Milliseconds between requests", "The SIS's own limit, where it has one; 0 when empty."),
    "page_size": _number("Rows a page", "Empty takes the default."),
    "timeout_s": _number("Seconds to wait for an answer", "60 when empty."),
    "tries": _number("Tries", "How often what may be repeated is sent at most; 5 when empty."),
}
