"""Google's conformance suite, where the environment variable ONEROSTER_SUITE names the folder that holds its notebooks; else nothing.

One by hand: `python -m tests.conformance NOTEBOOK`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conformance import run

SUITE = os.environ.get("ONEROSTER_SUITE", "")
CHECKS = {"oneroster_1_1_test_suite.ipynb": 35, "oneroster_1_2_test_suite.ipynb": 30}

if SUITE:

    @pytest.mark.parametrize("name", list(CHECKS))
    def test_the_suite_passes(name: str) -> None:
        checks = run(Path(SUITE) / name)
        assert [check for check in checks if check[2] != "pass"] == []
        assert len(checks) == CHECKS[name]
