"""What all figures share: colours, text, axes in inches.

Figures are built with matplotlib's object interface, so nothing global is left behind. Colours are those of Okabe and
Ito (2008, jfly.uni-koeln.de/color), told apart by people with any common colour blindness, and two much darker ones;
beyond ten they come again with stripes.
"""

from __future__ import annotations

import functools
import textwrap
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from engine.report.messages import Messages
from engine.report.numbers import MoneyScale, Numbers, money_scale
from engine.report.plots.ruler import RuledAxes
from engine.report.text import clean
from engine.results.description import Description

WIDTH = 7.6
"""Width of every figure in inches, so that text has the same size in all."""

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#8A8A8A", "#4B2A7B", "#7A4A1E")
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "p", "*", "h")
GAIN, LOSS, TOTAL, MUTED, INK = "#0072B2", "#D55E00", "#404040", "#6b6b6b", "#1f1f1f"

_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    # A `$` in a label is a currency, not the start of a formula.
    "text.parse_math": False,
    "text.usetex": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#9a9a9a",
    "axes.linewidth": 0.8,
    "axes.titlesize": 9.5,
    "axes.unicode_minus": True,
    # Where titles stand anyway; matplotlib would measure everything above and beside the axes to find that.
    "axes.titley": 1.0,
    "xtick.color": INK,
    "xtick.labelsize": 8.5,
    "grid.color": "#e2e2e2",
    "grid.linewidth": 0.7,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "hatch.linewidth": 1.2,
    "path.simplify": False,
}

P = ParamSpec("P")
R = TypeVar("R")


def drawn(function: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function under the house's settings, whatever the caller's matplotlibrc says."""

    @functools.wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.rc_context(), warnings.catch_warnings():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(_SETTINGS)
            # Text stays text: whether our own font has the glyph does not matter.
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            return function(*args, **kwargs)

    return inside


class Fill(NamedTuple):
    """How an area is filled: a colour, and stripes where colours come again."""

    colour: str
    hatch: str


class Sign(NamedTuple):
    """How a strategy is told from others: a colour, and a shape where colours cannot be seen."""

    colour: str
    marker: str


# Neither grey, which is what nothing changes, nor yellow, which is too faint for a line.
_SIGNS = tuple(Sign(COLOURS[c], m) for c, m in zip((0, 5, 2, 3, 1, 4, 8, 9), ("o", "s", "D", "^", "v", "p", "h", "8"),
                                                   strict=True))  # fmt: skip


class Look:
    """Language and colours of one report: a payer, state or calculation looks the same in every figure."""

    def __init__(self, description: Description, say: Messages, number: Numbers) -> None:
        self.description = description
        self.say = say
        self.number = number
        self._payers = {p.name: i for i, p in enumerate(description.payers)}
        self._states = {s.name: i for i, s in enumerate(description.states)}
        self._calculations = {c.name: i for i, c in enumerate(description.calculations)}
        self._strategies = {s.name: i for i, s in enumerate(description.interventions)}
        courses = (description.baseline, *description.interventions)
        self._courses = {s.name: i for i, s in enumerate(courses)}
        self._course_labels = {s.name: s.label for s in courses}

    def payer(self, name: str) -> Fill:
        return _fill(self._payers.get(name, 0))

    def state(self, name: str) -> Fill:
        return _fill(self._states.get(name, 0))

    def strategy(self, name: str) -> Sign:
        return _SIGNS[self._strategies.get(name, 0) % len(_SIGNS)]

    def calculation(self, name: str) -> str:
        return COLOURS[self._calculations.get(name, 0) % len(COLOURS)]

    def marker(self, name: str) -> str:
        return MARKERS[self._calculations.get(name, 0) % len(MARKERS)]

    def course(self, name: str) -> str:
        """Colour of a strategy, the baseline's among them."""
        return COLOURS[self._courses.get(name, 0) % len(COLOURS)]

    def course_marker(self, name: str) -> str:
        return MARKERS[self._courses.get(name, 0) % len(MARKERS)]

    def course_label(self, name: str, width: int = 34, lines: int = 1) -> str:
        return label(self._course_labels.get(name, name), width, lines)

    def calculation_label(self, name: str, width: int = 40, lines: int = 1) -> str:
        found = [c.label for c in self.description.calculations if c.name == name]
        return label(found[0] if found else name, width, lines)

    def money_axis(self, scale: MoneyScale) -> str:
        """Name of a money axis with unit and price year."""
        return self.say("axis.money", unit=self.say(scale.key), year=self.description.price_year)

    def scale(self, *values: Any) -> MoneyScale:
        """Unit that keeps the largest of the values short."""
        sizes = [np.abs(np.asarray(v, dtype=float)).ravel() for v in values]
        everything = np.concatenate(sizes) if sizes else np.zeros(1)
        finite = everything[np.isfinite(everything)]
        return money_scale(float(finite.max()) if finite.size else 0.0)


def _fill(index: int) -> Fill:
    return Fill(COLOURS[index % len(COLOURS)], ("", "////", "....", "xxxx")[index // len(COLOURS) % 4])


def label(text: str, width: int = 34, lines: int = 2) -> str:
    """User text made to fit: wrapped at `width` characters, cut with an ellipsis after `lines`."""
    wrapped = textwrap.wrap(clean(text)[: width * lines * 4], width=width, break_long_words=True)
    if len(wrapped) > lines:
        last = wrapped[lines - 1]
        wrapped = [*wrapped[: lines - 1], last[: width - 1].rstrip() + "…"]
    return "\n".join(wrapped)


def largest(sizes: NDArray[np.float64], most: int, *, least: int = 3, share: float = 0.01) -> NDArray[np.intp]:
    """Places of the values worth a row of their own, largest first: at most `most`, and beyond the first `least` none
    below `share` of the largest, which nobody could see."""
    order = np.argsort(-sizes, kind="stable")[:most]
    seen = sizes[order] >= share * sizes.max(initial=0.0)
    seen[:least] = True
    return np.asarray(order[seen])


def axes_at(figure: Any, left: float, bottom: float, width: float, height: float, **options: Any) -> Any:
    """Axes placed in inches from the lower left corner: no layout engine, the same place every time."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, bottom / h, width / w, height / h), axes_class=RuledAxes, **options)


def new_figure(height: float) -> Any:
    return Figure(figsize=(WIDTH, height))


def row_figure(rows: int, *, left: float, right: float, row: float, top: float = 0.1, bottom: float = 0.55) -> Any:
    """Axes of a horizontal chart with `rows` rows, the first on top."""
    height = rows * row
    figure = new_figure(top + height + bottom)
    ax = axes_at(figure, left, bottom, WIDTH - left - right, height)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.rulers["y"].marks = False
    return ax


def panels(n: int, *, height: float, top: float, bottom: float, gap: float) -> tuple[Any, list[Any]]:
    """A figure with `n` equal panels, two in a row where there are several; sizes in inches."""
    columns = min(n, 2)
    rows = -(-n // columns)
    figure = new_figure(top + rows * height + (rows - 1) * gap + bottom)
    width = (WIDTH - 0.1 - 0.82 * columns) / columns
    axes = []
    for k in range(n):
        row, column = divmod(k, columns)
        left = 0.78 + column * (width + 0.82)
        axes.append(axes_at(figure, left, bottom + (rows - 1 - row) * (height + gap), width, height))
    return figure, axes


def line_legend(figure: Any | None, names: Mapping[str, Mapping[str, Any]], *, columns: int = 3) -> float:
    """Legend of lines along the bottom of a figure: name, and how its line is drawn.

    Returns
    -------
    Height that it takes in inches; with `figure` None nothing else happens.
    """
    if figure is not None:
        handles = [Line2D([], [], label=label(name, 30, 1), **style) for name, style in names.items()]
        figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.05 / WIDTH, 0.0), ncols=columns,
                      handlelength=1.8, columnspacing=1.4, borderaxespad=0.2)  # fmt: skip
    return 0.205 * -(-len(names) // columns) + 0.12


def finish(ax: Any, *, value_axis: str, look: Look, scale: MoneyScale | None = None, zero: bool = True) -> None:
    """Quiet frame, light grid along the value axis, numbers of the report's language, a zero line."""
    for side in ("top", "right", "left" if value_axis == "x" else "bottom"):
        ax.spines[side].set_visible(False)
    ax.rulers[value_axis].grid = True
    axis = ax.xaxis if value_axis == "x" else ax.yaxis
    axis.set_major_locator(MaxNLocator(6 if value_axis == "x" else 5, steps=[1, 2, 2.5, 5, 10]))
    divisor = scale.divisor if scale else 1.0
    axis.set_major_formatter(FuncFormatter(lambda v, _: _tick(look.number, v / divisor)))
    if value_axis == "y":  # of years, or of what the figure says itself
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: _tick(look.number, v)))
    if zero:
        line = ax.axvline if value_axis == "x" else ax.axhline
        line(0, color=INK, linewidth=0.9, zorder=2.5)


def _tick(number: Numbers, value: float) -> str:
    for decimals in (0, 1, 2):
        if abs(value - round(value, decimals)) < 1e-9 * max(1.0, abs(value)):
            return number.plain(value, decimals)
    return number.quantity(value)


def scale_ticks(ax: Any, *, value_axis: str, scale: MoneyScale) -> None:
    """Put ticks at round numbers of the axis unit, not of SEK."""
    axis = ax.xaxis if value_axis == "x" else ax.yaxis
    low, high = axis.get_view_interval()
    ticks = MaxNLocator(6 if value_axis == "x" else 5, steps=[1, 2, 2.5, 5, 10]).tick_values(
        low / scale.divisor, high / scale.divisor
    )
    axis.set_major_locator(FixedLocator([t * scale.divisor for t in ticks if low <= t * scale.divisor <= high]))


def fill_legend(figure: Any | None, fills: Mapping[str, Fill], *, columns: int = 3, width: int = 30) -> float:
    """Legend of areas along the bottom of a figure; names are wrapped, not cut short.

    Returns
    -------
    Height that it takes in inches; with `figure` None nothing else happens.
    """
    names = [label(name, width, 3) for name in fills]
    rows = -(-len(names) // columns)
    # Matplotlib fills column by column: a row is as high as its highest name.
    lines = [max(n.count("\n") + 1 for n in names[r::rows]) for r in range(rows)]
    if figure is not None:
        handles = [
            Patch(facecolor=fill.colour, hatch=fill.hatch, edgecolor="white", linewidth=0, label=name)
            for name, fill in zip(names, fills.values(), strict=True)
        ]
        figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.05 / WIDTH, 0.0), ncols=columns,
                      handlelength=1.2, columnspacing=1.4, borderaxespad=0.2)  # fmt: skip
    return 0.06 * rows + 0.145 * sum(lines) + 0.12
