"""The five SIS, each with its sandbox server, for the contract suite; Infinite Campus once more with batch POSTs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.sis.pairs import ONEROSTER, Pair, pair

_ALL = (*ONEROSTER, "infinite_campus+batch", "powerschool")
Fresh = Callable[[str], Pair]


@pytest.fixture(scope="session")
def fresh() -> Iterator[Fresh]:
    """A SIS by name as it was at the start: its server runs for the whole session, and is reset for each test."""
    running: dict[str, Pair] = {}
    with ExitStack() as stack:

        def get(wanted: str) -> Pair:
            name, _, more = wanted.partition("+")
            if wanted not in running:
                running[wanted] = stack.enter_context(pair(name, **({"batch": True} if more else {})))
            return running[wanted].reset()

        yield get


@pytest.fixture(params=_ALL)
def sis(request: pytest.FixtureRequest, fresh: Fresh) -> Pair:
    """Each SIS in turn."""
    return fresh(request.param)


@pytest.fixture(params=_ALL[:-1])
def oneroster(request: pytest.FixtureRequest, fresh: Fresh) -> Pair:
    """Each SIS that speaks OneRoster in turn."""
    return fresh(request.param)
