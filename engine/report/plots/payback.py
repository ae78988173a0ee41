"""Chance of having paid back, by year and calculation."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter

from engine.report.plots.theme import Look, axes_at, drawn, finish, label, new_figure


@drawn
def plot_payback(probability: xr.DataArray, horizon: xr.DataArray, *, look: Look, views: list[str]) -> Any:
    """A line for each calculation, ending at its horizon.

    Parameters
    ----------
    probability : `payback_probability` (calculation, time_point), each calculation in its own perspective.
    horizon : (calculation,) [years].
    views : name of each calculation's own perspective.
    """
    calculations = [str(c) for c in probability["calculation"].values]
    times = np.asarray(probability["time_at"].values, dtype=float)
    figure = new_figure(2.9)
    ax = axes_at(figure, 0.72, 0.5, 4.55, 2.25)
    ends = []
    for k, name in enumerate(calculations):
        end = float(horizon.isel(calculation=k))
        inside = times <= max(end, times[1]) + 1e-9
        t, p = times[inside], probability.isel(calculation=k).values[inside]
        colour, marker = look.calculation(name), look.marker(name)
        ax.plot(t, p, color=colour, linewidth=2, drawstyle="steps-post", clip_on=False, zorder=3)
        # Above the zero line and the frame: two calculations that never pay back end on it.
        ax.plot(t[-1:], p[-1:], marker=marker, markersize=6.5, color=colour, clip_on=False, zorder=5, linestyle="none")
        ends.append((float(p[-1]), name, colour, marker, views[k]))
    ax.set_ylim(0, 1.02)
    ax.set_xlim(0, max(float(horizon.max()), float(times[1])) * 1.01)
    finish(ax, value_axis="y", look=look)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.share(v)))
    ax.set_xlabel(look.say("axis.years"))
    ax.set_ylabel(look.say("axis.paid_back"))
    handles = []
    for p, name, colour, marker, view in ends:
        words = look.say("plot.ends_at", name=look.calculation_label(name, 22), share=look.number.probability(p))
        words = f"{words}\n{label(view, 26, 1)}"
        handles += ax.plot([], [], color=colour, marker=marker, linewidth=2, label=words)
    figure.legend(handles=handles, loc="center left", bbox_to_anchor=(5.4 / 7.6, 0.58), borderaxespad=0.0)
    return figure
