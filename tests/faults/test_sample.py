"""The fixed sample of the fault bench that CI runs; `make faults` runs all of it (invariants 3, 4 and 5; F-4, F-10, A-22)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from faults.variants import VARIANTS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_invariant_4_a_fixed_sample_of_all_faults_is_survived() -> None:
    command = [sys.executable, "-m", "faults", "--sample", "150"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False)
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-3000:]
    counted = re.search(r"^ *(\d+) +(\d+)  in all, over (\d+) ways of writing to five SIS", ended.stdout, re.MULTILINE)
    assert counted, ended.stdout
    tried, survived, ways = map(int, counted.groups())
    assert tried >= 150
    assert survived == tried
    assert ways == len(VARIANTS)
