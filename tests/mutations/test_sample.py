"""The fixed sample of the mutation bench that CI runs; `make mutations` runs all of it (I-7)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PLANTED = """
import sys
from include.http import Http

send = Http.send

def crash(self, *asked, **more):
    answer = send(self, *asked, **more)
    if b"x" * 1000 in answer.content:
        raise KeyError("planted")
    return answer

Http.send = crash
from mutations.__main__ import main

sys.exit(main(["--case", "genesis: GET /api/v1/courses/*/enrollments [].user.name = huge text", "--jobs", "1"]))
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_i7_a_fixed_sample_of_all_mutations_affects_only_the_mutated_record() -> None:
    command = [sys.executable, "-m", "mutations", "--sample", "300"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False)
    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-3000:]
    counted = re.search(r"^ *(\d+) +(\d+)  in all", ended.stdout, re.MULTILINE)
    assert counted, ended.stdout
    assert counted.groups() == ("300", "300")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_i7_a_client_that_crashes_on_one_odd_value_fails_the_bench() -> None:
    """Without it the bench could be passing because it sees nothing."""
    ended = subprocess.run([sys.executable, "-c", PLANTED], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "KeyError: 'planted'" in ended.stdout
    assert "cost a neighbor" in ended.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_i7_a_case_that_is_named_by_nobody_fails_the_bench() -> None:
    command = [sys.executable, "-m", "mutations", "--only", "genesis", "--case", "there is no such case"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, timeout=600, check=False).returncode == 1
