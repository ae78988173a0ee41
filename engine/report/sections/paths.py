"""How net saving grows over the years, and when it is paid back: each calculation in its own perspective."""

from __future__ import annotations

import xarray as xr

from engine.report.blocks import Block, Cell, Heading, Row, Section, Table, Text
from engine.report.material import Material
from engine.report.numbers import last_place
from engine.report.plots.fan import plot_fan
from engine.report.plots.payback import plot_payback
from engine.report.sections.npv import p_payback_text, payback_text, rate_cell


def paths_section(material: Material) -> Section:
    say, blocks = material.say, list[Block]()
    blocks.append(Text(say("path.lead"), role="lead"))
    place = material.index(material.findings.summary, material.reported)
    views = [material.perspective_label(c.perspective) for c in material.calculations]
    for course in material.courses:
        if course.heading:
            blocks.append(Heading(course.heading))
        quantiles = material.quantiles.isel(strategy=course.at)
        median = material.summary(course.at)["median_payback_year"].isel(party=place)
        probability = material.paid_back.isel(strategy=course.at)
        blocks += [
            material.picture(
                f"fan{course.suffix}",
                plot_fan(quantiles, material.horizon, median, look=material.look, views=views),
                title=say("path.fan_title"),
                how=say("path.fan_how"),
                values=_fan_alt(material, quantiles),
                table=_fan_table(material, quantiles),
            ),
            material.picture(
                f"payback{course.suffix}",
                plot_payback(probability, material.horizon, look=material.look, views=views),
                title=say("path.payback_title"),
                how=say("path.payback_how"),
                values=[
                    say("alt.value", name=c.label, value=p_payback_text(material, found))
                    for k, c in enumerate(material.calculations)
                    for found in (material.at(course.at, k, material.reported),)
                ][:6],
                table=_payback_table(material, probability, course.at),
            ),
            _rate_table(material, course.at),
            Text(say("rate.note"), role="note"),
        ]
    return Section("paths", say("path.title"), tuple(blocks))


def _years(material: Material) -> list[int]:
    return material.selected_years(float(material.horizon.max()))[1:]


def _fan_alt(material: Material, quantiles: xr.DataArray) -> list[str]:
    """Each calculation's middle and band at its horizon."""
    say, number, values = material.say, material.number, list[str]()
    times = quantiles["time_at"].values
    for k, c in enumerate(material.calculations[:6]):
        horizon = float(material.horizon.isel(calculation=k))
        at = quantiles.isel(calculation=k, time_point=int(abs(times - horizon).argmin()))
        q = [float(at.sel(quantile=level)) for level in (0.05, 0.5, 0.95)]
        low, median, high = (number.money(v, place=last_place(*q), signed=True) for v in q)
        slots = {"years": number.years(horizon), "median": median, "low": low, "high": high}
        values.append(say("alt.fan", name=c.label, **slots))
    return values


def _fan_table(material: Material, quantiles: xr.DataArray) -> Table:
    say, number, years = material.say, material.number, _years(material)
    times = quantiles["time_at"].values
    rows = []
    for k, calculation in enumerate(material.calculations):
        part = quantiles.isel(calculation=k)
        horizon = float(material.horizon.isel(calculation=k))
        place = last_place(float(abs(part).max()))
        cells = [material.chip(calculation, view=True)]
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
        found = material.at(strategy, k, material.reported)
        cells = [material.chip(calculation, view=True)]
        for year in years:
            share = float(part.isel(time_point=int(abs(times - year).argmin())))
            cells.append(Cell(number.probability(share) if year <= horizon + 1e-9 else "", number=True))
        cells.append(Cell(p_payback_text(material, found), number=True))
        cells.append(Cell(payback_text(material, found.payback), number=True))
        cells.append(Cell(payback_text(material, found.payback_discounted), number=True))
        rows.append(Row(tuple(cells)))
    extra = (Cell(say(f"npv.head.{h}"), number=True) for h in ("p_payback", "payback", "discounted"))
    return Table(say("path.payback_caption"), (*_head(material), *extra), tuple(rows))


def _rate_table(material: Material, strategy: int) -> Table:
    """Rates of return in every perspective, calculations across."""
    say = material.say
    rows = []
    for party in (material.reported, *material.perspectives):
        cells = (rate_cell(material, strategy, k, party) for k in range(len(material.calculations)))
        rows.append(Row((Cell(party.label), *cells)))
    chips = (material.chip(c) for c in material.calculations)
    head = (Cell(say("npv.head.perspective")), *(Cell(c.text, number=True, swatch=c.swatch) for c in chips))
    return Table(say("rate.caption"), head, tuple(rows))


def _head(material: Material) -> tuple[Cell, ...]:
    years = (Cell(material.say("path.head.by", year=material.number.plain(y)), number=True) for y in _years(material))
    return (Cell(material.say("npv.head.calculation")), *years)
