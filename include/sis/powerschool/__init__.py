"""PowerSchool: grade passback through a plugin's OAuth credentials and the XTE gradebook (powerschool-xte.md)."""

from include.sis.powerschool.client import PowerSchoolClient, connect

__all__ = ["PowerSchoolClient", "connect"]
