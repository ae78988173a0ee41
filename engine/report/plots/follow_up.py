"""What a follow-up study is worth by its size, gross and net of its cost, under the worth of knowing exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from engine.report.plots.theme import INK, MUTED, Look, axes_at, drawn, finish, label, new_figure, scale_ticks

MOST_TICKS = 6


class Panel(NamedTuple):
    """One calculation's view of one study."""

    title: str
    calculation: str
    """Gives the colour."""
    study: xr.Dataset
    """`evsi_programme`, `evsi_programme_se`, `enbs` (sample_size) and `evppi_programme` () [SEK]."""


@drawn
def plot_follow_up(panels: Sequence[Panel], *, look: Look) -> Any:
    """A panel for each calculation, two in a row, each on its own scale of money; sizes are logarithmic."""
    columns = 2 if len(panels) > 1 else 1
    rows = -(-len(panels) // columns)
    height, gap, top, bottom = 1.85, 0.85, 0.32, 0.95
    figure = new_figure(top + rows * height + (rows - 1) * gap + bottom)
    for k, panel in enumerate(panels):
        row, column = divmod(k, columns)
        width = 2.85 if columns == 2 else 6.5
        ax = axes_at(figure, 0.82 + 3.75 * column, bottom + (rows - 1 - row) * (height + gap), width, height)
        study = panel.study
        size = np.asarray(study["sample_size"].values, dtype=float)
        worth, error, net = (
            np.asarray(study[v].values, dtype=float) for v in ("evsi_programme", "evsi_programme_se", "enbs")
        )
        ceiling = float(study["evppi_programme"])
        colour = look.calculation(panel.calculation)
        scale = look.scale(worth + 2 * error, net, ceiling)
        ax.axhline(ceiling, color=INK, linewidth=1.1, linestyle=(0, (5, 3)), label=look.say("plot.study_ceiling"))
        ax.errorbar(size, worth, yerr=2 * error, color=colour, marker="o", markersize=4, linewidth=1.8, capsize=2.5,
                    elinewidth=1.0, label=look.say("plot.study_value"))  # fmt: skip
        ax.plot(size, net, color=MUTED, marker="s", markersize=3.5, linewidth=1.4, label=look.say("plot.study_net"))
        ax.set_xscale("log")
        # a study that costs many times what it is worth would leave no room to see the worth
        low = max(float(net.min()), min(-2 * ceiling, 1.1 * float(net.max())))
        high = max(ceiling, float((worth + 2 * error).max()), float(net.max()), 0.0)
        margin = 0.06 * (high - low)
        ax.set_ylim(low - margin, high + margin)
        finish(ax, value_axis="y", look=look, scale=scale)
        scale_ticks(ax, value_axis="y", scale=scale)
        ticks = size[np.unique(np.linspace(0, size.size - 1, min(size.size, MOST_TICKS)).round().astype(int))]
        ax.xaxis.set_major_locator(FixedLocator(ticks))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.plain(v)))
        ax.set_title(label(panel.title, 44 if columns == 2 else 90, 1), loc="left", fontweight="bold", pad=5)
        unit = look.say("axis.programme_money", unit=look.say(scale.key), year=look.description.price_year)
        ax.set_ylabel(label(unit, 30, 2))
        if k >= len(panels) - columns:
            ax.set_xlabel(look.say("axis.persons"))
        if k == 0:
            handles, names = ax.get_legend_handles_labels()
    figure.legend(handles, names, loc="lower left", bbox_to_anchor=(0.01, 0.0), ncols=3, columnspacing=1.4)
    return figure
