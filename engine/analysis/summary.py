"""Over draws: mean, spread, quantiles and the Monte Carlo error of the mean.

Arrays below (`mean_over_draws`, `standard_deviation`, `monte_carlo_error`), names above (`summarize`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.errors import RunError, UsageError
from engine.run.statistics import LEVELS
from engine.vocabulary import attributes

QUANTILES = LEVELS

# Pay-back time and horizon are both sums and means of years: equal years may differ in the last bits.


def mean_over_draws(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the last axis, the same bits for any memory layout; exact where all draws are equal.

    Parameters
    ----------
    x : (..., draw), at least one draw.

    Returns
    -------
    mean (...). Deviations from the first draw are averaged, so that a calculation without
    uncertainty keeps its value to the last digit and large values lose none to their sum.
    """
    x = np.ascontiguousarray(x)  # numpy's order of summation depends on the layout, not on the numbers
    first = x[..., :1]
    return np.asarray(first[..., 0] + (x - first).sum(axis=-1) / x.shape[-1])


def standard_deviation(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sample standard deviation (n - 1) over the last axis; NaN for a single draw, which says nothing of spread."""
    n = x.shape[-1]
    if n < 2:
        return np.full(x.shape[:-1], np.nan)
    deviation = np.ascontiguousarray(x) - mean_over_draws(x)[..., None]
    return np.asarray(np.sqrt((deviation * deviation).sum(axis=-1) / (n - 1)))


def monte_carlo_error(
    x: NDArray[np.float64], replicates: int, *, draw: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """Standard error of the mean over the last axis.

    Draws of a quasi-random or stratified design are not independent of each other, its replicates are:
    draw i belongs to replicate i modulo `replicates`, and the spread of the replicates' means is the error.

    Parameters
    ----------
    x : (..., draw).
    replicates : independent repetitions of the design, 1 where every draw is independent.
    draw : number of each draw (draw,), where some were left out; counts from 0 otherwise.

    Returns
    -------
    standard error (...); NaN where there is one draw only.
    """
    n = x.shape[-1]
    member = (np.arange(n) if draw is None else np.asarray(draw)) % replicates
    present = np.unique(member)
    if replicates == 1 or present.size < 2 or present.size == n:
        # one draw a replicate: the draws themselves are independent
        return np.asarray(standard_deviation(x) / np.sqrt(n))
    # as a rule none is left out: members then stand at equal distances, and are found in a third of the time
    evenly = bool((member == np.arange(n) % replicates).all())
    own = [slice(int(r), None, replicates) if evenly else member == r for r in present]
    means = np.stack([mean_over_draws(x[..., mine]) for mine in own], axis=-1)
    return np.asarray(standard_deviation(means) / np.sqrt(present.size))


def _median_where_defined(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median over the last axis of the values that are not NaN; NaN where there are none."""
    defined = ~np.isnan(x).all(axis=-1)
    out = np.full(x.shape[:-1], np.nan)
    if defined.any():
        out[defined] = np.nanmedian(x[defined], axis=-1)
    return out


def _share_finite(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the defined values that are finite; nan where none is: nothing is paid, so nothing comes back."""
    defined = (~np.isnan(x)).sum(axis=-1)
    share: NDArray[np.float64] = np.full(defined.shape, np.nan)
    np.divide(np.isfinite(x).sum(axis=-1), defined, out=share, where=defined > 0)
    return share


def summarize(results: xr.Dataset) -> xr.Dataset:
    """What the valid draws say, per calculation, strategy and party: all of them, also where a run kept the first only.

    Where `results` holds what a run counted of draws that it did not keep, that is told.

    Parameters
    ----------
    results : a run's dataset with `npv`, `payback_year`, `benefit_cost_ratio` (calculation, strategy,
        party, draw), `status` (calculation, draw) and `horizon` (calculation) [years]; attribute `replicates`.

    Returns
    -------
    Dataset with `mean`, `mcse`, `sd`, `npv_quantile`, `p_positive`, `median_payback_year`, `p_payback` and
    `median_benefit_cost_ratio`, dims (calculation, strategy, party), `npv_quantile` with `quantile` first.
    Draws with a status other than 0 are left out. `mcse` and `sd` are NaN for a single draw;
    `median_benefit_cost_ratio` is over the draws in which the ratio is defined, NaN where there are none;
    `median_payback_year` is inf where half of the draws or more never pay back.

    Raises
    ------
    RunError : a calculation has no valid draw, or its net saving is not a number in a valid draw.
    UsageError : the dataset lacks a variable.
    """
    needed = ("npv", "payback_year", "payback_year_discounted", "benefit_cost_ratio", "status")
    missing = [v for v in needed if v not in results]
    if missing:
        raise UsageError(f"These results cannot be summarised: {', '.join(missing)} missing.")
    kept = ("party_kind", "calculation", "strategy", "party")
    coords = {k: results[k].variable for k in kept if k in results.coords}
    told = ("study", "key", "seed", "draws", "design", "replicates")
    found = {name: results[name].variable for name in SUMMARY} if "mean" in results else _of_kept_draws(results)
    return xr.Dataset(
        found,
        coords={**coords, "quantile": list(QUANTILES)},
        attrs={k: results.attrs[k] for k in told if k in results.attrs},
    )


SUMMARY = (
    *("mean", "mcse", "sd", "npv_quantile", "p_positive", "median_payback_year", "median_payback_year_discounted"),
    *("p_payback", "median_benefit_cost_ratio"),
)


def _of_kept_draws(results: xr.Dataset) -> dict[str, Any]:
    """The summary, computed from single draws."""
    replicates = int(results.attrs.get("replicates", 1))
    draw = np.asarray(results["draw"].values, dtype=np.int64)
    names = [str(c) for c in results["calculation"].values]

    rows: dict[str, list[NDArray[np.float64]]] = {}
    for c, name in enumerate(names):
        one = results.isel(calculation=c)
        valid = np.asarray(one["status"].values) == 0
        if not valid.any():
            raise RunError(f"Calculation '{name}' has no valid draw: {valid.size} of {valid.size} break a rule.")
        npv, payback, discounted, ratio = (
            np.asarray(one[v].transpose("strategy", "party", "draw").values, dtype=np.float64)[..., valid]
            for v in ("npv", "payback_year", "payback_year_discounted", "benefit_cost_ratio")
        )
        if not np.isfinite(npv).all():
            bad = int((~np.isfinite(npv)).any(axis=(0, 1)).sum())
            raise RunError(f"Calculation '{name}': net saving is not a finite number in {bad} of {valid.sum()} draws.")
        summary = {
            "mean": mean_over_draws(npv),
            "mcse": monte_carlo_error(npv, replicates, draw=draw[valid]),
            "sd": standard_deviation(npv),
            "npv_quantile": np.quantile(npv, QUANTILES, axis=-1, method="linear"),
            "p_positive": (npv > 0).mean(axis=-1),
            "median_payback_year": _median_where_defined(payback),
            "median_payback_year_discounted": _median_where_defined(discounted),
            "p_payback": _share_finite(payback),
            "median_benefit_cost_ratio": _median_where_defined(ratio),
        }
        for variable, value in summary.items():
            rows.setdefault(variable, []).append(value)

    dims = ("calculation", "strategy", "party")
    variables: dict[str, Any] = {}
    for variable, values in rows.items():
        if variable == "npv_quantile":
            variables[variable] = (("quantile", *dims), np.stack(values, axis=1), attributes(variable))
        else:
            variables[variable] = (dims, np.stack(values), attributes(variable))
    return variables
