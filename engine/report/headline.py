"""The answer in three sentences: numbers of the summary and of the differences, poured into messages."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from engine.report.material import Material, Summary
from engine.report.numbers import last_place
from engine.report.plots.theme import label


class Extremes:
    """The two calculations furthest apart in the headline perspective."""

    def __init__(self, material: Material, strategy: int) -> None:
        found = [material.at(strategy, k, material.headline) for k in range(len(material.calculations))]
        means = [s.mean for s in found]
        self.low_at, self.high_at = int(np.argmin(means)), int(np.argmax(means))
        self.low, self.high = found[self.low_at], found[self.high_at]
        self.low_name = _short(material.calculations[self.low_at].label)
        self.high_name = _short(material.calculations[self.high_at].label)
        # Each with the digits that it deserves itself: the table below says the same.
        self.low_place, self.high_place = (last_place(s.mean, error=s.error) for s in (self.low, self.high))


def _short(text: str) -> str:
    """A name that leaves the sentence around it readable."""
    return label(text, 100, 1)


def probability_text(material: Material, summary: Summary) -> str:
    """Probability of saving money, in words where the calculation states no uncertainty."""
    if summary.certain:
        return material.say("text.no_uncertainty")
    return material.number.probability(summary.p_positive)


def range_sentence(material: Material, strategy: int) -> str:
    """What the calculations say, from the lowest to the highest."""
    ends = Extremes(material, strategy)
    if len(material.calculations) == 1:
        kind = "single"
    elif ends.low.mean > 0:
        kind = "gain"
    else:
        kind = "loss" if ends.high.mean <= 0 else "mixed"
    number = material.number
    return material.say(
        f"answer.range.{kind}",
        strategy=_short(material.description.interventions[strategy].label),
        perspective=_short(material.headline.label),
        low=number.money(ends.low.mean, place=ends.low_place, signed=True),
        high=number.money(ends.high.mean, place=ends.high_place, signed=True),
        low_name=ends.low_name,
        high_name=ends.high_name,
        low_p=probability_text(material, ends.low),
        high_p=probability_text(material, ends.high),
    )


def gap_sentence(material: Material, strategy: int) -> str:
    """Which assumptions make the two extremes differ, in money."""
    say, differences = material.say, material.findings.differences
    if len(material.calculations) == 1:
        return say("answer.gap.single")
    ends = Extremes(material, strategy)
    low, high = material.calculations[ends.low_at].name, material.calculations[ends.high_at].name
    pair, sign = None, 1.0
    if differences is not None and _about(material, strategy):
        for i, (a, b) in enumerate(zip(differences["pair_from"].values, differences["pair_to"].values, strict=True)):
            if (a, b) == (low, high):
                pair, sign = i, 1.0
            elif (a, b) == (high, low):
                pair, sign = i, -1.0
    if differences is None or pair is None:
        return say("answer.gap.missing")
    part = differences.isel(pair=pair, party=material.index(differences, material.headline))
    contribution = sign * np.asarray(part["shapley"].values, dtype=float)
    names = [str(a) for a in part["assumption"].values]
    gap = sign * float(part["gap"])
    # The perspective differs between many pairs but does nothing where both are seen in one perspective.
    moved = np.flatnonzero(np.abs(contribution) > 1e-9 * max(1.0, abs(gap)))
    order = moved[np.argsort(-np.abs(contribution[moved]), kind="stable")]
    place = last_place(gap, error=float(part["gap_se"]))
    slots = {
        "gap": material.number.money(gap, place=place),
        "low_name": ends.low_name,
        "high_name": ends.high_name,
    }
    for k, i in enumerate(order[:3], start=1):
        slots[f"a{k}"] = _short(material.assumption_labels.get(names[i], names[i]))
        slots[f"c{k}"] = material.number.money(float(contribution[i]), place=place)
    if order.size <= 3:
        return say("answer.gap." + ("none", "one", "two", "three")[order.size], **slots)
    rest = material.number.money(gap - float(contribution[order[:3]].sum()), place=place)
    return say.count("answer.gap.more", int(order.size) - 3, rest=rest, **slots)


def _about(material: Material, strategy: int) -> bool:
    """Whether the differences were analysed for this intervention."""
    differences = material.findings.differences
    name = material.description.interventions[strategy].name
    return differences is not None and differences.attrs.get("strategy", name) == name


def who_sentence(material: Material, strategy: int) -> str:
    """Who loses and who gains in every calculation, and for whom it depends."""
    lose, gain, depends = list[_Span](), list[_Span](), list[_Span]()
    for payer in material.payers:
        found = [material.at(strategy, k, payer) for k in range(len(material.calculations))]
        # Smaller than a krona, or not to be told from zero on these draws, is neither gain nor loss.
        signs = {0.0 if abs(s.mean) < max(1.0, 2 * s.error) else math.copysign(1.0, s.mean) for s in found}
        ends = min(found, key=lambda s: s.mean), max(found, key=lambda s: s.mean)
        span = _Span(_short(payer.label), *ends)
        if signs == {-1.0}:
            lose.append(span)
        elif signs == {1.0}:
            gain.append(span)
        elif signs != {0.0}:
            depends.append(span)
    parts = {"pay": lose, "gain": gain, "mixed": depends}
    slots = {}
    for name, spans in parts.items():
        spans.sort(key=lambda s: -max(abs(s.low.mean), abs(s.high.mean)))
        # Those who gain are many; how much each gains is in the table.
        names = [s.label if name == "gain" else _span_text(material, s) for s in spans]
        if names:
            slots[name] = material.say.listed(names, limit=6)
    return material.say("answer.who." + ("_".join(slots) or "none"), **slots)


class _Span(NamedTuple):
    """A payer and its net saving in the calculations that put it lowest and highest."""

    label: str
    low: Summary
    high: Summary


def _span_text(material: Material, span: _Span) -> str:
    low, high = (
        material.number.money(s.mean, place=last_place(s.mean, error=s.error), signed=True)
        for s in (span.low, span.high)
    )
    if low == high:
        return material.say("answer.who_one", name=span.label, amount=low)
    return material.say("answer.who_span", name=span.label, low=low, high=high)


def total_sentence(material: Material, strategy: int) -> str:
    """The extremes for all participants together; empty where the study does not say how many there are."""
    cohort = material.description.cohort
    if not cohort:
        return ""
    ends = Extremes(material, strategy)
    slots = {
        "cohort": material.number.plain(cohort),
        "low": millions(material, ends.low.mean, ends.low_place),
        "high": millions(material, ends.high.mean, ends.high_place),
        "low_name": ends.low_name,
        "high_name": ends.high_name,
    }
    return material.say("answer.total_single" if len(material.calculations) == 1 else "answer.total", **slots)


def millions(material: Material, per_participant: float, place: int) -> str:
    """All participants together in million SEK, with the digits that 10**`place` per participant supports."""
    cohort = material.description.cohort or 1
    total = per_participant * cohort
    supported = place + math.floor(math.log10(cohort))
    return material.number.plain(total / 1e6, max(0, min(2, 6 - supported)), signed=True)
