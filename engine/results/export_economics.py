"""Cost-effectiveness, outcomes and subgroups as plain files; only where a run has them.

Same conventions as `export.py`: amounts of an outcome have six significant digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import xarray as xr

from engine.results.comparisons import DOMINANCE, comparisons
from engine.results.export import QUANTILES, Row, _csv, _money, _over, _share
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
        for ds in comparisons(findings):
            courses = [str(s) for s in ds["course"].values]
            for c, s in _over(ds, "calculation", "course"):
                at = ds.sel(calculation=c, course=s)
                previous = int(at["previous_course"])
                yield [
                    *_head(ds),
                    c,
                    s,
                    *(_money(at[n]) for n in ("course_cost", "course_cost_error")),
                    *(_amount(at[n]) for n in ("course_effect", "course_effect_error")),
                    courses[previous] if previous >= 0 else "",
                    *(_money(at[n]) for n in ("incremental_cost", "incremental_cost_error")),
                    *(_amount(at[n]) for n in ("incremental_effect", "incremental_effect_error")),
                    _money(at["icer"]),
                    DOMINANCE[int(at["dominance"])],
                ]

    return _csv(COST_EFFECTIVENESS_COLUMNS, rows()) if comparisons(findings) else None


def cost_effectiveness_curves_csv(findings: Findings) -> str | None:
    """One row per comparison, calculation, strategy and threshold; None where the run made no comparison."""

    def rows() -> Iterator[Row]:
        for ds in comparisons(findings):
            for i, c in enumerate(ds["calculation"].values):
                for j, s in enumerate(ds["course"].values):
                    one = ds.isel(calculation=i, course=j)
                    for k, w in enumerate(ds["willingness_to_pay"].values):
                        at = one.isel(willingness_to_pay=k)
                        yield [
                            *_head(ds),
                            str(c),
                            str(s),
                            f"{float(w):.12g}",
                            *(_money(at[n]) for n in ("net_benefit", "net_benefit_error")),
                            _amount(at["net_health_benefit"]),
                            *(_share(at[n]) for n in ("p_cost_effective", "p_cost_effective_error")),
                            "1" if int(at["best_course"]) == j else "0",
                            *(_money(at[n]) for n in ("expected_loss", "expected_loss_error")),
                            *(_money(at[n]) for n in ("evpi_by_willingness", "evpi_by_willingness_error")),
                        ]

    return _csv(CURVES_COLUMNS, rows()) if comparisons(findings) else None


def outcomes_csv(findings: Findings) -> str | None:
    """One row per calculation, strategy and outcome, the baseline without differences; None where there are no
    outcomes. The number needed is 1 / gain, negative where the strategy harms, and only of counts of events."""
    found = findings.analyses.get("outcomes")
    if found is None:
        return None
    about = {o.name: o for o in findings.description.outcomes}
    changed = {str(s) for s in found["strategy"].values}

    def rows() -> Iterator[Row]:
        for c, s, o in _over(found, "calculation", "course", "outcome_measure"):
            whole = found.sel(calculation=c, course=s, outcome_measure=o)
            row = [c, s, o, about[o].unit, _amount(whole["amount_mean"]), _amount(whole["amount_error"])]
            if s not in changed:
                yield [*row, *[""] * 7]
                continue
            at = found.sel(calculation=c, strategy=s, outcome_measure=o)
            yield [
                *row,
                *(_amount(at[n]) for n in ("amount_difference", "amount_difference_error")),
                *(_amount(at["amount_difference_quantile"].sel(quantile=q)) for q in QUANTILES.values()),
                _share(at["p_better"]),
                _amount(at["number_needed"]) if about[o].events else "",
            ]

    return _csv(OUTCOMES_COLUMNS, rows())


def subgroups_csv(findings: Findings) -> str | None:
    """One row per calculation, subgroup, strategy and figure: net saving of each party (`npv:society`), change of each
    outcome (`outcome:qaly`); per participant of the subgroup. None where there are no subgroups."""
    found = findings.analyses.get("subgroups")
    if found is None:
        return None
    shares = {g.name: g.shares for g in findings.description.subgroups}

    def rows() -> Iterator[Row]:
        for c, g, s in _over(found, "calculation", "subgroup", "strategy"):
            one = found.sel(calculation=c, subgroup=g, strategy=s)
            share = shares[g].get(c)
            head = [c, g, "" if share is None else f"{share:.6f}", s]
            for k, q in enumerate(found["party"].values):
                at = one.isel(party=k)
                quantiles = [at["subgroup_npv_quantile"].sel(quantile=level) for level in QUANTILES.values()]
                money = [_money(x) for x in (at["subgroup_mean"], at["subgroup_mcse"], *quantiles)]
                yield [*head, f"npv:{q}", *money, _share(at["subgroup_p_positive"])]
            for o in found["outcome_measure"].values if "outcome_measure" in found.dims else ():
                at = one.sel(outcome_measure=o)
                quantiles = [
                    at["subgroup_amount_difference_quantile"].sel(quantile=level) for level in QUANTILES.values()
                ]
                found_of = [at["subgroup_amount_difference"], at["subgroup_amount_difference_error"], *quantiles]
                yield [*head, f"outcome:{o}", *map(_amount, found_of), ""]

    return _csv(SUBGROUPS_COLUMNS, rows())


def _head(ds: xr.Dataset) -> Row:
    return [str(ds.attrs["outcome"]), str(ds.attrs["perspective"])]


def _amount(value: xr.DataArray) -> str:
    x = float(np.asarray(value))
    return "" if math.isnan(x) else f"{x + 0.0:.6g}"
