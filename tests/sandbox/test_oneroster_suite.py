"""Google's conformance suite for OneRoster providers, asked of every OneRoster SIS in its lenient mode; without it, nothing.

The environment variable ONEROSTER_SUITE names the folder that holds its notebooks, which are not kept here. One by hand: `python -m tests.conformance
NOTEBOOK`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from include.sandbox.oneroster import TRAITS
from tests.conformance import run

SUITE = os.environ.get("ONEROSTER_SUITE", "")
CHECKS = {"1.1": ("*oneroster_1_1_test_suite.ipynb", 35), "1.2": ("*oneroster_1_2_test_suite.ipynb", 30)}
PROVIDERS = [("", "1.1"), ("", "1.2"), *((name, traits.version) for name, traits in TRAITS.items())]

if SUITE:

    @pytest.mark.parametrize(("target", "version"), PROVIDERS, ids=[f"{target or 'standard'}-{version}" for target, version in PROVIDERS])
    def test_outside_suite_passes_on_every_lenient_sis(target: str, version: str) -> None:
        pattern, count = CHECKS[version]
        checks = run(next(Path(SUITE).glob(pattern)), target)
        assert [check for check in checks if check[2] != "pass"] == []
        assert len(checks) == count
