"""What a programme does to each payer's budget, by calendar year."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter, MaxNLocator

from engine.report.plots.bars import padded, stack_bars
from engine.report.plots.theme import (
    MUTED,
    WIDTH,
    Look,
    axes_at,
    drawn,
    fill_legend,
    finish,
    new_figure,
    scale_ticks,
)


@drawn
def plot_budget_years(saving: xr.DataArray, *, look: Look) -> Any:
    """A panel for each calculation: net saving of the whole programme in each calendar year, stacked by payer.

    Parameters
    ----------
    saving : `budget_saving` (calculation, payer, calendar_year) [SEK]; a panel ends with the last year in which
        its calculation counts any.
    """
    calculations = [str(c) for c in saving["calculation"].values]
    years = np.asarray(saving["calendar_year"].values, dtype=float)
    payers = [str(p) for p in saving["payer"].values]
    labels = {p.name: p.label for p in look.description.payers}
    fills = {labels.get(p, p): look.payer(p) for p in payers if float(abs(saving.sel(payer=p)).max()) > 0.5}
    legend = fill_legend(None, fills)
    rows = -(-len(calculations) // 2)
    panel, gap, top, bottom = 1.75, 0.62, 0.55, 0.5 + legend
    figure = new_figure(top + rows * panel + (rows - 1) * gap + bottom)
    scale = look.scale(*(saving.isel(calculation=k).sum("payer") for k in range(len(calculations))))
    wide = 2.95 if len(calculations) > 1 else 6.6
    for k, name in enumerate(calculations):
        row, column = divmod(k, 2)
        ax = axes_at(figure, 0.78 + 3.72 * column, bottom + (rows - 1 - row) * (panel + gap), wide, panel)
        values = saving.isel(calculation=k).transpose("payer", "calendar_year").values
        n = max(int(np.flatnonzero(np.abs(values).max(axis=0) > 0.5).max(initial=0)) + 1, min(3, years.size))
        stack_bars(ax, years[:n] - 0.5, values[:, :n], 1.0, [look.payer(p) for p in payers])
        low = float(values.clip(max=0).sum(axis=0).min(initial=0))
        ax.set_ylim(padded(low, float(values.clip(min=0).sum(axis=0).max(initial=0))))
        ax.set_xlim(years[0] - 0.7, years[n - 1] + 0.7)
        finish(ax, value_axis="y", look=look, scale=scale)
        scale_ticks(ax, value_axis="y", scale=scale)
        ax.set_title(look.calculation_label(name, 44), loc="left", fontweight="bold", pad=5)
        name_years(ax)
    height = float(figure.get_size_inches()[1])
    words = look.say("plot.budget_heading", unit=look.say(scale.key), year=look.description.price_year)
    figure.text(0.1 / WIDTH, 1 - 0.05 / height, words, ha="left", va="top", fontsize=8.5, color=MUTED)
    fill_legend(figure, fills)
    return figure


def name_years(ax: Any) -> None:
    """Calendar years along the axis, without a separator of thousands."""
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f}"))
