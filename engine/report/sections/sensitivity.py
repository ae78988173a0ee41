"""What drives the uncertainty inside each calculation: tornado, Sobol' indices, Morris screening."""

from __future__ import annotations

import numpy as np
import xarray as xr

from engine.report.blocks import Block, Cell, Details, Row, Section, Table, Text
from engine.report.material import Material, coordinate
from engine.report.numbers import last_place
from engine.report.plots.sobol_bars import plot_sobol_bars
from engine.report.plots.tornado import plot_tornado

PAIRS = 8
"""Interactions shown."""


def sensitivity_section(material: Material) -> Section:
    say, blocks = material.say, list[Block]()
    known = [a for a in material.findings.sensitivity if a.attrs.get("method") in _PARTS]
    if not known:
        return Section("sensitivity", say("sens.title"), (Text(say("sens.missing")),))
    blocks.append(Text(say("sens.lead"), role="lead"))
    labels = {c.name: c.label for c in material.description.calculations}
    order = list(dict.fromkeys(str(a.attrs["calculation"]) for a in known))
    for k, calculation in enumerate(order):
        name = labels.get(calculation, calculation)
        mine = sorted(
            (a for a in known if a.attrs["calculation"] == calculation),
            key=lambda a: list(_PARTS).index(a.attrs["method"]),
        )
        inside: list[Block] = []
        said = ""
        for i, analysis in enumerate(mine):
            what = _what(material, analysis)
            if what != said:
                inside.append(Text(what))
                said = what
            inside += _PARTS[analysis.attrs["method"]](material, analysis, name, f"{calculation}_{i}")
        blocks.append(Details(name, tuple(inside), open=k == 0))
    return Section("sensitivity", say("sens.title"), tuple(blocks))


def _what(material: Material, analysis: xr.Dataset) -> str:
    names = {s.name: s.label for s in material.description.interventions}
    strategy = str(analysis.attrs.get("strategy", ""))
    slots = {"strategy": names.get(strategy, strategy)}
    party = str(analysis.attrs.get("party", ""))
    if party == material.reported.name:
        return material.say("sens.what_reported", **slots)
    return material.say("sens.what", party=material.party_label(party), **slots)


def _runs(material: Material, analysis: xr.Dataset) -> Text:
    n = int(analysis.attrs.get("runs", 0))
    return Text(material.say.count("sens.runs", n, runs=material.number.plain(n)), role="note")


def _oneway(material: Material, analysis: xr.Dataset, name: str, key: str) -> list[Block]:
    say, number = material.say, material.number
    low = np.asarray(analysis["low_outcome"].values, dtype=float)
    high = np.asarray(analysis["high_outcome"].values, dtype=float)
    labels = coordinate(analysis, "label")
    place = last_place(*low, *high)
    rows = tuple(
        Row(
            (
                Cell(labels[i]),
                Cell(number.quantity(float(analysis["low_value"].values[i])), number=True),
                Cell(number.quantity(float(analysis["high_value"].values[i])), number=True),
                Cell(number.money(low[i], place=place, signed=True), number=True),
                Cell(number.money(high[i], place=place, signed=True), number=True),
            )
        )
        for i in np.argsort(-np.abs(high - low), kind="stable")
    )
    head = _head(material, "input", "low", "high", "at_low", "at_high")
    picture = material.picture(
        f"tornado_{key}",
        plot_tornado(analysis, look=material.look),
        title=say("sens.tornado_title", name=name),
        how=say("sens.tornado_how"),
        table=Table(say("sens.tornado_caption", name=name), head, rows),
    )
    return [picture, _runs(material, analysis)]


def _sobol(material: Material, analysis: xr.Dataset, name: str, key: str) -> list[Block]:
    say, number = material.say, material.number
    labels = coordinate(analysis, "label")

    def with_half(index: str, at: tuple[int, ...]) -> Cell:
        value, half = (float(analysis[n].values[at]) for n in (index, f"{index}_conf"))
        decimals = 1 if half < 0.01 else 0
        return Cell(
            say("sens.plus_minus", value=number.share(value, decimals), half=number.share(half, decimals)), number=True
        )

    total = np.asarray(analysis["ST"].values, dtype=float)
    rows = tuple(
        Row((Cell(labels[i]), with_half("S1", (int(i),)), with_half("ST", (int(i),))))
        for i in np.argsort(-total, kind="stable")
    )
    picture = material.picture(
        f"sobol_{key}",
        plot_sobol_bars(analysis, look=material.look),
        title=say("sens.sobol_title", name=name),
        how=say("sens.sobol_how"),
        table=Table(say("sens.sobol_caption", name=name), _head(material, "input", "first", "total"), rows),
    )
    blocks: list[Block] = [picture]
    if "S2" in analysis:
        second = np.asarray(analysis["S2"].values, dtype=float)
        places = [(int(i), int(j)) for i, j in np.argwhere(np.isfinite(second)) if i < j]
        places.sort(key=lambda at: -abs(second[at]))
        pairs = tuple(
            Row((Cell(say("sens.two", a=labels[i], b=labels[j])), with_half("S2", (i, j)))) for i, j in places[:PAIRS]
        )
        caption = say("sens.pairs_caption", name=name)
        if pairs:
            blocks.append(Details(caption, (Table(caption, _head(material, "pair", "second"), pairs),)))
    return [*blocks, _runs(material, analysis)]


def _morris(material: Material, analysis: xr.Dataset, name: str, key: str) -> list[Block]:
    say, number = material.say, material.number
    labels = coordinate(analysis, "label")
    star = np.asarray(analysis["mu_star"].values, dtype=float)
    place = last_place(*star)
    rows = []
    for i in np.argsort(-star, kind="stable"):
        value, half, mean, sigma = (float(analysis[n].values[i]) for n in ("mu_star", "mu_star_conf", "mu", "sigma"))
        size = say("sens.plus_minus", value=number.money(value, place=place), half=number.money(half, place=place))
        cells = (
            Cell(labels[i]),
            Cell(size, number=True),
            Cell(number.money(mean, place=place, signed=True), number=True),
            Cell(number.money(sigma, place=place), number=True),
        )
        rows.append(Row(cells))
    caption = say("sens.morris_caption", name=name)
    table = Table(caption, _head(material, "input", "mu_star", "mu", "sigma"), tuple(rows))
    return [Details(caption, (Text(say("sens.morris_how")), table, _runs(material, analysis)))]


def _head(material: Material, *names: str) -> tuple[Cell, ...]:
    return tuple(Cell(material.say(f"sens.head.{n}"), number=i > 0) for i, n in enumerate(names))


_PARTS = {"oneway": _oneway, "sobol": _sobol, "morris": _morris}
