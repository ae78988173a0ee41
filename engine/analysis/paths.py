"""How net saving runs over the years: yearly sums, spread over draws, chance of having paid back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from engine.vocabulary import attributes

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def cumulative_quantiles(results: xr.Dataset, *, levels: Sequence[float] = LEVELS) -> xr.DataArray:
    """Quantiles over draws of the accumulated net saving.

    Parameters
    ----------
    results : `cumulative_saving` (calculation, strategy, party, path, time_point) [SEK per participant] and `status`
        (calculation, draw), of which path i is draw i. Select parties first: the work is proportional to them.

    Returns
    -------
    `cumulative_quantile` (quantile, calculation, strategy, party, time_point), of the valid paths; NaN where a
    calculation has none.
    """
    saving = results["cumulative_saving"].transpose("calculation", "strategy", "party", "path", "time_point")
    values = np.asarray(saving.values, dtype=np.float64)
    valid = np.asarray(results["status"].transpose("calculation", "draw").values)[:, : saving.sizes["path"]] == 0
    out = np.full((len(levels), *values.shape[:3], values.shape[4]), np.nan)
    for k in range(values.shape[0]):
        # One calculation at a time: each rejects its own draws, and nanquantile is ten times slower than quantile.
        if valid[k].any():
            out[:, k] = np.quantile(values[k][:, :, valid[k], :], list(levels), axis=2)
    kept = {name: c for name, c in saving.coords.items() if "path" not in c.dims}
    return xr.DataArray(
        out,
        dims=("quantile", "calculation", "strategy", "party", "time_point"),
        coords={"quantile": list(levels), **kept},
        name="cumulative_quantile",
        attrs=attributes("cumulative_quantile"),
    )


def payback_probability(results: xr.Dataset) -> xr.DataArray:
    """Share of draws that have paid back by each point in time.

    Parameters
    ----------
    results : `payback_year` (calculation, strategy, party, draw) [years], inf = never, `status` (calculation, draw),
        coordinate `time_at` (time_point).

    Returns
    -------
    `payback_probability` (calculation, strategy, party, time_point), of the valid draws; NaN where there are none, and
    where nothing is ever paid nor saved.
    """
    year = results["payback_year"].transpose("calculation", "strategy", "party", "draw")
    valid = np.asarray(results["status"].transpose("calculation", "draw").values) == 0
    times = results["time_at"]
    share = np.full((*year.shape[:-1], times.size), np.nan)
    for k in range(share.shape[0]):
        of_valid = year.values[k][..., valid[k]]
        for place in np.ndindex(of_valid.shape[:-1]):
            in_order = np.sort(of_valid[place])  # what is missing comes last
            if in_order.size and not np.isnan(in_order[0]):
                share[(k, *place)] = np.searchsorted(in_order, times.values, side="right") / in_order.size
    kept = {name: c for name, c in year.coords.items() if "draw" not in c.dims}
    return xr.DataArray(
        share,
        dims=(*year.dims[:-1], "time_point"),
        coords=kept | {"time_at": times},
        name="payback_probability",
        attrs=attributes("payback_probability"),
    )


def median_payback(results: xr.Dataset, variable: str = "payback_year_discounted") -> xr.DataArray:
    """Median over the valid draws of a time of pay-back.

    Parameters
    ----------
    results : `variable` (calculation, strategy, party, draw) [years], inf = never, NaN = nothing is ever paid nor
        saved; `status` (calculation, draw).

    Returns
    -------
    `variable` (calculation, strategy, party); inf where half of the draws or more never pay back; NaN where it is NaN
    in any valid draw, or where none is valid.
    """
    year = results[variable].transpose("calculation", "strategy", "party", "draw")
    valid = np.asarray(results["status"].transpose("calculation", "draw").values) == 0
    out = np.full(year.shape[:-1], np.nan)
    for k in range(out.shape[0]):
        if valid[k].any():
            out[k] = np.median(year.values[k][..., valid[k]], axis=-1)
    kept = {name: c for name, c in year.coords.items() if "draw" not in c.dims}
    return xr.DataArray(out, dims=year.dims[:-1], coords=kept, name=variable, attrs=attributes(variable))


def yearly_cash_flow(results: xr.Dataset) -> xr.DataArray:
    """Net saving per payer and year: cycles shorter than a year are added up, longer ones stay as they are.

    Parameters
    ----------
    results : `mean_cash_flow` (calculation, strategy, payer, cycle) [SEK per participant], coordinate `time` (cycle).

    Returns
    -------
    `yearly_cash_flow` (calculation, strategy, payer, year); coordinate `year` is the time at which the step starts.
    """
    flow = results["mean_cash_flow"]
    # A cycle of 1/12 year starts at 0.999... of a year as often as at 1.
    start = np.floor(np.asarray(results["time"].values, dtype=np.float64) + 1e-9)
    years, index = np.unique(start, return_inverse=True)
    values = flow.transpose(..., "cycle").values
    out = np.zeros((*values.shape[:-1], years.size))
    np.add.at(np.moveaxis(out, -1, 0), index, np.moveaxis(values, -1, 0))
    dims = tuple(d for d in flow.dims if d != "cycle")
    kept = {name: c for name, c in flow.coords.items() if "cycle" not in c.dims}
    return xr.DataArray(
        out,
        dims=(*dims, "year"),
        coords={**kept, "year": years},
        name="yearly_cash_flow",
        attrs=attributes("yearly_cash_flow"),
    )


def accumulate_cash_flow(yearly: xr.DataArray, payers: Sequence[str]) -> xr.DataArray:
    """Mean net saving of a set of payers added up over the years.

    Parameters
    ----------
    yearly : `yearly_cash_flow` (calculation, strategy, payer, year) [SEK per participant].
    payers : whose savings are counted.

    Returns
    -------
    `accumulated_cash_flow` (calculation, strategy, year): what has been saved by the end of the step.
    """
    total = yearly.sel(payer=list(payers)).sum("payer").cumsum("year").assign_coords(year=yearly["year"])
    return total.rename("accumulated_cash_flow").assign_attrs(attributes("accumulated_cash_flow"))
