"""How much of a difference comes from assumptions that strengthen or weaken each other."""

from __future__ import annotations

import numpy as np
import xarray as xr

from engine.analysis.interactions import SPOKEN_OF, interaction_mass
from engine.report.blocks import Block, Cell, Details, Row, Table, Text
from engine.report.headline import gap_place, short
from engine.report.material import Course, Material, Party

PAIRS = 6
"""Pairs of assumptions shown."""


def interaction_words(material: Material, differences: xr.Dataset, pair: int, party: Party) -> list[Block]:
    """One sentence where changing assumptions one at a time would tell another story than the difference."""
    part = differences[["gap", "alone", "shapley", "shapley_se"]].isel(
        pair=pair, party=material.index(differences, party)
    )
    found = interaction_mass(part)
    share, mass = float(found["interaction_share"]), float(found["interaction_mass"])
    gap, place = float(part["gap"]), gap_place(part)
    if not abs(share) > SPOKEN_OF or not round(gap / 10**place):
        return []
    slots = {
        "alone": material.number.money(gap - mass, place=place, signed=True),
        "gap": material.number.money(gap, place=place, signed=True),
        "rest": material.number.money(mass, place=place, signed=True),
    }
    if share > 1:
        return [Text(material.say("inter.against", **slots))]
    return [Text(material.say("inter.strengthen" if share > 0 else "inter.weaken", **slots))]


def interaction_table(
    material: Material, differences: xr.Dataset, pair: int, party: Party, course: Course
) -> list[Block]:
    """The pairs of assumptions that change each other most, where the run looked for them."""
    found = material.analysis("interactions", course.intervention.name)
    if found is None or not {"pair", "party", "assumption", "label"} <= set(found.coords):
        return []
    names = [str(p) for p in found["pair"].values]
    wanted = str(differences["pair"].values[pair])
    if wanted not in names:
        return []
    part = found.isel(pair=names.index(wanted), party=material.index(found, party))
    values = np.asarray(part["interaction"].values, dtype=float)
    place = gap_place(differences.isel(pair=pair, party=material.index(differences, party)))
    pairs = [(i, j) for i in range(len(values)) for j in range(i) if round(values[i, j] / 10**place)]
    pairs = sorted(pairs, key=lambda at: -abs(values[at]))[:PAIRS]
    if not pairs:
        return []
    say, labels = material.say, material.labels_of(found)
    keys = [str(a) for a in found["assumption"].values]
    rows = tuple(
        Row(
            (
                Cell(say("sens.two", a=short(labels[keys[j]]), b=short(labels[keys[i]]))),
                Cell(material.number.money(float(values[i, j]), place=place, signed=True), number=True),
            )
        )
        for i, j in pairs
    )
    start = short(material.calculation_label(str(differences["pair_from"].values[pair])), 100)
    head = (Cell(say("inter.head.pair")), Cell(say("inter.head.effect"), number=True))
    table = Table(say("inter.caption", a=start), head, rows)
    return [Details(say("inter.title"), (Text(say("inter.how", a=start), role="note"), table))]
