"""Sobol' indices: the share of the uncertainty that each input causes."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter

from engine.report.plots.bars import draw_bars
from engine.report.plots.theme import COLOURS, INK, Look, drawn, finish, label, largest, row_figure

MOST = 12


@drawn
def plot_sobol_bars(sobol: xr.Dataset, *, look: Look) -> Any:
    """First-order and total index with their 95 % intervals, the largest total on top; negative estimates are shown.

    Parameters
    ----------
    sobol : `S1`, `S1_conf`, `ST`, `ST_conf` (parameter); coordinate `label` (parameter).
    """
    total = np.asarray(sobol["ST"].values, dtype=float)
    order = largest(total, MOST)
    labels = [str(x) for x in sobol["label"].values]
    ax = row_figure(max(1, order.size), left=2.75, right=0.25, row=0.36, top=0.32)
    kinds = (("S1", COLOURS[0], -0.18, "plot.first_order"), ("ST", COLOURS[1], 0.18, "plot.total_order"))
    for name, colour, offset, words in kinds:
        value = np.asarray(sobol[name].values, dtype=float)[order]
        half = np.asarray(sobol[f"{name}_conf"].values, dtype=float)[order]
        y = np.arange(order.size) + offset
        draw_bars(ax, "x", y, value, thickness=0.32, colours=colour, label=look.say(words))
        ax.hlines(y, value - half, value + half, color=INK, linewidth=1.0, zorder=3)
    ax.rulers["y"].name(range(order.size), [label(labels[i], 40, 2) for i in order])
    finish(ax, value_axis="x", look=look)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.share(v)))
    ax.set_xlabel(look.say("axis.variance_share"))
    ax.figure.legend(loc="upper left", bbox_to_anchor=(2.7 / 7.6, 1.0), ncols=2, handlelength=1.2, borderaxespad=0.2)
    return ax.figure
