"""The DAGs of the project's own district file, whatever district the tests before had: those of the pages name theirs to the end of a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.district import VARIABLE


@pytest.fixture(scope="module", autouse=True)
def own_district() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        yield
