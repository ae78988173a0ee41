"""Who pays and who gains, year by year."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.report.blocks import Block, Cell, Heading, Row, Section, Table, Text
from engine.report.headline import short
from engine.report.material import Material, coordinate
from engine.report.numbers import last_place
from engine.report.plots.cash_flow import plot_cash_flow


def cash_flow_section(material: Material) -> Section:
    say, blocks = material.say, list[Block]()
    blocks.append(Text(say("flow.lead"), role="lead"))
    for course in material.courses:
        strategy = course.at
        if course.heading:
            blocks.append(Heading(course.heading))
        # A benefit-cost ratio exists exactly for those who pay for the programme.
        pay = [
            p.label
            for p in material.payers
            if any(not math.isnan(material.at(strategy, k, p).ratio) for k in range(len(material.calculations)))
        ]
        if pay:
            blocks.append(Text(say("flow.programme", payers=say.listed(pay))))
        yearly = material.yearly.isel(strategy=strategy)
        figure = plot_cash_flow(
            yearly,
            material.accumulated.isel(strategy=strategy),
            material.horizon,
            look=material.look,
            views=[material.perspective_label(c.perspective) for c in material.calculations],
        )
        blocks.append(
            material.picture(
                f"cash_flow{course.suffix}",
                figure,
                title=say("flow.figure_title"),
                how=say("flow.how"),
                values=_alt(material, strategy),
                table=_table(material, yearly),
            )
        )
    return Section("cash-flow", say("flow.title"), tuple(blocks))


def _alt(material: Material, strategy: int) -> list[str]:
    """What the first year costs each calculation, all payers together, and the sum in its own perspective."""
    say, number, values = material.say, material.number, list[str]()
    for k, c in enumerate(material.calculations):
        first = float(material.yearly.isel(strategy=strategy, calculation=k, year=0).sum())
        total = float(material.accumulated.isel(strategy=strategy, calculation=k, year=-1))
        slots = {
            "first": number.money(first, place=last_place(first), signed=True),
            "total": number.money(total, place=last_place(total), signed=True),
            "perspective": short(material.perspective_label(c.perspective)),
        }
        values.append(say("alt.flow", name=c.label, **slots))
    return values[:4]


def _table(material: Material, yearly: xr.DataArray) -> Table:
    say, number = material.say, material.number
    start = yearly["year"].values.tolist()
    years = [y for y in (0, 1, 2, 4, 9, 19, 29, 39, 48) if y in start]
    payers = coordinate(yearly, "payer")
    flows = np.asarray(yearly.transpose("calculation", "payer", "year").values, dtype=float)
    rows = []
    for k, calculation in enumerate(material.calculations):
        rows.append(Row((material.chip(calculation),), group=True))
        horizon = float(material.horizon.isel(calculation=k))
        place = last_place(float(np.abs(flows[k]).max()))

        def cells(flow: NDArray[np.float64], horizon: float = horizon, place: int = place) -> list[Cell]:
            found = [float(flow[start.index(y)]) if y < horizon else math.nan for y in years]
            return [Cell(number.money(v, place=place, signed=True), number=True) for v in (*found, float(flow.sum()))]

        for payer in material.payers:
            swatch = material.look.payer(payer.name).colour
            rows.append(Row((Cell(payer.label, swatch=swatch), *cells(flows[k, payers.index(payer.name)]))))
        rows.append(Row((Cell(say("flow.sum_row")), *cells(flows[k].sum(axis=0))), strong=True))
    head = (
        Cell(say("npv.head.party")),
        *(Cell(say("flow.head.year", year=number.plain(y + 1)), number=True) for y in years),
        Cell(say("flow.head.sum"), number=True),
    )
    return Table(say("flow.caption"), head, tuple(rows))
