"""Where people are over the years, and what each calculation believes that the intervention changes."""

from __future__ import annotations

import numpy as np
import xarray as xr

from engine.report.blocks import Block, Cell, Heading, Row, Section, Table, Text
from engine.report.material import Course, Material
from engine.report.plots.occupancy import plot_occupancy


def occupancy_section(material: Material) -> Section:
    say = material.say
    widest = int(np.argmax(np.asarray(material.horizon.values)))
    blocks: list[Block] = [Text(say("states.lead"), role="lead")]
    for course in material.courses:
        if course.heading:
            blocks.append(Heading(course.heading))
        blocks.append(_course(material, course, widest))
    return Section("states", say("states.title"), tuple(blocks))


def _course(material: Material, course: Course, widest: int) -> Block:
    say = material.say
    names = [material.description.baseline.name, course.intervention.name]
    occupancy = material.findings.results["mean_occupancy"].sel(course=names)
    occupancy = occupancy.transpose("calculation", "course", "state", "time_point")
    return material.picture(
        f"occupancy{course.suffix}",
        plot_occupancy(
            occupancy, material.horizon, look=material.look, baseline=material.description.baseline.label, shown=widest
        ),
        title=say("states.figure_title"),
        how=say("states.how", name=material.calculations[widest].label),
        values=_alt(material, occupancy),
        table=_table(material, occupancy),
    )


def _at(material: Material, occupancy: xr.DataArray, calculation: int, years: float) -> xr.DataArray:
    """Occupancy of one calculation (course, state) at the time closest to `years`."""
    return occupancy.isel(calculation=calculation, time_point=int(abs(occupancy["time_at"].values - years).argmin()))


def _table(material: Material, occupancy: xr.DataArray) -> Table:
    """Shares without and with the intervention, by calculation, in round years up to its horizon."""
    say, number = material.say, material.number
    years = material.selected_years(float(material.horizon.max()))[1:]
    years = years if len(years) <= 5 else [years[i] for i in np.linspace(0, len(years) - 1, 5).round().astype(int)]
    rows = []
    for k, calculation in enumerate(material.calculations):
        end = float(material.horizon.isel(calculation=k))
        shown = [y for y in years if y <= end + 1e-9]
        found = {y: _at(material, occupancy, k, y).values for y in shown}
        rows.append(Row((material.chip(calculation),), group=True))
        for s, state in enumerate(material.description.states):
            cells = [Cell(state.label, swatch=material.look.state(state.name).colour)]
            for y in years:
                text = ""
                if y in found:
                    a, b = (number.share(float(found[y][c, s]), 1) for c in (0, 1))
                    text = say("gap.pair", a=a, b=b)
                cells.append(Cell(text, number=True))
            rows.append(Row(tuple(cells)))
    head = (
        Cell(say("states.head.state")),
        *(Cell(say("path.head.by", year=number.plain(y)), number=True) for y in years),
    )
    return Table(say("states.caption"), head, tuple(rows))


def _alt(material: Material, occupancy: xr.DataArray) -> list[str]:
    """The state that changes most in each calculation, at its horizon or after ten years."""
    say, number, values = material.say, material.number, list[str]()
    for k, calculation in enumerate(material.calculations[:6]):
        years = min(10.0, float(material.horizon.isel(calculation=k)))
        change = np.diff(_at(material, occupancy, k, years).values, axis=0)[0]
        s = int(np.argmax(np.abs(change)))
        slots = {"state": material.description.states[s].label, "years": number.years(years)}
        points = number.plain(100 * float(change[s]), 1, signed=True)
        values.append(say("alt.states", name=calculation.label, points=points, **slots))
    return values
