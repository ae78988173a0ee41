"""The answer in a few sentences: numbers of the summary and of the differences, poured into messages.

Names stand before a colon or in brackets and never inside a clause, so that no article or case is needed for them.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr

from engine.analysis.ranking import top_contributions
from engine.report.numbers import last_place
from engine.report.summary import Summary
from engine.report.text import clean

if TYPE_CHECKING:
    from engine.report.material import Material, Party


def short(text: str, width: int = 64) -> str:
    """A name that leaves the sentence around it readable: without what stands in brackets, cut between words."""
    text = clean(text)
    if len(text) > width:
        text = clean(re.sub(r"\s*\([^()]*\)", "", text)) or text
    if len(text) <= width:
        return text
    head = text[: width - 1]
    # A text without blanks, or with the last one far from the end, is cut where it is.
    return f"{head.rpartition(' ')[0] if ' ' in head[width // 2 :] else head}…"


class Reported:
    """What each calculation reports in its own perspective, and the two furthest apart."""

    def __init__(self, material: Material, strategy: int, party: Party | None = None) -> None:
        seen = party or material.reported
        self.found = [material.at(strategy, k, seen) for k in range(len(material.calculations))]
        means = [s.mean for s in self.found]
        self.low_at, self.high_at = int(np.argmin(means)), int(np.argmax(means))
        self.names = [short(c.label) for c in material.calculations]

    def amount(self, material: Material, at: int) -> str:
        """As on the card: with the digits that this calculation's own error supports."""
        found = self.found[at]
        return material.number.money(found.mean, place=place_of(found), signed=True)


def place_of(found: Summary) -> int:
    """Last place in which a mean is shown, everywhere on the page."""
    return last_place(found.mean, error=found.error)


def gap_place(part: xr.Dataset) -> int:
    """Last place in which the division of one difference is shown: in its sentence, tables and figure alike.

    Parameters
    ----------
    part : `gap` (), `shapley` and `shapley_se` (assumption) of one pair and party.
    """
    error = float(part["shapley_se"].max()) if part["shapley_se"].size else 0.0
    return last_place(float(part["gap"]), *np.asarray(part["shapley"].values, dtype=float), error=error)


def probability_text(material: Material, summary: Summary) -> str:
    """Probability of saving money, in words where the calculation states no uncertainty."""
    if summary.nothing:
        return material.number.plain(math.nan)
    if summary.certain:
        return material.say("text.no_uncertainty")
    return material.number.probability(summary.p_positive)


def range_sentence(material: Material, strategy: int) -> str:
    """What the calculations report, each in its own perspective, from the lowest to the highest."""
    ends = Reported(material, strategy)
    low, high = ends.low_at, ends.high_at
    if len(material.calculations) == 1:
        kind = "single"
    elif ends.found[low].mean > 0:
        kind = "gain"
    else:
        kind = "loss" if ends.found[high].mean <= 0 else "mixed"
    slots: dict[str, str] = {"strategy": short(material.courses[strategy].intervention.label)}
    for end, at in (("low", low), ("high", high)):
        slots[end] = ends.amount(material, at)
        slots[f"{end}_name"] = ends.names[at]
        slots[f"{end}_view"] = short(material.perspective_label(material.calculations[at].perspective))
        slots[f"{end}_p"] = probability_text(material, ends.found[at])
    return material.say(f"answer.range.{kind}", **slots)


class _Gap(NamedTuple):
    """One pair's division seen from its lower end."""

    part: xr.Dataset
    sign: float


def _pair(material: Material, strategy: int, low: int, high: int, party: Party) -> _Gap | None:
    differences = material.differences(strategy)
    if differences is None or party.name not in [str(p) for p in differences["party"].values]:
        return None
    ends = material.calculations[low].name, material.calculations[high].name
    for i, pair in enumerate(zip(differences["pair_from"].values, differences["pair_to"].values, strict=True)):
        if pair in (ends, ends[::-1]):
            part = differences.isel(pair=i, party=material.index(differences, party))
            return _Gap(part, 1.0 if pair == ends else -1.0)
    return None


def gap_sentence(material: Material, strategy: int) -> str:
    """Which assumptions make the two extreme figures reported differ, in money."""
    say = material.say
    if len(material.calculations) == 1:
        return say("answer.gap.single")
    ends = Reported(material, strategy)
    found = _pair(material, strategy, ends.low_at, ends.high_at, material.reported)
    if found is None:
        return say("answer.gap.missing")
    part, sign = found
    contribution, gap = sign * np.asarray(part["shapley"].values, dtype=float), sign * float(part["gap"])
    names = [str(a) for a in part["assumption"].values]
    place = gap_place(part)
    top = top_contributions(contribution, gap, place=place)
    slots = {
        "gap": material.number.money(gap, place=place),
        "low_name": ends.names[ends.low_at],
        "high_name": ends.names[ends.high_at],
    }
    for k, i in enumerate(top.shown, start=1):
        slots[f"a{k}"] = short(material.assumption_labels.get(names[i], names[i]))
        slots[f"c{k}"] = material.number.money(float(contribution[i]), place=place, signed=True)
    if not top.others:
        return say("answer.gap." + ("none", "one", "two", "three")[len(top.shown)], **slots)
    rest = material.number.money(top.rest, place=place, signed=True)
    return say.count("answer.gap.more", top.others, rest=rest, **slots)


def same_view_sentence(material: Material, strategy: int) -> str:
    """What remains of the gap if both extremes are seen in the headline perspective; empty where they already are."""
    ends = Reported(material, strategy)
    low, high = ends.low_at, ends.high_at
    views = {material.calculations[at].perspective for at in (low, high)}
    if len(material.calculations) == 1 or views == {material.headline.name}:
        return ""
    same = Reported(material, strategy, material.headline)
    found = _pair(material, strategy, low, high, material.headline)
    gap = same.found[high].mean - same.found[low].mean
    error = math.hypot(same.found[high].error, same.found[low].error)
    place = gap_place(found.part) if found is not None else last_place(gap, error=error)
    return material.say(
        "answer.same_view",
        perspective=short(material.headline.label),
        gap=material.number.money(gap, place=place),
        low_name=ends.names[low],
        high_name=ends.names[high],
        low=same.amount(material, low),
        high=same.amount(material, high),
    )


def who_sentence(material: Material, strategy: int) -> str:
    """Who loses and who gains in every calculation, and for whom it depends."""
    lose, gain, depends = list[_Span](), list[_Span](), list[_Span]()
    for payer in material.payers:
        found = [material.at(strategy, k, payer) for k in range(len(material.calculations))]
        # Smaller than a krona, or not to be told from zero on these draws, is neither gain nor loss.
        signs = {0.0 if abs(s.mean) < max(1.0, 2 * s.error) else math.copysign(1.0, s.mean) for s in found}
        ends = min(found, key=lambda s: s.mean), max(found, key=lambda s: s.mean)
        span = _Span(short(payer.label), *ends)
        if signs == {-1.0}:
            lose.append(span)
        elif signs == {1.0}:
            gain.append(span)
        elif signs != {0.0}:
            depends.append(span)
    parts = {"pay": lose, "gain": gain, "mixed": depends}
    told = []
    for name, spans in parts.items():
        spans.sort(key=lambda s: -max(abs(s.low.mean), abs(s.high.mean)))
        # Those who gain are many; how much each gains is in the table.
        names = [s.label if name == "gain" else _span_text(material, s) for s in spans]
        if names:
            told.append(material.say(f"answer.who.{name}", names=material.say.listed(names, limit=6)))
    return " ".join(told) if told else material.say("answer.who.none")


class _Span(NamedTuple):
    """A payer and its net saving in the calculations that put it lowest and highest."""

    label: str
    low: Summary
    high: Summary


def _span_text(material: Material, span: _Span) -> str:
    low, high = (material.number.money(s.mean, place=place_of(s), signed=True) for s in (span.low, span.high))
    if low == high:
        return material.say("answer.who_one", name=span.label, amount=low)
    return material.say("answer.who_span", name=span.label, low=low, high=high)


def millions(material: Material, per_participant: float, place: int) -> str:
    """All participants together in million SEK, with the digits that 10**`place` per participant supports."""
    cohort = material.description.cohort or 1
    total = per_participant * cohort
    supported = place + math.floor(math.log10(cohort))
    return material.number.plain(total / 1e6, max(0, min(2, 6 - supported)), signed=True)
