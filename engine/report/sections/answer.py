"""The answer in three sentences, and each calculation's own conclusion in a glance."""

from __future__ import annotations

from engine.report.blocks import Block, Bullets, Card, Cards, Details, Heading, Section, Terms, Text
from engine.report.headline import (
    gap_sentence,
    millions,
    probability_text,
    range_sentence,
    total_sentence,
    who_sentence,
)
from engine.report.material import Material
from engine.report.numbers import last_place

WORDS = ("npv", "perspective", "horizon", "draw", "interval", "payback", "shapley", "sobol")


def answer_section(material: Material) -> Section:
    say, blocks = material.say, list[Block]()
    several = len(material.description.interventions) > 1
    for strategy, intervention in enumerate(material.description.interventions):
        if several:
            blocks.append(Heading(intervention.label))
        sentences = (
            range_sentence(material, strategy),
            gap_sentence(material, strategy),
            who_sentence(material, strategy),
        )
        blocks.append(Bullets(sentences, role="answer"))
        total = total_sentence(material, strategy)
        if total:
            blocks.append(Text(total))
        blocks += [Heading(say("answer.cards")), _cards(material, strategy)]
    words = tuple((say(f"word.{w}"), say(f"word.{w}_means")) for w in WORDS)
    blocks.append(Details(say("answer.words"), (Terms(words),)))
    return Section("answer", say("answer.title"), tuple(blocks))


def _cards(material: Material, strategy: int) -> Cards:
    say, number = material.say, material.number
    cards = []
    for k, calculation in enumerate(material.calculations):
        found = material.at(strategy, k, material.reported)
        place = last_place(found.mean, error=found.error)
        lines = [say("answer.card_perspective", perspective=material.perspective_label(calculation.perspective))]
        if material.description.cohort:
            total = millions(material, found.mean, place)
            cohort = number.plain(material.description.cohort)
            lines.append(say("answer.card_total", amount=total, cohort=cohort))
        lines.append(say("answer.card_probability", p=probability_text(material, found)))
        if found.payback == float("inf"):
            horizon = number.years(float(material.horizon.isel(calculation=k)))
            lines.append(say("answer.card_no_payback", years=horizon))
        elif found.payback <= 0:
            lines.append(say("answer.card_payback_at_once"))
        else:
            lines.append(say("answer.card_payback", years=number.years(found.payback)))
        cards.append(
            Card(
                title=calculation.label,
                subtitle=calculation.role,
                figure=number.money(found.mean, place=place, signed=True),
                unit=say("answer.card_unit"),
                lines=tuple(lines),
                colour=material.look.calculation(calculation.name),
                tone="gain" if found.mean > 0 else "loss",
            )
        )
    return Cards(tuple(cards))
