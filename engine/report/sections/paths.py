"""How net saving grows over the years, and when it is paid back."""

from __future__ import annotations

import xarray as xr

from engine.report.blocks import Block, Cell, Heading, Row, Section, Table, Text
from engine.report.material import Material
from engine.report.numbers import last_place
from engine.report.plots.fan import plot_fan
from engine.report.plots.payback import plot_payback
from engine.report.sections.npv import payback_text


def paths_section(material: Material) -> Section:
    say, blocks = material.say, list[Block]()
    perspective = material.headline.label
    blocks.append(Text(say("path.lead", perspective=perspective), role="lead"))
    several = len(material.description.interventions) > 1
    place = material.index(material.findings.summary, material.headline)
    for strategy, intervention in enumerate(material.description.interventions):
        if several:
            blocks.append(Heading(intervention.label))
        suffix = f"_{intervention.name}" if several else ""
        quantiles = material.quantiles.isel(strategy=strategy)
        median = material.summary(strategy)["median_payback_year"].isel(party=place)
        probability = material.paid_back.isel(strategy=strategy)
        blocks += [
            material.picture(
                f"fan{suffix}",
                plot_fan(quantiles, material.horizon, median, look=material.look),
                title=say("path.fan_title"),
                how=say("path.fan_how"),
                table=_fan_table(material, quantiles),
            ),
            material.picture(
                f"payback{suffix}",
                plot_payback(probability, material.horizon, look=material.look),
                title=say("path.payback_title"),
                how=say("path.payback_how"),
                table=_payback_table(material, probability, strategy),
            ),
        ]
    return Section("paths", say("path.title"), tuple(blocks))


def _years(material: Material) -> list[int]:
    return material.selected_years(float(material.horizon.max()))[1:]


def _fan_table(material: Material, quantiles: xr.DataArray) -> Table:
    say, number, years = material.say, material.number, _years(material)
    times = quantiles["time_at"].values
    rows = []
    for k, calculation in enumerate(material.calculations):
        part = quantiles.isel(calculation=k)
        horizon = float(material.horizon.isel(calculation=k))
        place = last_place(float(abs(part).max()))
        cells = [material.chip(calculation)]
        for year in years:
            if year > horizon + 1e-9:
                cells.append(Cell("", number=True))
                continue
            at = part.isel(time_point=int(abs(times - year).argmin()))
            low, median, high = (
                number.money(float(at.sel(quantile=q)), place=place, signed=True) for q in (0.05, 0.5, 0.95)
            )
            cells.append(Cell(median, number=True, note=say("text.interval", low=low, high=high)))
        rows.append(Row(tuple(cells)))
    return Table(say("path.fan_caption"), _head(material), tuple(rows))


def _payback_table(material: Material, probability: xr.DataArray, strategy: int) -> Table:
    say, number, years = material.say, material.number, _years(material)
    times = probability["time_at"].values
    rows = []
    for k, calculation in enumerate(material.calculations):
        part = probability.isel(calculation=k)
        horizon = float(material.horizon.isel(calculation=k))
        found = material.at(strategy, k, material.headline)
        cells = [material.chip(calculation)]
        for year in years:
            share = float(part.isel(time_point=int(abs(times - year).argmin())))
            cells.append(Cell(number.probability(share) if year <= horizon + 1e-9 else "", number=True))
        cells.append(Cell(payback_text(material, found), number=True))
        cells.append(Cell(number.probability(found.p_payback), number=True))
        rows.append(Row(tuple(cells)))
    caption = say("path.payback_caption", perspective=material.headline.label)
    extra = (Cell(say("npv.head.payback"), number=True), Cell(say("npv.head.p_payback"), number=True))
    return Table(caption, (*_head(material), *extra), tuple(rows))


def _head(material: Material) -> tuple[Cell, ...]:
    years = (Cell(material.say("path.head.by", year=material.number.plain(y)), number=True) for y in _years(material))
    return (Cell(material.say("npv.head.calculation")), *years)
