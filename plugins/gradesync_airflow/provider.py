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
            "relabeling": {"host": "Canvas URL", "password": "Access token"},
            "placeholders": {"host": "https://district.instructure.com"},
        },
        "conn-fields": {
            "account": _text("Account", "ID of the account whose courses the test reads. Default: the root account."),
            "workers": _number("Concurrent requests", "Stays below Canvas's throttle automatically. Default: 10."),
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
            "relabeling": {"login": "Client ID", "password": "Client secret"},
            "placeholders": {},
        },
        "conn-fields": {
            "sis": _choice("SIS", ["genesis", "synergy", "schooltool", "infinite_campus"], "SIS whose default settings the Test button uses."),
            "version": _choice("OneRoster version", ["1.1", "1.2"], "The version that the SIS states. Leave empty for the default of that SIS."),
            "rostering_url": _text(
                "Rostering URL", "Base URL of the roster service, including the version, such as https://sis.example.org/ims/oneroster/v1p1"
            ),
            "gradebook_url": _text("Gradebook URL", "Base URL of the gradebook service. For 1.1, the same as the rostering URL."),
            "token_url": _text("Token URL", "Where the client ID and secret are exchanged for a token."),
            "scopes": _text("Scopes", "Separate with spaces. Leave empty for the standard scopes."),
            "auth": _choice("Sign-in", ["oauth2", "oauth2_form", "oauth1"], "oauth2 sends the secret as a header, oauth2_form in the form."),
            "vendor_key": _secret("Vendor key", "Infinite Campus only: sent as x-vendor-authorization."),
            **_ALLOW_HTTP,
            **_PATIENCE,
            "workers": _number("Concurrent requests", "Default: 4."),
            "batch": _switch("Batches", "1.2 only: sends many new items in one request, if the SIS accepts that."),
            "delete_support": _switch("DELETE", "The SIS accepts DELETE. Required to remove assignments and, with Clear scores by: delete, scores."),
            "uncategorized": _text(
                "Category for uncategorized assignments", "Title of a category that every class has. Leave empty to send no category."
            ),
            "clear_by": _choice("Clear scores by", ["delete", "not_submitted"], "How a score that Canvas no longer has is removed."),
            "deleted_items": _choice("Deleted items", ["gone", "trash"], "trash: items that are not active are in a trash can."),
            "due_date_form": _choice("Due dates as", ["noon", "instant", "date"], "instant requires the time zone of the SIS."),
            "time_zone": _text("Time zone of the SIS", "An IANA name, such as America/New_York. Used for due dates as instants."),
            "status_flags": _choice(
                "Late and missing", ["by_version", "metadata", "omit"], "1.2 has fields for them. metadata sends them as an extension."
            ),
        },
    }


def _powerschool() -> dict[str, Any]:
    return {
        "connection-type": "powerschool",
        "hook-class-name": f"{_HOOKS}PowerSchoolHook",
        "hook-name": "PowerSchool",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port"],
            "relabeling": {"host": "PowerSchool URL", "login": "Client ID", "password": "Client secret"},
            "placeholders": {"host": "https://district.powerschool.com"},
        },
        "conn-fields": {
            "section_id": _choice("Section ID field", ["dcid", "id"], "What the SIS IDs of sections in Canvas are: SECTIONS.DCID or SECTIONS.ID."),
            "student_id": _choice(
                "Student ID field", ["dcid", "student_number"], "What the SIS IDs of students in Canvas are: STUDENTS.DCID or STUDENT_NUMBER."
            ),
            "plugin_identifier": _text("Plugin identifier", "For a signed plugin: the Identifier that PowerSchool writes into CreatedByPlugin."),
            **_ALLOW_HTTP,
            **_PATIENCE,
            "teacher": _choice("Gradebook owner", ["table", "lead"], "table reads SECTIONTEACHER. lead asks PowerSchool for the lead teacher."),
            "roster": _choice("Rosters from", ["tables", "enrollments"], "tables uses few requests. enrollments uses one per section."),
            "publish": _text("Publish new assignments", "The publishoption of PowerSchool. Default: Immediately."),
            "hidden_scores": _switch("Hide new scores", "New assignments do not show their scores to students."),
            "update_scores": _switch("Recompute scores", "A change of points recomputes the existing scores."),
            "score_batch": _number("Scores per request", "Default: 500."),
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
        "Allow http", "Sends secrets and scores unencrypted to an http:// URL. Use it only in a network that you trust. Default: off."
    ),
}
_PATIENCE = {
    "pace_ms": _number("Milliseconds between requests", "Use the limit of the SIS, if it has one. Default: 0."),
    "page_size": _number("Rows per page", "Leave empty for the default."),
    "timeout_s": _number("Response timeout (seconds)", "Default: 60."),
    "tries": _number("Tries", "Maximum attempts for requests that can be retried. Default: 5."),
}
