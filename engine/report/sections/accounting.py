"""From the figures as their authors sign them to the figures that are compared: arithmetic, not disagreement."""

from __future__ import annotations

import numpy as np

from engine.report.blocks import Block, Bullets, Cell, Heading, Row, Table, Text
from engine.report.material import Material, coordinate
from engine.report.numbers import last_place


def accounting_blocks(material: Material) -> list[Block]:
    """A sentence for each author who signs in terms of their own, and the way to common terms as a table."""
    found = material.findings.analyses.get("accounting")
    if found is None or "accounting" not in found:
        return []
    say, number = material.say, material.number
    values = np.asarray(found["accounting"].values, dtype=float)
    names, steps = coordinate(found, "calculation"), coordinate(found, "accounting_step")
    # A step that changes nobody's figure is not a step here.
    moves = ~np.isclose(values[:, 1:], values[:, :-1], rtol=1e-12, atol=1e-9)
    used = [k for k in range(1, len(steps)) if moves[:, k - 1].any()]
    if not used:
        return []
    year = material.description.price_year

    def amount(value: float) -> str:
        scale = material.look.scale(value if abs(value) >= 1e6 else 0.0)
        shown = number.scaled(value, scale, place=last_place(value), signed=True)
        return say("bridge.amount", amount=shown, unit=say(scale.key))

    sentences, rows = [], []
    for i, name in enumerate(names):
        label = material.calculation_label(name)
        terms = [say(f"bridge.term.{steps[k]}", year=year) for k in used if moves[i, k - 1]]
        if terms:
            slots = {"signed": amount(values[i, 0]), "compared": amount(values[i, -1])}
            sentences.append(say("bridge.sentence", name=label, terms=say("list.semicolon").join(terms), **slots))
        cells = [Cell(amount(values[i, k]), number=True, muted=k > 0 and not moves[i, k - 1]) for k in (0, *used)]
        rows.append(Row((Cell(label), *cells)))
    head = [Cell(say("npv.head.calculation")), Cell(say("bridge.head.signed"), number=True)]
    head += [Cell(say(f"bridge.head.{steps[k]}", year=year), number=True) for k in used]
    return [
        Heading(say("bridge.title")),
        Text(say("bridge.lead")),
        Bullets(tuple(sentences)),
        Table(say("bridge.caption"), tuple(head), tuple(rows)),
    ]
