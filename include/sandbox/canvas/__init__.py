"""A small Canvas with state, faithful to what a grade sync asks of the real one (canvas-api.md §6.3)."""

from include.sandbox.canvas.app import canvas_app
from include.sandbox.canvas.state import CanvasState

__all__ = ["CanvasState", "canvas_app"]
