"""What it is worth to know more before deciding, in each calculation."""

from __future__ import annotations

import numpy as np
import xarray as xr

from engine.report.blocks import Block, Bullets, Cell, Details, Row, Section, Table, Text
from engine.report.headline import short
from engine.report.material import Material, coordinate
from engine.report.numbers import last_place
from engine.report.sections.follow_up import follow_up_blocks

MOST = 8
"""Inputs told one by one."""


def information_section(material: Material) -> Section | None:
    known = [(c.name, found) for c in material.calculations
             if (found := material.analysis("information", c.name)) is not None]  # fmt: skip
    if not known:
        return None
    say = material.say
    blocks: list[Block] = [
        Text(say("info.lead"), role="lead"),
        Text(say("info.zero")),
        Bullets(tuple(_sentence(material, name, found) for name, found in known)),
        _overview(material, known),
    ]
    blocks += [_details(material, name, found) for name, found in known if _evpi(found)[0] >= 0.5]
    blocks += follow_up_blocks(material)
    return Section("information", say("info.title"), tuple(blocks))


def _evpi(found: xr.Dataset) -> tuple[float, float]:
    """Value of knowing everything, and its standard error, for the first party: whose decision it is."""
    return float(found["evpi"].values[0]), float(found["evpi_se"].values[0])


def _amount(material: Material, value: float, error: float) -> str:
    return material.number.money(value, place=last_place(value, error=error))


def _programme(material: Material, value: float) -> str:
    number, scale = material.number, material.look.scale(value if abs(value) >= 1e6 else 0.0)
    shown = number.scaled(value, scale, place=last_place(value, digits=2))
    return material.say("bridge.amount", amount=shown, unit=material.say(scale.key))


def _sentence(material: Material, name: str, found: xr.Dataset) -> str:
    say, (value, error) = material.say, _evpi(found)
    label = material.calculation_label(name)
    best = _course_label(material, coordinate(found, "best_strategy")[0])
    if value < 0.5:
        return say("info.nothing", name=label, best=best)
    slots = {"name": label, "best": best, "value": _amount(material, value, error),
             "wrong": material.number.probability(float(found["p_wrong"].values[0]))}  # fmt: skip
    if "evpi_programme" not in found:
        return say("info.worth", **slots)
    total = _programme(material, float(found["evpi_programme"].values[0]))
    cohort = material.number.plain(float(found.attrs.get("cohort", 0)))
    return say("info.worth_all", total=total, cohort=cohort, **slots)


def _course_label(material: Material, name: str) -> str:
    description = material.description
    everything = (description.baseline, *description.interventions)
    return next((s.label for s in everything if s.name == name), name)


def _overview(material: Material, known: list[tuple[str, xr.Dataset]]) -> Table:
    say, number = material.say, material.number
    rows = []
    programme = any("evpi_programme" in found for _, found in known)
    for name, found in known:
        value, error = _evpi(found)
        cells = [
            Cell(material.calculation_label(name), note=material.party_label(coordinate(found, "party")[0])),
            Cell(_course_label(material, coordinate(found, "best_strategy")[0])),
            Cell(number.probability(float(found["p_wrong"].values[0])), number=True),
            Cell(_amount(material, value, error), number=True),
            Cell(number.money(error, place=last_place(error, digits=2)), number=True),
        ]
        if programme:
            has = "evpi_programme" in found
            text = _programme(material, float(found["evpi_programme"].values[0])) if has else ""
            cells.append(Cell(text, number=True))
        rows.append(Row(tuple(cells)))
    names = ("calculation", "best", "wrong", "evpi", "error", *(("programme",) if programme else ()))
    head = tuple(Cell(say(f"info.head.{n}"), number=i > 1) for i, n in enumerate(names))
    return Table(say("info.caption"), head, tuple(rows))


def _details(material: Material, name: str, found: xr.Dataset) -> Details:
    """What single inputs and whole themes are worth in one calculation."""
    say = material.say
    label = material.calculation_label(name)
    inputs = dict(zip(coordinate(found, "parameter"), coordinate(found, "label"), strict=True))
    tables = [_table(material, found, "evppi", "parameter", inputs, say("info.inputs_caption", name=label))]
    if "group_evppi" in found:
        themes = {g: material.theme_label(g) or say("gap.no_theme") for g in coordinate(found, "group")}
        tables.append(_table(material, found, "group_evppi", "group", themes, say("info.themes_caption", name=label)))
    value = np.asarray(found["evppi"].values, dtype=float)[:, 0]
    top = int(np.argmax(value)) if value.size else -1
    known = top >= 0 and value[top] >= 0.5
    summary = say("info.summary", name=label, input=short(coordinate(found, "label")[top])) if known else label
    return Details(summary, (Text(say("info.how"), role="note"), *tables))


def _table(
    material: Material, found: xr.Dataset, measure: str, dim: str, labels: dict[str, str], caption: str
) -> Table:
    say, number = material.say, material.number
    names = coordinate(found, dim)
    value, error, low, low_error = (
        np.asarray(found[f"{measure}{s}"].values, dtype=float)[:, 0] for s in ("", "_se", "_low", "_low_se")
    )
    programme = found.get(f"{measure}_programme")
    order = [int(i) for i in np.argsort(-value, kind="stable") if value[i] >= 0.5][:MOST]
    place = last_place(*value, digits=2)
    rows = []
    for i in order:
        errors = [number.money(x[i], place=last_place(x[i], digits=2)) for x in (error, low_error)]
        second = say("info.second", value=_amount(material, low[i], low_error[i]), error=errors[1])
        cells = [Cell(labels[names[i]])]
        cells += [Cell(a, number=True) for a in (_amount(material, value[i], error[i]), errors[0], second)]
        if programme is not None:
            cells.append(Cell(_programme(material, float(programme.values[i, 0])), number=True))
        rows.append(Row(tuple(cells)))
    rest = len(names) - len(order)
    columns = 4 + (programme is not None)
    if rest:
        most = float(np.delete(value, order).max())
        shown = number.money(most, place=place)
        text = say.count("info.none", rest) if most < 0.5 else say.count("info.others", rest, rest=shown)
        rows.append(Row((Cell(text), *(Cell("") for _ in range(columns - 1)))))
    keys = (dim, "value", "error", "low", *(("programme",) if programme is not None else ()))
    head = tuple(Cell(say(f"info.head.{k}"), number=i > 0) for i, k in enumerate(keys))
    return Table(caption, head, tuple(rows))
