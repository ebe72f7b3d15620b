"""A small chart as SVG: how cost grows with scores. One straight line through nought says that it grows no faster than they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

WIDTH, HEIGHT, EDGE = 640, 360, 60
_COLOURS = ("#1f6fb2", "#c2571a", "#2f8f4e")


def draw(path: Path, title: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    """Points by name of the line; x are scores, y seconds."""
    widest = max((x for points in lines.values() for x, _ in points), default=1.0) or 1.0
    highest = max((y for points in lines.values() for _, y in points), default=1.0) or 1.0
    body = [_text(WIDTH / 2, 24, title, "middle"), _axes(widest, highest)]
    for number, (name, points) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        placed = [(_x(x, widest), _y(y, highest)) for x, y in sorted(points)]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        body.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in placed]
        body.append(f'<g fill="{colour}">{_text(EDGE + 12, EDGE + 18 * number, name)}</g>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">'
    path.write_text("\n".join((head, '<rect width="100%" height="100%" fill="#fff"/>', *body, "</svg>\n")), encoding="utf-8")


def _axes(widest: float, highest: float) -> str:
    left, bottom = EDGE, HEIGHT - EDGE
    marks = [f'<path d="M{left},{EDGE / 2 + 6} V{bottom} H{WIDTH - 20}" fill="none" stroke="#666"/>']
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        marks.append(_text(_x(share * widest, widest), bottom + 20, f"{share * widest:,.0f}", "middle"))
        marks.append(_text(left - 8, _y(share * highest, highest) + 4, f"{share * highest:.1f}", "end"))
    marks += [_text(WIDTH / 2, HEIGHT - 14, "scores", "middle"), _text(8, EDGE / 2, "seconds")]
    return "\n".join(marks)


def _x(value: float, widest: float) -> float:
    return EDGE + value / widest * (WIDTH - EDGE - 30)


def _y(value: float, highest: float) -> float:
    return HEIGHT - EDGE - value / highest * (HEIGHT - 2 * EDGE)


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
