"""One small Canvas, emptied before each test."""

from collections.abc import Iterator

import pytest

from include.canvas.client import CanvasClient
from tests.canvas.small_canvas import SmallCanvas


@pytest.fixture(scope="session")
def small_canvas() -> Iterator[SmallCanvas]:
    small = SmallCanvas()
    yield small
    small.running.stop()


@pytest.fixture
def canvas(small_canvas: SmallCanvas) -> SmallCanvas:
    small_canvas.reset()
    return small_canvas


@pytest.fixture
def client(canvas: SmallCanvas) -> Iterator[CanvasClient]:
    made = CanvasClient(canvas.connection(), workers=4)
    yield made
    made.close()
