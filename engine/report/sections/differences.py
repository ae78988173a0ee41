"""Why two calculations differ, for every pair; and which assumptions matter over all pairs."""

from __future__ import annotations

import numpy as np
import xarray as xr

from engine.analysis.differences import theme_totals
from engine.report.blocks import Block, Cell, Details, Heading, Row, Section, Table, Text
from engine.report.material import Material, Party, coordinate
from engine.report.numbers import last_place
from engine.report.plots.ranking import plot_ranking
from engine.report.plots.theme import label
from engine.report.plots.waterfall import plot_waterfall


def differences_section(material: Material) -> Section:
    say, differences = material.say, material.findings.differences
    if differences is None or not differences.sizes.get("pair"):
        return Section("differences", say("gap.title"), (Text(say("gap.missing")),))
    blocks: list[Block] = [Text(say("gap.lead"), role="lead"), Text(say("gap.alone_note"), role="note")]
    headline = material.index(differences, material.headline)
    blocks.append(Heading(say("gap.headline_part", perspective=material.headline.label)))
    widest = int(np.argmax(np.abs(np.asarray(differences["gap"].isel(party=headline).values))))
    pairs = range(differences.sizes["pair"])
    blocks += [_pair(material, differences, i, material.headline, open_=i == widest) for i in pairs]
    if "reported" in coordinate(differences, "party"):
        reported = material.index(differences, material.reported)
        blocks.append(Heading(say("gap.reported_part")))
        blocks.append(Text(say("gap.reported_note"), role="note"))
        same = []
        for i in pairs:
            if _same(differences.isel(pair=i), headline, reported):
                a, b = _labels(material, differences, i)
                same.append(say("gap.pair", a=a, b=b))
            else:
                blocks.append(_pair(material, differences, i, material.reported, open_=False))
        if same:
            blocks.append(Text(say("gap.reported_same", pairs=say.listed(same, limit=99))))
    return Section("differences", say("gap.title"), tuple(blocks))


def _same(pair: xr.Dataset, first: int, second: int) -> bool:
    names = ("shapley", "from_npv", "gap")
    return all(np.allclose(pair[n].isel(party=first), pair[n].isel(party=second), rtol=1e-9, atol=1e-6) for n in names)


def _labels(material: Material, differences: xr.Dataset, pair: int) -> tuple[str, str]:
    labels = {c.name: c.label for c in material.description.calculations}
    a, b = (str(differences[c].values[pair]) for c in ("pair_from", "pair_to"))
    return label(labels.get(a, a), 100, 1), label(labels.get(b, b), 100, 1)


def _pair(material: Material, differences: xr.Dataset, pair: int, party: Party, *, open_: bool) -> Details:
    say, number = material.say, material.number
    part = differences.isel(pair=pair, party=material.index(differences, party))
    if party.kind != "reported":
        # Both are seen in one perspective, so the choice of perspective is not a step.
        kinds = {name: a.kind for name, a in material.assumptions.items()}
        moves = [kinds.get(str(a)) != "perspective" for a in part["assumption"].values]
        part = part.assign_coords(differs=part["differs"] & xr.DataArray(moves, dims="assumption"))
    a, b = _labels(material, differences, pair)
    place = last_place(float(part["gap"]), error=float(part["gap_se"]))
    summary = say("gap.summary", a=a, b=b, gap=number.money(float(part["gap"]), place=place, signed=True))
    if not bool(part["differs"].any()):
        return Details(summary, (Text(say("gap.no_difference")),), open=open_)
    picture = material.picture(
        # Names of calculations are identifiers of the study, safe in a file name.
        f"waterfall_{part['pair_from'].values}_{part['pair_to'].values}_{party.name}",
        plot_waterfall(part, look=material.look, labels=material.assumption_labels),
        title=say("gap.figure_title", a=a, b=b),
        how=say("gap.how"),
    )
    notes: list[Block] = []
    if float(part["gap_se"]) > 0:
        slots = {
            "se": number.quantity(float(part["gap_se"]), 2),
            "most": number.quantity(float(part["shapley_se"].max()), 2),
            "draws": number.plain(int(part["draws_used"])),
        }
        notes.append(Text(say("gap.error", **slots), role="note"))
    if not bool(part["exact"]):
        largest = float(part["shapley_se"].max())
        notes.append(Text(say("gap.sampled", se=number.quantity(largest, 2)), role="note"))
    return Details(
        summary, (picture, _table(material, part, a, b), _by_theme(material, part, a, b), *notes), open=open_
    )


def _by_theme(material: Material, part: xr.Dataset, a: str, b: str) -> Table:
    """Contributions summed over the assumptions of each theme."""
    say, number = material.say, material.number
    totals = theme_totals(part.expand_dims(["pair", "party"])).isel(pair=0, party=0)
    values = np.asarray(totals.values, dtype=float)
    place = last_place(float(part["gap"]), *values, error=float(part["shapley_se"].max()), digits=4)
    rows = [
        Row((Cell(material.theme_label(theme)), Cell(number.money(value, place=place, signed=True), number=True)))
        for theme, value in sorted(zip(coordinate(totals, "theme"), values, strict=True), key=lambda x: -abs(x[1]))
        if value
    ]
    total = number.money(float(part["gap"]), place=place, signed=True)
    rows.append(Row((Cell(say("gap.sum_row")), Cell(total, number=True)), strong=True))
    head = (Cell(say("gap.head.theme")), Cell(say("gap.head.contribution"), number=True))
    return Table(say("gap.theme_caption", a=a, b=b), head, tuple(rows))


def _table(material: Material, part: xr.Dataset, a: str, b: str) -> Table:
    say, number = material.say, material.number
    values = {n: np.asarray(part[n].values, dtype=float) for n in ("shapley", "alone", "total", "min_step", "max_step")}
    differs = np.flatnonzero(np.asarray(part["differs"].values, dtype=bool))
    order = differs[np.argsort(-np.abs(values["shapley"][differs]), kind="stable")]
    start, end = (str(part[c].values) for c in ("pair_from", "pair_to"))
    names, themes = coordinate(part, "assumption"), coordinate(part, "theme")
    # Contributions carry less noise than the two means, for both are computed on the same draws.
    place = last_place(float(part["gap"]), *values["shapley"], error=float(part["shapley_se"].max()), digits=4)

    def money(x: float) -> Cell:
        return Cell(number.money(x, place=place, signed=True), number=True)

    rows = []
    for i in order:
        texts = material.change(names[i], start, end)
        low, high = (number.money(values[n][i], place=place, signed=True) for n in ("min_step", "max_step"))
        rows.append(
            Row(
                (
                    Cell(material.assumption_labels.get(names[i], names[i])),
                    Cell(material.theme_label(themes[i])),
                    Cell(texts[0]),
                    Cell(texts[1]),
                    money(values["shapley"][i]),
                    money(values["alone"][i]),
                    money(values["total"][i]),
                    Cell(say("text.interval", low=low, high=high), number=True),
                )
            )
        )
    empty = Cell("")
    rows.append(Row((Cell(say("gap.sum_row")), empty, empty, empty, money(float(part["gap"])), empty, empty, empty),
                    strong=True))  # fmt: skip
    heads = ("assumption", "theme", "from", "to", "contribution", "alone", "total", "range")
    head = tuple(Cell(say(f"gap.head.{h}"), number=i > 3) for i, h in enumerate(heads))
    return Table(say("gap.caption", a=a, b=b), head, tuple(rows))


def ranking_section(material: Material) -> Section:
    say, differences = material.say, material.findings.differences
    if differences is None or not differences.sizes.get("pair"):
        return Section("ranking", say("rank.title"), (Text(say("gap.missing")),))
    mean = material.ranking.isel(party=material.index(differences, material.headline))
    number, values = material.number, np.asarray(mean.values, dtype=float)
    order = np.argsort(-values, kind="stable")
    order = order[values[order] > 0]
    if not order.size:
        return Section("ranking", say("rank.title"), (Text(say("rank.none")),))
    place = last_place(*values)
    names, themes = coordinate(differences, "assumption"), coordinate(differences, "theme")
    pairs = differences["differs"].values.sum(axis=differences["differs"].dims.index("pair"))
    n = differences.sizes["pair"]
    rows = tuple(
        Row(
            (
                Cell(material.assumption_labels.get(names[i], names[i])),
                Cell(material.theme_label(themes[i])),
                Cell(number.money(values[i], place=place), number=True),
                Cell(number.plain(int(pairs[i])), number=True),
            )
        )
        for i in order
    )
    head = (
        Cell(say("gap.head.assumption")),
        Cell(say("gap.head.theme")),
        Cell(say("rank.head.mean"), number=True),
        Cell(say("rank.head.pairs"), number=True),
    )
    picture = material.picture(
        "ranking",
        plot_ranking(mean, look=material.look, labels=material.assumption_labels, themes=material.description.themes),
        title=say("rank.figure_title"),
        how=say("rank.how"),
        table=Table(say("rank.caption"), head, rows),
    )
    lead = say.count("rank.lead", n, perspective=material.headline.label)
    return Section("ranking", say("rank.title"), (Text(lead, role="lead"), picture))
