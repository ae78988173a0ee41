"""Cost-effectiveness, outcomes and subgroups as plain files; only where a run has them.

Same conventions as `export.py`: amounts of an outcome have six significant digits.
"""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from engine.results.cells import Row, amount, csv_text, figures, money, over, quantiles, share
from engine.results.comparisons import DOMINANCE, comparisons
from engine.results.findings import Findings

COST_EFFECTIVENESS_COLUMNS = [
    "outcome",
    "perspective",
    "calculation",
    "strategy",
    "cost",
    "cost_se",
    "effect",
    "effect_se",
    "compared_with",
    "incremental_cost",
    "incremental_cost_se",
    "incremental_effect",
    "incremental_effect_se",
    "icer",
    "status",
]
CURVES_COLUMNS = [
    "outcome",
    "perspective",
    "calculation",
    "strategy",
    "threshold",
    "net_benefit",
    "net_benefit_se",
    "net_health_benefit",
    "p_cost_effective",
    "p_cost_effective_se",
    "best_on_average",
    "expected_loss",
    "expected_loss_se",
    "evpi",
    "evpi_se",
]
OUTCOMES_COLUMNS = [
    "calculation",
    "strategy",
    "outcome",
    "unit",
    "amount",
    "se",
    "difference",
    "difference_se",
    "difference_q05",
    "difference_q50",
    "difference_q95",
    "p_better",
    "number_needed",
]
SUBGROUPS_COLUMNS = [
    "calculation",
    "subgroup",
    "share",
    "strategy",
    "figure",
    "mean",
    "se",
    "q05",
    "q50",
    "q95",
    "p_positive",
]


def cost_effectiveness_csv(findings: Findings) -> str | None:
    """One row per comparison, calculation and strategy; None where the run made no comparison."""

    def rows() -> Iterator[Row]:
        dims = ("calculation", "course")
        for ds in comparisons(findings):
            courses = [str(s) for s in ds["course"].values]
            cost, effect, more_cost, more_effect = (
                figures(ds, (name, f"{name}_error"), *dims)
                for name in ("course_cost", "course_effect", "incremental_cost", "incremental_effect")
            )
            previous, ratio, dominance = figures(ds, ("previous_course", "icer", "dominance"), *dims)
            for at, names in over(ds, *dims):
                before = int(previous[at])
                yield [
                    *_head(ds),
                    *names,
                    *(money(x[at]) for x in cost),
                    *(amount(x[at]) for x in effect),
                    courses[before] if before >= 0 else "",
                    *(money(x[at]) for x in more_cost),
                    *(amount(x[at]) for x in more_effect),
                    money(ratio[at]),
                    DOMINANCE[int(dominance[at])],
                ]

    return csv_text(COST_EFFECTIVENESS_COLUMNS, rows()) if comparisons(findings) else None


def cost_effectiveness_curves_csv(findings: Findings) -> str | None:
    """One row per comparison, calculation, strategy and threshold; None where the run made no comparison."""

    def rows() -> Iterator[Row]:
        dims = ("calculation", "course", "willingness_to_pay")
        for ds in comparisons(findings):
            benefit, chance, loss = (
                figures(ds, (name, f"{name}_error"), *dims)
                for name in ("net_benefit", "p_cost_effective", "expected_loss")
            )
            (health,) = figures(ds, ("net_health_benefit",), *dims)
            whole = ("best_course", "evpi_by_willingness", "evpi_by_willingness_error")
            best, *known = figures(ds, whole, "calculation", "willingness_to_pay")
            worth = [f"{float(w):.12g}" for w in ds["willingness_to_pay"].values]
            for at, (c, s, _) in over(ds, *dims):
                i, j, k = at
                yield [
                    *_head(ds),
                    c,
                    s,
                    worth[k],
                    *(money(x[at]) for x in benefit),
                    amount(health[at]),
                    *(share(x[at]) for x in chance),
                    "1" if int(best[i, k]) == j else "0",
                    *(money(x[at]) for x in loss),
                    *(money(x[i, k]) for x in known),
                ]

    return csv_text(CURVES_COLUMNS, rows()) if comparisons(findings) else None


def outcomes_csv(findings: Findings) -> str | None:
    """One row per calculation, strategy and outcome, the baseline without differences; None where there are no
    outcomes. The number needed is 1 / gain, negative where the strategy harms, and only of counts of events."""
    found = findings.analyses.get("outcomes")
    if found is None:
        return None
    about = {o.name: o for o in findings.description.outcomes}
    changed = [str(s) for s in found["strategy"].values]
    dims = ("calculation", "course", "outcome_measure")
    whole = figures(found, ("amount_mean", "amount_error"), *dims)
    against = ("calculation", "strategy", "outcome_measure")
    change = figures(found, ("amount_difference", "amount_difference_error"), *against)
    change += quantiles(found, "amount_difference_quantile", *against)
    better, needed = figures(found, ("p_better", "number_needed"), *against)

    def rows() -> Iterator[Row]:
        for at, (c, s, o) in over(found, *dims):
            row = [c, s, o, about[o].unit, *(amount(x[at]) for x in whole)]
            if s not in changed:
                yield [*row, *[""] * 7]
                continue
            there = (at[0], changed.index(s), at[2])
            count = amount(needed[there]) if about[o].events else ""
            yield [*row, *(amount(x[there]) for x in change), share(better[there]), count]

    return csv_text(OUTCOMES_COLUMNS, rows())


def subgroups_csv(findings: Findings) -> str | None:
    """One row per calculation, subgroup, strategy and figure: net saving of each party (`npv:society`), change of each
    outcome (`outcome:qaly`); per participant of the subgroup. None where there are no subgroups."""
    found = findings.analyses.get("subgroups")
    if found is None:
        return None
    shares = {g.name: g.shares for g in findings.description.subgroups}

    dims = ("calculation", "subgroup", "strategy")
    saving = figures(found, ("subgroup_mean", "subgroup_mcse"), *dims, "party")
    saving += quantiles(found, "subgroup_npv_quantile", *dims, "party")
    (positive,) = figures(found, ("subgroup_p_positive",), *dims, "party")
    outcomes = [str(o) for o in found["outcome_measure"].values] if "outcome_measure" in found.dims else []
    change = []
    if outcomes:
        own = ("subgroup_amount_difference", "subgroup_amount_difference_error")
        change = figures(found, own, *dims, "outcome_measure")
        change += quantiles(found, "subgroup_amount_difference_quantile", *dims, "outcome_measure")

    def rows() -> Iterator[Row]:
        for at, (c, g, s) in over(found, *dims):
            part = shares[g].get(c)
            head = [c, g, "" if part is None else f"{part:.6f}", s]
            for k, q in enumerate(found["party"].values):
                yield [*head, f"npv:{q}", *(money(x[at][k]) for x in saving), share(positive[at][k])]
            for k, o in enumerate(outcomes):
                yield [*head, f"outcome:{o}", *(amount(x[at][k]) for x in change), ""]

    return csv_text(SUBGROUPS_COLUMNS, rows())


def _head(ds: xr.Dataset) -> Row:
    return [str(ds.attrs["outcome"]), str(ds.attrs["perspective"])]
