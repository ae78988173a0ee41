"""What each strategy changes of one outcome: a bar a calculation, with its interval."""

from __future__ import annotations

from typing import Any

import xarray as xr
from matplotlib.ticker import FuncFormatter

from engine.report.plots.bars import draw_bars, whiskers
from engine.report.plots.theme import Look, drawn, finish, label, row_figure


@drawn
def plot_outcome_bars(found: xr.Dataset, *, look: Look, axis: str) -> Any:
    """Mean difference from the baseline and its 90 % interval, strategies in groups.

    Parameters
    ----------
    found : `amount_difference` (calculation, strategy) and `amount_difference_quantile` (quantile, calculation,
        strategy) of one outcome.
    axis : name of the axis.
    """
    calculations = [str(c) for c in found["calculation"].values]
    strategies = [str(s) for s in found["strategy"].values]
    step = len(calculations) + 1.35  # a heading above each group and a gap below
    rows = step * len(strategies)
    ax = row_figure(max(2, round(rows)), left=1.9, right=0.85, row=0.19)
    ax.set_ylim(rows - 0.85, -0.85)
    low, high = (found["amount_difference_quantile"].sel(quantile=q) for q in (0.05, 0.95))
    ticks, names, means, intervals = [], [], [], []
    for g, strategy in enumerate(strategies):
        top = g * step
        ax.text(-0.37, top - 0.08, look.course_label(strategy, 70), transform=ax.get_yaxis_transform(),
                fontweight="bold", va="center", bbox={"facecolor": "white", "linewidth": 0, "pad": 1.5},
                zorder=4)  # fmt: skip
        for k, name in enumerate(calculations):
            y = top + 0.9 + k
            at = {"calculation": k, "strategy": g}
            mean = float(found["amount_difference"].isel(at))
            text = look.number.quantity(mean, 3)
            text = f"+{text}" if mean > 0 else text
            ax.text(1.02, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize=8.5)
            ticks.append(y)
            names.append(look.calculation_label(name, 26))
            means.append(mean)
            intervals.append((float(low.isel(at)), float(high.isel(at))))
    colours = [look.calculation(c) for c in calculations] * len(strategies)
    draw_bars(ax, "x", ticks, means, thickness=0.72, colours=colours)
    whiskers(ax, ticks, intervals, width=1.0)
    ax.rulers["y"].name(ticks, names)
    finish(ax, value_axis="x", look=look)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.quantity(v, 3)))
    ax.set_xlabel(label(axis, 90, 1))
    return ax.figure
