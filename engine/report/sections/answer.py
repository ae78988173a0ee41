"""The answer in short, and each calculation's own conclusion in a glance."""

from __future__ import annotations

import math

from engine.report.blocks import Block, Bullets, Card, Cards, Details, Heading, Section, Terms, Text
from engine.report.headline import (
    gap_sentence,
    millions,
    place_of,
    probability_text,
    range_sentence,
    same_view_sentence,
    who_sentence,
)
from engine.report.material import Material
from engine.report.summary import Summary

WORDS = ("npv", "perspective", "horizon", "draw", "interval", "payback", "shapley", "sobol")


def answer_section(material: Material) -> Section:
    say, blocks = material.say, list[Block]()
    for course in material.courses:
        if course.heading:
            blocks.append(Heading(course.heading))
        why = (gap_sentence(material, course.at), same_view_sentence(material, course.at))
        sentences = (
            range_sentence(material, course.at),
            " ".join(s for s in why if s),
            who_sentence(material, course.at),
        )
        blocks.append(Bullets(sentences, role="answer"))
    blocks.append(Text(say("answer.rounding"), role="note"))
    if material.description.caveat:
        blocks.append(Text(material.description.caveat, role="caveat", title=say("answer.caveat")))
    for course in material.courses:
        heading = say("answer.cards")
        if course.heading:
            heading = say("answer.cards_of", strategy=course.heading)
        blocks += [Heading(heading), _cards(material, course.at)]
    words = tuple((say(f"word.{w}"), say(f"word.{w}_means")) for w in WORDS)
    blocks.append(Details(say("answer.words"), (Terms(words),)))
    return Section("answer", say("answer.title"), tuple(blocks))


def _cards(material: Material, strategy: int) -> Cards:
    say, number = material.say, material.number
    cards = []
    for k, calculation in enumerate(material.calculations):
        found = material.at(strategy, k, material.reported)
        place = place_of(found)
        lines = [say("answer.card_perspective", perspective=material.perspective_label(calculation.perspective))]
        if material.description.cohort:
            total = millions(material, found.mean, place)
            cohort = number.plain(material.description.cohort)
            lines.append(say("answer.card_total", amount=total, cohort=cohort))
        lines.append(say("answer.card_probability", p=probability_text(material, found)))
        lines.append(_payback(material, found, float(material.horizon.isel(calculation=k))))
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


def _payback(material: Material, found: Summary, horizon: float) -> str:
    """When it is paid back, not discounted and discounted."""
    say, number = material.say, material.number
    if math.isnan(found.payback):
        return say("answer.card_nothing")
    if math.isinf(found.payback):
        return say("answer.card_no_payback", years=number.years(horizon))
    if found.payback <= 0:
        return say("answer.card_payback_at_once")
    years = number.years(found.payback)
    if math.isnan(found.payback_discounted):
        return say("answer.card_payback", years=years)
    if math.isinf(found.payback_discounted):
        return say("answer.card_payback_not_discounted", years=years)
    return say("answer.card_payback_both", years=years, discounted=number.years(found.payback_discounted))
