"""Draw the two icons: a speech bubble with a tick. `python -m manifest.icons` writes color.png and outline.png.

Teams asks for 192x192 in full colour and 32x32 white on transparent (teams-platform section 7). The shapes are
distances, sampled at 4x4 points a pixel, so that the small icon is drawn and not merely shrunk.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from itertools import pairwise
from math import hypot
from pathlib import Path

Shape = Callable[[float, float], float]
"""Signed distance of a point to a shape, in units of the icon's side; negative inside."""

Colour = tuple[int, int, int]
HERE = Path(__file__).parent
WHITE: Colour = (255, 255, 255)
BLUE: Colour = (0x1F, 0x5F, 0x8B)
SAMPLES = 4


def rounded_box(x: float, y: float, half_width: float, half_height: float, radius: float) -> Shape:
    """A rectangle with round corners around the centre x, y."""

    def distance(px: float, py: float) -> float:
        dx, dy = abs(px - x) - half_width + radius, abs(py - y) - half_height + radius
        return hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius

    return distance


def stroke(points: list[tuple[float, float]], width: float) -> Shape:
    """A line through the points, round at its ends."""

    def to_segment(px: float, py: float, a: tuple[float, float], b: tuple[float, float]) -> float:
        dx, dy = b[0] - a[0], b[1] - a[1]
        t = max(0.0, min(1.0, ((px - a[0]) * dx + (py - a[1]) * dy) / (dx * dx + dy * dy)))
        return hypot(px - a[0] - t * dx, py - a[1] - t * dy)

    return lambda px, py: min(to_segment(px, py, a, b) for a, b in pairwise(points)) - width / 2


def triangle(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> Shape:
    """Inside negative, outside positive: enough for filling. The corners run clockwise on the screen."""

    def side(px: float, py: float, p: tuple[float, float], q: tuple[float, float]) -> float:
        return ((px - p[0]) * (q[1] - p[1]) - (py - p[1]) * (q[0] - p[0])) / hypot(q[0] - p[0], q[1] - p[1])

    return lambda px, py: max(side(px, py, a, b), side(px, py, b, c), side(px, py, c, a))


def bubble(scale: float) -> Shape:
    """A speech bubble around the middle of the icon, `scale` times as wide as the icon."""
    body = rounded_box(0.5, 0.46, 0.5 * scale, 0.38 * scale, 0.14 * scale)
    low = 0.46 + 0.36 * scale
    tail = triangle((0.5 - 0.3 * scale, low), (0.5 - 0.02 * scale, low), (0.5 - 0.3 * scale, low + 0.26 * scale))
    return lambda x, y: min(body(x, y), tail(x, y))


def tick(scale: float, width: float) -> Shape:
    """A tick in the middle of the bubble."""
    points = [(-0.22, 0.01), (-0.06, 0.17), (0.24, -0.15)]
    return stroke([(0.5 + x * scale, 0.46 + y * scale) for x, y in points], width)


def coverage(size: int, shape: Shape) -> list[list[float]]:
    """How much of each pixel the shape covers, 0 to 1."""
    steps = [(2 * n + 1) / (2 * SAMPLES) for n in range(SAMPLES)]
    return [
        [
            sum(shape((x + dx) / size, (y + dy) / size) < 0 for dy in steps for dx in steps) / SAMPLES**2
            for x in range(size)
        ]
        for y in range(size)
    ]


def png(size: int, pixel: Callable[[int, int], tuple[int, int, int, int]]) -> bytes:
    """A PNG with an alpha channel."""
    rows = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) for x in range(size)) for y in range(size))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def color() -> bytes:
    """192x192: a white bubble with a blue tick on blue."""
    size = 192
    outer, inner = coverage(size, bubble(0.6)), coverage(size, tick(0.6, 0.075))

    def pixel(x: int, y: int) -> tuple[int, int, int, int]:
        white = outer[y][x] * (1 - inner[y][x])
        r, g, b = (round(back + (front - back) * white) for back, front in zip(BLUE, WHITE, strict=True))
        return r, g, b, 255

    return png(size, pixel)


def outline() -> bytes:
    """32x32: the bubble's outline and the tick, white on transparent."""
    size = 32
    whole, line = bubble(0.88), tick(0.88, 0.085)

    def ring(x: float, y: float) -> float:
        return max(whole(x, y), -whole(x, y) - 0.075)

    drawn = coverage(size, lambda x, y: min(ring(x, y), line(x, y)))
    return png(size, lambda x, y: (*WHITE, round(255 * drawn[y][x])))


def main() -> None:
    """Write both icons."""
    (HERE / "color.png").write_bytes(color())
    (HERE / "outline.png").write_bytes(outline())


if __name__ == "__main__":
    main()
