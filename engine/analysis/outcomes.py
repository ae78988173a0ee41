"""Outcomes beside money: how much of each, what a strategy changes, and how many participants that takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.analysis.summary import QUANTILES, mean_over_draws, monte_carlo_error
from engine.errors import RunError
from engine.run.outcomes import without_rounding
from engine.vocabulary import VARIABLES, attributes

Array = NDArray[np.float64]


def number_needed(gain: Array) -> Array:
    """Participants for one unit of an outcome: 1 / gain per participant; infinite where there is no gain.

    Negative values are a number needed to harm. The ends of an interval are inverted one by one; an interval of the
    gain that holds 0 becomes two: from its positive end up to infinity, and from minus infinity up to its negative end.

    References
    ----------
    Altman 1998, "Confidence intervals for the number needed to treat", *BMJ* 317:1309.
    """
    with np.errstate(divide="ignore"):
        return np.where(gain == 0, np.inf, 1.0 / np.where(gain == 0, 1.0, gain))


class Difference(NamedTuple):
    """Over draws, of the difference between a strategy and the baseline."""

    mean: Array
    """(...)"""
    error: Array
    """(...) Monte Carlo standard error"""
    quantiles: Array
    """(quantile, ...)"""
    better: Array
    """(...) share of draws with a gain"""


def difference_over_draws(
    amount: Array, sign: Array, *, replicates: int, draw: NDArray[np.int64] | None = None
) -> Difference:
    """What strategies change against the baseline.

    Parameters
    ----------
    amount : (..., course, outcome, draw), the baseline first.
    sign : (outcome,) 1 where more is better, else -1.

    Returns
    -------
    Of (..., intervention, outcome).
    """
    first, others = amount[..., :1, :, :], amount[..., 1:, :, :]
    change = without_rounding(others - first, np.abs(others) + np.abs(first))
    return Difference(
        mean_over_draws(change),
        monte_carlo_error(change, replicates, draw=draw),
        np.quantile(change, QUANTILES, axis=-1, method="linear"),
        (sign[:, None] * change > 0).mean(axis=-1),
    )


def summarize_outcomes(results: xr.Dataset, better: Mapping[str, str]) -> xr.Dataset:
    """What the valid draws say of each outcome.

    Parameters
    ----------
    results : `outcome_amount` (calculation, course, outcome_measure, draw), `status` (calculation, draw); attribute
        `replicates`.
    better : by outcome, whether `more` or `less` of it is a gain.

    Returns
    -------
    Dataset of the vocabulary's "outcomes beside money": amounts by course, differences from the baseline by strategy,
    and `number_needed` with its ends at the quantiles of the gain.

    Raises
    ------
    RunError : a calculation has no valid draw.
    """
    names = [str(o) for o in results["outcome_measure"].values]
    sign = np.array([1.0 if better[o] == "more" else -1.0 for o in names])
    replicates = int(results.attrs.get("replicates", 1))
    rows = []
    for c in map(str, results["calculation"].values):
        one = results.sel(calculation=c)
        at, draw = valid_draws(one, c)
        order = ("course", "outcome_measure", "draw")
        amount = np.asarray(one["outcome_amount"].transpose(*order).values, dtype=np.float64)[..., at]
        change = difference_over_draws(amount, sign, replicates=replicates, draw=draw)
        rows.append(
            {
                "amount_mean": mean_over_draws(amount),
                "amount_error": monte_carlo_error(amount, replicates, draw=draw),
                "amount_difference": change.mean,
                "amount_difference_error": change.error,
                "amount_difference_quantile": change.quantiles,
                "p_better": change.better,
                "number_needed": number_needed(sign * change.mean),
                # the low quantile of a gain is the high one of an amount of which less is better
                "number_needed_ends": number_needed(
                    np.where(sign > 0, change.quantiles, (sign * change.quantiles)[::-1])
                ),
            }
        )
    coords = {name: results[name].values for name in ("calculation", "course", "strategy", "outcome_measure")}
    return by_calculation(rows, {**coords, "quantile": list(QUANTILES)})


def valid_draws(one: xr.Dataset, calculation: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draws of one calculation that break no rule: their places along `draw`, and their numbers.

    Raises
    ------
    RunError : there is none.
    """
    status = np.asarray(one["status"].values)
    if status.all():
        raise RunError(f"Calculation '{calculation}' has no valid draw: {status.size} of {status.size} break a rule.")
    at = np.flatnonzero(status == 0)
    return at, np.asarray(one["draw"].values, dtype=np.int64)[at]


def by_calculation(rows: list[dict[str, Array]], coords: Mapping[str, Any]) -> xr.Dataset:
    """One dataset of what was found for each calculation; `quantile` stands first where a variable has it."""
    variables: dict[str, Any] = {}
    for name in rows[0]:
        dims = VARIABLES[name].dims
        values = np.stack([row[name] for row in rows], axis=dims.index("calculation"))
        variables[name] = (dims, values, attributes(name))
    return xr.Dataset(variables, coords=dict(coords))
