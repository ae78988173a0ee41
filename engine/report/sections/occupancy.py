"""Where people are over the years, without and with the intervention."""

from __future__ import annotations

import numpy as np

from engine.report.blocks import Block, Cell, Heading, Row, Section, Table, Text
from engine.report.material import Material
from engine.report.plots.occupancy import plot_occupancy


def occupancy_section(material: Material) -> Section:
    say, number = material.say, material.number
    widest = int(np.argmax(np.asarray(material.horizon.values)))
    calculation = material.calculations[widest]
    blocks: list[Block] = [Text(say("states.lead", name=calculation.label), role="lead")]
    end = float(material.horizon.isel(calculation=widest))
    occupancy = material.findings.results["mean_occupancy"].isel(calculation=widest)
    baseline = material.description.baseline
    several = len(material.description.interventions) > 1
    for intervention in material.description.interventions:
        if several:
            blocks.append(Heading(intervention.label))
        part = occupancy.sel(course=[baseline.name, intervention.name]).transpose("course", "state", "time_point")
        years = material.selected_years(end)
        at = [int(abs(part["time_at"].values - y).argmin()) for y in years]
        rows = []
        for s, state in enumerate(material.description.states):
            cells = [Cell(state.label, swatch=material.look.state(state.name).colour)]
            for t in at:
                a, b = (number.share(float(part.values[k, s, t]), 1) for k in (0, 1))
                cells.append(Cell(say("gap.pair", a=a, b=b), number=True))
            rows.append(Row(tuple(cells)))
        head = (Cell(""), *(Cell(say("path.head.by", year=number.plain(y)), number=True) for y in years))
        blocks.append(
            material.picture(
                f"occupancy_{intervention.name}" if several else "occupancy",
                plot_occupancy(part, look=material.look, titles=(baseline.label, intervention.label), end=end),
                title=say("states.figure_title"),
                how=say("states.how"),
                table=Table(say("states.caption"), head, tuple(rows)),
            )
        )
    return Section("states", say("states.title"), tuple(blocks))
