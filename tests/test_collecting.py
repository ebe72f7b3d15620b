"""Python's search for circles is seldom while courses are read, and as usual afterwards, however many readings overlap."""

from __future__ import annotations

import gc
from contextlib import ExitStack

import pytest

from include.collecting import seldom_collecting


def test_the_last_of_overlapping_blocks_brings_back_what_was_usual() -> None:
    usual = gc.get_threshold()
    first, second = ExitStack(), ExitStack()
    first.enter_context(seldom_collecting())
    second.enter_context(seldom_collecting())
    first.close()
    assert gc.get_threshold()[0] > usual[0]
    second.close()
    assert gc.get_threshold() == usual


def test_an_error_brings_it_back_too() -> None:
    usual = gc.get_threshold()
    with pytest.raises(ValueError, match="broken"), seldom_collecting():
        raise ValueError("broken")
    assert gc.get_threshold() == usual
