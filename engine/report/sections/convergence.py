"""How the mean net saving settled as draws were made."""

from __future__ import annotations

import numpy as np

from engine.report.blocks import Block, Cell, Heading, Row, Table
from engine.report.material import Course, Material, coordinate
from engine.report.numbers import last_place
from engine.report.plots.convergence import plot_convergence

COLUMNS = 8
"""Numbers of draws in the table, the last always among them."""


def convergence_blocks(material: Material) -> list[Block]:
    """A figure for each intervention; nothing where the run looked at one number of draws only."""
    found = material.findings.analyses.get("convergence")
    if found is None or found.sizes.get("checkpoint", 0) < 2:
        return []
    blocks = list[Block]()
    for course in material.courses:
        if course.intervention.name not in coordinate(found, "strategy"):
            continue
        if course.heading:
            blocks.append(Heading(course.heading))
        blocks.append(_picture(material, course))
    return blocks


def _picture(material: Material, course: Course) -> Block:
    say, number = material.say, material.number
    found = material.findings.analyses["convergence"]
    part = found.sel(strategy=course.intervention.name).isel(party=material.index(found, material.reported))
    mean, error = (part[v].transpose("checkpoint", "calculation") for v in ("mean_so_far", "mcse_so_far"))
    draws = [int(n) for n in part["draws_so_far"].values]
    step = -(-len(draws) // COLUMNS)
    looked = list(range(len(draws)))[::-1][::step][::-1]
    rows, told = [], []
    for k, calculation in enumerate(material.calculations):
        line, half = (np.asarray(x.isel(calculation=k).values, dtype=float) for x in (mean, error))
        finite = half[np.isfinite(half) & (half > 0)]
        place = last_place(float(line[-1]), error=float(finite.min()) if finite.size else 0.0, digits=4)
        cells = [material.chip(calculation, view=True)]
        for at in looked:
            shown = number.money(float(line[at]), place=place, signed=True)
            if half[at] > 0:
                slots = {"value": shown, "half": number.money(float(half[at]), place=min(place, last_place(half[at])))}
                shown = say("sens.plus_minus", **slots)
            cells.append(Cell(shown, number=True))
        rows.append(Row(tuple(cells)))
        slots = {"mean": number.money(float(line[-1]), place=place, signed=True), "draws": number.plain(draws[-1])}
        told.append(say("conv.alt", name=calculation.label, error=number.money(float(half[-1])), **slots))
    head = [Cell(say("npv.head.calculation"))]
    head += [Cell(say("conv.head.draws", draws=number.plain(draws[at])), number=True) for at in looked]
    views = [material.perspective_label(c.perspective) for c in material.calculations]
    return material.picture(
        f"convergence{course.suffix}",
        plot_convergence(mean, error, look=material.look, views=views),
        title=say("conv.title"),
        how=say("conv.how"),
        values=told[:6],
        table=Table(say("conv.caption"), tuple(head), tuple(rows)),
    )
