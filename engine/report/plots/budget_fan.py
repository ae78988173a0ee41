"""What a programme has saved so far, by calendar year: mean and spread, the lowest point and the way back."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from engine.report.plots.budget_years import name_years
from engine.report.plots.theme import INK, LOSS, MUTED, Look, axes_at, drawn, finish, label, new_figure, scale_ticks


@drawn
def plot_budget_fan(budget: xr.Dataset, *, look: Look, views: list[str]) -> Any:
    """A panel for each calculation in its own perspective: mean line, 50 % and 90 % bands, lowest point, pay-back.

    Parameters
    ----------
    budget : `budget_saving`, `budget_cumulative` (calculation, calendar_year), `budget_cumulative_quantile` (quantile,
        calculation, calendar_year), `budget_peak_need`, `budget_peak_year`, `budget_mean_payback_year` (calculation,)
        [SEK]. A panel ends with the last year in which its calculation counts any money.
    views : name of each calculation's own perspective.
    """
    calculations = [str(c) for c in budget["calculation"].values]
    years = np.asarray(budget["calendar_year"].values, dtype=float)
    ends = np.append(years[0] - 1, years)
    rows = -(-len(calculations) // 2)
    panel, gap, top, bottom = 1.75, 0.72, 0.32, 0.5
    figure = new_figure(top + rows * panel + (rows - 1) * gap + bottom)
    wide = 2.95 if len(calculations) > 1 else 6.6
    for k, name in enumerate(calculations):
        row, column = divmod(k, 2)
        ax = axes_at(figure, 0.78 + 3.72 * column, bottom + (rows - 1 - row) * (panel + gap), wide, panel)
        one = budget.isel(calculation=k)
        spread = one["budget_cumulative_quantile"]
        low, lower, upper, high = (np.append(0.0, spread.sel(quantile=q).values) for q in (0.05, 0.25, 0.75, 0.95))
        mean = np.append(0.0, one["budget_cumulative"].values)
        scale = look.scale(low, high, mean)
        colour = look.calculation(name)
        ax.fill_between(ends, low, high, color=colour, alpha=0.18, linewidth=0)
        ax.fill_between(ends, lower, upper, color=colour, alpha=0.3, linewidth=0)
        ax.plot(ends, mean, color=colour, linewidth=2)
        moves = np.flatnonzero(np.abs(one["budget_saving"].values) > 0.5)
        ax.set_xlim(ends[0], ends[max(int(moves.max(initial=0)) + 1, min(3, years.size))])
        need, back = float(one["budget_peak_need"]), float(one["budget_mean_payback_year"])
        if need > 0:
            ax.plot([float(one["budget_peak_year"])], [-need], marker="v", color=LOSS, markersize=6, zorder=4)
        if np.isfinite(back) and need > 0:
            ax.plot([back], [0], marker="o", color="white", markeredgecolor=INK, markersize=6, zorder=4)
        ax.text(0.03, 0.95, _words(back, need, look), transform=ax.transAxes, va="top", fontsize=8, color=MUTED)
        bottom_, top_ = ax.get_ylim()
        ax.set_ylim(bottom_, top_ + 0.16 * (top_ - bottom_))
        finish(ax, value_axis="y", look=look, scale=scale)
        scale_ticks(ax, value_axis="y", scale=scale)
        title = look.say("plot.in_view", name=look.calculation_label(name, 18), view=label(views[k], 18, 1))
        ax.set_title(title, loc="left", fontweight="bold", pad=5)
        ax.set_ylabel(label(look.say(scale.key), 24, 1))
        if k >= len(calculations) - 2:
            ax.set_xlabel(look.say("axis.year_end"))
        name_years(ax)
    return figure


def _words(back: float, need: float, look: Look) -> str:
    if np.isnan(back):
        return look.say("plot.nothing")
    if np.isinf(back):
        return look.say("plot.budget_not_back")
    return look.say("plot.paid_back_by", year=f"{back:.0f}") if need > 0 else look.say("plot.paid_back_at_once")
