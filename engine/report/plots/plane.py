"""The cost-effectiveness plane: what each strategy costs and does beyond the baseline, draw by draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter, MaxNLocator

from engine.report.plots.theme import INK, MUTED, Look, drawn, finish, line_legend, panels, scale_ticks

RADIUS = 2.4477
"""Of an ellipse that holds 95 % of a bivariate normal law: the root of its chi-square quantile, 5.991."""


@drawn
def plot_plane(found: xr.Dataset, *, look: Look, effect_axis: str) -> Any:
    """A panel a calculation: a cloud of draws, an ellipse and a mean for each strategy, and the line that joins those
    worth their money.

    Parameters
    ----------
    found : `plane_cost`, `plane_effect` (calculation, course, path); `cost_difference`, `effect_difference`, their
        `_sd` and `difference_correlation`, `previous_course` (calculation, course).
    effect_axis : name of the axis of the effect.
    """
    courses = [str(s) for s in found["course"].values]
    calculations = [str(c) for c in found["calculation"].values]
    styles = {
        look.course_label(s): {"color": look.course(s), "marker": look.course_marker(s), "linestyle": "none"}
        for s in courses
    }
    legend = line_legend(None, styles)
    figure, axes = panels(
        len(calculations), height=2.5, top=0.55 if len(calculations) > 1 else 0.35, bottom=0.52 + legend, gap=0.8
    )
    scale = look.scale(found["plane_cost"])
    for ax, name in zip(axes, calculations, strict=True):
        at = found.sel(calculation=name)
        for k, course in enumerate(courses):
            one = at.isel(course=k)
            centre = float(one["effect_difference"]), float(one["cost_difference"])
            colour = look.course(course)
            if float(one["effect_difference_sd"]) > 0 or float(one["cost_difference_sd"]) > 0:
                ax.plot(one["plane_effect"].values, one["plane_cost"].values, linestyle="none", marker="o",
                        markersize=1.4, markeredgewidth=0, color=colour, alpha=0.5, zorder=2)  # fmt: skip
                ax.plot(*_ellipse(one, centre), color=colour, linewidth=1.2, zorder=3)
            ax.plot(*([x] for x in centre), linestyle="none", marker=look.course_marker(course), markersize=7,
                    color=colour, markeredgecolor="white", zorder=5)  # fmt: skip
            previous = int(one["previous_course"])
            if previous >= 0:
                before = at.isel(course=previous)
                start = float(before["effect_difference"]), float(before["cost_difference"])
                ax.plot((start[0], centre[0]), (start[1], centre[1]), color=INK, linewidth=1.1, zorder=4)
        finish(ax, value_axis="y", look=look, scale=scale)
        scale_ticks(ax, value_axis="y", scale=scale)
        ax.axvline(0, color=INK, linewidth=0.9, zorder=1)
        ax.rulers["x"].grid = True
        ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.quantity(v, 3)))
        ax.set_xlabel(effect_axis)
        if len(calculations) > 1:
            ax.set_title(look.calculation_label(name, 40), loc="left", fontweight="bold", pad=5)
    height = float(figure.get_size_inches()[1])
    unit = look.say("plot.ce_cost", unit=look.say(scale.key))
    figure.text(0.013, 1 - 0.05 / height, unit, ha="left", va="top", fontsize=8.5, color=MUTED)
    line_legend(figure, styles)
    return figure


def _ellipse(one: xr.Dataset, centre: tuple[float, float]) -> tuple[Any, Any]:
    """Outline of 95 % of a bivariate normal law with the strategy's moments."""
    turn = np.linspace(0, 2 * np.pi, 73)
    sd = float(one["effect_difference_sd"]), float(one["cost_difference_sd"])
    correlation = float(np.nan_to_num(float(one["difference_correlation"])))
    along = np.cos(turn)
    across = correlation * along + np.sqrt(max(0.0, 1 - correlation**2)) * np.sin(turn)
    return centre[0] + RADIUS * sd[0] * along, centre[1] + RADIUS * sd[1] * across
