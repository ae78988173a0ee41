"""Cost-effectiveness of a run's strategies, with names: one outcome, the costs of one perspective.

Arrays: `economics.py`. Mathematics: engine/README.md, "Cost-effectiveness".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.analysis.economics import decision_curves, incremental_table
from engine.analysis.outcomes import valid_draws
from engine.analysis.summary import mean_over_draws, monte_carlo_error, standard_deviation
from engine.errors import UsageError
from engine.run.outcomes import without_rounding
from engine.vocabulary import VARIABLES, attributes

Array = NDArray[np.float64]

POINTS = 300
"""Draws kept for the plane: what an eye can tell apart."""


def analyze_cost_effectiveness(
    results: xr.Dataset,
    *,
    outcome: str,
    payers: Sequence[str],
    better: str,
    willingness: Sequence[float],
    calculations: Sequence[str] = (),
) -> xr.Dataset:
    """Which strategy is worth its money, at each price of an outcome.

    Parameters
    ----------
    results : `cost` (calculation, course, payer, draw), `outcome_amount` (calculation, course, outcome_measure, draw),
        `status` (calculation, draw), attribute `replicates`.
    outcome : one of `outcome_measure`.
    payers : whose costs are counted.
    better : `more` or `less`: whether more of the outcome is a gain or a loss.
    willingness : what one unit of the outcome is held to be worth [SEK], rising, none negative.
    calculations : all if none is named.

    Returns
    -------
    Dataset of the vocabulary's "cost-effectiveness" part; attributes `outcome`, `better`. Costs and effects are means
    over the valid draws of each calculation; errors respect the replicates of the design.

    Raises
    ------
    RunError : a calculation has no valid draw.
    UsageError : a willingness to pay is negative or not rising; the results hold no such outcome or calculation.
    """
    points = np.asarray(willingness, dtype=np.float64)
    if points.size == 0 or not np.isfinite(points).all() or points[0] < 0 or (np.diff(points) <= 0).any():
        raise UsageError("thresholds must be numbers from 0 upwards, each above the one before")
    if "outcome_amount" not in results or outcome not in results["outcome_measure"].values:
        raise UsageError(f"these results hold no outcome {outcome!r}")
    known = [str(c) for c in results["calculation"].values]
    chosen = list(calculations) or known
    if unknown := [c for c in chosen if c not in known]:
        raise UsageError(f"these results hold no calculation {unknown[0]!r}; there is {', '.join(known)}")
    found = [
        _of_calculation(results.sel(calculation=c), c, outcome, list(payers), 1.0 if better == "more" else -1.0, points)
        for c in chosen
    ]
    coords = {
        "calculation": chosen,
        "course": [str(s) for s in results["course"].values],
        "willingness_to_pay": ("willingness_to_pay", points, {"units": "SEK/unit of the outcome"}),
    }
    variables: dict[str, Any] = {
        name: (VARIABLES[name].dims, np.stack([f[name] for f in found]), attributes(name)) for name in found[0]
    }
    return xr.Dataset(variables, coords=coords, attrs={"outcome": outcome, "better": better})


def _of_calculation(
    one: xr.Dataset, name: str, outcome: str, payers: list[str], sign: float, willingness: Array
) -> dict[str, Any]:
    """Everything of one calculation, by the vocabulary's names and without its first dimension."""
    at, draw = valid_draws(one, name)
    by_payer = np.asarray(one["cost"].sel(payer=payers).transpose("course", "payer", "draw").values)
    cost = _against_first(by_payer.sum(axis=1), np.abs(by_payer).sum(axis=1))
    amount = np.asarray(one["outcome_amount"].sel(outcome_measure=outcome).transpose("course", "draw").values)
    amount = _against_first(amount, np.abs(amount))
    gain = sign * amount
    plane_cost, plane_effect = ((x - x[:1])[:, :POINTS] for x in (cost, gain))
    cost, amount, gain = cost[:, at], amount[:, at], gain[:, at]
    replicates = int(one.attrs.get("replicates", 1))

    def error(x: Array) -> Array:
        return monte_carlo_error(x, replicates, draw=draw)

    steps = incremental_table(mean_over_draws(cost), mean_over_draws(gain))
    curves = decision_curves(cost, gain, willingness, replicates=replicates, draw=draw)
    added = np.array([s >= 0 for s in steps.previous])
    step_errors = [np.where(added, error(x - x[steps.previous]), np.nan) for x in (cost, gain)]
    from_baseline = cost - cost[:1], gain - gain[:1]
    return {
        "course_cost": mean_over_draws(cost),
        "course_cost_error": error(cost),
        "course_effect": mean_over_draws(amount),
        "course_effect_error": error(amount),
        "dominance": steps.dominance,
        "previous_course": steps.previous,
        "incremental_cost": steps.cost,
        "incremental_cost_error": step_errors[0],
        "incremental_effect": steps.effect,
        "incremental_effect_error": step_errors[1],
        "icer": steps.icer,
        "icer_error": _ratio_error(cost - cost[steps.previous], gain - gain[steps.previous], steps.icer, error),
        "plane_cost": plane_cost,
        "plane_effect": plane_effect,
        "cost_difference": mean_over_draws(from_baseline[0]),
        "cost_difference_sd": standard_deviation(from_baseline[0]),
        "effect_difference": mean_over_draws(from_baseline[1]),
        "effect_difference_sd": standard_deviation(from_baseline[1]),
        "difference_correlation": _correlation(*from_baseline),
        "net_benefit": curves.net_benefit,
        "net_benefit_error": curves.net_benefit_error,
        "net_health_benefit": curves.net_health_benefit,
        "p_cost_effective": curves.probability,
        "p_cost_effective_error": curves.probability_error,
        "expected_loss": curves.loss,
        "expected_loss_error": curves.loss_error,
        "best_course": curves.best,
        "evpi_by_willingness": curves.information,
        "evpi_by_willingness_error": curves.information_error,
    }


def _against_first(values: Array, size: Array) -> Array:
    """Amounts by course, in which what differs from the baseline by rounding alone is the baseline's: it would be told
    as dominance."""
    result = values.copy()
    result[1:] = values[:1] + without_rounding(values[1:] - values[:1], size[1:] + size[:1])
    return result


def _ratio_error(cost: Array, gain: Array, icer: Array, error: Callable[[Array], Array]) -> Array:
    """Standard error of a ratio of means, linearised: that of the mean of cost − ICER · gain, over the mean gain."""
    residual = np.where(np.isnan(icer)[:, None], 0.0, cost - np.nan_to_num(icer)[:, None] * gain)
    return np.where(np.isnan(icer), np.nan, error(residual)) / np.abs(np.where(np.isnan(icer), 1.0, gain.mean(axis=-1)))


def _correlation(a: Array, b: Array) -> Array:
    """Correlation over the last axis; nan where either does not vary."""
    da, db = a - mean_over_draws(a)[..., None], b - mean_over_draws(b)[..., None]
    both = np.sqrt((da * da).sum(axis=-1) * (db * db).sum(axis=-1))
    out = np.full(both.shape, np.nan)
    np.divide((da * db).sum(axis=-1), both, out=out, where=both > 0)
    return out
