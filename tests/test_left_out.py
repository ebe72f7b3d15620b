"""A test that has to leave itself out is named with the command that brings it in; with CI=true it fails instead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from include.district import ROOT

LEAVES_OUT = """
import pytest

def test_told():
    pytest.skip("Redis is not installed: apt-get install redis-server")

@pytest.mark.skipif(True, reason="marked")
def test_marked():
    raise AssertionError
"""
NAMED = {"test_told": "Redis is not installed: apt-get install redis-server", "test_marked": "marked"}


def told(folder: Path, ci: str) -> subprocess.CompletedProcess[str]:
    """A run of pytest with the settings of all our tests, over two that skip themselves."""
    (folder / "test_it.py").write_text(LEAVES_OUT, encoding="utf-8")
    plugins = [word for name in ("pytest_socket", "pytest_timeout", "xdist", "tests.conftest", "no:cacheprovider") for word in ("-p", name)]
    env = {**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    words = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", *plugins, str(folder)]
    return subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_each_test_that_is_left_out_is_named_with_its_reason(tmp_path: Path) -> None:
    run = told(tmp_path, ci="")
    assert run.returncode == 0, run.stdout
    for name, reason in NAMED.items():
        assert f"SKIPPED test_it.py::{name} - Skipped: {reason}" in run.stdout


def test_with_ci_nothing_may_be_left_out(tmp_path: Path) -> None:
    run = told(tmp_path, ci="true")
    assert run.returncode == 1, run.stdout
    for name, reason in NAMED.items():
        assert f"test_it.py::{name} was left out, which CI=true forbids: {reason}" in run.stdout
