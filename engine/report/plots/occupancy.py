"""Where people are over the years, without and with the intervention, and the difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from engine.report.plots.theme import Look, axes_at, drawn, finish, label, new_figure


@drawn
def plot_occupancy(occupancy: xr.DataArray, *, look: Look, titles: tuple[str, str], end: float) -> Any:
    """Two stacked areas that fill 100 %, and below them the difference of each state in percentage points.

    Parameters
    ----------
    occupancy : `mean_occupancy` (course, state, time_point) of one calculation, baseline and one intervention.
    titles : names of the two courses for people.
    end : years to show.
    """
    times = np.asarray(occupancy["time_at"].values, dtype=float)
    inside = times <= max(end, times[1]) + 1e-9
    t = times[inside]
    states = [str(s) for s in occupancy["state"].values]
    labels = {s.name: s.label for s in look.description.states}
    values = occupancy.transpose("course", "state", "time_point").values[:, :, inside]
    columns = 3
    legend = 0.2 * -(-len(states) // columns) + 0.12
    figure = new_figure(5.05 + legend)
    bottom = legend + 0.45
    for k in range(2):
        ax = axes_at(figure, 0.72 + 3.52 * k, bottom + 2.42, 3.2, 1.88)
        base = np.zeros(t.size)
        for s, name in enumerate(states):
            fill = look.state(name)
            ax.fill_between(t, base, base + values[k, s], facecolor=fill.colour, hatch=fill.hatch, edgecolor="white",
                            linewidth=0.4)  # fmt: skip
            base = base + values[k, s]
        _frame(ax, look, t)
        ax.set_ylim(0, 1)
        ax.set_title(label(titles[k], 40, 1), loc="left", fontweight="bold", pad=5)
        if k == 0:
            ax.set_ylabel(look.say("axis.cohort_share"))
        else:
            ax.set_yticklabels([])
    ax = axes_at(figure, 0.72, bottom, 6.72, 1.75)
    for s, name in enumerate(states):
        fill = look.state(name)
        ax.plot(t, 100 * (values[1, s] - values[0, s]), color=fill.colour, linewidth=2,
                linestyle=(0, (3, 1.2)) if fill.hatch else "-")  # fmt: skip
    finish(ax, value_axis="y", look=look)
    ax.set_xlim(0, t[-1])
    ax.set_title(look.say("plot.occupancy_difference"), loc="left", fontweight="bold", pad=5)
    ax.set_ylabel(look.say("axis.percentage_points"))
    ax.set_xlabel(look.say("axis.years"))
    figure.legend(
        handles=[
            Patch(facecolor=look.state(s).colour, hatch=look.state(s).hatch, edgecolor="white", linewidth=0,
                  label=label(labels.get(s, s), 32, 1))
            for s in states
        ],
        loc="lower left", bbox_to_anchor=(0.05 / 7.6, 0.0), ncols=columns, handlelength=1.2, columnspacing=1.4,
        borderaxespad=0.2,
    )  # fmt: skip
    return figure


def _frame(ax: Any, look: Look, t: Any) -> None:
    finish(ax, value_axis="y", look=look, zero=False)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.share(v)))
    ax.set_xlim(0, t[-1])
