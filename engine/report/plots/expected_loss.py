"""What choosing a strategy is expected to lose, because it is not known which is best."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter

from engine.report.plots.acceptability import FRONTIER
from engine.report.plots.theme import MUTED, Look, drawn, finish, line_legend, panels, scale_ticks


@drawn
def plot_expected_loss(found: xr.Dataset, *, look: Look, price_axis: str) -> Any:
    """A panel a calculation: a line for each strategy, and a wide grey one along the lowest, the value of perfect
    information.

    Parameters
    ----------
    found : `expected_loss` (calculation, course, willingness_to_pay), `evpi_by_willingness` (calculation,
        willingness_to_pay).
    price_axis : what a unit of the outcome may cost, without its unit of money.
    """
    courses = [str(s) for s in found["course"].values]
    calculations = [str(c) for c in found["calculation"].values]
    price = np.asarray(found["willingness_to_pay"].values, dtype=float)
    few = {"marker": "o", "markersize": 4} if price.size < 12 else {}
    styles = {look.course_label(s): {"color": look.course(s), "linewidth": 2, **few} for s in courses}
    entries = {**styles, look.say("plot.ce_information"): FRONTIER}
    legend = line_legend(None, entries)
    figure, axes = panels(
        len(calculations), height=2.2, top=0.55 if len(calculations) > 1 else 0.35, bottom=0.52 + legend, gap=0.8
    )
    loss = found["expected_loss"].transpose("calculation", "course", "willingness_to_pay").values
    # A little above the second lowest line: what loses most would else press the lowest to the ground.
    tops = 1.25 * np.sort(loss, axis=1)[:, : min(2, len(courses))].max(axis=(1, 2))
    scale, prices = look.scale(tops), look.scale(price)
    for ax, name, lines, top in zip(axes, calculations, loss, tops, strict=True):
        lowest = found["evpi_by_willingness"].sel(calculation=name).values
        ax.plot(price, lowest, zorder=1, **FRONTIER)
        for s, course in enumerate(courses):
            ax.plot(price, lines[s], zorder=3, **styles[look.course_label(course)])
        ax.set_ylim(-0.02 * (top or 1.0), top or 1.0)
        ax.set_xlim(float(price[0]), float(price[-1]) if price.size > 1 else float(price[0]) + 1)
        finish(ax, value_axis="y", look=look, scale=scale)
        scale_ticks(ax, value_axis="y", scale=scale)
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.quantity(v / prices.divisor, 4)))
        scale_ticks(ax, value_axis="x", scale=prices)
        ax.set_xlabel(look.say("plot.ce_price", price=price_axis, unit=look.say(prices.key)))
        if len(calculations) > 1:
            ax.set_title(look.calculation_label(name, 40), loc="left", fontweight="bold", pad=5)
    height = float(figure.get_size_inches()[1])
    heading = look.say("plot.ce_loss", unit=look.say(scale.key))
    figure.text(0.013, 1 - 0.05 / height, heading, ha="left", va="top", fontsize=8.5, color=MUTED)
    line_legend(figure, entries)
    return figure
