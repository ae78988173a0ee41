"""Who calculates against what each is unsure of: the spread of net saving in three parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter

from engine.report.plots.bars import draw_bars
from engine.report.plots.theme import COLOURS, Fill, Look, drawn, fill_legend, finish, label, largest, row_figure

MOST = 9
PARTS = (
    ("between_share", "who_share", "plot.who"),
    ("within_share", "unsure_share", "plot.unsure"),
    ("both_share", "who_unsure_share", "plot.who_unsure"),
)
"""Part of the whole, part of an assumption, words."""


@drawn
def plot_who(split: xr.Dataset, *, look: Look, labels: Mapping[str, str]) -> Any:
    """Stacked bars: on top everything together, then the assumptions that cause most by themselves.

    Estimates below zero, which are noise, are drawn as zero.

    Parameters
    ----------
    split : `between_share`, `within_share`, `both_share` (); `who_share`, `unsure_share`, `who_unsure_share`
        (assumption) of one party.
    labels : names of assumptions for people.
    """
    whole = np.clip([float(split[w]) for w, _, _ in PARTS], 0.0, None)
    each = np.clip([np.asarray(split[e].values, dtype=float) for _, e, _ in PARTS], 0.0, None)
    order = largest(each.sum(axis=0), MOST)
    names = [str(a) for a in split["assumption"].values]
    colours = (COLOURS[0], COLOURS[1], COLOURS[3])
    fills = {look.say(words): Fill(c, "") for (_, _, words), c in zip(PARTS, colours, strict=True)}
    ax = row_figure(order.size + 1, left=2.75, right=0.65, row=0.36,
                    bottom=0.55 + fill_legend(None, fills))  # fmt: skip
    parts = np.column_stack([whole, each[:, order]])
    ends = np.cumsum(parts, axis=0)
    for part, end, colour in zip(parts, ends, colours, strict=True):
        draw_bars(ax, "x", range(order.size + 1), part, starts=end - part, thickness=0.62, colours=colour)
    for y, end in enumerate(ends[-1]):
        ax.text(1.02, y, look.number.share(float(end)), transform=ax.get_yaxis_transform(), va="center", fontsize=8.5,
                fontweight="bold" if y == 0 else "normal")  # fmt: skip
    ticks = [look.say("plot.everything"), *(label(labels.get(names[i], names[i]), 38, 2) for i in order)]
    ax.rulers["y"].name(range(len(ticks)), ticks, bold=(0,))
    finish(ax, value_axis="x", look=look)
    ax.set_xlim(0, max(1.0, float(whole.sum())))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.share(v)))
    ax.set_xlabel(look.say("axis.variance_share"))
    fill_legend(ax.figure, fills)
    return ax.figure
