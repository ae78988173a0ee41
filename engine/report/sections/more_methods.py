"""Methods of sensitivity analysis beyond one at a time, Sobol' and Morris: each is folded, with one table."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.report.blocks import Block, Cell, Details, Row, Table, Text
from engine.report.headline import short
from engine.report.material import Material, coordinate
from engine.report.methods import MEASURES, METHODS, measures_of, sizes_of, split_elsewhere
from engine.report.numbers import last_place
from engine.report.plots.heatmap import plot_heatmap
from engine.report.plots.theme import largest

MOST = 10


def any_method(material: Material, analysis: xr.Dataset, name: str) -> list[Block]:
    """A table of whatever a method says of each input."""
    say, labels = material.say, coordinate(analysis, "label")
    method = str(analysis.attrs["method"])
    order = list(MEASURES)
    names = sorted(measures_of(analysis), key=lambda m: order.index(m) if m in MEASURES else len(order))
    shown = [int(i) for i in largest(sizes_of(analysis), MOST)]
    rows = [Row((Cell(labels[i]), *(_measure(material, analysis, m, i) for m in names))) for i in shown]
    rest = len(labels) - len(shown)
    if rest:
        text = say.count("sens.rest", rest)
        rows.append(Row((Cell(text), *(Cell("") for _ in names))))
    head = [Cell(say("sens.head.input"))]
    head += [Cell(say(MEASURES[m]) if m in MEASURES else _own_name(analysis, m), number=True) for m in names]
    title = say("sens.any_caption", method=say(METHODS[method][0]) if method in METHODS else method, name=name)
    blocks: list[Block] = [Text(say(METHODS[method][1]))] if method in METHODS else []
    blocks.append(Table(title, tuple(head), tuple(rows)))
    noise = [float(v) for n, v in analysis.data_vars.items() if str(n).endswith("_dummy") and not v.dims]
    if noise:
        blocks.append(Text(say("sens.noise", value=material.number.plain(noise[0], 2)), role="note"))
    if (elsewhere := split_elsewhere(material.say, material.number, analysis)) is not None:
        blocks.append(Text(elsewhere, role="note"))
    return [Details(title, tuple(blocks))]


def _own_name(analysis: xr.Dataset, measure: str) -> str:
    return str(analysis[measure].attrs.get("long_name", measure))


def _measure(material: Material, analysis: xr.Dataset, measure: str, i: int) -> Cell:
    number, value = material.number, float(analysis[measure].values[i])
    half = float(analysis[f"{measure}_conf"].values[i]) if f"{measure}_conf" in analysis else 0.0
    unit = str(analysis[measure].attrs.get("units", ""))
    if unit == "share of variance":
        return material.share_cell(value, half)
    if unit == "probability":
        return Cell(number.probability(value), number=True)
    if unit.startswith(("SEK", "outcome")):
        return Cell(number.money(value, place=last_place(value)), number=True)
    text = number.plain(value, 2)
    if half > 0:
        text = material.say("sens.plus_minus", value=text, half=number.plain(half, 2))
    return Cell(text, number=True)


def two_way(material: Material, analysis: xr.Dataset, name: str, key: str) -> list[Block]:
    """The two inputs that change each other's effect most, as a heat map of net saving."""
    say, number = material.say, material.number
    size = np.asarray(analysis["two_way_interaction"].values, dtype=float)
    if not size.size or not np.isfinite(size).any():
        return []
    k = int(np.nanargmax(size))
    part = analysis.isel(parameter_pair=k)
    part = part.isel(level=_different(part["first_value"]), level_2=_different(part["second_value"]))
    values = np.asarray(part["two_way_outcome"].transpose("level", "level_2").values, dtype=float)
    labels = dict(zip(coordinate(analysis, "parameter"), coordinate(analysis, "label"), strict=True))
    first, second = (str(part[f"{which}_parameter"].item()) for which in ("first", "second"))
    a, b = short(labels.get(first, first)), short(labels.get(second, second))
    rows = [material.figure_of(first, float(v)) for v in part["first_value"].values]
    columns = [material.figure_of(second, float(v)) for v in part["second_value"].values]
    scale, place = material.look.scale(values), last_place(*values.ravel(), digits=2)
    texts = [[number.scaled(float(v), scale, place=place, signed=True) for v in row] for row in values]

    def money(v: float) -> str:
        return number.money(v, place=place, signed=True)

    table_rows = [
        Row((Cell(r), *(Cell(money(float(v)), number=True) for v in row))) for r, row in zip(rows, values, strict=True)
    ]
    title = say("sens.two_way_title", name=name)
    head = (Cell(say("sens.two_way_corner")), *(Cell(c, number=True) for c in columns))
    picture = material.picture(
        f"two_way_{key}",
        plot_heatmap(values, rows=rows, columns=columns, texts=texts, look=material.look, column_axis=b, row_axis=a,
                     footer=material.look.money_axis(scale)),
        title=title,
        how=say("sens.two_way_how", a=a, b=b),
        values=[say("alt.span", name=say("sens.two", a=a, b=b), low=money(np.nanmin(values)),
                    high=money(np.nanmax(values)))],
        table=Table(say("sens.two_way_caption", title=title, a=a, b=b), head, tuple(table_rows)),
    )  # fmt: skip
    said = Text(say("sens.two_way_share", a=a, b=b, share=number.share(float(size[k]))))
    return [Details(title, (said, picture))]


def _different(values: xr.DataArray) -> list[int]:
    """Places at which values begin: an input with a few values has the same one at several quantiles."""
    found = np.asarray(values.values, dtype=float)
    return [k for k in range(found.size) if k == 0 or found[k] != found[k - 1]]


def box(material: Material, analysis: xr.Dataset, name: str) -> list[Block]:
    """The region of the inputs in which the intervention loses money."""
    say, number = material.say, material.number
    names, labels = coordinate(analysis, "parameter"), coordinate(analysis, "label")
    limits = [np.asarray(analysis[f"box_{end}_value"].values, dtype=float) for end in ("low", "high")]
    chance = np.asarray(analysis["box_p"].values, dtype=float)
    inside = np.flatnonzero(np.asarray(analysis["box_restricted"].values) > 0.5)
    title = say("sens.box_title", name=name)
    shares = {k: number.share(float(analysis[f"box_{k}"])) for k in ("coverage", "density", "mass", "base")}
    if not inside.size:
        return [Details(title, (Text(say("sens.box_none", base=shares["base"])),))]

    def limit(values: NDArray[np.float64], i: int) -> Cell:
        known = math.isfinite(values[i])
        return Cell(material.figure_of(names[i], float(values[i])) if known else say("sens.box_open"), number=True)

    rows = [
        Row((Cell(labels[i]), limit(limits[0], i), limit(limits[1], i), Cell(number.probability(chance[i]),
                                                                            number=True)))
        for i in inside[np.argsort(chance[inside], kind="stable")]
    ]  # fmt: skip
    head = tuple(Cell(say(f"sens.head.{k}"), number=k != "input") for k in ("input", "box_low", "box_high", "box_p"))
    said = Text(say("sens.box", **shares))
    return [Details(title, (said, Table(say("sens.box_caption", name=name), head, tuple(rows))))]
