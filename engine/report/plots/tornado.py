"""One uncertain input at a time: how far the outcome moves when it is low and when it is high."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from engine.report.plots.bars import draw_bars
from engine.report.plots.theme import COLOURS, INK, MUTED, Look, drawn, finish, label, largest, row_figure, scale_ticks

MOST = 12


@drawn
def plot_tornado(oneway: xr.Dataset, *, look: Look, low_text: Sequence[str], high_text: Sequence[str]) -> Any:
    """Bars from the outcome with the low value to that with the high one, widest on top.

    Parameters
    ----------
    oneway : `low_outcome`, `high_outcome` (parameter), `base_outcome` (); coordinate `label` (parameter).
    low_text, high_text : low and high value of each input, as people write it.
    """
    low = np.asarray(oneway["low_outcome"].values, dtype=float)
    high = np.asarray(oneway["high_outcome"].values, dtype=float)
    base = float(oneway["base_outcome"])
    order = largest(np.abs(high - low), MOST)
    labels = [str(x) for x in oneway["label"].values]
    ax = row_figure(max(1, order.size), left=2.75, right=0.25, row=0.34, top=0.32)
    scale = look.scale(low, high, base)
    ends = np.concatenate([low[order], high[order], [base]])
    room = 0.18 * (float(ends.max() - ends.min()) or 1.0)
    ax.set_xlim(float(ends.min()) - room, float(ends.max()) + room)
    kinds = (
        ("low", low, COLOURS[4], low_text),
        ("high", high, COLOURS[1], high_text),
    )
    for kind, outcome, colour, value in kinds:
        draw_bars(ax, "x", range(order.size), outcome[order] - base, starts=base, thickness=0.6, colours=colour,
                  label=look.say(f"plot.{kind}_input"))  # fmt: skip
        for y, i in enumerate(order):
            # Both on the same side of the base: the label of the shorter bar would be inside the longer one.
            other = low[i] if kind == "high" else high[i]
            if (outcome[i] - base) * (other - base) > 0 and abs(outcome[i] - base) < abs(other - base):
                continue
            right = outcome[i] >= base
            ax.annotate(value[i], (outcome[i], y), xytext=(3 if right else -3, 0),
                        textcoords="offset points", ha="left" if right else "right", va="center", fontsize=8,
                        color=MUTED)  # fmt: skip
    ax.axvline(base, color=INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=3)
    ax.rulers["y"].name(range(order.size), [label(labels[i], 40, 2) for i in order])
    finish(ax, value_axis="x", look=look, scale=scale, zero=ax.get_xlim()[0] <= 0 <= ax.get_xlim()[1])
    scale_ticks(ax, value_axis="x", scale=scale)
    ax.set_xlabel(look.money_axis(scale))
    ax.figure.legend(loc="upper left", bbox_to_anchor=(2.7 / 7.6, 1.0), ncols=2, handlelength=1.2, borderaxespad=0.2)
    return ax.figure
