"""Points, segments and boxes of a drawing, in its own unit (pixels at 100 %)."""

from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Segment = tuple[Point, Point]

#: Closer than this counts as touching, not as lying on each other: modellers snap to the pixel.
SLACK = 1.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def shrunk(self, by: float = SLACK) -> "Box":
        """The same box, smaller by `by` on each side."""
        return Box(self.x + by, self.y + by, max(self.width - 2 * by, 0.0), max(self.height - 2 * by, 0.0))

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share an area (a common border is none)."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def meets(self, other: "Box") -> bool:
        """Whether the two share at least a point."""
        return self.x <= other.right and other.x <= self.right and self.y <= other.bottom and other.y <= self.bottom

    def hit_by(self, segment: Segment) -> bool:
        """Whether a segment passes through the inside (Liang and Barsky's clipping)."""
        (x1, y1), (x2, y2) = segment
        dx, dy = x2 - x1, y2 - y1
        low, high = 0.0, 1.0
        for delta, distance in (
            (-dx, x1 - self.x), (dx, self.right - x1), (-dy, y1 - self.y), (dy, self.bottom - y1),
        ):  # fmt: skip
            if delta == 0:
                if distance <= 0:
                    return False
            elif delta < 0:
                low = max(low, distance / delta)
            else:
                high = min(high, distance / delta)
        return low < high


def around(points: list[Point]) -> Box:
    """The smallest box that holds all points."""
    left, top = min(x for x, _ in points), min(y for _, y in points)
    return Box(left, top, max(x for x, _ in points) - left, max(y for _, y in points) - top)


def segments(points: list[Point]) -> list[Segment]:
    """The straight pieces of a line, those without length left out."""
    return [(start, end) for start, end in pairwise(points) if start != end]


def cross(one: Segment, other: Segment, *, touching: bool) -> bool:
    """Whether two segments cross inside both; with `touching`, also whether they merely meet or run on each other."""
    (a, b), (c, d) = one, other
    sides = (_side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b))
    if sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0:
        return True
    return touching and any(
        side == 0 and _between(start, end, point)
        for side, (start, end), point in zip(sides, ((a, b), (a, b), (c, d), (c, d)), (c, d, a, b), strict=True)
    )


def middle(points: list[Point]) -> Point:
    """The point half-way along a line."""
    pieces = segments(points)
    if not pieces:
        return points[0] if points else (0.0, 0.0)
    left = sum(_length(piece) for piece in pieces) / 2
    for piece in pieces:
        if left <= _length(piece):
            (x1, y1), (x2, y2) = piece
            share = left / _length(piece)
            return (x1 + (x2 - x1) * share, y1 + (y2 - y1) * share)
        left -= _length(piece)
    return points[-1]


def text_box(text: str, centre: Point, widest: float = 90.0) -> Box:
    """About the room that a modeller gives a label of 11 pixels, broken at `widest`, centred on a point."""
    width = sum(11.0 if ord(char) > 0x2E7F else 6.0 for char in text)
    lines = max(1, -(-int(width) // int(widest)))
    width, height = min(width, widest), 14.0 * lines
    return Box(centre[0] - width / 2, centre[1] - height / 2, width, height)


def _side(start: Point, end: Point, point: Point) -> float:
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])


def _between(start: Point, end: Point, point: Point) -> bool:
    return min(start[0], end[0]) <= point[0] <= max(start[0], end[0]) and min(start[1], end[1]) <= point[1] <= max(
        start[1], end[1]
    )


def _length(piece: Segment) -> float:
    (x1, y1), (x2, y2) = piece
    return float(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5)
