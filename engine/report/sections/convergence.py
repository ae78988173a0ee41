"""How the mean net saving settled as draws were made."""

from __future__ import annotations

import numpy as np

from engine.report.blocks import Block, Cell, Heading, Row, Table
from engine.report.material import Course, Material, coordinate
from engine.report.numbers import last_place
from engine.report.plots.convergence import plot_convergence


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
    rows, told = [], []
    for k, calculation in enumerate(material.calculations):
        line, half = (np.asarray(x.isel(calculation=k).values, dtype=float) for x in (mean, error))
        shown = [
            (number.money(m, place=last_place(m, error=e, digits=4), signed=True), number.money(e, place=last_place(e)))
            for m, e in zip(line.tolist(), half.tolist(), strict=True)
        ]
        for n, (m, e) in zip(draws, shown, strict=True):
            cells = (Cell(number.plain(n), number=True), Cell(m, number=True), Cell(e, number=True))
            rows.append(Row((material.chip(calculation), *cells)))
        slots = {"mean": shown[-1][0], "error": shown[-1][1], "draws": number.plain(draws[-1])}
        told.append(say("conv.alt", name=calculation.label, **slots))
    heads = (say("run.draws"), say("npv.head.mean"), say("npv.head.mcse"))
    head = (Cell(say("npv.head.calculation")), *(Cell(h, number=True) for h in heads))
    views = [material.perspective_label(c.perspective) for c in material.calculations]
    return material.picture(
        f"convergence{course.suffix}",
        plot_convergence(mean, error, look=material.look, views=views),
        title=say("conv.title"),
        how=say("conv.how"),
        values=told[:6],
        table=Table(say("conv.caption"), head, tuple(rows)),
    )
