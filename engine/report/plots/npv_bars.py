"""Net saving as bars: a group of bars for each party, one bar for each calculation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from engine.report.numbers import MISSING, last_place
from engine.report.plots.bars import draw_bars, whiskers
from engine.report.plots.theme import INK, Look, drawn, finish, label, row_figure, scale_ticks


@dataclass(frozen=True)
class PartyRow:
    """A party to show: its place along the dimension `party`, and its name for people."""

    index: int
    label: str


@drawn
def plot_npv_bars(summary: xr.Dataset, parties: Sequence[PartyRow], *, look: Look) -> Any:
    """Mean and 90 % interval of net saving.

    Parameters
    ----------
    summary : `mean`, `mcse` (calculation, party) and `npv_quantile` (quantile, calculation, party) of one strategy.
    parties : groups of bars, the first on top.
    """
    calculations = [str(c) for c in summary["calculation"].values]
    step = len(calculations) + 1.35  # a heading above each group and a gap below
    rows = step * len(parties)
    ax = row_figure(max(2, round(rows)), left=1.9, right=0.85, row=0.172)
    ax.set_ylim(rows - 0.85, -0.85)
    low = summary["npv_quantile"].sel(quantile=0.05)
    high = summary["npv_quantile"].sel(quantile=0.95)
    scale = look.scale(summary["mean"], low, high)
    ticks, names, means, intervals = [], [], [], []
    for g, party in enumerate(parties):
        top = g * step
        heading = label(party.label, 70, 1)
        ax.text(-0.37, top - 0.08, heading, transform=ax.get_yaxis_transform(), fontweight="bold", va="center",
                bbox={"facecolor": "white", "linewidth": 0, "pad": 1.5}, zorder=4)  # fmt: skip
        ax.plot((0, 0), (top + 0.4, top + 0.4 + len(calculations)), color=INK, linewidth=0.9, zorder=2.5)
        for k, name in enumerate(calculations):
            y = top + 0.9 + k
            at = {"calculation": k, "party": party.index}
            mean = float(summary["mean"].isel(at))
            ends = float(low.isel(at)), float(high.isel(at))
            # One decimal of the axis unit at most: the table has the rest.
            finest = round(math.log10(scale.divisor)) - 1
            place = max(finest, last_place(mean, error=float(summary["mcse"].isel(at))))
            nothing = abs(mean) < 0.5 and ends[1] - ends[0] < 0.5
            text = MISSING if nothing else look.number.scaled(mean, scale, place=place, signed=True)
            ax.text(1.02, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize=8.5)
            ticks.append(y)
            names.append(look.calculation_label(name, 26))
            means.append(mean)
            intervals.append(ends)
    colours = [look.calculation(c) for c in calculations] * len(parties)
    draw_bars(ax, "x", ticks, means, thickness=0.72, colours=colours)
    whiskers(ax, ticks, intervals, width=1.0)
    ax.rulers["y"].name(ticks, names)
    finish(ax, value_axis="x", look=look, scale=scale, zero=False)
    scale_ticks(ax, value_axis="x", scale=scale)
    ax.set_xlabel(look.money_axis(scale))
    return ax.figure
