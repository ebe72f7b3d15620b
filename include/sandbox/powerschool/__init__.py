"""A small PowerSchool with an OAuth endpoint, roster reads and the XTE gradebook (powerschool-xte.md §10)."""

from include.sandbox.powerschool.app import powerschool_app
from include.sandbox.powerschool.settings import Settings

__all__ = ["Settings", "powerschool_app"]
