"""What tests and the demonstration may do to the sandbox Canvas beside its own API: time, school days, throttle, tokens, settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from include.sandbox.canvas.door import TOKEN_WORDS, TOKENS, Door
from include.sandbox.canvas.state import CanvasState
from include.sandbox.mutate import moves, school_day
from include.sandbox.serving import AdminHandler


def admin_routes(state: CanvasState, door: Door) -> Mapping[str, AdminHandler]:
    """The handlers behind `/_sandbox/<name>`; each answers GET with what is, and changes it with PUT or POST."""

    async def clock(request: Request) -> object:
        asked = await _asked(request)
        if asked:
            state.set_clock(asked.get("now"), int(asked.get("days", 0)))
        return {"now": state.clock.stamp(), "day": state.day}

    async def throttle(request: Request) -> object:
        door.settings.change(await _asked(request))
        if request.method == "DELETE":
            door.buckets.clear()
            door.settings.change(vars(type(door.settings)()))
        return vars(door.settings)

    async def tokens(request: Request) -> object:
        """`{"canvas-full-token": "expired" | "revoked" | "invalid" | ""}`, `*` for all."""
        asked = await _asked(request)
        for token, word in asked.items():
            if token not in (*TOKENS, "*") or word not in (*TOKEN_WORDS, ""):
                raise ValueError(f"token {token!r} and state {word!r}: allowed are {', '.join(TOKENS)} or *, and {', '.join(TOKEN_WORDS)} or nothing")
        state.token_faults = {} if request.method == "DELETE" else {**state.token_faults, **asked}
        return state.token_faults

    async def settings(request: Request) -> object:
        asked = await _asked(request)
        unknown = sorted(set(asked) - set(state.settings))
        if unknown:
            raise ValueError(f"settings {', '.join(unknown)} are unknown; allowed: {', '.join(state.settings)}")
        state.settings.update(asked)
        return state.settings

    async def change(request: Request) -> object:
        """One change, or a list of them, in the form that `state.py` tells."""
        asked = await request.json()
        for one in asked if isinstance(asked, list) else [asked]:
            state.clock.tick()
            state.record(one)
        return {"now": state.clock.stamp()}

    async def day(request: Request) -> object:
        """POST: a day passes, and the schools have lived it. `{"seed": 8}` lives another one than the district's."""
        asked = await _asked(request)
        if request.method == "POST":
            state.record({"do": "clock", "day": state.day + 1})
            state.set_clock(days=1)
            changes = school_day(state, int(asked.get("seed", state.district.seed)), state.day)
            for one in changes:
                state.record(one)
            for move in moves(state.district, changes):
                for follow in state.on_move:
                    follow(move)
            return {"now": state.clock.stamp(), "day": state.day, "changes": len(changes)}
        return {"now": state.clock.stamp(), "day": state.day}

    return {"day": day, "clock": clock, "throttle": throttle, "tokens": tokens, "settings": settings, "change": change}


async def _asked(request: Request) -> dict[str, Any]:
    if request.method not in ("PUT", "POST") or not await request.body():
        return {}
    asked = await request.json()
    if not isinstance(asked, dict):
        raise TypeError(f"the body must be a JSON object, not {type(asked).__name__}")
    return asked
