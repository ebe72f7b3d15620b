"""What a container's host name is, for processes that share one machine."""

from __future__ import annotations

import os


def hostname() -> str:
    """The name that this process was given."""
    return os.environ["HOSTNAME"]
