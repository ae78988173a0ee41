"""From one calculation to another: the contribution of each assumption as a step of a staircase."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from engine.report.plots.bars import draw_bars, whiskers
from engine.report.plots.theme import GAIN, INK, LOSS, MUTED, TOTAL, Look, drawn, finish, label, row_figure, scale_ticks

MOST = 12
"""Assumptions shown one by one; the rest are one step."""


@drawn
def plot_waterfall(step: xr.Dataset, *, look: Look, labels: dict[str, str], place: int) -> Any:
    """Horizontal waterfall with a whisker from the smallest to the largest step of each assumption.

    Parameters
    ----------
    step : `shapley`, `min_step`, `max_step` (assumption), `gap`, `gap_se`, `from_npv` () [SEK per participant] and
        `differs` (assumption), of one pair and party; coordinates `pair_from` and `pair_to`.
    labels : names of the assumptions for people.
    place : amounts are shown rounded to 10**`place`, as in the table of the same difference.
    """
    shapley = np.asarray(step["shapley"].values, dtype=float)
    steps = np.abs([shapley, step["min_step"].values, step["max_step"].values])
    # What differs but does nothing for this party, as tax shared between two members of society, is in the table only.
    moves = steps.max(axis=0) > 1e-9 * max(1.0, float(steps.max(initial=0)))
    differs = np.flatnonzero(np.asarray(step["differs"].values, dtype=bool) & moves)
    order = differs[np.argsort(-np.abs(shapley[differs]), kind="stable")]
    shown, rest = (order, order[:0]) if order.size <= MOST else (order[: MOST - 1], order[MOST - 1 :])
    start, gap = float(step["from_npv"]), float(step["gap"])
    names = [str(a) for a in step["assumption"].values]
    rows = shown.size + (1 if rest.size else 0) + 2
    ax = row_figure(rows, left=2.75, right=0.7, row=0.36)
    scale = look.scale(start, start + gap, shapley)

    bars = [(start, 0.0, TOTAL)]

    def total(y: int, value: float) -> None:
        _value(ax, y, look.number.scaled(value, scale, place=place, signed=True), bold=True)

    total(0, start)
    ticks = [look.calculation_label(str(step["pair_from"].values), 36, 2)]
    level, levels, ranges = start, [], {}
    for y, i in enumerate([*shown, *(["rest"] if rest.size else [])], start=1):
        size = float(shapley[rest].sum() if i == "rest" else shapley[i])
        levels.append(level)
        bars.append((size, level, GAIN if size >= 0 else LOSS))
        if i == "rest":
            ticks.append(look.say.count("plot.other_assumptions", int(rest.size)))
        else:
            ticks.append(label(labels.get(names[i], names[i]), 38, 3))
            ends = level + float(step["min_step"].values[i]), level + float(step["max_step"].values[i])
            if ends[1] - ends[0] > 1e-9 * max(1.0, abs(level)):
                ranges[y] = ends
        _value(ax, y, look.number.scaled(size, scale, place=place, signed=True))
        level += size
    levels.append(level)
    between = np.arange(rows - 1)
    ax.vlines(levels, between + 0.31, between + 1.31, color="#9a9a9a", linewidth=0.8, capstyle="projecting", zorder=2)
    whiskers(ax, list(ranges), list(ranges.values()), width=0.9)
    total(rows - 1, start + gap)
    sizes, lefts, colours = zip(*bars, (start + gap, 0.0, TOTAL), strict=True)
    draw_bars(ax, "x", range(rows), sizes, starts=lefts, thickness=0.62, colours=colours)
    ticks.append(look.calculation_label(str(step["pair_to"].values), 36, 2))
    ax.rulers["y"].name(range(rows), ticks, bold=(0, -1))
    finish(ax, value_axis="x", look=look, scale=scale)
    scale_ticks(ax, value_axis="x", scale=scale)
    ax.set_xlabel(look.money_axis(scale))
    return ax.figure


def _value(ax: Any, y: int, text: str, *, bold: bool = False) -> None:
    ax.text(1.02, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize=8.5,
            fontweight="bold" if bold else "normal", color=INK if bold else MUTED)  # fmt: skip
