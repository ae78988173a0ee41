"""How the mean over draws settles as more draws are made."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from engine.report.plots.theme import MUTED, Look, axes_at, drawn, finish, label, new_figure, scale_ticks

MOST_TICKS = 5


@drawn
def plot_convergence(mean: xr.DataArray, error: xr.DataArray, *, look: Look, views: list[str]) -> Any:
    """A panel for each calculation: the mean of the first draws, a band of two standard errors, the mean of all.

    Parameters
    ----------
    mean, error : `mean_so_far`, `mcse_so_far` (checkpoint, calculation), each calculation in its own perspective
        [SEK per participant]; coordinate `draws_so_far`. NaN where there was no valid draw yet, or one only.
    views : name of each calculation's own perspective.
    """
    calculations = [str(c) for c in mean["calculation"].values]
    draws = np.asarray(mean["draws_so_far"].values, dtype=float)
    step = -(-draws.size // MOST_TICKS)
    ticks = draws[::-1][::step][::-1]
    rows = -(-len(calculations) // 2)
    panel, gap, top, bottom = 1.5, 0.72, 0.32, 0.5
    figure = new_figure(top + rows * panel + (rows - 1) * gap + bottom)
    for k, name in enumerate(calculations):
        row, column = divmod(k, 2)
        ax = axes_at(figure, 0.78 + 3.72 * column, bottom + (rows - 1 - row) * (panel + gap), 2.95, panel)
        line = np.asarray(mean.isel(calculation=k).values, dtype=float)
        half = 2 * np.nan_to_num(np.asarray(error.isel(calculation=k).values, dtype=float))
        colour = look.calculation(name)
        known = np.isfinite(line)
        scale = look.scale(line[known])
        ax.set_xscale("log", base=2)
        ax.fill_between(draws, line - half, line + half, color=colour, alpha=0.22, linewidth=0)
        ax.plot(draws, line, color=colour, linewidth=2, marker=look.marker(name), markersize=4)
        if known.any():
            ax.axhline(line[known][-1], color=MUTED, linewidth=0.9, linestyle="--", zorder=1)
            spread = float(np.max(np.abs(line[known] - line[known][-1]) + half[known]))
            if spread <= 1e-9 * max(1.0, float(np.abs(line[known]).max())):
                room = max(1.0, 0.05 * float(np.abs(line[known][-1])))
                ax.set_ylim(line[known][-1] - room, line[known][-1] + room)
                ax.text(0.03, 0.95, look.say("plot.same_mean"), transform=ax.transAxes, va="top", fontsize=8,
                        color=MUTED)  # fmt: skip
        finish(ax, value_axis="y", look=look, scale=scale, zero=False)
        scale_ticks(ax, value_axis="y", scale=scale)
        ax.xaxis.set_major_locator(FixedLocator(ticks.tolist()))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.plain(v)))
        title = look.say("plot.in_view", name=look.calculation_label(name, 18), view=label(views[k], 18, 1))
        ax.set_title(title, loc="left", fontweight="bold", pad=5)
        ax.set_ylabel(label(look.say(scale.key), 24, 1))
        if k >= len(calculations) - 2:
            ax.set_xlabel(look.say("axis.draws"))
    return figure
