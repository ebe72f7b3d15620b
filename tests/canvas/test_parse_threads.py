"""Courses are read by several threads at once; making a decoder of rows in two of them at the same moment must not end the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOGETHER = """
import sys, threading, msgspec
from include.canvas import parse

sys.setswitchinterval(1e-6)

def read(shape, begin):
    begin.wait()
    parse.decoder(list[shape]).decode(b'[{"a": 1, "b": [{"c": "x"}]}]')

for number in range(150):
    inner = msgspec.defstruct(f"Inner{number}", [("c", "str | None", None), *[(f"f{k}", "int | None | str", None) for k in range(20)]])
    outer = msgspec.defstruct(f"Outer{number}", [("b", list[inner], []), *[(f"g{k}", "int | None | str", None) for k in range(20)]])
    begin = threading.Barrier(6)
    threads = [threading.Thread(target=read, args=(outer, begin)) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    parse.decoder.cache_clear()
print("alive")
"""


def test_decoders_made_by_several_threads_at_once() -> None:
    """In a process of its own, for without the lock it dies of a segmentation fault."""
    done = subprocess.run([sys.executable, "-c", TOGETHER], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr[-500:]
