"""How people move between states, and where the interventions act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path

from engine.report.graph import (
    Array,
    Box,
    arrows,
    chords,
    circle_places,
    on_curve,
    part_of,
    ring_order,
    ring_places,
    strongest,
    wrapped,
)
from engine.report.plots.theme import INK, MUTED, WIDTH, Look, Sign, axes_at, drawn, label, new_figure
from engine.report.text import clean
from engine.results.description import MoveEntry, Movement

MOST_BOXES = 12
"""With more states on the ring they become dots with their names around them."""
_LETTER, _LINE = 0.073, 0.145
_FULL = 6.2
"""Width in points of the strongest arrow."""
_MARK = 0.075
_PLATE = {"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1}
_NUMBERED = 8
"""Up to so many arrows have their figures beside them."""
_BETWEEN = 0.33
"""Inches that boxes stand apart at least."""


class _Stroke(NamedTuple):
    """How one move is drawn."""

    move: MoveEntry
    curve: Array
    width: float
    colour: str
    weight: float
    """Strength against the strongest move, on the scale of the width."""


@drawn
def plot_model(movement: Movement, *, look: Look) -> Any:
    """States as boxes, moves as arrows, those that an intervention acts on in its colour and with a mark.

    Parameters
    ----------
    movement : with moves between states of `look.description`.
    """
    states = [s.name for s in look.description.states]
    place = {name: k for k, name in enumerate(states)}
    moves = movement.moves
    edges = [(place[m.source], place[m.target]) for m in moves]
    flows = np.array([max(m.per_year, 0.0) for m in moves])
    final = [k for k in range(len(states)) if k not in {s for s, _ in edges}]
    ring = [k for k in range(len(states)) if k not in final] or final
    final = [k for k in final if k not in ring]
    small = len(states) > MOST_BOXES + 1 or len(ring) > MOST_BOXES
    most = max(12, 3 * len(states)) if small else max(12, round(3.5 * len(states)))
    shown, limit = strongest(flows, edges, most=min(most, 120), reach_all=not small)
    if small:
        final, ring = [], [*ring, *final]
    order = _ordered(ring, edges, flows, shown, movement.start, states)
    note = _left_out(movement, shown, limit, look)
    below = _legend(None, look, movement, shown, note, 0.0)
    top, boxes, centre = (_dots if small else _boxes)(order, final, states, movement, look, below)
    figure = new_figure(top)
    ax = axes_at(figure, 0, 0, WIDTH, top)
    ax.set(xlim=(0, WIDTH), ylim=(0, top))
    ax.axis("off")
    for ruler in ax.rulers.values():
        ruler.set_visible(False)
    largest = float(flows.max(initial=0.0)) or 1.0
    strokes = []
    route, most_wide = (chords, _FULL / 2) if small else (arrows, _FULL)
    curves = dict(zip(shown, route(boxes, [edges[k] for k in shown], centre), strict=True))
    for k in sorted(shown, key=lambda k: (bool(changed_by(moves[k])), flows[k], k)):
        weight = _weight(flows[k] / largest)
        strokes.append(_Stroke(moves[k], curves[k], _width(weight, most_wide), _shade(look, moves[k], weight), weight))
    for z, stroke in enumerate(strokes):
        _draw_arrow(ax, stroke, 1 + z / 1000, small=small)
    _draw_marks(ax, strokes, look, numbers=len(shown) <= _NUMBERED, size=0.6 if small else 1.0)
    _draw_states(ax, boxes, order, final, states, movement, look, centre, small=small)
    _legend(ax, look, movement, shown, note, largest, most_wide)
    return figure


# ---------------------------------------------------------------- where things stand


def _ordered(
    ring: list[int],
    edges: Sequence[tuple[int, int]],
    flows: Array,
    shown: Sequence[int],
    start: dict[str, float],
    states: Sequence[str],
) -> list[int]:
    """The ring clockwise from the state in which most begin."""
    local = {state: k for k, state in enumerate(ring)}
    inside = [k for k in shown if edges[k][0] in local and edges[k][1] in local]
    pairs = [(local[edges[k][0]], local[edges[k][1]]) for k in inside]
    first = max(range(len(ring)), key=lambda k: start.get(states[ring[k]], 0.0))
    return [ring[k] for k in ring_order(len(ring), pairs, np.sqrt(flows[inside]), first=first)]


def _boxes(
    order: list[int], final: list[int], states: list[str], movement: Movement, look: Look, below: float
) -> tuple[float, list[Box], tuple[float, float]]:
    """Height of the figure, boxes of all states, centre of the ring."""
    sizes = [_size(k, states, movement, look, final) for k in range(len(states))]
    widest = max(w for w, _ in sizes)
    highest = max(h for _, h in sizes)
    n = len(order)
    column = max((sizes[k][0] for k in final), default=0.0) + 0.25 if final else 0.0
    room = WIDTH - 0.24 - column
    rx = min((room - widest) / 2, 1.0 + 0.42 * n) if n > 1 else 0.0
    ry = max(0.3 + 0.22 * n, n / 4 * (highest + _BETWEEN)) if n > 2 else 0.0
    ry = max(ry, 0.5 * (highest + _BETWEEN) * (len(final) - 1))
    places = dict(zip(order, ring_places(n, (0.0, 0.0), (rx, ry)), strict=True))
    # Beside a small ring the column stands near it.
    right = min(rx + widest / 2 + 0.7 + column / 2, WIDTH - 0.12) if n < 4 else (room - widest) / 2 + widest / 2 + 0.25
    for j, k in enumerate(final):
        x = right if n < 4 else right + column - 0.25 - sizes[k][0] / 2
        places[k] = np.array([x, (len(final) - 1) / 2 * (highest + _BETWEEN) - j * (highest + _BETWEEN)])
    flat = [Box(float(places[k][0]), float(places[k][1]), *sizes[k]) for k in range(len(states))]
    # Where all stand in a row, arrows need room above and below.
    air = 0.1 if ry else 0.7 if n > 1 and final else 0.35
    left, low = min(b.x - b.width / 2 for b in flat), min(b.y - b.height / 2 for b in flat)
    wide, high = max(b.x + b.width / 2 for b in flat) - left, max(b.y + b.height / 2 for b in flat) - low
    move = (WIDTH - wide) / 2 - left, below + 0.1 + air - low
    boxes = [b._replace(x=b.x + move[0], y=b.y + move[1]) for b in flat]
    return below + 0.2 + 2 * air + high, boxes, move


def _dots(
    order: list[int], final: list[int], states: list[str], movement: Movement, look: Look, below: float
) -> tuple[float, list[Box], tuple[float, float]]:
    """The same for dots, whose names stand around the ring."""
    radius = WIDTH / 2 - 1.75
    centre = (WIDTH / 2, below + radius + 1.7)
    found = dict(zip(order, circle_places(len(order), centre, radius), strict=True))
    side = min(0.13, 4 * radius / len(order))
    boxes = [Box(float(found[k][0]), float(found[k][1]), side, side) for k in range(len(states))]
    return centre[1] + radius + 1.7, boxes, centre


def _name(k: int, look: Look) -> str:
    return wrapped(clean(look.description.states[k].label)[:200], 17, 3)


def _note(k: int, states: list[str], movement: Movement, look: Look, final: list[int]) -> str:
    start = movement.start.get(states[k], 0.0)
    parts = [look.say("model.starts", share=look.number.percent(start, 2))] if start > 0 else []
    return "\n".join([*parts, *([look.say("model.final")] if k in final else [])])


def _size(k: int, states: list[str], movement: Movement, look: Look, final: list[int]) -> tuple[float, float]:
    name, note = _name(k, look).split("\n"), _note(k, states, movement, look, final)
    small = note.split("\n") if note else []
    width = max([_LETTER * len(line) for line in name] + [0.058 * len(line) for line in small])
    return max(0.75, width + 0.28), _LINE * len(name) + 0.125 * len(small) + 0.17


# ---------------------------------------------------------------- drawing


def changed_by(move: MoveEntry) -> dict[str, int]:
    """Strategies that act on the move itself, and whether they make it more (1) or less (-1) frequent."""
    found: dict[str, int] = {}
    for change in move.changes:
        if change.value is not None:
            neutral = 0.0 if change.kind == "difference" else 1.0
            found[change.strategy] = found.get(change.strategy, 0) + int(np.sign(change.value - neutral))
    return {name: int(np.sign(sign)) for name, sign in found.items()}


def _weight(share: float) -> float:
    """Strength of a move that a share of the most frequent one makes: the rare ones must still be seen."""
    return float(share**0.6)


def _width(weight: float, most: float) -> float:
    return 0.6 + (most - 0.6) * weight


def _shade(look: Look, move: MoveEntry, weight: float) -> str:
    """Colour of the first strategy that changes the move, else grey: the rarer the move, the fainter."""
    changes = changed_by(move)
    colour = look.strategy(next(iter(changes))).colour if changes else "#4d4d4d"
    keep = (0.55 if changes else 0.28) + 0.4 * weight
    mixed = (round(255 - keep * (255 - int(colour[i : i + 2], 16))) for i in (1, 3, 5))
    return "#" + "".join(f"{v:02x}" for v in mixed)


def _draw_arrow(ax: Any, stroke: _Stroke, z: float, *, small: bool) -> None:
    size = 0.6 if small else 1.0
    long, wide = size * (0.085 + 0.019 * stroke.width), size * (0.034 + 0.0125 * stroke.width)
    t = np.linspace(0, 1, 201)
    points = on_curve(stroke.curve, t)
    near = np.hypot(*(points - points[-1]).T) <= long
    stop = float(t[near].min())
    tip, base = points[-1], on_curve(stroke.curve, stop)
    way = (tip - base) / (float(np.hypot(*(tip - base))) or 1.0)
    across = np.array([-way[1], way[0]])
    shaft = part_of(stroke.curve, 0.0, stop)
    for width, colour, under in ((stroke.width + 1.6, "white", 0.0), (stroke.width, stroke.colour, 0.0004)):
        ax.add_patch(PathPatch(Path(shaft, [Path.MOVETO, Path.CURVE3, Path.CURVE3]), fill=False, linewidth=width,
                               edgecolor=colour, capstyle="butt", zorder=z + under))  # fmt: skip
    head = [tip, base - 0.01 * way + wide * across, base - 0.01 * way - wide * across]
    ax.add_patch(Polygon(head, closed=True, facecolor=stroke.colour, linewidth=0, zorder=z + 0.0005))


def _draw_marks(ax: Any, strokes: Sequence[_Stroke], look: Look, *, numbers: bool, size: float) -> None:
    """Marks of what is changed, kept apart from each other, and on small models how many make the move."""
    taken = list[Array]()
    for stroke in sorted(strokes, key=lambda s: -s.weight):
        changes = changed_by(stroke.move)
        spots = [np.asarray(on_curve(stroke.curve, t)) for t in (0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72, 0.22, 0.78)]
        for name, sign in changes.items():
            free = [p for p in spots if all(np.hypot(*(p - q)) > 2.3 * size * _MARK for q in taken)]
            spot = free[0] if free else spots[0]
            taken.append(spot)
            draw_mark(ax, spot, look.strategy(name), sign, size)
        if numbers:
            begin, middle, end = (np.asarray(on_curve(stroke.curve, t)) for t in (0.0, 0.5, 1.0))
            way = (end - begin) / (float(np.hypot(*(end - begin))) or 1.0)
            x, y = middle + np.array([way[1], -way[0]]) * 0.2
            ax.text(x, y, look.number.percent(stroke.move.per_year, 2), fontsize=7.5, color=MUTED, ha="center",
                    va="center", zorder=4, bbox=_PLATE)  # fmt: skip


def draw_mark(ax: Any, at: Array, sign: Sign, direction: int, size: float = 1.0) -> None:
    """The mark of a strategy: its shape and colour, with plus, minus or nothing in it."""
    x, y = at
    ax.plot([x], [y], marker=sign.marker, markersize=9.5 * size, markerfacecolor="white", markeredgecolor=sign.colour,
            markeredgewidth=1.2, linestyle="none", zorder=5)  # fmt: skip
    arm = 0.55 * size * _MARK
    if direction:
        ax.plot([x - arm, x + arm], [y, y], color=INK, linewidth=1.3 * size, zorder=5.1, solid_capstyle="butt")
    if direction > 0:
        ax.plot([x, x], [y - arm, y + arm], color=INK, linewidth=1.3 * size, zorder=5.1, solid_capstyle="butt")


def _draw_states(
    ax: Any,
    boxes: list[Box],
    order: list[int],
    final: list[int],
    states: list[str],
    movement: Movement,
    look: Look,
    centre: tuple[float, float],
    *,
    small: bool,
) -> None:
    for k in (*order, *final):
        box, fill = boxes[k], look.state(states[k])
        if small:
            ax.plot([box.x], [box.y], marker="o", markersize=72 * box.width, color=fill.colour, zorder=6,
                    markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
            _radial_name(ax, box, centre, label(look.description.states[k].label, 26, 1), len(order))
            continue
        left, low = box.x - box.width / 2, box.y - box.height / 2
        ax.add_patch(FancyBboxPatch((left + 0.03, low + 0.03), box.width - 0.06, box.height - 0.06, zorder=6,
                                    boxstyle="round,pad=0.03,rounding_size=0.05", facecolor="white",
                                    edgecolor="#5a5a5a" if k not in final else INK,
                                    linewidth=0.9 if k not in final else 1.8))  # fmt: skip
        ax.add_patch(Rectangle((left + 0.045, low + 0.055), 0.07, box.height - 0.11, facecolor=fill.colour,
                               hatch=fill.hatch, edgecolor="white", linewidth=0, zorder=6.1))  # fmt: skip
        name, note = _name(k, look), _note(k, states, movement, look, final)
        lines = note.count("\n") + 1 if note else 0
        x, y = box.x + 0.05, box.y + 0.125 * lines / 2
        ax.text(x, y, name, ha="center", va="center", fontsize=8.5, zorder=7, linespacing=1.15)
        if note:
            ax.text(x, low + 0.06, note, ha="center", va="bottom", fontsize=7, color=MUTED, zorder=7)


def _radial_name(ax: Any, box: Box, centre: tuple[float, float], name: str, n: int) -> None:
    """A name that points away from the ring, and is never upside down."""
    way = np.array([box.x - centre[0], box.y - centre[1]])
    radius = float(np.hypot(*way)) or 1.0
    x, y = np.array([box.x, box.y]) + way / radius * 0.12
    angle = float(np.degrees(np.arctan2(way[1], way[0])))
    left = abs(angle) > 90.001
    spacing = 2 * np.pi * radius / n
    ax.text(x, y, name, rotation=round(angle - 180 if left else angle, 2), rotation_mode="anchor",
            ha="right" if left else "left", va="center", fontsize=min(8.0, 60 * spacing), zorder=7)  # fmt: skip


# ---------------------------------------------------------------- words below


def _left_out(movement: Movement, shown: Sequence[int], limit: float, look: Look) -> str:
    left = [m for k, m in enumerate(movement.moves) if k not in set(shown)]
    if not left:
        return ""
    changed = sum(bool(changed_by(m)) for m in left)
    slots: dict[str, object] = {"all": len(movement.moves), "limit": look.number.percent(limit, 2)}
    if changed:
        return look.say.count("model.left_out_changed", len(left), changed=changed, **slots)
    return look.say.count("model.left_out", len(left), **slots)


def _legend(
    ax: Any | None,
    look: Look,
    movement: Movement,
    shown: Sequence[int],
    note: str,
    largest: float,
    most: float = _FULL,
) -> float:
    """Widths, strategies and what is left out, along the bottom; returns the height that they take in inches."""
    named = [s for s in look.description.interventions if any(s.name in changed_by(m) for m in movement.moves)]
    texts = [label(look.say("model.changed", name=clean(s.label)), 96, 2) for s in named]
    notes = label(note, 112, 2) if note else ""
    height = 0.3 + sum(0.24 + 0.14 * t.count("\n") for t in texts) + (0.16 * (notes.count("\n") + 1) if notes else 0)
    if ax is None:
        return height
    y = height - 0.15
    ax.text(0.1, y, look.say("model.width"), fontsize=8, color=MUTED, va="center")
    x = 0.1 + 0.066 * len(look.say("model.width")) + 0.1
    for size in _samples(largest):
        weight = _weight(size / largest)
        ax.plot([x, x + 0.35], [y, y], color=_shade(look, _PLAIN, weight), linewidth=_width(weight, most),
                solid_capstyle="butt")  # fmt: skip
        ax.text(x + 0.43, y, look.number.percent(size, 2), fontsize=8, va="center")
        x += 0.72 + 0.066 * len(look.number.percent(size, 2))
    for strategy, text in zip(named, texts, strict=True):
        y -= 0.24 + 0.14 * text.count("\n")
        sign = look.strategy(strategy.name)
        ax.plot([0.1, 0.5], [y, y], color=sign.colour, linewidth=2.4, solid_capstyle="butt")
        draw_mark(ax, np.array([0.3, y]), sign, 0)
        ax.text(0.6, y, text, fontsize=8, va="center")
    if notes:
        ax.text(0.1, 0.04, notes, fontsize=8, color=MUTED, va="bottom")
    return height


_PLAIN = MoveEntry("", "", "rest", "", 0.0)


def _samples(largest: float) -> list[float]:
    """Three round shares from the largest down."""
    power = float(np.floor(np.log10(largest)))
    digit = next(d for d in (5, 2, 1) if float(f"{d}e{power:.0f}") <= largest * (1 + 1e-12))
    return [float(f"{digit}e{power - down:.0f}") for down in (0, 1, 2)]
