"""Assumptions in order of how much they matter over all pairs of calculations."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.patches import Patch

from engine.report.numbers import last_place
from engine.report.plots.bars import draw_bars
from engine.report.plots.theme import COLOURS, Look, drawn, finish, label, row_figure, scale_ticks

MOST = 15


@drawn
def plot_ranking(mean: xr.DataArray, *, look: Look, labels: dict[str, str], themes: dict[str, str]) -> Any:
    """Bars of the mean absolute contribution, coloured by theme.

    Parameters
    ----------
    mean : `mean_contribution` (assumption) [SEK per participant] of one party; coordinate `theme` (assumption).
    labels, themes : names of assumptions and themes for people.
    """
    values = np.asarray(mean.values, dtype=float)
    order = np.argsort(-values, kind="stable")
    place = last_place(*values)
    order = order[np.round(values[order] / 10**place) > 0][:MOST]
    names = [str(a) for a in mean["assumption"].values]
    theme_of = [str(t) for t in mean["theme"].values]
    used = list(dict.fromkeys(theme_of[i] for i in order))
    colour = {t: COLOURS[k % len(COLOURS)] for k, t in enumerate(used)}
    # One theme, or none, is nothing to tell apart.
    named = [t for t in used if t in themes] if len(used) > 1 else []
    top = 0.08 + 0.22 * -(-len(named) // 2)
    ax = row_figure(max(1, order.size), left=2.75, right=0.7, row=0.36, top=top)
    scale = look.scale(values)
    draw_bars(ax, "x", range(order.size), values[order], thickness=0.62,
              colours=[colour[theme_of[i]] for i in order])  # fmt: skip
    for y, i in enumerate(order):
        text = look.number.scaled(float(values[i]), scale, place=place)
        ax.text(1.02, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize=8.5)
    ax.rulers["y"].name(range(order.size), [label(labels.get(names[i], names[i]), 38, 3) for i in order])
    finish(ax, value_axis="x", look=look, scale=scale)
    scale_ticks(ax, value_axis="x", scale=scale)
    ax.set_xlabel(look.money_axis(scale))
    handles = [Patch(facecolor=colour[t], linewidth=0, label=label(themes[t], 48, 1)) for t in named]
    if not handles:
        return ax.figure
    ax.figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.02, 1.0), ncols=2, handlelength=1.2,
                     borderaxespad=0.2)  # fmt: skip
    return ax.figure
