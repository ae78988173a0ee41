"""Axes whose grid, marks and numbers are drawn at once.

matplotlib makes three lines and two texts of every place along an axis and measures each number, which took a third of
the time of a page. Limits, scale, places, their names and the name of an axis are its own still, and read from there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, FixedLocator
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

_MARK, _PAD, _NAME = 3.5, 3.5, 4.0
"""Points: length of a mark, from its end to its number, and from the numbers to the name of the axis."""


class RuledAxes(Axes):
    """Axes with a ruler below and one to the left."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.rulers = {"x": Ruler(self.xaxis), "y": Ruler(self.yaxis)}
        for ruler in self.rulers.values():
            self.add_artist(ruler)


class Ruler(Artist):
    """What stands along a side of axes, in place of matplotlib's own axis, which is hidden.

    Parameters
    ----------
    axis : says what to draw.
    """

    def __init__(self, axis: Any) -> None:
        super().__init__()
        axis.set_visible(False)
        self.set_zorder(0.5)
        self.axis = axis
        self.grid = False
        self.marks = True
        self.numbers = True
        self.top = False
        """Above the axes instead of below."""
        self.rotation = 0.0
        self.fontsize = matplotlib.rcParams["xtick.labelsize"]
        self._ink, self._mark = matplotlib.rcParams["xtick.color"], matplotlib.rcParams["xtick.major.width"]
        self._grid = matplotlib.rcParams["grid.color"], matplotlib.rcParams["grid.linewidth"]
        self.bold: Collection[int] = ()
        """Which of the names stand out."""

    def name(self, places: Iterable[float], names: Sequence[str], *, bold: Collection[int] = ()) -> None:
        """Names at places, instead of numbers; `bold` counts from the first, or from the last as -1."""
        self.axis.set_major_locator(FixedLocator(list(places)))
        self.axis.set_major_formatter(FixedFormatter(list(names)))
        self.bold = {k % len(names) for k in bold} if names else ()

    def draw(self, renderer: Any) -> None:
        """Grid, marks, numbers, and beyond them the name of the axis."""
        if not self.get_visible():
            return
        along = 0 if self.axis.axis_name == "x" else 1
        box = self.axis.axes.get_window_extent(renderer)
        side, away = (box.max, 1.0) if self.top else (box.min, -1.0)
        edge = float(side[1 - along])
        places, names = self._within_limits(along)
        if self.grid:
            self._draw_lines(renderer, along, places, box.get_points()[:, 1 - along], self._grid, within=box)
        if self.marks:
            self._draw_lines(renderer, along, places, (edge, edge + away * _MARK), (self._ink, self._mark))
            edge += away * _MARK
        if self.numbers and any(names.values()):
            edge = self._draw_names(renderer, along, places, names, edge + away * _PAD)
        self._draw_name_of_axis(renderer, along, edge + away * _NAME)

    def _within_limits(self, along: int) -> tuple[NDArray[np.float64], dict[int, str]]:
        """Where on the canvas places within the limits are, and what stands there, by their number."""
        located = np.asarray(self.axis.get_majorticklocs(), dtype=float)
        formatter = self.axis.get_major_formatter()
        names = formatter.format_ticks(located)
        if self.numbers and (power := formatter.get_offset()):
            # matplotlib writes it once, at the end of the axis; here nobody would see it
            raise ValueError(f"an axis with numbers of its own needs a formatter that writes them out: {names} {power}")
        scaled = self.axis.get_transform().transform
        low, high = np.sort(scaled(np.asarray(self.axis.get_view_interval())))
        at = scaled(located)
        inside = np.flatnonzero((at >= low - 1e-10 * (high - low)) & (at <= high + 1e-10 * (high - low)))
        points = np.zeros((inside.size, 2))
        points[:, along] = located[inside]
        blend = self.axis.axes.get_yaxis_transform() if along else self.axis.axes.get_xaxis_transform()
        return blend.transform(points)[:, along], {int(k): str(names[k]) for k in inside}

    def _draw_lines(
        self, renderer: Any, along: int, places: Any, across: Any, style: tuple[str, float], *, within: Any = None
    ) -> None:
        """A short line at each place, all as one path."""
        if not places.size:
            return
        points = np.empty((places.size, 2, 2))
        points[:, :, along] = places[:, None]
        points[:, :, 1 - along] = across
        pen = renderer.new_gc()
        colour, width = style
        pen.set_foreground(colour)
        pen.set_linewidth(width)
        if within is not None:
            pen.set_clip_rectangle(within)
        codes = np.tile(np.array([Path.MOVETO, Path.LINETO], dtype=Path.code_type), places.size)
        renderer.draw_path(pen, Path(points.reshape(-1, 2), codes), IdentityTransform())
        pen.restore()

    def _draw_names(self, renderer: Any, along: int, places: Any, names: dict[int, str], edge: float) -> float:
        """Numbers or names with their near side at the edge.

        Returns
        -------
        Where the farthest of them ends.
        """
        text = Text(color=self._ink, fontsize=self.fontsize, rotation=self.rotation)
        text.set_figure(self.figure)
        away = 1.0 if self.top else -1.0
        if along:
            text.set(va="center_baseline", ha="right")
        else:
            text.set(va="bottom" if self.top else "top", ha="center")
        for place, (k, name) in zip(places, names.items(), strict=True):
            text.set_position((edge, place) if along else (place, edge))
            text.set_text(name)
            text.set_fontweight("bold" if k in self.bold else "normal")
            text.draw(renderer)
        if not self.axis.get_label_text():
            return edge
        if along or self.rotation:
            properties = text.get_fontproperties()
            lines = {line for name in names.values() for line in name.split("\n")}
            widths = [float(renderer.get_text_width_height_descent(line, properties, False)[0]) for line in lines]
            return edge + away * max(widths)
        text.set_text(max(names.values(), key=lambda name: name.count("\n")))
        return edge + away * float(text.get_window_extent(renderer).height)

    def _draw_name_of_axis(self, renderer: Any, along: int, edge: float) -> None:
        name = self.axis.label
        x, y = name.get_position()
        name.set_position((edge, y) if along else (x, edge))
        name.draw(renderer)
