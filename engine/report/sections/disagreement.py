"""What the disagreement of all calculations consists of: agreement, shares, heat map, who against unsure."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.report.blocks import Block, Cell, Details, Heading, Picture, Row, Section, Table, Text
from engine.report.headline import short
from engine.report.material import Course, Material, coordinate
from engine.report.numbers import last_place
from engine.report.plots.agreement import MOST as STEPS
from engine.report.plots.agreement import plot_agreement
from engine.report.plots.heatmap import plot_heatmap
from engine.report.plots.theme import largest
from engine.report.plots.who import PARTS, plot_who

ENOUGH = 0.75
"""Share of the disagreement which, if gone, is called most of it."""

MOST = 12
"""Assumptions told one by one."""


def disagreement_section(material: Material) -> Section | None:
    blocks = list[Block]()
    for course in material.courses:
        inside = _course(material, course)
        if inside and course.heading:
            blocks.append(Heading(course.heading))
        blocks += inside
    if not blocks:
        return None
    lead = Text(material.say("spread.lead"), role="lead")
    return Section("disagreement", material.say("spread.title"), (lead, *blocks))


def _course(material: Material, course: Course) -> list[Block]:
    name = course.intervention.name
    spread, who = (material.analysis(a, name) for a in ("spread", "who"))
    if spread is None and who is None:
        return []  # the heat map alone says nothing that the pairs do not
    blocks = list[Block]()
    if spread is not None:
        blocks += _spread(material, spread, course)
    blocks += _heatmap(material, course)
    if who is not None:
        blocks += _who(material, who, course)
    return blocks


def _of_party(material: Material, dataset: xr.Dataset) -> xr.Dataset:
    return dataset.isel(party=material.index(dataset, material.main_party(dataset)))


def _spread(material: Material, dataset: xr.Dataset, course: Course) -> list[Block]:
    say, number = material.say, material.number
    part = _of_party(material, dataset)
    gone = np.asarray(part["agreement_gone"].values, dtype=float)
    if gone.size < 2 or not np.isfinite(gone).all():
        return [Text(say("spread.none"))]
    labels = material.labels_of(dataset)
    names = [short(labels[a]) for a in coordinate(dataset, "assumption")]
    members = np.asarray(part["agreed_on"].values) > 0.5
    k = max(1, int(np.argmax(gone >= ENOUGH))) if (gone >= ENOUGH).any() else gone.size - 1
    agreed = say.listed([say("spread.quoted", name=names[i]) for i in np.flatnonzero(members[k])], limit=8)
    blocks: list[Block] = [
        Text(say.count("spread.agree", k, names=agreed, share=number.share(gone[k]), all=number.plain(len(names)))),
        Text(say("spread.saves", share=_share(material, float(part["positive_share"])))),
        _agreement(material, dataset, gone, members, names, course),
        Details(say("spread.shares_title"), (Text(say("spread.shares_how"), role="note"), _shares(material, part))),
        Details(say("spread.saves_title"), (Text(say("spread.saves_how"), role="note"), _saves(material, part))),
    ]
    return [*blocks, Text(_precision(material, dataset, part), role="note")]


def _precision(material: Material, dataset: xr.Dataset, part: xr.Dataset) -> str:
    """How the mixtures were computed and how far the result can be trusted."""
    number, exact = material.number, bool(dataset.attrs.get("exact", 0))
    draws = int(dataset.attrs.get("draws_used", 0))
    sd, half = float(part["disagreement_sd"]), float(part["disagreement_sd_conf"])
    place = last_place(sd, error=half)
    slots = {
        "evaluated": number.plain(int(dataset.attrs.get("evaluated", 0))),
        "sd": number.money(sd, place=place),
        "half": number.money(half, place=place),
    }
    if exact and not half >= 0.5:
        return material.say("spread.certain", **slots)
    return material.say.count("spread.exact" if exact else "spread.sampled", draws, **slots)


def _share(material: Material, value: float) -> str:
    """Share of the mixtures; next to none and next to all are told apart from none and all."""
    return material.number.share(value) if value in (0.0, 1.0) else material.number.probability(value)


def _agreement(
    material: Material,
    dataset: xr.Dataset,
    gone: NDArray[np.float64],
    members: NDArray[np.bool_],
    names: list[str],
    course: Course,
) -> Picture:
    say, number = material.say, material.number
    part = _of_party(material, dataset)
    # Beyond the size at which next to nothing is left there is nothing to see.
    last = min(int(np.argmax(gone > 0.995)) if (gone > 0.995).any() else gone.size - 1, STEPS)
    steps, rows = [], []
    for k in range(1, max(last, 1) + 1):
        here, new = (
            [say("spread.quoted", name=names[i]) for i in np.flatnonzero(chosen)]
            for chosen in (members[k], members[k] & ~members[k - 1])
        )
        nested = bool((members[k] | ~members[k - 1]).all())
        key = "plot.agree_first" if k == 1 else "plot.agree_also" if nested else "plot.agree_instead"
        text = say(key, n=number.plain(k), names=say.listed(new if nested else here, limit=9))
        steps.append(text)
        rows.append(
            Row(
                (
                    Cell(text),
                    Cell(number.share(float(gone[k])), number=True),
                )
            )
        )
    head = (
        Cell(say("spread.head.agreed")),
        Cell(say("spread.head.gone"), number=True),
    )
    return material.picture(
        f"agreement{course.suffix}",
        plot_agreement(part["agreement_gone"], steps, look=material.look),
        title=say("spread.agree_title"),
        how=say("spread.agree_how"),
        values=[say("alt.value", name=s, value=number.share(float(gone[k]))) for k, s in enumerate(steps[:5], start=1)],
        table=Table(say("spread.agree_caption"), head, tuple(rows)),
    )


def _shares(material: Material, part: xr.Dataset) -> Table:
    say, labels = material.say, material.labels_of(part)
    names = coordinate(part, "assumption")
    kinds = ("first_share", "total_share", "shapley_share")
    sizes = np.asarray(part["shapley_share"].values, dtype=float)

    def cells(i: int) -> list[Cell]:
        return [
            material.share_cell(float(part[k].values[i]), float(part[f"{k}_conf"].values[i]) if f"{k}_conf" in part
                                else 0.0)
            for k in kinds
        ]  # fmt: skip

    shown, rest = _parted(sizes)
    rows = [Row((Cell(labels[names[i]]), *cells(i))) for i in shown]
    if rest:
        most = material.number.share(float(sizes[rest].max()), 1)
        text = say.count("spread.others", len(rest), most=most)
        rows.append(Row((Cell(text), Cell(""), Cell(""), Cell(""))))
    head = [Cell(say("gap.head.assumption"))]
    head += [Cell(say(f"spread.head.{k}"), number=True) for k in ("first", "total", "shapley")]
    return Table(say("spread.shares_caption"), tuple(head), tuple(rows))


def _parted(sizes: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Assumptions worth a row, largest first, and the rest."""
    shown = [int(i) for i in largest(sizes, MOST)]
    return shown, [i for i in range(sizes.size) if i not in shown]


def _saves(material: Material, part: xr.Dataset) -> Table:
    """Share of the mixtures that save money, by whose assumption they take."""
    say, labels = material.say, material.labels_of(part)
    names = coordinate(part, "assumption")
    values = np.asarray(part["positive_if"].transpose("assumption", "calculation").values, dtype=float)
    shown, _ = _parted(values.max(axis=1) - values.min(axis=1))
    rows = [
        Row((Cell(labels[names[i]]), *(Cell(_share(material, float(v)), number=True) for v in values[i])))
        for i in shown
    ]
    head = [Cell(say("gap.head.assumption"))]
    head += [Cell(material.calculation_label(c), number=True) for c in coordinate(part, "calculation")]
    return Table(say("spread.saves_caption"), tuple(head), tuple(rows))


def _heatmap(material: Material, course: Course) -> list[Block]:
    say, number = material.say, material.number
    dataset = material.contributions(course.at)
    if dataset is None or not dataset.sizes["assumption"]:
        return []
    part = _of_party(material, dataset)
    values = np.asarray(part["mean_of_pairwise"].transpose("assumption", "calculation").values, dtype=float)
    above = np.asarray(part["above_mean"].values, dtype=float)
    place = last_place(*values.ravel(), *above, error=float(part["mean_of_pairwise_se"].max()))
    sizes = np.round(np.abs(values).max(axis=1, initial=0.0) / 10**place)
    if not sizes.any():
        return []
    order = [i for i in np.argsort(-np.abs(values).max(axis=1), kind="stable") if sizes[i]]
    labels, names = material.labels_of(dataset), coordinate(dataset, "assumption")
    calculations = coordinate(dataset, "calculation")
    people = [material.calculation_label(c) for c in calculations]
    shown = order[:MOST]
    scale = material.look.scale(values)

    def money(x: float) -> Cell:
        return Cell(number.money(x, place=place, signed=True), number=True)

    rows = [Row((Cell(labels[names[i]]), *(money(v) for v in values[i]))) for i in order]
    rows.append(Row((Cell(say("spread.head.above")), *(money(v) for v in above)), strong=True))
    head = (Cell(say("gap.head.assumption")), *(Cell(p, number=True) for p in people))
    peaks = [(i, int(np.argmax(np.abs(values[i])))) for i in shown[:4]]
    picture = material.picture(
        f"heatmap{course.suffix}",
        plot_heatmap(
            values[shown],
            rows=[labels[names[i]] for i in shown],
            columns=people,
            texts=[[number.scaled(v, scale, place=place, signed=True) for v in values[i]] for i in shown],
            look=material.look,
            footer=material.look.money_axis(scale),
        ),
        title=say("spread.heat_title"),
        how=say("spread.heat_how"),
        values=[
            say("alt.cell", row=short(labels[names[i]]), column=people[j],
                value=number.money(float(values[i, j]), place=place, signed=True))
            for i, j in peaks
        ],
        table=Table(say("spread.heat_caption"), head, tuple(rows)),
    )  # fmt: skip
    return [picture]


def _who(material: Material, dataset: xr.Dataset, course: Course) -> list[Block]:
    say, number = material.say, material.number
    part = _of_party(material, dataset)
    whole = [float(part[w]) for w, _, _ in PARTS]
    if not np.isfinite(whole).all():
        return []
    labels, names = material.labels_of(dataset), coordinate(dataset, "assumption")
    each = np.array([np.asarray(part[e].values, dtype=float) for _, e, _ in PARTS])
    half = np.array([np.asarray(part[f"{e}_conf"].values, dtype=float) for _, e, _ in PARTS])
    shown, rest = _parted(np.clip(each, 0.0, None).sum(axis=0))
    rows = [
        Row(
            (
                Cell(say("plot.everything")),
                *(material.share_cell(v, float(part[f"{w}_conf"])) for v, (w, _, _) in zip(whole, PARTS, strict=True)),
            ),
            strong=True,
        )
    ]
    rows += [
        Row((Cell(labels[names[i]]), *(material.share_cell(float(v), float(h)) for v, h in zip(each[:, i], half[:, i],
                                                                                                 strict=True))))
        for i in shown
    ]  # fmt: skip
    if rest:
        text = say.count("spread.others", len(rest), most=number.share(float(each[:, rest].max()), 1))
        rows.append(Row((Cell(text), Cell(""), Cell(""), Cell(""))))
    head = [Cell(say("gap.head.assumption"))]
    head += [Cell(say(words), number=True) for _, _, words in PARTS]
    shares = [number.share(v) for v in whole]
    picture = material.picture(
        f"who{course.suffix}",
        plot_who(part, look=material.look, labels=labels),
        title=say("spread.who_title"),
        how=say("spread.who_how"),
        values=[say("alt.value", name=say(w), value=s) for (_, _, w), s in zip(PARTS, shares, strict=True)],
        table=Table(say("spread.who_caption"), tuple(head), tuple(rows)),
    )
    return [Text(say("spread.who", who=shares[0], unsure=shares[1], both=shares[2])), picture]
