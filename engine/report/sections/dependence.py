"""Which uncertain parameters depend on one another, and how strongly they do in the draws."""

from __future__ import annotations

import numpy as np
import xarray as xr

from engine.report.blocks import Block, Cell, Details, Row, Table, Text
from engine.report.material import Material, coordinate

PAIRS = 30
"""Pairs shown for a calculation, the strongest first."""


def dependence_blocks(material: Material) -> list[Block]:
    """A table of correlated pairs, stated and achieved, of every calculation; nothing where all are independent."""
    say, rows, draws = material.say, list[Row](), 0
    for calculation in material.calculations:
        found = material.analysis("dependence", calculation.name)
        if found is not None:
            draws = int(found.attrs["draws"])
            rows += _rows(material, found, material.chip(calculation))
    if not rows:
        return []
    heads = (say("depend.head.stated"), say("depend.head.achieved"), say("depend.head.error"))
    head = (
        Cell(say("npv.head.calculation")),
        Cell(say("depend.head.pair")),
        *(Cell(text, number=True) for text in heads),
    )
    table = Table(say("depend.caption", draws=material.number.plain(draws)), head, tuple(rows))
    return [Details(say("depend.title"), (Text(say("depend.how"), role="note"), table))]


def _rows(material: Material, found: xr.Dataset, who: Cell) -> list[Row]:
    number, labels = material.number, coordinate(found, "label")
    stated, achieved, error = (
        np.asarray(found[v].transpose("parameter", "parameter_2").values, dtype=float)
        for v in ("rank_stated", "rank_achieved", "rank_achieved_se")
    )
    # Where nothing is stated and no structure decides, what the draws have is luck.
    pairs = [(i, j) for j in range(len(labels)) for i in range(j) if stated[i, j] != 0]
    pairs = sorted(pairs, key=lambda at: -abs(achieved[at]))[:PAIRS]
    return [
        Row(
            (
                who,
                Cell(material.say("depend.pair", a=labels[i], b=labels[j])),
                Cell(number.plain(float(stated[i, j]), 2))
                if np.isfinite(stated[i, j])
                else Cell(material.say("depend.together")),
                Cell(number.plain(float(achieved[i, j]), 3), number=True),
                Cell(number.plain(float(error[i, j]), 3), number=True),
            )
        )
        for i, j in pairs
    ]
