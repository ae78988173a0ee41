"""Where people are over the years without the intervention, and what each calculation lets it change."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter

from engine.report.plots.theme import (
    MUTED,
    WIDTH,
    Fill,
    Look,
    axes_at,
    drawn,
    fill_legend,
    finish,
    label,
    new_figure,
)


@drawn
def plot_occupancy(occupancy: xr.DataArray, horizon: xr.DataArray, *, look: Look, baseline: str, shown: int) -> Any:
    """Stacked areas that fill 100 % without the intervention, and a panel a calculation with the change by state.

    Parameters
    ----------
    occupancy : `mean_occupancy` (calculation, course, state, time_point) of the baseline and one intervention.
    horizon : (calculation,) [years]; each panel ends there.
    baseline : name of the baseline for people.
    shown : place of the calculation of which the baseline is drawn.
    """
    times = np.asarray(occupancy["time_at"].values, dtype=float)
    states = [str(s) for s in occupancy["state"].values]
    labels = {s.name: s.label for s in look.description.states}
    values = occupancy.transpose("calculation", "course", "state", "time_point").values
    calculations = [str(c) for c in occupancy["calculation"].values]
    ends = [max(float(h), float(times[1])) for h in horizon.values]
    fills = {labels.get(s, s): look.state(s) for s in states}
    rows, panel, gap, area = -(-len(calculations) // 2), 1.5, 0.68, 1.7
    # Height of the legend first: what stands above it is placed from the bottom.
    legend = fill_legend(None, fills)
    below = legend + 0.5 + rows * panel + (rows - 1) * gap
    figure = new_figure(below + 0.95 + area + 0.32)
    fill_legend(figure, fills)
    ax = axes_at(figure, 0.72, below + 0.95, 6.72, area)
    inside = times <= ends[shown] + 1e-9
    base = np.zeros(int(inside.sum()))
    for s, name in enumerate(states):
        fill = look.state(name)
        top = base + values[shown, 0, s, inside]
        ax.fill_between(times[inside], base, top, facecolor=fill.colour, hatch=fill.hatch, edgecolor="white",
                        linewidth=0.4)  # fmt: skip
        base = top
    finish(ax, value_axis="y", look=look, zero=False)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.share(v)))
    ax.set_xlim(0, ends[shown])
    ax.set_ylim(0, 1)
    ax.set_title(label(baseline, 70, 1), loc="left", fontweight="bold", pad=5)
    ax.set_ylabel(look.say("axis.cohort_share"))
    height = float(figure.get_size_inches()[1])
    figure.text(0.1 / WIDTH, (below + 0.32) / height, look.say("plot.occupancy_difference"), ha="left", va="bottom",
                fontsize=8.5, color=MUTED)  # fmt: skip
    for k, name in enumerate(calculations):
        row, column = divmod(k, 2)
        ax = axes_at(figure, 0.72 + 3.62 * column, legend + 0.5 + (rows - 1 - row) * (panel + gap), 3.1, panel)
        inside = times <= ends[k] + 1e-9
        _difference(ax, times[inside], 100 * (values[k, 1] - values[k, 0])[:, inside], [look.state(s) for s in states])
        finish(ax, value_axis="y", look=look)
        ax.set_xlim(0, ends[k])
        ax.set_title(look.calculation_label(name, 40), loc="left", fontweight="bold", pad=5)
        if k >= len(calculations) - 2:
            ax.set_xlabel(look.say("axis.years"))
    return figure


def _difference(ax: Any, t: Any, points: Any, fills: list[Fill]) -> None:
    """One line a state, in percentage points."""
    for row, fill in zip(points, fills, strict=True):
        ax.plot(t, row, color=fill.colour, linewidth=1.8, linestyle=(0, (3, 1.2)) if fill.hatch else "-")
    low, high = ax.get_ylim()
    # A difference of less than a tenth of a point is none to look at.
    if high - low < 0.1:
        ax.set_ylim(min(low, -0.05), max(high, 0.05))
