"""Who pays and who gains, year by year."""

from __future__ import annotations

import math

import xarray as xr

from engine.report.blocks import Block, Cell, Heading, Row, Section, Table, Text
from engine.report.material import Material
from engine.report.numbers import last_place
from engine.report.plots.cash_flow import plot_cash_flow


def cash_flow_section(material: Material) -> Section:
    say, blocks = material.say, list[Block]()
    blocks.append(Text(say("flow.lead"), role="lead"))
    several = len(material.description.interventions) > 1
    for strategy, intervention in enumerate(material.description.interventions):
        if several:
            blocks.append(Heading(intervention.label))
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
            yearly, material.accumulated.isel(strategy=strategy), material.horizon, look=material.look
        )
        blocks.append(
            material.picture(
                f"cash_flow_{intervention.name}" if several else "cash_flow",
                figure,
                title=say("flow.figure_title"),
                how=say("flow.how", perspective=material.headline.label),
                table=_table(material, yearly),
            )
        )
    return Section("cash-flow", say("flow.title"), tuple(blocks))


def _table(material: Material, yearly: xr.DataArray) -> Table:
    say, number = material.say, material.number
    start = yearly["year"].values
    years = [y for y in (0, 1, 2, 4, 9, 19, 29, 39, 48) if y in start]
    rows = []
    for k, calculation in enumerate(material.calculations):
        rows.append(Row((material.chip(calculation),), group=True))
        part = yearly.isel(calculation=k).transpose("payer", "year")
        horizon = float(material.horizon.isel(calculation=k))
        place = last_place(float(abs(part).max()))

        def cells(flow: xr.DataArray, horizon: float = horizon, place: int = place) -> list[Cell]:
            found = [float(flow.sel(year=y)) if y < horizon else math.nan for y in years]
            return [Cell(number.money(v, place=place, signed=True), number=True) for v in (*found, float(flow.sum()))]

        for payer in material.payers:
            swatch = material.look.payer(payer.name).colour
            rows.append(Row((Cell(payer.label, swatch=swatch), *cells(part.sel(payer=payer.name)))))
        rows.append(Row((Cell(say("flow.sum_row")), *cells(part.sum("payer"))), strong=True))
    head = (
        Cell(say("npv.head.party")),
        *(Cell(say("flow.head.year", year=number.plain(y + 1)), number=True) for y in years),
        Cell(say("flow.head.sum"), number=True),
    )
    return Table(say("flow.caption"), head, tuple(rows))
