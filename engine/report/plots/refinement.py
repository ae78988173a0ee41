"""How Sobol' indices settle as their design is doubled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from engine.report.plots.theme import COLOURS, MARKERS, WIDTH, Look, axes_at, drawn, finish, label, new_figure


@drawn
def plot_refinement(sobol: xr.Dataset, inputs: Sequence[int], *, look: Look) -> Any:
    """Total index of some inputs against the evaluations spent, each with a band that is its 95 % interval.

    Parameters
    ----------
    sobol : `ST_so_far`, `ST_conf_so_far` (checkpoint, parameter); coordinates `runs` (checkpoint), `label` (parameter).
    inputs : places of the inputs drawn, in the order of the legend.
    """
    runs = np.asarray(sobol["runs"].values, dtype=float)
    total, half = (
        np.asarray(sobol[v].transpose("checkpoint", "parameter").values, dtype=float)
        for v in ("ST_so_far", "ST_conf_so_far")
    )
    names = [label(str(sobol["label"].values[i]), 38, 2) for i in inputs]
    lines = -(-len(names) // 2)
    legend = 0.16 + sum(0.06 + 0.15 * max(n.count("\n") + 1 for n in names[r::lines]) for r in range(lines))
    figure = new_figure(2.9 + legend)
    left = 0.85
    ax = axes_at(figure, left, legend + 0.5, WIDTH - left - 0.25, 2.3)
    ax.set_xscale("log", base=2)
    for k, i in enumerate(inputs):
        colour = COLOURS[k % len(COLOURS)]
        ax.fill_between(runs, total[:, i] - half[:, i], total[:, i] + half[:, i], color=colour, alpha=0.2, linewidth=0)
        ax.plot(runs, total[:, i], color=colour, marker=MARKERS[k % len(MARKERS)], markersize=4, linewidth=1.6,
                label=names[k])  # fmt: skip
    finish(ax, value_axis="y", look=look)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.share(v)))
    ax.set_ylabel(look.say("axis.variance_share"))
    ax.xaxis.set_major_locator(FixedLocator(runs.tolist()))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.plain(v)))
    ax.set_xlabel(look.say("axis.evaluations"))
    figure.legend(handles=ax.get_lines()[: len(names)], loc="lower left", bbox_to_anchor=(0.1 / WIDTH, 0.0),
                  ncols=2, handlelength=2.0, columnspacing=1.4, borderaxespad=0.2)  # fmt: skip
    return figure
