"""Bars of several payers on one another: gains upward, costs downward, and what is left of both."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from engine.report.plots.theme import INK, Fill


def padded(low: float, high: float) -> tuple[float, float]:
    """Limits of an axis that holds zero and both ends, with some room."""
    low, high = min(low, 0.0), max(high, 0.0)
    room = 0.07 * ((high - low) or 1.0)
    return low - room, high + room


def stack_bars(ax: Any, years: Any, values: Any, width: float, fills: list[Fill]) -> None:
    """Gains upward and costs downward from zero, one compound path a payer (a rectangle each is ten times as long).

    Who calls sets the limits of both axes: they are not found from what is drawn.
    """
    up, down = np.zeros(years.size), np.zeros(years.size)
    bar = 0.84 * width
    for row, fill in zip(values, fills, strict=True):
        base = np.where(row >= 0, up, down)
        shown = np.abs(row) > 0.5
        vertices, codes = [], []
        for x, y0, h in zip(years[shown] + 0.08 * width, base[shown], row[shown], strict=True):
            vertices += [(x, y0), (x + bar, y0), (x + bar, y0 + h), (x, y0 + h), (x, y0)]
            codes += [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
        up, down = up + np.maximum(row, 0), down + np.minimum(row, 0)
        if vertices:
            ax.add_artist(PathPatch(Path(vertices, codes), facecolor=fill.colour, hatch=fill.hatch, edgecolor="white",
                                    linewidth=0, zorder=2))  # fmt: skip
    net = values.sum(axis=0)
    ax.hlines(net, years + 0.08 * width, years + 0.92 * width, color=INK, linewidth=1.6, zorder=3)
