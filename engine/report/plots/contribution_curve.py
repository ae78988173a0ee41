"""How a difference between two calculations grows over the years, one line for each assumption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import MaxNLocator

from engine.report.plots.theme import (
    COLOURS,
    MARKERS,
    MUTED,
    TOTAL,
    WIDTH,
    Look,
    axes_at,
    drawn,
    finish,
    label,
    new_figure,
    scale_ticks,
)

MOST = 6
"""Assumptions with a line of their own; the rest are one line."""

_LEFT, _PANEL, _BOTTOM, _TOP = 0.72, 4.0, 0.5, 0.28


@drawn
def plot_contribution_curve(
    cumulative: xr.DataArray,
    *,
    look: Look,
    labels: Mapping[str, str],
    cycle_length: float,
    last: float,
    place: int,
    horizon: tuple[float, str] | None = None,
) -> Any:
    """Lines from zero at the start to the contributions at the end; the dark one is their sum.

    Parameters
    ----------
    cumulative : `cumulative_contribution` (assumption, cycle) of the payers together [SEK per participant].
    labels : names of the assumptions for people.
    cycle_length, last : [years]; nothing is drawn beyond `last`.
    place : amounts in the legend are rounded to 10**`place`, as in the table.
    horizon : [years] and name of the calculation that ends before the other.
    """
    values = np.asarray(cumulative.transpose("assumption", "cycle").values, dtype=float)
    times = np.append(0.0, (np.arange(values.shape[1]) + 1) * cycle_length)
    inside = times <= max(last, times[1]) + 1e-9
    lines = np.concatenate([np.zeros((len(values), 1)), values], axis=1)[:, inside]
    t = times[inside]
    size = np.abs(lines).max(axis=1)
    seen = np.argsort(-size, kind="stable")
    seen = seen[np.round(size[seen] / 10**place) > 0]
    shown, rest = (seen, seen[:0]) if seen.size <= MOST + 1 else (seen[:MOST], seen[MOST:])
    names = [str(a) for a in cumulative["assumption"].values]
    scale = look.scale(lines, lines.sum(axis=0))
    entries: list[tuple[str, Any, str, str, str, float]] = [
        (look.say("plot.whole_difference"), lines.sum(axis=0), TOTAL, MARKERS[0], "-", 2.6)
    ]
    # The seventh colour is too light for a line, the eighth is kept for what is gathered.
    for k, i in enumerate(shown):
        colour = COLOURS[k] if k < MOST else COLOURS[8]
        entries.append((labels.get(names[i], names[i]), lines[i], colour, MARKERS[k + 1], "-", 1.8))
    if rest.size:
        words = look.say.count("plot.other_assumptions", int(rest.size))
        entries.append((words, lines[rest].sum(axis=0), COLOURS[7], MARKERS[MOST + 2], "--", 1.8))
    texts = [
        f"{label(name, 30, 2)}\n{look.number.scaled(float(line[-1]), scale, place=place, signed=True)}"
        for name, line, *_ in entries
    ]
    high = 0.15 * sum(text.count("\n") + 1 for text in texts) + 0.09 * len(texts)
    panel = max(2.6, high - 0.2)
    figure = new_figure(_BOTTOM + panel + _TOP)
    ax = axes_at(figure, _LEFT, _BOTTOM, _PANEL, panel)
    handles = []
    for (_, line, colour, marker, style, width), text in zip(entries, texts, strict=True):
        ax.plot(t, line, color=colour, linewidth=width, linestyle=style, zorder=4 if style == "-" else 3)
        ax.plot(t[-1:], line[-1:], color=colour, marker=marker, markersize=6, linestyle="none", clip_on=False, zorder=5)
        handles += ax.plot([], [], color=colour, marker=marker, markersize=6, linewidth=width, linestyle=style,
                           label=text)  # fmt: skip
    ax.set_xlim(0, t[-1] * 1.01)
    if horizon is not None and 0 < horizon[0] < t[-1]:
        ax.axvline(horizon[0], color=MUTED, linewidth=0.9, linestyle=":", zorder=1)
        right = horizon[0] > 0.6 * t[-1]
        ax.annotate(look.say("plot.horizon_of", name=label(horizon[1], 30, 1)), (horizon[0], 1.0),
                    xycoords=ax.get_xaxis_transform(), xytext=(-3 if right else 3, 3), textcoords="offset points",
                    ha="right" if right else "left", va="bottom", fontsize=8, color=MUTED)  # fmt: skip
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
    finish(ax, value_axis="y", look=look, scale=scale)
    scale_ticks(ax, value_axis="y", scale=scale)
    ax.set_xlabel(look.say("axis.years"))
    ax.set_ylabel(look.money_axis(scale))
    figure.legend(handles=handles, loc="center left", bbox_to_anchor=((_LEFT + _PANEL + 0.15) / WIDTH, 0.52),
                  borderaxespad=0.0, labelspacing=0.6)  # fmt: skip
    return figure
