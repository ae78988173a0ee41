"""Net saving per calculation, perspective and payer."""

from __future__ import annotations

import math

from engine.analysis.internal_rate import FOUND, LOAN, NOT_UNIQUE
from engine.report.blocks import Block, Cell, Details, Heading, Row, Section, Table, Text
from engine.report.headline import place_of, probability_text
from engine.report.material import Material, Party
from engine.report.numbers import last_place
from engine.report.plots.npv_bars import PartyRow, plot_npv_bars
from engine.report.summary import Summary


def npv_section(material: Material) -> Section:
    say, blocks = material.say, list[Block]()
    blocks.append(Text(say("npv.lead", year=material.description.price_year), role="lead"))
    for course in material.courses:
        if course.heading:
            blocks.append(Heading(course.heading))
        strategy, suffix = course.at, course.suffix
        own = material.reported
        groups = [
            PartyRow(material.index(material.findings.summary, p), p.label) for p in (own, *material.perspectives)
        ]
        payers = [PartyRow(material.index(material.findings.summary, p), p.label) for p in material.payers]
        summary = material.summary(strategy)
        blocks += [
            _own_table(material, strategy),
            Text(say("npv.note"), role="note"),
            material.picture(
                f"npv_bars{suffix}",
                plot_npv_bars(summary, groups, look=material.look),
                title=say("npv.bars_title"),
                how=say("npv.bars_how"),
                values=_alt(material, strategy, [own, *material.perspectives]),
                table=_bars_table(material, strategy, [own, *material.perspectives], say("npv.bars_caption")),
                beside=True,
            ),
            _all_table(material, strategy),
            material.picture(
                f"npv_payers{suffix}",
                plot_npv_bars(summary, payers, look=material.look),
                title=say("npv.payers_title"),
                how=say("npv.payers_how"),
                values=_alt(material, strategy, _largest_payers(material, strategy)),
                table=_bars_table(material, strategy, material.payers, say("npv.payers_caption")),
                beside=True,
            ),
            Details(say("npv.full"), (_full_table(material, strategy),)),
        ]
    return Section("npv", say("npv.title"), tuple(blocks))


def interval_text(material: Material, found: Summary) -> str:
    """The 90 % interval, no finer than the mean."""
    if found.nothing:
        return material.number.plain(math.nan)
    if found.certain:
        return material.say("text.no_uncertainty")
    place = last_place(found.low, found.high, error=found.error)
    low, high = (material.number.money(v, place=place, signed=True) for v in (found.low, found.high))
    return material.say("text.interval", low=low, high=high)


def payback_text(material: Material, years: float) -> str:
    """A time of pay-back; a dash for who neither pays nor gains."""
    if math.isinf(years):
        return material.say("text.never")
    return material.say("text.from_start") if years <= 0 else material.number.years(years)


def rate_cell(material: Material, strategy: int, calculation: int, party: Party) -> Cell:
    """Internal rate of return of the mean cash flow, with its 90 % interval over the draws kept."""
    say, number, rates = material.say, material.number, material.internal_rate
    at = rates.isel(strategy=strategy, calculation=calculation, party=material.index(rates, party))
    kind, share = int(at["internal_rate_kind"]), float(at["internal_rate_share"])
    if kind != FOUND:
        words = {NOT_UNIQUE: say("rate.not_unique"), LOAN: say("rate.loan")}
        return Cell(words.get(kind, number.plain(math.nan)), number=True)
    low, high = (float(x) for x in at["internal_rate_quantile"].sel(quantile=[0.05, 0.95]).values)
    note = ""
    if high - low > 5e-4:
        slots = {"low": number.share(low, 1), "high": number.share(high, 1)}
        all_have = share >= 0.95
        note = (
            say("rate.interval", **slots) if all_have else say("rate.interval_of", **slots, share=number.share(share))
        )
    return Cell(number.share(float(at["internal_rate"]), 1), number=True, note=note)


def p_payback_text(material: Material, found: Summary) -> str:
    """Probability of paying back; a dash for who neither pays nor gains, words for who states no uncertainty."""
    if found.nothing or math.isnan(found.payback):
        return material.number.plain(math.nan)
    return material.say("text.no_uncertainty") if found.certain else material.number.probability(found.p_payback)


def _largest_payers(material: Material, strategy: int) -> list[Party]:
    """Those whose net saving is far from zero in some calculation first."""
    calculations = range(len(material.calculations))
    return sorted(material.payers, key=lambda p: -max(abs(material.at(strategy, k, p).mean) for k in calculations))


def _alt(material: Material, strategy: int, parties: list[Party]) -> list[str]:
    """The first parties with the mean of each calculation, in words."""
    say = material.say
    return [
        say(
            "alt.of",
            name=party.label,
            values=say("list.comma").join(
                say("alt.value", name=c.label, value=_mean(material, material.at(strategy, k, party)))
                for k, c in enumerate(material.calculations)
            ),
        )
        for party in parties[:2]
    ]


def _mean(material: Material, found: Summary) -> str:
    """The mean; a dash where nothing is paid nor saved."""
    if found.nothing:
        return material.number.plain(math.nan)
    return material.number.money(found.mean, place=place_of(found), signed=True)


def _ratio(material: Material, found: Summary) -> str:
    return material.number.plain(found.ratio, 1 if abs(found.ratio) >= 10 else 2)


def _own_table(material: Material, strategy: int) -> Table:
    say, number = material.say, material.number
    heads = (
        "calculation",
        "perspective",
        "horizon",
        "mean",
        "interval",
        "probability",
        "payback",
        "discounted",
        "ratio",
    )
    rows = []
    for k, calculation in enumerate(material.calculations):
        found = material.at(strategy, k, material.reported)
        rows.append(
            Row(
                (
                    material.chip(calculation),
                    Cell(material.perspective_label(calculation.perspective)),
                    Cell(number.years(float(material.horizon.isel(calculation=k))), number=True),
                    Cell(_mean(material, found), number=True),
                    Cell(interval_text(material, found), number=True),
                    Cell(probability_text(material, found), number=True),
                    Cell(payback_text(material, found.payback), number=True),
                    Cell(payback_text(material, found.payback_discounted), number=True),
                    Cell(_ratio(material, found), number=True),
                )
            )
        )
    head = tuple(Cell(say(f"npv.head.{h}"), number=i > 1) for i, h in enumerate(heads))
    return Table(say("npv.own_caption"), head, tuple(rows))


def _all_table(material: Material, strategy: int) -> Table:
    say = material.say
    head = (Cell(say("npv.head.party")), *(_numeric(material.chip(c)) for c in material.calculations))

    def row(party: Party) -> Row:
        swatch = material.look.payer(party.name).colour if party.kind == "payer" else ""
        mark = say("npv.headline_mark") if party is material.headline else ""
        cells = [Cell(party.label, swatch=swatch, mark=mark)]
        for k in range(len(material.calculations)):
            found = material.at(strategy, k, party)
            note = "" if found.nothing else interval_text(material, found)
            cells.append(Cell(_mean(material, found), number=True, note=note))
        return Row(tuple(cells), strong=party is material.headline)

    rows = (
        Row((Cell(say("npv.group.perspectives")),), group=True),
        *(row(p) for p in material.perspectives),
        Row((Cell(say("npv.group.payers")),), group=True),
        *(row(p) for p in material.payers),
    )
    return Table(say("npv.all_caption"), head, rows)


def _bars_table(material: Material, strategy: int, parties: list[Party], caption: str) -> Table:
    """What a figure of bars shows, for its file: the page has the same figures in its tables."""
    say, number = material.say, material.number
    rows = []
    for party in parties:
        for k, calculation in enumerate(material.calculations):
            found = material.at(strategy, k, party)
            ends = [number.plain(math.nan)] * 2
            if not found.nothing:
                place = last_place(found.low, found.high, error=found.error)
                ends = [number.money(x, place=place, signed=True) for x in (found.low, found.high)]
            texts = (_mean(material, found), *ends)
            rows.append(Row((Cell(party.label), Cell(calculation.label), *(Cell(t, number=True) for t in texts))))
    heads = ("party", "calculation", "mean", "low", "high")
    return Table(caption, tuple(Cell(say(f"npv.head.{h}"), number=i > 1) for i, h in enumerate(heads)), tuple(rows))


def _numeric(cell: Cell) -> Cell:
    return Cell(cell.text, number=True, swatch=cell.swatch)


def _full_table(material: Material, strategy: int) -> Table:
    say = material.say
    heads = ("party", "mean", "mcse", "sd", "interval", "median", "probability", "payback", "discounted", "p_payback",
             "ratio")  # fmt: skip
    rows = []
    for k, calculation in enumerate(material.calculations):
        rows.append(Row((material.chip(calculation),), group=True))
        for party in (*material.perspectives, *material.payers):
            texts = _full(material, material.at(strategy, k, party))
            cells = [Cell(t, number=True) for t in texts]
            cells.insert(-1, rate_cell(material, strategy, k, party))
            rows.append(Row((Cell(party.label), *cells)))
    head = [Cell(say(f"npv.head.{h}"), number=i > 0) for i, h in enumerate(heads)]
    head.insert(-1, Cell(say("rate.head"), number=True))
    return Table(say("npv.full_caption"), tuple(head), tuple(rows))


def _full(material: Material, found: Summary) -> list[str]:
    """All numbers of one calculation and party; dashes where nothing is paid nor saved."""
    number, place = material.number, place_of(found)
    if found.nothing:
        return [number.plain(math.nan)] * 10
    return [
        _mean(material, found),
        number.quantity(found.error, 2),
        number.money(found.sd, place=place),
        interval_text(material, found),
        number.money(found.median, place=place, signed=True),
        probability_text(material, found),
        payback_text(material, found.payback),
        payback_text(material, found.payback_discounted),
        p_payback_text(material, found),
        _ratio(material, found),
    ]
