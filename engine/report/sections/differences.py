"""Why two calculations differ, for every pair; and which assumptions matter over all pairs."""

from __future__ import annotations

import numpy as np
import xarray as xr

from engine.analysis.differences import theme_totals
from engine.analysis.ranking import rank_assumptions, top_contributions
from engine.report.blocks import Block, Cell, Details, Heading, Row, Section, Table, Text
from engine.report.headline import gap_place, short
from engine.report.material import Course, Material, Party, coordinate
from engine.report.numbers import last_place
from engine.report.plots.ranking import plot_ranking
from engine.report.plots.waterfall import plot_waterfall
from engine.report.sections.accounting import accounting_blocks
from engine.report.sections.interactions import interaction_table, interaction_words


def differences_section(material: Material) -> Section:
    say = material.say
    if not any(material.differences(c.at) is not None for c in material.courses):
        return Section("differences", say("gap.title"), (Text(say("gap.missing")),))
    blocks: list[Block] = accounting_blocks(material)
    if blocks:
        blocks.append(Heading(say("gap.by_assumption")))
    blocks += [Text(say("gap.lead"), role="lead"), Text(say("gap.alone_note"), role="note")]
    for course in material.courses:
        blocks += _course(material, course)
    return Section("differences", say("gap.title"), tuple(blocks))


def _course(material: Material, course: Course) -> list[Block]:
    """All pairs of one intervention: as they report, then both in the headline perspective."""
    say, differences = material.say, material.differences(course.at)
    if differences is None:
        return [Heading(course.heading), Text(say("gap.missing"))] if course.heading else [Text(say("gap.missing"))]
    headline = material.index(differences, material.headline)
    pairs = range(differences.sizes["pair"])
    blocks: list[Block] = []

    def heading(text: str) -> Heading:
        return Heading(say("gap.part_of", strategy=course.heading, part=text) if course.heading else text)

    has_reported = "reported" in coordinate(differences, "party")
    first = material.reported if has_reported else material.headline
    gaps = np.abs(np.asarray(differences["gap"].isel(party=material.index(differences, first)).values, dtype=float))
    widest = int(np.argmax(gaps))
    if has_reported:
        blocks.append(heading(say("gap.reported_part")))
        blocks.append(Text(say("gap.reported_note"), role="note"))
        blocks += [_pair(material, differences, i, first, course, open_=i == widest) for i in pairs]
    blocks.append(heading(say("gap.headline_part", perspective=material.headline.label)))
    same = []
    for i in pairs:
        if has_reported and _same(differences.isel(pair=i), headline, material.index(differences, first)):
            a, b = _labels(material, differences, i)
            same.append(say("gap.pair", a=a, b=b))
        else:
            open_ = not has_reported and i == widest
            blocks.append(_pair(material, differences, i, material.headline, course, open_=open_))
    if same:
        blocks.append(Text(say("gap.reported_same", pairs=say.listed(same, limit=99))))
    return blocks


def _same(pair: xr.Dataset, first: int, second: int) -> bool:
    names = ("shapley", "from_npv", "gap")
    return all(np.allclose(pair[n].isel(party=first), pair[n].isel(party=second), rtol=1e-9, atol=1e-6) for n in names)


def _labels(material: Material, differences: xr.Dataset, pair: int) -> tuple[str, str]:
    labels = {c.name: c.label for c in material.description.calculations}
    a, b = (str(differences[c].values[pair]) for c in ("pair_from", "pair_to"))
    return short(labels.get(a, a), 100), short(labels.get(b, b), 100)


def _pair(
    material: Material, differences: xr.Dataset, pair: int, party: Party, course: Course, *, open_: bool
) -> Details:
    say, number = material.say, material.number
    part = differences.isel(pair=pair, party=material.index(differences, party))
    if party.kind != "reported":
        # Both are seen in one perspective, so the choice of perspective is not a step.
        kinds = {name: a.kind for name, a in material.assumptions.items()}
        moves = [kinds.get(str(a)) != "perspective" for a in part["assumption"].values]
        part = part.assign_coords(differs=part["differs"] & xr.DataArray(moves, dims="assumption"))
    a, b = _labels(material, differences, pair)
    place = gap_place(part)
    gap = number.money(float(part["gap"]), place=place, signed=True)
    summary = say("gap.summary", a=a, b=b, gap=gap)
    if not bool(part["differs"].any()):
        return Details(summary, (Text(say("gap.no_difference")),), open=open_)
    labels = material.assumption_labels
    names = coordinate(part, "assumption")
    shapley = np.asarray(part["shapley"].values, dtype=float)
    top = top_contributions(shapley, float(part["gap"]), place=place, most=5)
    values = [say("alt.gap", gap=gap)] + [
        say("alt.value", name=short(labels.get(names[i], names[i])),
            value=number.money(float(shapley[i]), place=place, signed=True))
        for i in top.shown
    ]  # fmt: skip
    table = _table(material, part, a, b)
    picture = material.picture(
        # Names of calculations are identifiers of the study, safe in a file name.
        f"waterfall_{part['pair_from'].values}_{part['pair_to'].values}_{party.name}{course.suffix}",
        plot_waterfall(part, look=material.look, labels=labels, place=place),
        title=say("gap.figure_title", a=a, b=b),
        how=say("gap.how"),
        values=values,
        table=table,
        beside=True,
    )
    notes: list[Block] = []
    largest = float(part["shapley_se"].max())
    if max(float(part["gap_se"]), largest) >= 0.5:  # else nobody can see it
        slots = {
            "se": number.money(float(part["gap_se"])),
            "most": number.money(largest),
            "draws": number.plain(int(part["draws_used"])),
        }
        notes.append(Text(say("gap.error", **slots), role="note"))
    if not bool(part["exact"]):
        notes.append(Text(say("gap.sampled", se=number.money(largest)), role="note"))
    tables = [table, *_by_theme(material, part, a, b)]
    words = interaction_words(material, differences, pair, party)
    pairs = interaction_table(material, differences, pair, party, course)
    return Details(summary, (*words, picture, *tables, *pairs, *notes), open=open_, printed=open_)


def _by_theme(material: Material, part: xr.Dataset, a: str, b: str) -> list[Table]:
    """Contributions of themes that change as wholes; nothing where there is one theme only.

    Where a run has not computed them, contributions are summed over the assumptions of each theme.
    """
    say, number = material.say, material.number
    if "theme_contribution" in part:
        totals = part["theme_contribution"].rename(assumption_theme="theme")
    else:
        totals = theme_totals(part.expand_dims(["pair", "party"])).isel(pair=0, party=0)
    values = np.asarray(totals.values, dtype=float)
    place = gap_place(part)
    rows = [
        Row(
            (
                Cell(material.theme_label(theme) or say("gap.no_theme")),
                Cell(number.money(value, place=place, signed=True), number=True),
            )
        )
        for theme, value in sorted(zip(coordinate(totals, "theme"), values, strict=True), key=lambda x: -abs(x[1]))
        if round(value / 10**place)
    ]
    if len(rows) < 2:
        return []
    total = number.money(float(part["gap"]), place=place, signed=True)
    rows.append(Row((Cell(say("gap.sum_row")), Cell(total, number=True)), strong=True))
    head = (Cell(say("gap.head.theme")), Cell(say("gap.head.contribution"), number=True))
    return [Table(say("gap.theme_caption", a=a, b=b), head, tuple(rows))]


def _table(material: Material, part: xr.Dataset, a: str, b: str) -> Table:
    say, number = material.say, material.number
    values = {n: np.asarray(part[n].values, dtype=float) for n in ("shapley", "alone", "total", "min_step", "max_step")}
    differs = np.flatnonzero(np.asarray(part["differs"].values, dtype=bool))
    order = differs[np.argsort(-np.abs(values["shapley"][differs]), kind="stable")]
    start, end = (str(part[c].values) for c in ("pair_from", "pair_to"))
    names, themes = coordinate(part, "assumption"), coordinate(part, "theme")
    place = gap_place(part)

    def money(x: float) -> Cell:
        return Cell(number.money(x, place=place, signed=True), number=True)

    rows = []
    for i in order:
        texts = material.change(names[i], start, end)
        low, high = (number.money(values[n][i], place=place, signed=True) for n in ("min_step", "max_step"))
        rows.append(
            Row(
                (
                    Cell(material.assumption_labels.get(names[i], names[i]), note=material.theme_label(themes[i])),
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
    rows.append(Row((Cell(say("gap.sum_row")), empty, empty, money(float(part["gap"])), empty, empty, empty),
                    strong=True))  # fmt: skip
    heads = ("assumption", "from", "to", "contribution", "alone", "total", "range")
    head = tuple(Cell(say(f"gap.head.{h}", a=a, b=b), number=i > 2) for i, h in enumerate(heads))
    return Table(say("gap.caption", a=a, b=b), head, tuple(rows))


def ranking_section(material: Material) -> Section:
    say, blocks = material.say, list[Block]()
    for course in material.courses:
        differences = material.differences(course.at)
        if course.heading:
            blocks.append(Heading(course.heading))
        if differences is None:
            blocks.append(Text(say("gap.missing")))
        else:
            blocks += _ranking(material, differences, course)
    return Section("ranking", say("rank.title"), tuple(blocks))


def _ranking(material: Material, differences: xr.Dataset, course: Course) -> list[Block]:
    say = material.say
    has_reported = "reported" in coordinate(differences, "party")
    party = material.reported if has_reported else material.headline
    mean = rank_assumptions(differences).isel(party=material.index(differences, party))
    number, values = material.number, np.asarray(mean.values, dtype=float)
    place = last_place(*values)
    order = np.argsort(-values, kind="stable")
    order = order[np.round(values[order] / 10**place) > 0]
    if not order.size:
        return [Text(say("rank.none"))]
    names, themes = coordinate(differences, "assumption"), coordinate(differences, "theme")
    labels = material.assumption_labels
    pairs = differences["differs"].values.sum(axis=differences["differs"].dims.index("pair"))
    n = differences.sizes["pair"]
    rows = tuple(
        Row(
            (
                Cell(labels.get(names[i], names[i]), note=material.theme_label(themes[i])),
                Cell(number.money(values[i], place=place), number=True),
                Cell(number.plain(int(pairs[i])), number=True),
            )
        )
        for i in order
    )
    head = (
        Cell(say("gap.head.assumption")),
        Cell(say("rank.head.mean"), number=True),
        Cell(say("rank.head.pairs"), number=True),
    )
    picture = material.picture(
        f"ranking{course.suffix}",
        plot_ranking(mean, look=material.look, labels=labels, themes=material.themes),
        title=say("rank.figure_title"),
        how=say("rank.how"),
        values=[
            say("alt.value", name=short(labels.get(names[i], names[i])), value=number.money(values[i], place=place))
            for i in order[:6]
        ],
        table=Table(say("rank.caption"), head, rows),
    )
    key = "rank.lead_reported" if has_reported else "rank.lead"
    return [Text(say.count(key, n, perspective=material.headline.label), role="lead"), picture]
