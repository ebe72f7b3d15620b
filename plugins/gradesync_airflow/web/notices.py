"""What a page did, told on the page that follows: in a cookie that is read once, so that no link can make a page say anything."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from include.json_text import read_json

NAME = "gradesync_notice"
_LONGEST = 600
_TONES = ("good", "warn", "bad")
_SECONDS = 60


class Notice(NamedTuple):
    """One sentence, and whether it is good news."""

    tone: str
    told: str


def told(request: Request, to: str, sentence: str, tone: str = "good") -> Response:
    """Back to a page of ours (303), which then says this."""
    answer = RedirectResponse(to, 303)
    value = urlsafe_b64encode(json.dumps([tone, sentence[:_LONGEST]]).encode()).decode()
    secure = request.url.scheme == "https"
    answer.set_cookie(NAME, value, max_age=_SECONDS, path=_path(request), httponly=True, samesite="strict", secure=secure)
    return answer


def of(request: Request) -> Notice | None:
    """What the page before has to tell; nothing that is not ours gets through."""
    try:
        tone, sentence = read_json(urlsafe_b64decode(request.cookies.get(NAME, "")))
    except (ValueError, TypeError):
        return None
    return Notice(tone, sentence) if tone in _TONES and isinstance(sentence, str) else None


def forget(request: Request, answer: Response) -> None:
    """It was told."""
    if NAME in request.cookies:
        answer.delete_cookie(NAME, path=_path(request), httponly=True, samesite="strict")


def _path(request: Request) -> str:
    return str(request.scope.get("root_path", "")) or "/"
