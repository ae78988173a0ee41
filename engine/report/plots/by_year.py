"""What the uncertainty of each year's net saving comes from: its size above, what causes it below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter, MaxNLocator

from engine.report.plots.bars import draw_bars
from engine.report.plots.theme import (
    COLOURS,
    MARKERS,
    MUTED,
    WIDTH,
    Look,
    axes_at,
    drawn,
    finish,
    label,
    new_figure,
    scale_ticks,
)

LEAST = 0.01
"""Share of the largest standard deviation below which a year's indices are not drawn."""


@drawn
def plot_by_year(sobol: xr.Dataset, inputs: Sequence[int], *, look: Look) -> Any:
    """Standard deviation of each year as bars, and below it the total index of some inputs as lines.

    Parameters
    ----------
    sobol : `ST_by_outcome` (outcome, parameter), `outcome_variance` (outcome); coordinates `label` (parameter),
        `outcome_label` (outcome), the years from the start.
    inputs : places of the inputs drawn, in the order of the legend.
    """
    year = np.array([float(y) for y in sobol["outcome_label"].values])
    deviation = np.sqrt(np.asarray(sobol["outcome_variance"].values, dtype=float))
    last = int(np.flatnonzero(deviation > 0).max()) + 1
    year, deviation = year[:last], deviation[:last]
    share = np.asarray(sobol["ST_by_outcome"].transpose("outcome", "parameter").values, dtype=float)[:last]
    share = np.where((deviation >= LEAST * deviation.max())[:, None], share, np.nan)
    names = [label(str(sobol["label"].values[i]), 38, 2) for i in inputs]
    lines = -(-len(names) // 2)
    legend = 0.16 + sum(0.06 + 0.15 * max(n.count("\n") + 1 for n in names[r::lines]) for r in range(lines))
    figure = new_figure(4.0 + legend)
    left, width = 0.85, WIDTH - 0.85 - 0.2
    upper = axes_at(figure, left, legend + 2.85, width, 0.85)
    lower = axes_at(figure, left, legend + 0.5, width, 1.95)
    step = float(np.diff(year).min()) if year.size > 1 else 1.0
    scale = look.scale(deviation)
    draw_bars(upper, "y", year, deviation, thickness=0.8 * step, colours=MUTED)
    finish(upper, value_axis="y", look=look, scale=scale)
    upper.yaxis.set_major_locator(MaxNLocator(3))
    scale_ticks(upper, value_axis="y", scale=scale)
    upper.set_title(look.say("plot.deviation_heading", unit=look.say(scale.key)), loc="left", fontsize=9)
    for k, i in enumerate(inputs):
        lower.plot(year, share[:, i], color=COLOURS[k % len(COLOURS)], marker=MARKERS[k % len(MARKERS)], markersize=4,
                   linewidth=1.6, label=names[k], clip_on=False)  # fmt: skip
    finish(lower, value_axis="y", look=look)
    lower.set_ylim(0, max(1.0, float(np.nanmax(share[:, list(inputs)]))))
    lower.yaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.share(v)))
    lower.set_title(look.say("plot.causes_heading"), loc="left", fontsize=9)
    for ax in (upper, lower):
        ax.set_xlim(year[0] - 0.6 * step, year[-1] + 0.6 * step)
        ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.plain(v, 0)))
    upper.rulers["x"].numbers = False
    lower.set_xlabel(look.say("axis.years"))
    figure.legend(handles=lower.get_lines()[: len(names)], loc="lower left", bbox_to_anchor=(0.1 / WIDTH, 0.0),
                  ncols=2, handlelength=2.0, columnspacing=1.4, borderaxespad=0.2)  # fmt: skip
    return figure
