"""Bars as few shapes: those of one colour are one path, which is written in a tenth of the time of a rectangle each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import ArrayLike, NDArray

from engine.report.plots.theme import INK, Fill


def padded(low: float, high: float) -> tuple[float, float]:
    """Limits of an axis that holds zero and both ends, with some room."""
    low, high = min(low, 0.0), max(high, 0.0)
    room = 0.07 * ((high - low) or 1.0)
    return low - room, high + room


def draw_bars(
    ax: Any,
    along: Literal["x", "y"],
    places: ArrayLike,
    sizes: ArrayLike,
    *,
    thickness: float,
    colours: str | Sequence[str],
    starts: ArrayLike = 0.0,
    **style: Any,
) -> list[Any]:
    """Bars side by side, with limits that end where they start.

    Parameters
    ----------
    along : the axis along which they are as long as `sizes`, from `starts`; their middles are at `places` of the other.
    colours : one for all, or one each.

    Returns
    -------
    A shape for each colour.
    """
    places, sizes = np.atleast_1d(np.asarray(places, dtype=float)), np.atleast_1d(np.asarray(sizes, dtype=float))
    starts = np.broadcast_to(np.asarray(starts, dtype=float), sizes.shape)
    of_each = np.array([colours] * sizes.size if isinstance(colours, str) else colours)
    shapes = []
    for colour in dict.fromkeys(of_each.tolist()):
        of = of_each == colour
        ends = (places[of] - thickness / 2, starts[of], places[of] + thickness / 2, starts[of] + sizes[of])
        path = _rectangles(*(ends if along == "y" else (ends[1], ends[0], ends[3], ends[2])))
        shape = PathPatch(path, facecolor=colour, linewidth=0, **style)
        getattr(shape.sticky_edges, along).extend(starts[of])
        ax.add_artist(shape)
        ax.update_datalim(path.vertices)
        shapes.append(shape)
    ax.autoscale(enable=None)
    return shapes


def whiskers(ax: Any, places: Sequence[float], ends: Sequence[tuple[float, float]], *, width: float) -> None:
    """Lines along x from one end to the other, both with a small stroke across."""
    if len(places):
        ax.hlines(places, *zip(*ends, strict=True), color=INK, linewidth=width, zorder=3)
        ax.plot(np.ravel(ends), np.repeat(places, 2), linestyle="none", marker="|", markersize=4, color=INK, zorder=3)


def stack_bars(ax: Any, years: Any, values: Any, width: float, fills: list[Fill]) -> None:
    """Gains of several payers on one another upward and costs downward from zero, and what is left of both.

    Who calls sets the limits of both axes: they are not found from what is drawn.
    """
    up, down = np.zeros(years.size), np.zeros(years.size)
    left = years + 0.08 * width
    for row, fill in zip(values, fills, strict=True):
        base = np.where(row >= 0, up, down)
        shown = np.abs(row) > 0.5
        up, down = up + np.maximum(row, 0), down + np.minimum(row, 0)
        if shown.any():
            path = _rectangles(left[shown], base[shown], left[shown] + 0.84 * width, (base + row)[shown])
            ax.add_artist(PathPatch(path, facecolor=fill.colour, hatch=fill.hatch, edgecolor="white", linewidth=0,
                                    zorder=2))  # fmt: skip
    net = values.sum(axis=0)
    ax.hlines(net, years + 0.08 * width, years + 0.92 * width, color=INK, linewidth=1.6, zorder=3)


def _rectangles(x0: NDArray[Any], y0: NDArray[Any], x1: NDArray[Any], y1: NDArray[Any]) -> Path:
    corners = np.stack([np.stack([x0, x1, x1, x0, x0], axis=-1), np.stack([y0, y0, y1, y1, y0], axis=-1)], axis=-1)
    codes = np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], dtype=Path.code_type)
    return Path(corners.reshape(-1, 2), np.tile(codes, x0.size))
