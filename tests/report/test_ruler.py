"""What stands along axes, against matplotlib's own axis in the same place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from engine.report.plots.ruler import RuledAxes
from engine.report.plots.svg import to_svg
from engine.report.plots.theme import INK, drawn, new_figure

_SVG = "{http://www.w3.org/2000/svg}"


def _plain(ax: Any) -> bool:
    return not isinstance(ax, RuledAxes)


def _numbers(ax: Any) -> None:
    ax.set_xlim(-3.2, 12.1)
    ax.set_ylim(1000, -1234)
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    ax.set_xlabel("Thousand SEK\nper participant")
    ax.set_ylabel("People")
    if _plain(ax):
        ax.grid(axis="x", linewidth=0.7)
    else:
        ax.rulers["x"].grid = True


def _logarithmic(ax: Any) -> None:
    ax.set_xscale("log")
    ax.set_xlim(0.5, 2e4)
    ax.xaxis.set_minor_locator(MaxNLocator(1))
    ax.xaxis.set_major_formatter(lambda v, _: f"{v:g}")


def _names(ax: Any) -> None:
    ax.set_xlim(0, 3)
    ax.set_ylim(2, 0)
    across, down = ["Effect", "Price of a\nday in prison", "Horizon"], ["Society", "Municipality\nand region"]
    ax.set_xlabel("Assumption")
    if _plain(ax):
        ax.set_xticks([0.5, 1.5, 2.5], across, rotation=90)
        ax.set_yticks([0.5, 1.5], down)
        ax.xaxis.tick_top()
        ax.xaxis.set_label_position("top")
        ax.tick_params(length=0)
        ax.get_yticklabels()[-1].set_fontweight("bold")
    else:
        ax.rulers["x"].name([0.5, 1.5, 2.5], across)
        ax.rulers["y"].name([0.5, 1.5], down, bold=(-1,))
        ax.rulers["x"].top, ax.rulers["x"].rotation = True, 90.0
        ax.xaxis.set_label_position("top")
        for ruler in ax.rulers.values():
            ruler.marks = False


def _svg(make: Callable[[Any], None], kind: type[Axes]) -> ElementTree.Element:
    @drawn
    def figure() -> Any:
        made = new_figure(3.0)
        ax = made.add_axes((0.3, 0.3, 0.6, 0.4), axes_class=kind)
        ax.tick_params(labelsize=8.5, labelcolor=INK)
        make(ax)
        return made

    return ElementTree.fromstring(to_svg(figure(), name="figure", title="", text=""))


def _texts(make: Callable[[Any], None], kind: type[Axes]) -> list[tuple[str, str, list[float]]]:
    """Every text, how it is written, and the place where it stands."""
    found = []
    for text in _svg(make, kind).iter(f"{_SVG}text"):
        numbers = text.attrib["transform"].replace("(", " ").replace(")", " ").split()
        found.append((str(text.text), text.attrib["style"], [float(n) for n in numbers if n[-1].isdigit()]))
    return sorted(found)


@pytest.mark.parametrize("make", [_numbers, _logarithmic, _names])
def test_numbers_and_names_stand_where_matplotlib_puts_them(make: Callable[[Any], None]):
    ours, theirs = _texts(make, RuledAxes), _texts(make, Axes)
    assert [(text, style) for text, style, _ in ours] == [(text, style) for text, style, _ in theirs]
    for (_, _, place), (_, _, expected) in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(place, expected, atol=0.011)


def _grid(kind: type[Axes]) -> set[float]:
    """Where lines of the grid stand."""
    found: set[float] = set()
    for path in _svg(_numbers, kind).iter(f"{_SVG}path"):
        if "stroke-width: 0.7" in path.attrib["style"]:
            for line in path.attrib["d"].split("M ")[1:]:
                (x, low), (same, high) = (point.split() for point in line.split("L "))
                assert x == same
                assert low != high
                found.add(float(x))
    return found


def test_the_grid_stands_at_the_numbers():
    ours, theirs = _grid(RuledAxes), _grid(Axes)
    assert len(ours) == 3
    np.testing.assert_allclose(sorted(ours), sorted(theirs), atol=0.011)


def test_nothing_stands_beyond_the_limits():
    def make(ax: Any) -> None:
        ax.rulers["x"].name([-1, 0, 1, 2], ["before", "first", "last", "after"])
        ax.set_xlim(0, 1)

    words = {text for text, _, _ in _texts(make, RuledAxes)}
    assert {"first", "last"} <= words
    assert words.isdisjoint({"before", "after"})


def test_numbers_that_matplotlib_would_shorten_by_a_power_of_their_own_are_refused():
    def make(ax: Any) -> None:
        ax.plot([1.0, 2.0], [1e6, 5e7])

    with pytest.raises(ValueError, match="formatter"):
        _texts(make, RuledAxes)
