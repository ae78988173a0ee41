"""How the Sobol' indices of a calculation settled as their design was doubled."""

from __future__ import annotations

import numpy as np
import xarray as xr

from engine.report.blocks import Block, Cell, Row, Table, Text
from engine.report.headline import short
from engine.report.material import Material, coordinate
from engine.report.plots.refinement import plot_refinement
from engine.report.plots.theme import largest

INPUTS = 5
"""Inputs shown: those with the largest total index in the end, whose ranking the rule looks at."""


def refinement_blocks(material: Material, analysis: xr.Dataset, name: str, key: str) -> list[Block]:
    """A sentence on how precise the indices are; the figure where the design was doubled at all.

    Parameters
    ----------
    analysis : of the method `sobol`; nothing is told of one whose size was stated.
    """
    if "ST_so_far" not in analysis:
        return []
    say, number = material.say, material.number
    labels = [short(label) for label in coordinate(analysis, "label")]
    total, half = (
        np.asarray(analysis[v].transpose("checkpoint", "parameter").values, dtype=float)
        for v in ("ST_so_far", "ST_conf_so_far")
    )
    worst = np.asarray(analysis["worst_half_width"].values, dtype=float)
    sizes = [number.plain(int(n)) for n in analysis["runs"].values]
    stable = [bool(x > 0.5) for x in analysis["ranking_stable"].values]
    asked, got = float(analysis.attrs["precision"]) / 2, float(worst[-1])
    missed = "sens.not_ranked" if got < asked else "sens.not_refined"
    told = "sens.refined" if analysis.attrs["reached"] else missed
    slots = {"asked": number.percent(asked, 2), "got": number.percent(got, 2), "runs": sizes[-1]}
    said = Text(say(told, **slots), role="note")
    if len(sizes) < 2:
        return [said]
    inputs = [int(i) for i in largest(total[-1], INPUTS)]
    rows = []
    for c, size in enumerate(sizes):
        least = say("sens.within", half=number.percent(float(worst[c]), 2))
        cells = [Cell(size, number=True), Cell(least, number=True), Cell(say("sens.yes" if stable[c] else "sens.no"))]
        rows.append(Row((*cells, *(material.share_cell(float(total[c, i]), float(half[c, i])) for i in inputs))))
    head = [Cell(say("sens.head.evaluations"), number=True), Cell(say("sens.head.least_precise"), number=True)]
    head += [Cell(say("sens.head.ranking"))]
    head += [Cell(short(labels[i], 48), number=True) for i in inputs]
    values = [
        say("sens.refined_alt", name=labels[i], share=number.share(float(total[-1, i])),
            half=number.percent(float(half[-1, i]), 2), runs=sizes[-1])
        for i in inputs
    ]  # fmt: skip
    picture = material.picture(
        f"refinement_{key}",
        plot_refinement(analysis, inputs, look=material.look),
        title=say("sens.refined_title", name=name),
        how=say("sens.refined_how"),
        values=values,
        table=Table(say("sens.refined_caption", name=name), tuple(head), tuple(rows)),
    )
    return [said, picture]
