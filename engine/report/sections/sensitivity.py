"""What drives the uncertainty inside each calculation: tornado, Sobol' indices, Morris screening."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.report.blocks import Block, Bullets, Cell, Details, Heading, Row, Section, Table, Text
from engine.report.headline import short
from engine.report.material import Material, coordinate
from engine.report.methods import measures_of, sizes_of
from engine.report.numbers import last_place
from engine.report.plots.sobol_bars import plot_sobol_bars
from engine.report.plots.theme import largest
from engine.report.plots.tornado import plot_tornado
from engine.report.sections.many_outcomes import by_payer, by_year
from engine.report.sections.more_methods import any_method, box, two_way
from engine.report.sections.refinement import refinement_blocks

PAIRS = 8
"""Interactions shown."""

SEEN = 0.005
"""Smallest interaction told: less is 0 % in the table, and of an input that does nothing it is rounding."""

MOST = 10
"""Inputs told one by one in a table; the rest are one row."""


class _About(NamedTuple):
    """Which analysis a block is about."""

    name: str
    """Calculation, for people."""
    key: str
    """What the names of its figures end with."""


def sensitivity_section(material: Material) -> Section:
    say, blocks = material.say, list[Block]()
    known = [_marked(material, a) for a in material.findings.sensitivity if _part(a) in _PARTS or measures_of(a)]
    if not known:
        return Section("sensitivity", say("sens.title"), (Text(say("sens.missing")),))
    blocks.append(Text(say("sens.lead"), role="lead"))
    opened = False
    for course in material.courses:
        name = course.intervention.name
        mine = [a for a in known if a.attrs.get("strategy", name) == name]
        if course.heading:
            blocks.append(Heading(course.heading))
            if not mine:
                blocks.append(Text(say("sens.missing")))
        for calculation in dict.fromkeys(str(a.attrs["calculation"]) for a in mine):
            analyses = [a for a in mine if a.attrs["calculation"] == calculation]
            # The first is an example of what the others hold.
            blocks.append(_calculation(material, calculation, analyses, course.suffix, open_=not opened))
            opened = True
    return Section("sensitivity", say("sens.title"), tuple(blocks))


def _part(analysis: xr.Dataset) -> str:
    """Name under which `_PARTS` knows an analysis."""
    method, by = str(analysis.attrs.get("method")), analysis.attrs.get("by")
    return method if by is None else f"{method} by {by}"


def _marked(material: Material, analysis: xr.Dataset) -> xr.Dataset:
    """The analysis with its choices called such in their names, and themes as the report calls them."""
    if analysis.attrs.get("groups") == "themes":
        told = zip(*(coordinate(analysis, c) for c in ("parameter", "label", "members")), strict=True)
        none = material.say("gap.no_theme")
        themes = [(material.theme_label(name) or none) if members else label for name, label, members in told]
        analysis = analysis.assign_coords(label=("parameter", themes))
    if "kind" not in analysis.coords:
        return analysis
    kinds = zip(coordinate(analysis, "label"), coordinate(analysis, "kind"), strict=True)
    labels = [material.say("sens.choice", label=label) if kind == "choice" else label for label, kind in kinds]
    return analysis.assign_coords(label=("parameter", labels))


def _calculation(
    material: Material, calculation: str, analyses: list[xr.Dataset], suffix: str, *, open_: bool
) -> Details:
    labels = {c.name: c.label for c in material.description.calculations}
    name = labels.get(calculation, calculation)
    inside, said = list[Block](), ""
    places = {method: place for place, method in enumerate(_PARTS)}
    # As the calculation is, then in groups, then with choices varied; of the latter first how much comes from them.

    def rank(a: xr.Dataset) -> tuple[bool, bool, bool, int]:
        return "kind" in a.coords, "members" in a.coords, "choices_share" not in a, places.get(_part(a), len(places))

    order = sorted(analyses, key=rank)
    for i, analysis in enumerate(order):
        what = _what(material, analysis)
        if what != said:
            inside.append(Text(what))
            said = what
        part = _PARTS.get(_part(analysis), _any)
        told = material.say("sens.name_choices", name=name) if "kind" in analysis.coords else name
        if "members" in analysis.coords:
            told = material.say("sens.name_groups", name=told)
            groups = _groups(material, analysis)
            if groups not in inside:  # said once, however many methods have them
                inside.append(groups)
        inside += part(material, analysis, _About(told, f"{calculation}_{i}{suffix}"))
    return Details(_summary(material, analyses, name), tuple(inside), open=open_)


def _groups(material: Material, analysis: xr.Dataset) -> Details:
    """Who is in each group that counts as one."""
    say, told = material.say, list(zip(*(coordinate(analysis, c) for c in ("label", "member_labels")), strict=True))
    items = tuple(
        say("sens.group", label=label, members=members) if label != members else label
        for label, members in told
        if members
    )
    names = say.listed([label for label, members in told if members], limit=99)
    return Details(say("sens.groups", groups=names), (Bullets(items),))


def _summary(material: Material, analyses: list[xr.Dataset], name: str) -> str:
    """The calculation and the input that matters most in it, of its NPV and with choices as it makes them."""
    say = material.say
    analyses = [a for a in analyses if not {"kind", "members"} & set(a.coords) and "by" not in a.attrs]
    for method, size in _SIZES.items():
        for analysis in analyses:
            if analysis.attrs["method"] == method:
                values = size(analysis)
                top = int(np.argmax(values))
                slots = {"name": name, "input": short(coordinate(analysis, "label")[top])}
                if method == "sobol":
                    return say("sens.summary_share", share=material.number.share(float(values[top])), **slots)
                return say("sens.summary", **slots)
    for analysis in analyses:
        if measures_of(analysis) and analysis.attrs["method"] not in _PARTS:
            top = int(np.argmax(sizes_of(analysis)))
            return say("sens.summary", name=name, input=short(coordinate(analysis, "label")[top]))
    return name


_SIZES: dict[str, Callable[[xr.Dataset], NDArray[np.float64]]] = {
    "sobol": lambda a: np.asarray(a["ST"].values, dtype=float),
    "oneway": lambda a: np.abs(np.asarray(a["high_outcome"].values - a["low_outcome"].values, dtype=float)),
    "morris": lambda a: np.asarray(a["mu_star"].values, dtype=float),
}
"""How much each input matters, by method, the best first."""


def _what(material: Material, analysis: xr.Dataset) -> str:
    interventions = {s.name: s.label for s in material.description.interventions}
    strategy = str(analysis.attrs.get("strategy", ""))
    slots = {"strategy": interventions.get(strategy, strategy)}
    party = str(analysis.attrs.get("party", ""))
    if party == material.reported.name:
        what = material.say("sens.what_reported", **slots)
    else:
        what = material.say("sens.what", party=material.party_label(party), **slots)
    if "kind" not in analysis.coords:
        return what
    labels = {a.name: a.label for a in material.description.assumptions}
    kinds = zip(coordinate(analysis, "parameter"), coordinate(analysis, "kind"), strict=True)
    names = [name for name, kind in kinds if kind != "parameter"]
    if "members" in analysis.coords:  # a group of choices and figures is told by the choices in it
        groups = dict(zip(coordinate(analysis, "parameter"), coordinate(analysis, "members"), strict=True))
        members = [m for name in names for m in (groups[name] or name).split(", ")]
        names = [m for m in members if m in material.assumptions and material.assumptions[m].alternatives]
    choices = material.say.listed([labels.get(name, name) for name in names])
    drawn = material.say("sens.choices_drawn", choices=choices)
    return f"{what} {drawn}"


def _runs(material: Material, analysis: xr.Dataset) -> Text:
    n = int(analysis.attrs.get("runs", 0))
    return Text(material.say.count("sens.runs", n, runs=material.number.plain(n)), role="note")


def _parted(sizes: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Inputs told one by one, largest first, and those folded into one row."""
    shown = [int(i) for i in largest(sizes, MOST)]
    return shown, [int(i) for i in np.argsort(-sizes, kind="stable") if int(i) not in shown]


def _tail(material: Material, sizes: list[str], columns: int) -> list[Row]:
    """One row for what is left out of a long table: how many, and the size of the largest."""
    if not sizes:
        return []
    text = material.say.count("sens.others", len(sizes), most=sizes[0])
    return [Row((Cell(text), *(Cell("") for _ in range(columns - 1))))]


def _oneway(material: Material, analysis: xr.Dataset, about: _About) -> list[Block]:
    say, number = material.say, material.number
    low = np.asarray(analysis["low_outcome"].values, dtype=float)
    high = np.asarray(analysis["high_outcome"].values, dtype=float)
    labels, names = coordinate(analysis, "label"), coordinate(analysis, "parameter")
    place = last_place(*low, *high)
    ends = {n: [material.figure_of(p, float(v)) for p, v in zip(names, analysis[f"{n}_value"].values, strict=True)]
            for n in ("low", "high")}  # fmt: skip
    drawn = {n: [short(text, 24) for text in texts] for n, texts in ends.items()}
    swing = np.abs(high - low)
    shown, rest = _parted(swing)

    def money(x: float) -> str:
        return number.money(x, place=place, signed=True)

    rows = [
        Row(
            (
                Cell(labels[i]),
                Cell(ends["low"][i], number=True),
                Cell(ends["high"][i], number=True),
                Cell(money(low[i]), number=True),
                Cell(money(high[i]), number=True),
            )
        )
        for i in shown
    ]
    rows += _tail(material, [number.money(swing[i], place=place) for i in rest], 5)
    head = _head(material, "input", "low", "high", "at_low", "at_high")
    picture = material.picture(
        f"tornado_{about.key}",
        plot_tornado(analysis, look=material.look, low_text=drawn["low"], high_text=drawn["high"]),
        title=say("sens.tornado_title", name=about.name),
        how=say("sens.tornado_how"),
        values=[say("alt.span", name=short(labels[i]), low=money(low[i]), high=money(high[i])) for i in shown[:5]],
        table=Table(say("sens.tornado_caption", name=about.name), head, tuple(rows)),
    )
    return [picture, *_alternatives(material, analysis, about), _runs(material, analysis)]


def _alternatives(material: Material, analysis: xr.Dataset, about: _About) -> list[Block]:
    """Mean net saving with every alternative of every choice."""
    if "alternative_outcome" not in analysis:
        return []
    say, labels = material.say, coordinate(analysis, "label")
    values = np.asarray(analysis["alternative_outcome"].transpose("parameter", "alternative").values, dtype=float)
    place = last_place(*values[np.isfinite(values)])
    rows = []
    for i, name in enumerate(coordinate(analysis, "parameter")):
        for k in np.flatnonzero(np.isfinite(values[i])):
            money = material.number.money(float(values[i, k]), place=place, signed=True)
            alternative = Cell(material.figure_of(name, float(analysis["alternative"].values[k])))
            rows.append(Row((Cell(labels[i]), alternative, Cell(money, number=True))))
    head = tuple(Cell(say(f"sens.head.{n}"), number=n == "outcome") for n in ("input", "alternative", "outcome"))
    caption = say("sens.alternatives_caption", name=about.name)
    note = Text(say("sens.choices_note"), role="note")
    return [note, Details(caption, (Table(caption, head, tuple(rows)),))]


def _sobol(material: Material, analysis: xr.Dataset, about: _About) -> list[Block]:
    say, number = material.say, material.number
    labels = coordinate(analysis, "label")

    def with_half(index: str, at: tuple[int, ...]) -> Cell:
        value, half = (float(analysis[n].values[at]) for n in (index, f"{index}_conf"))
        return material.share_cell(value, half)

    total = np.asarray(analysis["ST"].values, dtype=float)
    shown, rest = _parted(total)
    rows = [Row((Cell(labels[i]), with_half("S1", (int(i),)), with_half("ST", (int(i),)))) for i in shown]
    rows += _tail(material, [number.share(total[i], 1) for i in rest], 3)
    picture = material.picture(
        f"sobol_{about.key}",
        plot_sobol_bars(analysis, look=material.look),
        title=say("sens.sobol_title", name=about.name),
        how=say("sens.sobol_how"),
        values=[say("alt.value", name=short(labels[i]), value=number.share(total[i])) for i in shown[:5]],
        table=Table(
            say("sens.sobol_caption", name=about.name), _head(material, "input", "first", "total"), tuple(rows)
        ),
    )
    blocks: list[Block] = [picture]
    if "choices_share" in analysis:
        parts = {p: number.share(float(analysis[f"{v}_share"])) for p, v in _SHARES.items()}
        blocks.insert(0, Text(say("sens.choices_share", **parts)))
    if "S2" in analysis:
        second = np.asarray(analysis["S2"].values, dtype=float)
        half = np.asarray(analysis["S2_conf"].values, dtype=float)
        places = [(int(i), int(j)) for i, j in np.argwhere(np.isfinite(second)) if i < j]
        clear = sorted((at for at in places if abs(second[at]) > max(half[at], SEEN)), key=lambda at: -abs(second[at]))
        pairs = tuple(
            Row((Cell(say("sens.two", a=labels[i], b=labels[j])), with_half("S2", (i, j)))) for i, j in clear[:PAIRS]
        )
        if pairs:
            caption = say("sens.pairs_caption", name=about.name)
            # With many pairs some intervals miss zero by chance.
            note = say.count("sens.pairs_note", len(places), chance=number.quantity(0.05 * len(places), 2))
            table = Table(caption, _head(material, "pair", "second"), pairs)
            blocks.append(Details(caption, (table, Text(note, role="note"))))
        elif places:
            blocks.append(Text(say("sens.pairs_none"), role="note"))
    return [*blocks, _runs(material, analysis), *refinement_blocks(material, analysis, about.name, about.key)]


def _morris(material: Material, analysis: xr.Dataset, about: _About) -> list[Block]:
    say, number = material.say, material.number
    labels = coordinate(analysis, "label")
    star = np.asarray(analysis["mu_star"].values, dtype=float)
    place = last_place(*star)
    shown, rest = _parted(star)
    rows = []
    for i in shown:
        value, half, mean, sigma = (float(analysis[n].values[i]) for n in ("mu_star", "mu_star_conf", "mu", "sigma"))
        size = say("sens.plus_minus", value=number.money(value, place=place), half=number.money(half, place=place))
        cells = (
            Cell(labels[i]),
            Cell(size, number=True),
            Cell(number.money(mean, place=place, signed=True), number=True),
            Cell(number.money(sigma, place=place), number=True),
        )
        rows.append(Row(cells))
    rows += _tail(material, [number.money(star[i], place=place) for i in rest], 4)
    caption = say("sens.morris_caption", name=about.name)
    table = Table(caption, _head(material, "input", "mu_star", "mu", "sigma"), tuple(rows))
    return [Details(caption, (Text(say("sens.morris_how")), table, _runs(material, analysis)))]


def _head(material: Material, *names: str) -> tuple[Cell, ...]:
    return tuple(Cell(material.say(f"sens.head.{n}"), number=i > 0) for i, n in enumerate(names))


def _two_way(material: Material, analysis: xr.Dataset, about: _About) -> list[Block]:
    return two_way(material, analysis, about.name, about.key)


def _box(material: Material, analysis: xr.Dataset, about: _About) -> list[Block]:
    return box(material, analysis, about.name)


def _any(material: Material, analysis: xr.Dataset, about: _About) -> list[Block]:
    return any_method(material, analysis, about.name)


def _by_payer(material: Material, analysis: xr.Dataset, about: _About) -> list[Block]:
    return by_payer(material, analysis, about.name, about.key)


def _by_year(material: Material, analysis: xr.Dataset, about: _About) -> list[Block]:
    return by_year(material, analysis, about.name, about.key)


_SHARES = {"choices": "choices", "figures": "figures", "both": "choices_figures"}
"""Parts of the variance by their place in the sentence."""

_PARTS: dict[str, Callable[[Material, xr.Dataset, _About], list[Block]]] = {
    "oneway": _oneway,
    "sobol": _sobol,
    "sobol by payer": _by_payer,
    "sobol by year": _by_year,
    "morris": _morris,
    "twoway": _two_way,
    "prim": _box,
}
"""How an analysis is shown, by its method: a new one is a function and a line here. Others that measure single inputs
are shown as a table."""
