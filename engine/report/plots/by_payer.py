"""What each payer's uncertainty comes from: inputs across, payers down, and how large the uncertainty is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator

from engine.report.plots.bars import draw_bars
from engine.report.plots.theme import COLOURS, GAIN, INK, WIDTH, Look, axes_at, drawn, finish, label, new_figure

_LEFT, _BARS, _GAP, _RIGHT, _ROW = 1.95, 1.25, 0.12, 0.15, 0.34


@drawn
def plot_by_payer(sobol: xr.Dataset, columns: Sequence[int], rows: Sequence[int], *, look: Look) -> Any:
    """Total index as the strength of a cell's colour; beside it the standard deviation that it is a share of.

    Parameters
    ----------
    sobol : `ST_by_outcome` (outcome, parameter), `outcome_variance` (outcome), `ST` (parameter) of all outcomes
        together; coordinates `label` (parameter), `outcome_label` (outcome).
    columns : places of the inputs shown, from the left.
    rows : places of the payers shown, from the top. The last row of the figure is all payers together.
    """
    share = np.asarray(sobol["ST_by_outcome"].transpose("outcome", "parameter").values, dtype=float)[list(rows)]
    share = np.vstack([share, np.asarray(sobol["ST"].values, dtype=float)])[:, list(columns)]
    deviation = np.sqrt(np.asarray(sobol["outcome_variance"].values, dtype=float)[list(rows)])
    n, k = share.shape
    width = WIDTH - _LEFT - _GAP - _BARS - _RIGHT
    heads = [label(str(sobol["label"].values[j]), max(8, int(width / k * 15)), 5) for j in columns]
    top = 0.12 + 0.14 * max(h.count("\n") + 1 for h in heads)
    figure = new_figure(top + n * _ROW + 0.55)
    ax = axes_at(figure, _LEFT, 0.55, width, n * _ROW)
    ax.set_xlim(0, k)
    ax.set_ylim(n, 0)
    colour = np.array(to_rgb(GAIN))
    for i, j in np.ndindex(n, k):
        value = float(share[i, j])
        if not np.isfinite(value):
            continue
        strength = min(max(value, 0.0), 1.0)
        tint = tuple(1 - (0.04 + 0.86 * strength) * (1 - colour))
        ax.add_artist(Rectangle((j, i), 1, 1, facecolor=tint, edgecolor="white", linewidth=1.2))
        ax.text(j + 0.5, i + 0.5, look.number.share(value), ha="center", va="center", fontsize=8.5,
                color="white" if strength > 0.62 else INK)  # fmt: skip
    ax.axhline(n - 1, color=INK, linewidth=0.9)
    names = [str(sobol["outcome_label"].values[i]) for i in rows]
    below = [label(name, 28, 2) for name in (*names, look.say("sens.all_payers"))]
    ax.rulers["y"].name(np.arange(n) + 0.5, below)
    ax.rulers["x"].name(np.arange(k) + 0.5, heads)
    ax.rulers["x"].top, ax.rulers["x"].fontsize = True, 8.0
    for ruler in ax.rulers.values():
        ruler.marks = False
    for side in ax.spines.values():
        side.set_visible(False)
    beside = axes_at(figure, _LEFT + width + _GAP, 0.55, _BARS, n * _ROW)
    scale = look.scale(deviation)
    draw_bars(beside, "x", np.arange(n - 1) + 0.5, deviation, thickness=0.6, colours=COLOURS[1])
    beside.set_ylim(n, 0)
    beside.rulers["y"].set_visible(False)
    beside.set_xlim(0, 1.08 * float(deviation.max()))
    finish(beside, value_axis="x", look=look, scale=scale)
    places = beside.get_xticks()
    beside.xaxis.set_major_locator(FixedLocator(places[:: 2 if len(places) > 4 else 1]))
    beside.set_xlim(0, 1.08 * float(deviation.max()))
    beside.set_xlabel(label(look.say("axis.deviation", unit=look.say(scale.key)), 22, 2), fontsize=8)
    return figure
