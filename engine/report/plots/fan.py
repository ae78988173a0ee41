"""Accumulated net saving over the years as a fan: the middle and how far draws spread from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from engine.report.plots.theme import MUTED, Look, axes_at, drawn, finish, label, new_figure, scale_ticks


@drawn
def plot_fan(
    quantiles: xr.DataArray, horizon: xr.DataArray, payback: xr.DataArray, *, look: Look, views: list[str]
) -> Any:
    """A panel for each calculation: median line, 50 % and 90 % bands, year of pay-back.

    Parameters
    ----------
    quantiles : `cumulative_quantile` (quantile, calculation, time_point), each calculation in its own perspective, at
        0.05, 0.25, 0.5, 0.75, 0.95.
    horizon : (calculation,) [years].
    payback : `median_payback_year` (calculation,) [years]; inf = never, NaN = nothing is paid nor saved.
    views : name of each calculation's own perspective.
    """
    calculations = [str(c) for c in quantiles["calculation"].values]
    times = np.asarray(quantiles["time_at"].values, dtype=float)
    rows = -(-len(calculations) // 2)
    panel, gap, top, bottom = 1.75, 0.72, 0.32, 0.5
    figure = new_figure(top + rows * panel + (rows - 1) * gap + bottom)
    for k, name in enumerate(calculations):
        row, column = divmod(k, 2)
        ax = axes_at(figure, 0.78 + 3.72 * column, bottom + (rows - 1 - row) * (panel + gap), 2.95, panel)
        end = float(horizon.isel(calculation=k))
        inside = times <= max(end, times[1]) + 1e-9
        part = quantiles.isel(calculation=k)
        q = {level: part.sel(quantile=level).values[inside] for level in (0.05, 0.25, 0.5, 0.75, 0.95)}
        scale = look.scale(*q.values())
        colour = look.calculation(name)
        t = times[inside]
        ax.fill_between(t, q[0.05], q[0.95], color=colour, alpha=0.18, linewidth=0)
        ax.fill_between(t, q[0.25], q[0.75], color=colour, alpha=0.3, linewidth=0)
        ax.plot(t, q[0.5], color=colour, linewidth=2)
        ax.set_xlim(0, t[-1])
        year = float(payback.isel(calculation=k))
        if np.isnan(year):
            words = look.say("plot.nothing")
        elif np.isinf(year) or year > t[-1]:
            words = look.say("plot.not_paid_back")
        elif year <= 0:
            words = look.say("plot.paid_back_at_once")
        else:
            ax.plot([year], [0], marker="o", color="white", markeredgecolor="black", markersize=6, zorder=4)
            words = look.say("plot.paid_back", years=look.number.years(year))
        ax.text(0.03, 0.95, words, transform=ax.transAxes, va="top", fontsize=8, color=MUTED)
        low, high = ax.get_ylim()
        ax.set_ylim(low, high + 0.16 * (high - low))
        finish(ax, value_axis="y", look=look, scale=scale)
        scale_ticks(ax, value_axis="y", scale=scale)
        title = look.say("plot.in_view", name=look.calculation_label(name, 18), view=label(views[k], 18, 1))
        ax.set_title(title, loc="left", fontweight="bold", pad=5)
        ax.set_ylabel(label(look.say(scale.key), 24, 1))
        if k >= len(calculations) - 2:
            ax.set_xlabel(look.say("axis.years"))
    return figure
