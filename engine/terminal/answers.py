"""Answers in a terminal: findings -> tables and sentences. Nothing is computed here."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from rich.console import Console

from engine.analysis.by_year import split_in_time
from engine.analysis.differences import furthest_pair
from engine.analysis.interactions import SPOKEN_OF, interaction_mass
from engine.analysis.ranking import top_contributions
from engine.report.headline import gap_place
from engine.report.numbers import MoneyScale, last_place, money_scale
from engine.results.comparisons import comparisons
from engine.results.description import AssumptionEntry, AssumptionValue, Description, Named
from engine.results.findings import Findings
from engine.terminal.economics import show_cost_effectiveness
from engine.terminal.lines import (
    NUMBER,
    UNITS,
    console,
    line,
    money,
    paragraph,
    per_participant,
    plain,
    plain_text,
    sek,
    show,
    table_of,
)

MOST = 5
"""Contributions that the answer names; `insats compare` shows all."""


def show_rest(findings: Findings) -> None:
    """The answer to a run after its first result: budgets, and what makes the furthest two calculations differ."""
    about, out = findings.description, console()
    for strategy in about.interventions:
        if (budget := findings.analyses.get(f"budget/{strategy.name}")) is not None:
            line(out, "")
            _show_budget(out, about, strategy, budget)
    for differences in findings.differences:
        line(out, "")
        _show_largest_gap(out, about, differences)
        name = str(differences.attrs["strategy"])
        if (spread := findings.analyses.get(f"spread/{name}")) is not None:
            _show_agreement(out, spread)
        if (decision := findings.analyses.get(f"decision/{name}")) is not None:
            _show_turn(out, about, decision)
            _show_common_ground(out, about, decision)
        if (years := findings.analyses.get(f"years/{name}")) is not None:
            _show_years(out, about, years)
    for comparison in comparisons(findings):
        line(out, "")
        show_cost_effectiveness(out, about, comparison)


def show_differences(about: Description, differences: xr.Dataset, party: str) -> None:
    """Each pair's gap and what it is made of, largest contribution first; the last row is the sum."""
    out = console()
    names = {c.name: c.label for c in about.calculations}
    for k in range(differences.sizes["pair"]):
        at = differences.isel(pair=k).sel(party=party)
        start, end = str(at["pair_from"].item()), str(at["pair_to"].item())
        low, gap, error = float(at["from_npv"]), float(at["gap"]), float(at["gap_se"])
        if k:
            line(out, "")
        line(out, f"{names[start]} -> {names[end]}: {party_label(about, party)}", style="bold")
        scale = money_scale(max(abs(low), abs(low + gap), abs(gap)))
        place = max(last_place(gap, digits=4), 2 if scale.divisor > 1 else 0)  # thousands with one decimal

        def amount(value: float, scale: MoneyScale = scale, place: int = place, signed: bool = True) -> str:
            return money(value, scale, place, signed=signed)

        paragraph(
            out,
            f"NPV from {amount(low, signed=False)} to {amount(low + gap, signed=False)}: {amount(gap)} "
            f"{per_participant(scale, about.price_year)}.",
        )
        order = by_size(at)
        if not order:
            line(out, "The two make the same assumptions in this view.")
            continue
        rows = []
        for name in order:
            one = at.sel(assumption=name)
            figures = [amount(float(one[v])) for v in ("shapley", "alone", "total", "min_step", "max_step")]
            steps = f"{figures[3]} to {figures[4]}"
            rows.append((_change(about, one, start, end), *figures[:3], steps))
        rows.append(("Sum", amount(gap), "", "", ""))
        right = ("Contribution", "Alone", "Changed last", "Smallest to largest step")
        show(out, table_of(("Assumption",), right, rows, bold={len(rows) - 1}))
        _show_interactions(out, at)
        if not int(at["exact"]):
            worst = sek(float(at["shapley_se"].max()))
            paragraph(out, f"Orders of change were sampled; a contribution's standard error is at most {worst} SEK.")
        if error > 0:
            paragraph(out, f"The Monte Carlo standard error of the difference is {sek(error)} SEK.")


def differences_data(differences: xr.Dataset, party: str) -> list[dict[str, Any]]:
    """What `show_differences` shows, as plain data."""
    found = []
    for k in range(differences.sizes["pair"]):
        at = differences.isel(pair=k).sel(party=party)
        contributions = []
        for name in by_size(at):
            one = at.sel(assumption=name)
            figures = {v: float(one[v]) for v in ("shapley", "shapley_se", "alone", "total", "min_step", "max_step")}
            labels = {v: str(one[v].item()) for v in ("label", "theme")}
            contributions.append({"assumption": name, **labels, **figures})
        found.append(
            {
                "from": str(at["pair_from"].item()),
                "to": str(at["pair_to"].item()),
                "perspective": party,
                **{v: float(at[v]) for v in ("from_npv", "gap", "gap_se")},
                "exact": bool(int(at["exact"])),
                "contributions": contributions,
            }
        )
    return found


# ---------------------------------------------------------------- parts


def _show_interactions(out: Console, at: xr.Dataset) -> None:
    """That assumptions changed one at a time would tell another story, where they would."""
    found = interaction_mass(at)
    share, mass, gap = float(found["interaction_share"]), float(found["interaction_mass"]), float(at["gap"])
    place = gap_place(at)
    if not abs(share) > SPOKEN_OF or not round(gap / 10**place):
        return
    alone, whole, rest = (sek(x, place, signed=True) for x in (gap - mass, gap, mass))
    if share > 1:
        told = f"would come to {alone} SEK, although the difference is {whole} SEK"
    elif share > 0:
        told = f"explain only {alone} of {whole} SEK"
    else:
        told = f"would come to {alone} SEK, more than the {whole} SEK there are"
    paragraph(
        out, f"Changed one at a time, the assumptions {told}; {rest} SEK is what they do together (interactions)."
    )


def _show_largest_gap(out: Console, about: Description, differences: xr.Dataset) -> None:
    """What makes the two furthest figures differ, each as its author reports it: the perspective is one assumption."""
    start, end = furthest_pair(differences)
    names = {c.name: c.label for c in about.calculations}
    ends = [
        {str(a), str(b)} for a, b in zip(differences["pair_from"].values, differences["pair_to"].values, strict=True)
    ]
    at = differences.isel(pair=ends.index({start, end})).sel(party="reported")
    sign = 1.0 if str(at["pair_from"].item()) == start else -1.0
    gap = sign * float(at["gap"])
    place = gap_place(at)
    contributions = sign * np.asarray(at["shapley"].values, dtype=float)
    shown, others, rest = top_contributions(contributions, gap, place=place, most=MOST)
    if not shown:
        line(out, "All calculations make the same assumptions.", style="bold")
        return
    intervention = next(i.label for i in about.interventions if i.name == str(differences.attrs["strategy"]))
    of = f" of “{intervention}”" if len(about.interventions) > 1 else ""
    paragraph(
        out,
        f"Of the {sek(gap, place)} SEK per participant between {names[start]} and {names[end]}{of}, each in the view "
        "that it reports:",
        style="bold",
    )
    rows = []
    for i in shown:
        contribution = sek(float(contributions[i]), place, signed=True)
        rows.append((_change(about, at.isel(assumption=i), start, end), contribution))
    if others:
        rows.append((f"{others} other assumptions together", sek(rest, place, signed=True)))
    show(out, table_of(("",), ("",), rows))


def _show_agreement(out: Console, spread: xr.Dataset) -> None:
    """What is gone of the disagreement if the calculations agree on one, two or three assumptions."""
    at = spread.sel(party="reported")
    if not float(at["disagreement_sd"]) > 0:
        return
    labels = [str(x) for x in at["label"].values]
    line(out, "")
    line(out, "If all calculations agreed on the right one, two or three assumptions:", style="bold")
    rows = []
    for k in range(1, min(4, at.sizes["agreed"])):
        chosen = np.flatnonzero(np.asarray(at["agreed_on"].isel(agreed=k).values) > 0)
        gone = float(at["agreement_gone"].isel(agreed=k))
        rows.append(("; ".join(labels[i] for i in chosen), f"{plain(round(100 * gone))} % of the disagreement gone"))
    show(out, table_of(("",), ("",), rows))
    share = round(100 * float(at["positive_share"]))
    paragraph(out, f"Of all mixtures of the calculations {share} % save money.")


def _show_turn(out: Console, about: Description, decision: xr.Dataset) -> None:
    """The smallest set of assumptions that turns the one calculation's sign, if the two disagree in sign."""
    if (float(decision["npv_from"]) > 0) == (float(decision["npv_to"]) > 0):
        return
    wanted = np.flatnonzero(np.asarray(decision["direction"].values) == "from")
    if not wanted.size:
        return
    names = {c.name: c.label for c in about.calculations}
    labels = [str(x) for x in decision["label"].values]
    members = np.flatnonzero(np.asarray(decision["in_flip_set"].isel(flip_set=int(wanted[0])).values) > 0)
    count = int(decision.attrs["flip_sets_from"])
    others = f" (one of {count} smallest sets)" if count > 1 else ""
    paragraph(
        out,
        f"What turns the sign of {names[decision.attrs['from']]}'s figure, taken from {names[decision.attrs['to']]}: "
        f"{'; '.join(labels[i] for i in members)}{others}.",
    )


def _show_common_ground(out: Console, about: Description, decision: xr.Dataset) -> None:
    """What would be left of the difference with each value that the study states as common ground."""
    gap = float(decision["npv_to"]) - float(decision["npv_from"])
    place = last_place(float(decision["npv_from"]), float(decision["npv_to"]), digits=2)
    names = {c.name: c.label for c in about.calculations}
    both = " and ".join(names[str(decision.attrs[k])] for k in ("pair_from", "pair_to"))
    entries = {a.name: a for a in about.assumptions}
    for i in np.flatnonzero(np.asarray(decision["consensus_stated"].values, dtype=bool)).tolist():
        left, value = (float(decision[v].values[i]) for v in ("gap_left_consensus", "consensus"))
        what, entry = str(decision["label"].values[i]), entries.get(str(decision["assumption"].values[i]))
        if entry is not None and np.isfinite(value):
            what = f"{what} ({_figure(entry, value)})"
        if not np.isfinite(left):
            paragraph(out, f"The model has no answer with what the study states for {what}.")
            continue
        if left * gap > 0 and sek(abs(left), place) == sek(abs(gap), place):  # it changes nothing
            continue
        amounts = f"of the {sek(abs(gap), place)} SEK between them, {sek(abs(left), place)} would be left"
        if left * gap < 0:
            amounts = f"the {sek(abs(gap), place)} SEK between them would become {sek(abs(left), place)} the other way"
        paragraph(out, f"If {both} took what the study states for {what}, {amounts}.")


def _show_years(out: Console, about: Description, years: xr.Dataset) -> None:
    """After which year, and at whom, most of the furthest difference arises, with every payer counted."""
    parts = np.asarray(years["yearly_contribution"].sum("cycle").transpose("assumption", "payer").values, dtype=float)
    gaps, gap = parts.sum(axis=0), float(parts.sum())
    place = last_place(gap, *gaps)
    shown = top_contributions(gaps, gap, place=place).shown
    if not shown:
        return
    names = {c.name: c.label for c in about.calculations}
    labels = {p.name: p.label for p in about.payers}
    halves = split_in_time(years, about.cycle_length)
    late = ""
    if halves is not None:
        after = "the first year" if halves.year == 1 else f"year {halves.year}"
        late = f", {sek(float(halves.late.sum()), place, signed=True)} of it after {after}"
    at = "; ".join(f"{labels[str(years['payer'].values[p])]} {sek(float(gaps[p]), place, signed=True)}" for p in shown)
    paragraph(
        out,
        f"With every payer counted in both, {names[years.attrs['pair_from']]} and {names[years.attrs['pair_to']]} "
        f"differ by {sek(gap, place, signed=True)} SEK{late}. Most of it arises at: {at}.",
    )


def _show_budget(out: Console, about: Description, strategy: Named, budget: xr.Dataset) -> None:
    """How much has to be found for the whole programme, and by when it has come back."""
    people = np.asarray(budget["participants"].values, dtype=float)
    starts = budget["calendar_year"].values[people > 0]
    span = f"{starts[0]}" if starts.size == 1 else f"{starts[0]} to {starts[-1]}"
    needs = [float(budget["budget_peak_need"].sel(calculation=c.name, party=c.perspective)) for c in about.calculations]
    most = max((need for need in needs if need > 0), default=0.0)
    told = []
    for c in about.calculations:
        one = budget.sel(calculation=c.name, party=c.perspective)
        need, back = float(one["budget_peak_need"]), float(one["budget_mean_payback_year"])
        if np.isnan(back):
            told.append(f"{c.label}: nothing is paid or saved")
            continue
        scale = money_scale(most if most <= 1000 * need else need)  # one unit, so that they can be compared
        short = f"needs at most {money(need, scale, last_place(need))} {UNITS[scale.key]}"
        short = f"{short} (end of {float(one['budget_peak_year']):.0f})" if need > 0 else "saves from the start"
        when = "does not pay back" if np.isinf(back) else f"has paid back by the end of {back:.0f}"
        told.append(f"{c.label}: {short}, {when}" if need > 0 else f"{c.label}: {short}")
    of = f" of “{strategy.label}”" if len(about.interventions) > 1 else ""
    paragraph(
        out,
        f"Whole programme{of} ({plain(round(float(people.sum())))} participants, {span}), each in its own perspective. "
        f"{'; '.join(told)}.",
    )


def _change(about: Description, one: xr.Dataset, start: str, end: str) -> str:
    """An assumption, and under it what it is changed from and to; the members of a bundle each with its name."""
    name, label = str(one["assumption"].item()), str(one["label"].item())
    members = [a for a in about.assumptions if name in (a.name, a.bundle)]
    lines = [label]
    for m in members:
        a, b = (setting(m, m.values[c]) for c in (start, end))
        if a != b:
            lines.append(f"  {a} -> {b}" if len(members) == 1 else f"  {m.label}: {a} -> {b}")
    return "\n".join(lines)


def setting(entry: AssumptionEntry, value: AssumptionValue) -> str:
    """How a calculation sets a parameter or choice, in short."""
    if not value.used:
        return "not used"
    if value.point is None:
        return value.text
    point = _figure(entry, value.point)
    return f"{point} ({value.law})" if value.law else point


def _figure(entry: AssumptionEntry, value: float) -> str:
    """A value of a parameter with its unit; of a choice the alternative with this number."""
    if entry.alternatives:
        return list(entry.alternatives.values())[int(value)]
    if entry.unit in ("share", "probability", "rate/year"):
        return f"{plain_text(NUMBER.quantity(100 * value, 6))} %"
    unit = {"ratio": "", "count": "", "number": ""}.get(entry.unit, entry.unit)
    return f"{plain_text(NUMBER.quantity(value, 6))} {unit}".strip()


def by_size(at: xr.Dataset) -> list[str]:
    """Assumptions that differ in one pair and party, largest contribution first.

    The perspective differs between many pairs but does nothing where both are seen in one, and is left out there.
    """
    size = np.abs(np.asarray(at["shapley"].values, dtype=float))
    counts = np.asarray(at["differs"].values, dtype=bool)
    if str(at["party"].item()) != "reported":
        counts = counts & (np.asarray(at["assumption"].values) != "perspective")
    return [str(at["assumption"].values[i]) for i in np.argsort(-size, kind="stable") if counts[i]]


def party_label(about: Description, party: str) -> str:
    """Name for people of a perspective or payer."""
    if party == "reported":
        return "each in its own perspective"
    labels = {p.name: p.label for p in about.payers} | {p.name: p.label for p in about.perspectives}
    return labels[party]
