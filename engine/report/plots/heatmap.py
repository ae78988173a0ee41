"""A table as colours: blue above zero, orange below, white at zero, the number in each cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from engine.report.plots.theme import GAIN, INK, LOSS, WIDTH, Look, axes_at, drawn, label, new_figure

_LEFT, _RIGHT, _ROW = 2.75, 0.15, 0.34
_ACROSS = 7
"""Columns whose names are read across; of more they stand upright."""


@drawn
def plot_heatmap(
    values: NDArray[np.float64],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    texts: Sequence[Sequence[str]],
    look: Look,
    column_axis: str = "",
    row_axis: str = "",
    footer: str = "",
    sums: bool = False,
) -> Any:
    """Cells coloured by size and sign, the largest size the strongest.

    Parameters
    ----------
    values : (row, column); NaN cells stay empty.
    rows, columns : names for people, the first on top and to the left.
    texts : (row, column) what stands in a cell.
    sums : the last row and column add up the others, and are set apart without a colour.
    column_axis, row_axis, footer : what the columns and rows are, and the unit of the cells.
    """
    values = np.asarray(values, dtype=float)
    n, k = values.shape
    width = WIDTH - _LEFT - _RIGHT
    upright = k > _ACROSS
    names = [label(c, 22 if upright else max(6, int(width / k * 10.5)), 3) for c in columns]
    if upright:
        heading = 0.15 + 0.075 * max(len(line) for c in names for line in c.split("\n"))
    else:
        heading = 0.1 + 0.145 * max(c.count("\n") + 1 for c in names)
    heading += 0.2 if column_axis else 0.0
    bottom = 0.3 if footer else 0.1
    figure = new_figure(heading + n * _ROW + bottom)
    ax = axes_at(figure, _LEFT, bottom, width, n * _ROW)
    ax.set_xlim(0, k)
    ax.set_ylim(n, 0)
    inner = values[:-1, :-1] if sums else values
    finite = np.abs(inner[np.isfinite(inner)])
    most = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    for i, j in np.ndindex(n, k):
        value = float(values[i, j])
        if not np.isfinite(value):
            continue
        added = sums and (i == n - 1 or j == k - 1)
        strength = 0.0 if added else abs(value) / most
        ax.add_artist(Rectangle((j, i), 1, 1, facecolor=_tint(value, strength), edgecolor="white", linewidth=1.2))
        ax.text(j + 0.5, i + 0.5, texts[i][j], ha="center", va="center", fontsize=8.5 if k < 7 else 7,
                fontweight="bold" if added else "normal",
                color="white" if strength > 0.75 and value > 0 else INK)  # fmt: skip
    bold = (-1,) if sums else ()
    ax.rulers["x"].name(np.arange(k) + 0.5, names, bold=bold)
    ax.rulers["y"].name(np.arange(n) + 0.5, [label(r, 38, 2) for r in rows], bold=bold)
    ax.rulers["x"].top = True
    ax.rulers["x"].rotation = 90.0 if upright else 0.0
    for ruler in ax.rulers.values():
        ruler.marks = False
    for side in ax.spines.values():
        side.set_visible(False)
    if column_axis:
        ax.xaxis.set_label_position("top")
        ax.set_xlabel(label(column_axis, 70, 1))
    if row_axis:
        figure.text(0.01, 1 - 0.06 / figure.get_size_inches()[1], label(row_axis, 40, 2), va="top", fontsize=8.5)
    if footer:
        figure.text(_LEFT / WIDTH, 0.08 / figure.get_size_inches()[1], footer, va="bottom", fontsize=8.5)
    return figure


def _tint(value: float, strength: float) -> tuple[float, ...]:
    """White mixed with the colour of gain or loss."""
    colour = np.array(to_rgb(GAIN if value > 0 else LOSS))
    return tuple(1 - (0.06 + 0.84 * strength) * (1 - colour)) if strength > 1e-9 else (0.96, 0.96, 0.96)
