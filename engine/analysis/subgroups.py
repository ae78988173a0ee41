"""What the parts of a cohort gain, each by itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from engine.analysis.outcomes import by_calculation, difference_over_draws, valid_draws
from engine.analysis.summary import QUANTILES, mean_over_draws, monte_carlo_error


def summarize_subgroups(results: xr.Dataset, better: Mapping[str, str]) -> xr.Dataset:
    """What the valid draws say of each subgroup, per participant of it.

    Parameters
    ----------
    results : `subgroup_npv` (calculation, subgroup, strategy, party, draw), and where there are outcomes
        `subgroup_outcome_amount` (calculation, subgroup, course, outcome_measure, draw); `status` (calculation, draw);
        attribute `replicates`.
    better : by outcome, whether `more` or `less` of it is a gain.

    Returns
    -------
    Dataset of the vocabulary's "subgroups".

    Raises
    ------
    RunError : a calculation has no valid draw.
    """
    replicates = int(results.attrs.get("replicates", 1))
    counted = "subgroup_outcome_amount" in results
    names = [str(o) for o in results["outcome_measure"].values] if counted else []
    sign = np.array([1.0 if better[o] == "more" else -1.0 for o in names])
    rows = []
    for c in map(str, results["calculation"].values):
        one = results.sel(calculation=c)
        at, draw = valid_draws(one, c)
        order = ("subgroup", "strategy", "party", "draw")
        npv = np.asarray(one["subgroup_npv"].transpose(*order).values, dtype=np.float64)[..., at]
        row = {
            "subgroup_mean": mean_over_draws(npv),
            "subgroup_mcse": monte_carlo_error(npv, replicates, draw=draw),
            "subgroup_npv_quantile": np.quantile(npv, QUANTILES, axis=-1, method="linear"),
            "subgroup_p_positive": np.asarray((npv > 0).mean(axis=-1)),
        }
        if counted:
            order = ("subgroup", "course", "outcome_measure", "draw")
            amount = np.asarray(one["subgroup_outcome_amount"].transpose(*order).values, dtype=np.float64)[..., at]
            change = difference_over_draws(amount, sign, replicates=replicates, draw=draw)
            row |= {
                "subgroup_amount_difference": change.mean,
                "subgroup_amount_difference_error": change.error,
                "subgroup_amount_difference_quantile": change.quantiles,
            }
        rows.append(row)
    kept = ("calculation", "subgroup", "strategy", "party", *(["outcome_measure"] if counted else []))
    found = by_calculation(rows, {**{n: results[n].values for n in kept}, "quantile": list(QUANTILES)})
    return found.assign_coords(party_kind=("party", np.asarray(results["party_kind"].values)))
