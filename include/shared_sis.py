"""Which targets would write to the same SIS sections: they lead to one SIS, and their Canvas accounts contain each other (I-6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import combinations

from include.canvas.check import line_of
from include.canvas.client import CanvasClient
from include.district import Target
from include.errors import GradeSyncError


def shared(targets: Iterable[Target], server: Callable[[Target], str], canvas: Callable[[], CanvasClient]) -> Mapping[str, list[str]]:
    """By target, a sentence for each earlier target that leads to the same SIS from the same or a containing Canvas account.

    `server` gives the address of a target's SIS, `canvas` a client. What cannot be asked has a sentence of its own elsewhere.
    """
    servers: dict[str, list[Target]] = {}
    for target in targets:
        with suppress(GradeSyncError):
            servers.setdefault(server(target), []).append(target)
    pairs = [(one, two) for same in servers.values() for one, two in combinations(same, 2)]
    found: dict[str, list[str]] = {}
    if not pairs:
        return found
    with suppress(GradeSyncError, ValueError):
        client = canvas()
        for one, two in pairs:
            lines = [line_of(client, target.canvas_account) for target in (one, two)]
            if one.canvas_account in lines[1] or two.canvas_account in lines[0]:
                found.setdefault(two.name, []).append(
                    f"targets {one.name} and {two.name} lead to the same SIS, and their Canvas accounts {one.canvas_account} and "
                    f"{two.canvas_account} contain the same courses. Use accounts that do not contain each other, or one target"
                )
    return found
