"""Where the states and arrows of a model stand: plain geometry in inches, without drawing and without chance.

States stand on a ring, which no straight arrow between two of them needs to leave; those that nobody leaves stand in a
column at its right. The order on the ring keeps strong arrows short and crossings few: it is improved by exchanging
states and turning parts around until nothing helps (2-opt; Croes 1958, *Operations Research* 6).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Edge = tuple[int, int]

_ROUNDNESS = 2.5
"""Exponent of the ring: 2 is an ellipse, more is squarer (Lamé curve)."""
_FAR = 20
"""On large rings only states that stand as close as this are exchanged."""
_SWEEPS = 8
_SAMPLES = np.linspace(0.0, 1.0, 101)
_BENDS = ((0.12, 1.0), (0.0, 1.0), (0.3, 1.0), (0.5, 1.0), (0.0, 2.5), (0.7, 1.0), (0.0, 4.0), (0.9, 1.0))
"""How far curves are drawn towards the middle of the ring, and how much to the right, in the order of trying."""
_GAP, _APART = 0.03, 0.15
"""Inches between an arrow and its box, and between arrows that meet the same side."""


class Box(NamedTuple):
    """A rectangle by its centre."""

    x: float
    y: float
    width: float
    height: float

    def holds(self, points: Array, margin: float = 0.0) -> NDArray[np.bool_]:
        """Which of the points (n, 2) lie inside, or as near as `margin`."""
        off = np.abs(points - (self.x, self.y)) - (self.width / 2 + margin, self.height / 2 + margin)
        return np.asarray((off < 0).all(axis=1))


def strongest(flows: Array, edges: Sequence[Edge], *, most: int, reach_all: bool) -> tuple[list[int], float]:
    """Which arrows are worth drawing.

    Parameters
    ----------
    flows : (edge,) strength of each.
    most : so many at most, before `reach_all`.
    reach_all : keep the strongest arrow into and out of every state too.

    Returns
    -------
    Places of those drawn, in order, and the round number that all others stay below; 0 if all are drawn.
    """
    if len(edges) <= most:
        return list(range(len(edges))), 0.0
    least = float(np.sort(flows)[-most])
    limit = next((r for r in _round_numbers(max(least, 1e-12)) if (flows >= r).sum() <= most), math.inf)
    kept = {k for k in range(len(edges)) if flows[k] >= limit}
    if reach_all:
        for end in (0, 1):
            for state in sorted({edge[end] for edge in edges}):
                own = [k for k, edge in enumerate(edges) if edge[end] == state]
                if kept.isdisjoint(own):
                    kept.add(max(own, key=lambda k: flows[k]))
    return sorted(kept), limit


def _round_numbers(start: float) -> list[float]:
    """1, 2 and 5 times powers of ten, from the last not above `start`."""
    power = math.floor(math.log10(start))
    numbers = [float(f"{digit}e{k}") for k in range(power, power + 4) for digit in (1, 2, 5)]
    return [*(n for n in numbers if n <= start)][-1:] + [n for n in numbers if n > start]


def ring_order(n: int, edges: Sequence[Edge], weights: Array, *, first: int = 0) -> list[int]:
    """States in the order in which they stand on the ring, clockwise from `first` at the left.

    Parameters
    ----------
    edges : pairs of 0 to n - 1.
    weights : (edge,) strength, not negative.
    """
    order = list(range(n))
    if n > 3 and edges:
        order = _improved(order, np.array(edges, dtype=np.intp), weights / max(weights.max(), 1e-300))
    at = order.index(first)
    order = order[at:] + order[:at]
    # Of the two ways round, the one in which the model's own order is read clockwise.
    return [order[0], *order[:0:-1]] if n > 2 and order[-1] < order[1] else order


def _improved(order: list[int], ends: NDArray[np.intp], weights: Array) -> list[int]:
    n = len(order)
    reach = n if n <= 3 * _FAR else _FAR
    best = ring_cost(order, ends, weights)
    for _ in range(_SWEEPS):
        before = best
        for i in range(n - 1):
            for j in range(i + 1, min(n, i + reach)):
                exchanged = order.copy()
                exchanged[i], exchanged[j] = order[j], order[i]
                turned = order[:i] + order[i : j + 1][::-1] + order[j + 1 :]
                for candidate in (exchanged, turned):
                    cost = ring_cost(candidate, ends, weights)
                    if cost < best - 1e-9:
                        order, best = candidate, cost
        if best == before:
            break
    return order


def ring_cost(order: Sequence[int], ends: NDArray[np.intp], weights: Array) -> float:
    """Length of all arrows along the ring, by strength, and crossings by the strength of both."""
    n = len(order)
    place = np.empty(n, dtype=np.intp)
    place[np.asarray(order)] = np.arange(n)
    low, high = np.sort(place[ends], axis=1).T
    length = np.minimum(high - low, n - (high - low))
    begins = (low[:, None] < low) & (low < high[:, None]) & (high > high[:, None])
    crossing = float(np.sqrt(weights) @ begins @ np.sqrt(weights))
    return float(weights @ length) + 0.5 * crossing


def circle_places(n: int, centre: tuple[float, float], radius: float) -> Array:
    """(n, 2) places on a circle, clockwise from the left."""
    angle = math.pi - 2 * math.pi * np.arange(n) / n
    return np.asarray(np.asarray(centre) + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), dtype=float)


def ring_places(n: int, centre: tuple[float, float], radii: tuple[float, float]) -> Array:
    """(n, 2) places on a rounded ring, clockwise from the left, with the same rise from each to the next.

    Boxes are wide and low: on each side they stand apart if 4 / n of the upright radius is more than their height.
    """
    round_about = np.arange(n) / n
    # 0 at left and right, 1 at the top, -1 at the bottom
    rise = (1 - np.abs(4 * np.mod(round_about + 0.25, 1.0) - 2)).round(12)
    out = (1 - np.abs(rise) ** _ROUNDNESS) ** (1 / _ROUNDNESS)
    side = np.where((round_about < 0.25) | (round_about > 0.75), -1.0, 1.0)
    return np.asarray(np.asarray(centre) + np.stack([radii[0] * side * out, radii[1] * rise], axis=1), dtype=float)


def closest(boxes: Sequence[Box]) -> float:
    """Smallest gap between two boxes, along the axis on which they are further apart; negative where they overlap."""
    gaps = [
        max(abs(a.x - b.x) - (a.width + b.width) / 2, abs(a.y - b.y) - (a.height + b.height) / 2)
        for k, a in enumerate(boxes)
        for b in boxes[k + 1 :]
    ]
    return min(gaps, default=math.inf)


def arrows(boxes: Sequence[Box], edges: Sequence[Edge], centre: tuple[float, float]) -> list[Array]:
    """Control points (3, 2) of the quadratic curve of each edge, from box to box and around all others where it can.

    Curves keep to the right, as traffic does, so that the way back is another curve; where several meet a side of a
    box, they meet it side by side.
    """
    first = [_bent(boxes, edge, _centres(boxes, edge), centre, own=False) for edge in edges]
    ends = _ports(boxes, edges, [curve[1] for curve in first])
    return [_bent(boxes, edge, ends[k], centre, own=True) for k, edge in enumerate(edges)]


def chords(boxes: Sequence[Box], edges: Sequence[Edge], centre: tuple[float, float]) -> list[Array]:
    """The same between dots on a circle: all curves bend towards its middle and meet at the dots."""
    found = []
    for edge in edges:
        start, end = _centres(boxes, edge)
        way = end - start
        middle = (start + end) / 2
        curve = np.array([start, middle + 0.5 * (np.asarray(centre) - middle), end])
        curve[1] += 0.08 * np.array([way[1], -way[0]])
        reach = min((boxes[edge[0]].width / 2 + _GAP) / (2 * float(np.hypot(*(curve[1] - start))) or 1.0), 0.4)
        found.append(part_of(curve, reach, 1 - reach))
    return found


def _centres(boxes: Sequence[Box], edge: Edge) -> Array:
    return np.array([[boxes[k].x, boxes[k].y] for k in edge])


def _bent(boxes: Sequence[Box], edge: Edge, ends: Array, centre: tuple[float, float], *, own: bool) -> Array:
    """The least bent of several curves that touches fewest boxes on its way, those of its ends among them if `own`."""
    start, end = ends
    middle, way = (start + end) / 2, end - start
    length = float(np.hypot(*way)) or 1.0
    right = np.array([way[1], -way[0]]) / length
    found: list[tuple[int, Array]] = []
    for inward, bow in _BENDS:
        bend = middle + inward * (np.asarray(centre) - middle) + bow * (0.1 * length + 0.1) * right
        curve = np.array([start, bend, end])
        points = on_curve(curve, _SAMPLES)
        blocked = sum(
            int(b.holds(points, 0.0 if k in edge else 0.05).sum()) for k, b in enumerate(boxes) if own or k not in edge
        )
        found.append((blocked, curve))
        if not blocked:
            break
    return min(found, key=lambda f: f[0])[1]


def _ports(boxes: Sequence[Box], edges: Sequence[Edge], towards: Sequence[Array]) -> Array:
    """(edge, end, 2) places on the boxes' sides where arrows begin and end, nearest to the way that they take."""
    result = np.empty((len(edges), 2, 2))
    sides: dict[tuple[int, int, float], list[tuple[float, int, int]]] = {}
    for k, edge in enumerate(edges):
        for end, state in enumerate(edge):
            box = boxes[state]
            half = np.array([box.width, box.height]) / 2
            way = (towards[k] - (box.x, box.y)) / half
            axis = int(abs(way[1]) > abs(way[0]))  # 0: left or right side, 1: upper or lower side
            along = float(way[1 - axis] / (abs(way[axis]) or 1.0) * half[1 - axis])
            sides.setdefault((state, axis, float(np.sign(way[axis]) or 1.0)), []).append((along, k, end))
    for (state, axis, sign), met in sides.items():
        box = boxes[state]
        half = np.array([box.width, box.height]) / 2
        met.sort()
        places = _spread([along for along, _, _ in met], 0.86 * float(half[1 - axis]))
        for place, (_, k, end) in zip(places, met, strict=True):
            result[k, end, axis] = (box.x, box.y)[axis] + sign * (half[axis] + _GAP)
            result[k, end, 1 - axis] = (box.x, box.y)[1 - axis] + place
    return result


def _spread(wanted: Sequence[float], half: float) -> Array:
    """Places from -half to half, in order and apart, as near to those wanted as that allows."""
    n = len(wanted)
    apart = min(_APART, 2 * half / max(n - 1, 1))
    places = np.clip(np.asarray(wanted, dtype=float), -half, half)
    for k in range(1, n):
        places[k] = max(places[k], places[k - 1] + apart)
    room = apart * np.arange(n)
    return np.asarray(np.maximum(np.minimum(places, half - room[::-1]), room - half))


def on_curve(curve: Array, t: Array | float) -> Array:
    """Points of a quadratic Bézier curve at `t`, (..., 2)."""
    s = np.asarray(t, dtype=float)[..., None]
    a, b, c = curve
    return np.asarray((1 - s) ** 2 * a + 2 * s * (1 - s) * b + s**2 * c)


def part_of(curve: Array, begin: float, stop: float) -> Array:
    """The same curve between two of its parameters (blossom of the control points)."""
    a, b, c = curve

    def blossom(s: float, t: float) -> Array:
        return np.asarray((1 - s) * ((1 - t) * a + t * b) + s * ((1 - t) * b + t * c))

    return np.stack([blossom(begin, begin), blossom(begin, stop), blossom(stop, stop)])


def wrapped(text: str, width: int, lines: int) -> str:
    """A name on at most so many lines; a word too long for one is parted at a binding s, else where it must."""
    parts: list[str] = []
    for word in text.split():
        while len(word) > width:
            binding = (k for k in range(width - 1, 3, -1) if word[k - 1] == "s" and word[k] not in "aeiouyåäös")
            at = next(binding, width - 1)
            parts.append(f"{word[:at]}-")
            word = word[at:]
        parts.append(word)
    rows = [""]
    for part in parts:
        joined = f"{rows[-1]} {part}".strip()
        if len(joined) <= width and not rows[-1].endswith("-"):
            rows[-1] = joined
        else:
            rows.append(part)
    rows = [r for r in rows if r] or [""]
    if len(rows) > lines:
        rows = [*rows[: lines - 1], f"{rows[lines - 1][: width - 1].rstrip('- ')}…"]
    return "\n".join(rows)
