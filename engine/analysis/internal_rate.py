"""Internal rate of return: the yearly rate at which an intervention's savings just pay for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.analysis.summary import QUANTILES
from engine.model.savings import ROUNDING
from engine.run.outcomes import without_rounding
from engine.vocabulary import attributes

Array = NDArray[np.float64]

FOUND, NO_RATE, NOT_UNIQUE, LOAN = 0, 1, 2, 3
"""There is one rate; money goes one way only; several rates may solve it; gains come first and are paid for later, so
that a *high* rate is bad."""

_LIMIT = 30.0
"""Rates are looked for between exp(-30) and exp(30) of growth a year."""
_STEPS = 52
"""Halvings: 60 / 2^52 is under 1e-13 on the log scale."""


def rate_kind(flow: Array) -> NDArray[np.int64]:
    """Whether a flow of money has one internal rate of return.

    With one change of sign there is exactly one rate (Descartes). With several there is exactly one rate above 0 where
    the accumulated flow changes sign once and does not end at 0 (Norström 1972, *Journal of Financial and Quantitative
    Analysis* 7); otherwise there may be several, and none of them means anything.

    Parameters
    ----------
    flow : (..., t) net saving in each cycle.

    Returns
    -------
    (...) `FOUND`, `NO_RATE`, `NOT_UNIQUE` or `LOAN`.
    """
    return _kinds_and_changes(flow)[0]


def _kinds_and_changes(flow: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As `rate_kind`, and how often the flow itself changes sign."""
    from engine.kernel.rates import count_signs  # numba is slow to load

    rows = np.ascontiguousarray(flow, dtype=np.float64).reshape(-1, flow.shape[-1])
    changes, changes_so_far = np.empty((2, len(rows)), dtype=np.int64)
    first, last = np.empty((2, len(rows)))
    count_signs(rows, ROUNDING, changes, first, changes_so_far, last)
    paid_back = (changes_so_far == 1) & (last > 0)
    kind = np.where(changes == 0, NO_RATE, np.where(changes == 1, FOUND, np.where(paid_back, FOUND, NOT_UNIQUE)))
    kind = np.where((kind == FOUND) & (first > 0), LOAN, kind)
    return kind.astype(np.int64).reshape(flow.shape[:-1]), changes.reshape(flow.shape[:-1])


def internal_rate(flow: Array, cycle_length: float) -> Array:
    """Rate r per year with Σ flow[t] (1 + r)^(−tΔ) = 0, by bisection on log(1 + r).

    Parameters
    ----------
    flow : (..., t) net saving in each cycle, undiscounted. When in the cycle money falls moves all terms alike, and
        leaves the rate as it is.
    cycle_length : Δ, years.

    Returns
    -------
    (...) rate per year, above −1; nan where `rate_kind` is not `FOUND`.

    References
    ----------
    Boardman and others 2018, *Cost-Benefit Analysis*, ch. 9.
    """
    shape = flow.shape[:-1]
    rows = flow.reshape(-1, flow.shape[-1])
    kind, changes = _kinds_and_changes(rows)
    found = kind == FOUND
    solved = rows[found]
    low = np.where(changes[found] > 1, 0.0, -_LIMIT)  # with several changes only the rate above 0 is the only one
    high = np.full(low.shape, _LIMIT)
    for step in range(_STEPS):
        middle = (low + high) / 2
        if step < 2:  # the first step is at 0; on which side of it a rate lies is settled then
            ordered = np.ascontiguousarray(np.where(middle[:, None] >= 0, solved[:, ::-1], solved).T)
        positive = _worth(ordered, middle, cycle_length) > 0
        low, high = np.where(positive, middle, low), np.where(positive, high, middle)
    result = np.full(len(rows), np.nan)
    with np.errstate(over="ignore"):
        result[found] = np.expm1((low + high) / 2)
    return result.reshape(shape)


def _worth(ordered: Array, log_growth: Array, cycle_length: float) -> Array:
    """Sign of the present value; terms are scaled to what the largest power would be, so that none overflows.

    Parameters
    ----------
    ordered : (t, n) flows, the last cycle first where money grows.
    """
    from engine.kernel.rates import polynomials

    value = np.empty(ordered.shape[1])
    polynomials(ordered, np.exp(-np.abs(log_growth) * cycle_length), value)
    return value


def internal_rates(results: xr.Dataset, members: Mapping[str, Sequence[str]], own: Mapping[str, str]) -> xr.Dataset:
    """Internal rate of return of each calculation, strategy and party.

    Parameters
    ----------
    results : `mean_cash_flow` (calculation, strategy, payer, cycle), `cumulative_saving` (calculation, strategy, party,
        path, time_point) and `status` (calculation, draw), of which path i is draw i.
    members : payers of each perspective.
    own : perspective of each calculation, for the party `reported`.

    Returns
    -------
    Dataset with `internal_rate` and `internal_rate_kind` of the mean cash flow, `internal_rate_share`: share of the
    kept paths that have one rate, and `internal_rate_quantile` over those; nan where there are none. Among paths, one
    on which money is paid and nothing comes back counts as −1, all of it lost: without it only the better paths would
    be told of.
    """
    flow = results["mean_cash_flow"].transpose("calculation", "strategy", "payer", "cycle")
    saving = results["cumulative_saving"].transpose("calculation", "strategy", "party", "path", "time_point")
    times = np.asarray(results["time_at"].values, dtype=np.float64)
    step = float(times[1] - times[0])
    payers = [str(p) for p in flow["payer"].values]
    parties = list(zip(map(str, saving["party"].values), map(str, results["party_kind"].values), strict=True))
    shape = (*saving.shape[:3],)
    rate, kind = np.full(shape, np.nan), np.full(shape, float(NO_RATE))
    share, quantiles = np.full(shape, np.nan), np.full((len(QUANTILES), *shape), np.nan)
    status = np.asarray(results["status"].transpose("calculation", "draw").values)[:, : saving.sizes["path"]]
    for c, calculation in enumerate(map(str, flow["calculation"].values)):
        valid = status[c] == 0
        for q, (name, of) in enumerate(parties):
            counted = [name] if of == "payer" else members[own[calculation] if of == "reported" else name]
            by_payer = np.asarray(flow.values[c][:, [payers.index(p) for p in counted]])
            mean = without_rounding(by_payer.sum(axis=1), np.abs(by_payer).sum(axis=1))
            rate[c, :, q], kind[c, :, q] = internal_rate(mean, step), rate_kind(mean)
            if valid.any():
                so_far = np.asarray(saving.values[c, :, q][:, valid])
                size = np.maximum.accumulate(np.abs(so_far), axis=-1)[..., 1:]
                paths = _with_total_losses(without_rounding(np.diff(so_far, axis=-1), size), step)
                share[c, :, q] = np.isfinite(paths).mean(axis=-1)
                for k, row in enumerate(paths):
                    if np.isfinite(row).any():
                        quantiles[:, c, k, q] = np.nanquantile(row, QUANTILES)
    dims = ("calculation", "strategy", "party")
    values = {"internal_rate": rate, "internal_rate_kind": kind, "internal_rate_share": share}
    variables: dict[str, Any] = {name: (dims, value, attributes(name)) for name, value in values.items()}
    variables["internal_rate_quantile"] = (("quantile", *dims), quantiles, attributes("internal_rate_quantile"))
    coords = {name: saving[name].variable for name in ("party_kind", *dims) if name in saving.coords}
    return xr.Dataset(variables, coords={**coords, "quantile": list(QUANTILES)})


def _with_total_losses(flow: Array, cycle_length: float) -> Array:
    """Rates of return; −1 where money is paid and nothing comes back: what rates fall to as less comes back."""
    lost = (flow <= 0).all(axis=-1) & (flow < 0).any(axis=-1)
    return np.where(lost, -1.0, internal_rate(flow, cycle_length))
