"""Who pays and who gains each year: stacked bars by payer, and what has been saved so far."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import MaxNLocator

from engine.report.numbers import MoneyScale, last_place
from engine.report.plots.bars import padded, stack_bars
from engine.report.plots.theme import (
    INK,
    MUTED,
    WIDTH,
    Look,
    axes_at,
    drawn,
    fill_legend,
    finish,
    label,
    new_figure,
    scale_ticks,
)


@drawn
def plot_cash_flow(
    yearly: xr.DataArray, accumulated: xr.DataArray, horizon: xr.DataArray, *, look: Look, views: list[str]
) -> Any:
    """A row of two panels for each calculation: savings of the year by payer, and their sum so far.

    Parameters
    ----------
    yearly : `yearly_cash_flow` (calculation, payer, year) [SEK per participant].
    accumulated : `accumulated_cash_flow` (calculation, year), of the payers in each calculation's own perspective.
    horizon : (calculation,) [years]; nothing is drawn beyond it.
    views : name of each calculation's own perspective.
    """
    calculations = [str(c) for c in yearly["calculation"].values]
    years = np.asarray(yearly["year"].values, dtype=float)
    width = float(years[1] - years[0]) if years.size > 1 else 1.0
    payers = [str(p) for p in yearly["payer"].values]
    used = [p for p in payers if float(abs(yearly.sel(payer=p)).max()) > 0.5]
    labels = {p.name: p.label for p in look.description.payers}
    fills = {labels.get(p, p): look.payer(p) for p in used}
    legend = fill_legend(None, fills)
    panel, gap, top, bottom = 1.35, 0.58, 0.5, 0.5 + legend
    n = len(calculations)
    figure = new_figure(top + n * panel + (n - 1) * gap + bottom)
    last = min(float(horizon.max()), float(years[-1] + width))
    flow_scale, sum_scale = look.scale(yearly), look.scale(accumulated)
    sums = padded(float(accumulated.min()), float(accumulated.max()))
    for k, name in enumerate(calculations):
        y = bottom + (n - 1 - k) * (panel + gap)
        ax = axes_at(figure, 0.72, y, 4.1, panel)
        total = axes_at(figure, 5.6, y, 1.9, panel)
        end = max(min(float(horizon.isel(calculation=k)), last), width)
        inside = years < end - 1e-9
        values = yearly.isel(calculation=k).transpose("payer", "year").values[:, inside]
        stack_bars(ax, years[inside], values, width, [look.payer(p) for p in payers])
        low = _limit(values)
        ax.set_ylim(padded(max(low, float(values.clip(max=0).sum(axis=0).min(initial=0))),
                            float(values.clip(min=0).sum(axis=0).max(initial=0))))  # fmt: skip
        ax.set_xlim(0, end)
        _name_cut_bars(ax, years[inside], values, width, low, look=look, scale=flow_scale)
        line = accumulated.isel(calculation=k).values[inside]
        xs, ys = np.append(0.0, years[inside] + width), np.append(0.0, line)
        total.plot(xs, ys, color=look.calculation(name), linewidth=2)
        total.set_ylim(sums)
        total.set_xlim(-0.02 * last, last * 1.01)
        if end < 0.98 * last:
            total.axvspan(end, last * 1.01, color="#efefef", linewidth=0, zorder=0)
        if end < 0.6 * last:
            total.text((end + last) / 2, sums[1] - 0.06 * (sums[1] - sums[0]), look.say("plot.beyond_horizon"),
                       ha="center", va="top", fontsize=8, color=MUTED)  # fmt: skip
        finish(ax, value_axis="y", look=look, scale=flow_scale)
        finish(total, value_axis="y", look=look, scale=sum_scale)
        scale_ticks(ax, value_axis="y", scale=flow_scale)
        scale_ticks(total, value_axis="y", scale=sum_scale)
        ax.set_title(look.calculation_label(name, 44), loc="left", fontweight="bold", pad=5)
        total.set_title(label(views[k], 22, 1), loc="left", fontsize=8.5, color=MUTED, pad=5)
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
        if k < n - 1:
            total.rulers["x"].numbers = False
    for a in (ax, total):
        a.set_xlabel(look.say("axis.years"))
    height = float(figure.get_size_inches()[1])
    heading = {"ha": "left", "va": "top", "fontsize": 8.5, "color": MUTED}
    figure.text(0.1 / WIDTH, 1 - 0.05 / height, look.say("plot.flow_heading", unit=look.say(flow_scale.key)), **heading)
    words = look.say("plot.sum_heading", unit=look.say(sum_scale.key))
    figure.text(5.25 / WIDTH, 1 - 0.05 / height, words, **heading)
    fill_legend(figure, fills)
    return figure


def _limit(values: Any) -> float:
    """Where bars of costs are cut: a programme paid in one year is many times the savings of any year, which would
    vanish beside it."""
    gain = float(values.clip(min=0).sum(axis=0).max(initial=0))
    cost = float(values.clip(max=0).sum(axis=0).min(initial=0))
    return -1.1 * gain if gain > 0 and cost < -2.5 * gain else cost


def _name_cut_bars(
    ax: Any, years: Any, values: Any, width: float, low: float, *, look: Look, scale: MoneyScale
) -> None:
    """A white notch through each bar that is cut, and its sum in words beside it."""
    costs = values.clip(max=0).sum(axis=0)
    cut = np.flatnonzero(costs < low * (1 + 1e-9) - 0.5)
    if not cut.size:
        return
    bottom = ax.get_ylim()[0]
    for i in cut:
        ax.plot((years[i], years[i] + width), (0.86 * bottom, 0.78 * bottom), color="white", linewidth=2.5, zorder=4)
    net = values.sum(axis=0)
    place = last_place(*net[cut])
    words = [
        look.say("plot.cut", year=look.number.plain(years[i] + 1),
                 amount=look.number.scaled(float(net[i]), scale, place=place, signed=True))
        for i in cut[:3]
    ]  # fmt: skip
    ax.annotate("\n".join(words), (years[cut[-1]] + width, bottom), xytext=(4, 4), textcoords="offset points",
                ha="left", va="bottom", fontsize=8.5, fontweight="bold", color=INK)  # fmt: skip
