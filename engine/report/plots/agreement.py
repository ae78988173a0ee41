"""What agreeing would do: the share of the disagreement that is gone, one assumption after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter

from engine.report.plots.bars import draw_bars
from engine.report.plots.theme import COLOURS, Look, drawn, finish, label, row_figure

MOST = 10


@drawn
def plot_agreement(gone: xr.DataArray, steps: Sequence[str], *, look: Look) -> Any:
    """A bar for each number of assumptions agreed on, the first on top; the new part of a bar is darker.

    Parameters
    ----------
    gone : `agreement_gone` (agreed) of one party, from none agreed on.
    steps : what each further number adds, in words; one fewer than `gone`.
    """
    values = np.asarray(gone.values, dtype=float)[: min(len(steps), MOST) + 1]
    rows = values.size - 1
    ax = row_figure(max(1, rows), left=2.95, right=0.6, row=0.36)
    within = np.clip(values, 0.0, 1.0)
    before, more = within[:-1], np.maximum(0.0, np.diff(within))
    draw_bars(ax, "x", range(rows), before, thickness=0.62, colours=COLOURS[4], alpha=0.55)
    draw_bars(ax, "x", range(rows), more, starts=before, thickness=0.62, colours=COLOURS[0])
    for y in range(rows):
        text = look.number.share(float(values[y + 1]))
        ax.text(1.02, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize=8.5)
    ax.rulers["y"].name(range(rows), [label(s, 42, 3) for s in steps[:rows]])
    finish(ax, value_axis="x", look=look)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: look.number.share(v)))
    ax.set_xlabel(look.say("axis.disagreement_gone"))
    return ax.figure
