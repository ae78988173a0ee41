"""Sobol' indices of every payer or every year: one figure each, and its table."""

from __future__ import annotations

import numpy as np
import xarray as xr

from engine.report.blocks import Block, Cell, Row, Table, Text
from engine.report.headline import short
from engine.report.material import Material, coordinate
from engine.report.numbers import last_place
from engine.report.plots.by_payer import plot_by_payer
from engine.report.plots.by_year import plot_by_year
from engine.report.plots.theme import largest

INPUTS = 5
"""Inputs shown: those with the largest share of all outcomes together."""


def by_payer(material: Material, analysis: xr.Dataset, name: str, key: str) -> list[Block]:
    """What each payer's uncertainty comes from."""
    say = material.say
    varies, inputs = _shown(analysis)
    rows = [*_rows(material, analysis, varies, inputs, coordinate(analysis, "outcome_label"))]
    together = (Cell(say("sens.all_payers")), Cell(""), *(_share(material, analysis, "ST", (i,)) for i in inputs))
    rows.append(Row(together, strong=True))
    return _blocks(
        material,
        analysis,
        "payer",
        name,
        figure=(f"by_payer_{key}", plot_by_payer(analysis, inputs, varies, look=material.look)),
        rows=rows,
        values=_values(material, analysis, inputs),
    )


def by_year(material: Material, analysis: xr.Dataset, name: str, key: str) -> list[Block]:
    """What each year's uncertainty comes from."""
    varies, inputs = _shown(analysis)
    years = [float(y) for y in coordinate(analysis, "outcome_label")]
    wanted = material.selected_years(max(years[i] for i in varies))
    shown = [i for i in varies if any(abs(years[i] - y) < 1e-9 for y in wanted)]
    labels = [material.number.plain(y, 0) for y in years]
    return _blocks(
        material,
        analysis,
        "year",
        name,
        figure=(f"by_year_{key}", plot_by_year(analysis, inputs, look=material.look)),
        rows=_rows(material, analysis, shown, inputs, labels),
        values=_values(material, analysis, inputs),
    )


def _shown(analysis: xr.Dataset) -> tuple[list[int], list[int]]:
    """The outcomes that vary, and the inputs to be shown."""
    varies = np.flatnonzero(np.asarray(analysis["outcome_variance"].values) > 0)
    inputs = [int(i) for i in largest(np.asarray(analysis["ST"].values, dtype=float), INPUTS)]
    return [int(i) for i in varies], inputs


def _share(material: Material, analysis: xr.Dataset, index: str, at: tuple[int, ...]) -> Cell:
    return material.share_cell(*(float(analysis[v].values[at]) for v in (index, f"{index}_conf")))


def _rows(
    material: Material, analysis: xr.Dataset, outcomes: list[int], inputs: list[int], labels: list[str]
) -> list[Row]:
    deviation = np.sqrt(np.asarray(analysis["outcome_variance"].values, dtype=float))
    place = last_place(*deviation[outcomes])
    rows = []
    for o in outcomes:
        size = Cell(material.number.money(float(deviation[o]), place=place), number=True)
        shares = (_share(material, analysis, "ST_by_outcome", (o, i)) for i in inputs)
        rows.append(Row((Cell(labels[o]), size, *shares)))
    return rows


def _values(material: Material, analysis: xr.Dataset, inputs: list[int]) -> list[str]:
    """What the inputs do to all outcomes together, in words for whoever cannot see the figure."""
    say, number = material.say, material.number
    told = [(short(coordinate(analysis, "label")[i]), float(analysis["ST"].values[i])) for i in inputs]
    return [say("alt.value", name=name, value=number.share(total)) for name, total in told]


def _blocks(
    material: Material,
    analysis: xr.Dataset,
    by: str,
    name: str,
    *,
    figure: tuple[str, object],
    rows: list[Row],
    values: list[str],
) -> list[Block]:
    say, labels = material.say, coordinate(analysis, "label")
    _, inputs = _shown(analysis)
    head = [Cell(say(f"sens.head.{by}")), Cell(say("sens.head.deviation"), number=True)]
    head += [Cell(short(labels[i], 48), number=True) for i in inputs]
    picture = material.picture(
        *figure,
        title=say(f"sens.by_{by}_title", name=name),
        how=say(f"sens.by_{by}_how"),
        values=values,
        table=Table(say(f"sens.by_{by}_caption", name=name), tuple(head), tuple(rows)),
    )
    n = int(analysis.attrs["runs"])
    return [picture, Text(say.count("sens.runs", n, runs=material.number.plain(n)), role="note")]
