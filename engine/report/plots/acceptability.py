"""Cost-effectiveness acceptability curves, and the frontier of what is best on average."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter

from engine.report.plots.theme import MUTED, Look, drawn, finish, line_legend, panels, scale_ticks

FRONTIER = {"color": "#bdbdbd", "linewidth": 6.5, "solid_capstyle": "butt"}


@drawn
def plot_acceptability(found: xr.Dataset, *, look: Look, price_axis: str) -> Any:
    """A panel a calculation: a line for each strategy, and a wide grey one under whichever is best on average.

    Parameters
    ----------
    found : `p_cost_effective` (calculation, course, willingness_to_pay), `best_course` (calculation,
        willingness_to_pay).
    price_axis : what a unit of the outcome may cost, without its unit of money.
    """
    courses = [str(s) for s in found["course"].values]
    calculations = [str(c) for c in found["calculation"].values]
    price = np.asarray(found["willingness_to_pay"].values, dtype=float)
    scale = look.scale(price)
    few = {"marker": "o", "markersize": 4} if price.size < 12 else {}
    styles = {look.course_label(s): {"color": look.course(s), "linewidth": 2, **few} for s in courses}
    entries = {**styles, look.say("plot.ce_frontier"): FRONTIER}
    legend = line_legend(None, entries)
    figure, axes = panels(
        len(calculations), height=2.2, top=0.55 if len(calculations) > 1 else 0.35, bottom=0.52 + legend, gap=0.8
    )
    for ax, name in zip(axes, calculations, strict=True):
        p = np.asarray(found["p_cost_effective"].sel(calculation=name).values)
        best = np.asarray(found["best_course"].sel(calculation=name).values, dtype=int)
        for s, course in enumerate(courses):
            ax.plot(price, np.where(best == s, p[s], np.nan), zorder=1, clip_on=False, **FRONTIER)
            ax.plot(price, p[s], zorder=3, clip_on=False, **styles[look.course_label(course)])
        ax.set_ylim(0, 1.02)
        ax.set_xlim(float(price[0]), float(price[-1]) if price.size > 1 else float(price[0]) + 1)
        finish(ax, value_axis="y", look=look)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.share(v)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.quantity(v / scale.divisor, 4)))
        scale_ticks(ax, value_axis="x", scale=scale)
        ax.set_xlabel(look.say("plot.ce_price", price=price_axis, unit=look.say(scale.key)))
        if len(calculations) > 1:
            ax.set_title(look.calculation_label(name, 40), loc="left", fontweight="bold", pad=5)
    height = float(figure.get_size_inches()[1])
    figure.text(0.013, 1 - 0.05 / height, look.say("plot.ce_probability"), ha="left", va="top", fontsize=8.5,
                color=MUTED)  # fmt: skip
    line_legend(figure, entries)
    return figure
