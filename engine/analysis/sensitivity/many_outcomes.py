"""Sobol' indices of several outcomes from one design: each payer's year, say, and all of them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from engine.analysis.sensitivity.base import Array
from engine.analysis.sensitivity.saltelli import Mixtures, Progress, Transform, sobol_indices
from engine.errors import UsageError
from engine.vocabulary import VARIABLES, attributes


def analyze_outcomes(
    function: Callable[[Array], Array] | Mixtures,
    *,
    names: Sequence[str],
    outcomes: Sequence[str],
    n: int,
    seed: int,
    labels: Sequence[str] | None = None,
    n_dimensions: int | None = None,
    groups: Sequence[Sequence[int]] = (),
    transform: Transform | None = None,
    level: float = 0.95,
    second_order: bool = True,
    attrs: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Sobol' indices by outcome, beside each outcome's variance, and those of all outcomes together.

    Parameters
    ----------
    function : values (run, D) -> outcomes (run, O); points of the cube unless `transform` makes values of them. Or
        `Mixtures`.
    names, labels : of the parameters; of the groups if there are any.
    outcomes : names, in the order of the columns.
    n_dimensions : of the cube; the number of names if None.
    groups, transform, level, n, seed : as `sobol_indices`.

    Returns
    -------
    Dataset: `S1`, `ST`, `S2` and their intervals (parameter, ...) of all outcomes together, in which an outcome counts
    by its variance; `S1_by_outcome`, `ST_by_outcome` with intervals (outcome, parameter), NaN where an outcome does not
    vary; `outcome_mean`, `outcome_variance` (outcome,). Index times variance is the part in the outcome's unit squared.

    Raises
    ------
    UsageError, RunError : as `sobol_indices`; names that are not one each.

    References
    ----------
    Lamboni, Monod & Makowski (2011), doi:10.1016/j.ress.2010.12.002. Gamboa et al. (2014), doi:10.1214/14-EJS895.
    """
    d = len(names) if n_dimensions is None else n_dimensions
    expected = len(groups) or d
    if len(set(names)) != expected or len(names) != expected or (labels is not None and len(labels) != expected):
        raise UsageError("Every parameter or group needs one name of its own and one label.")

    def checked(x: Array) -> Array:
        y = np.asarray(function(x), dtype=np.float64)
        if y.shape != (x.shape[0], len(outcomes)):
            raise UsageError(f"{x.shape[0]} runs with {len(outcomes)} outcomes have outcomes of shape {y.shape}.")
        return y

    found = sobol_indices(
        function if isinstance(function, Mixtures) else checked,
        d,
        n=n,
        seed=seed,
        groups=groups,
        transform=transform,
        level=level,
        second_order=second_order,
        progress=progress,
        n_outcomes=len(outcomes),
    )
    together, each = found.aggregated, found.by_outcome
    values: dict[str, Array | None] = {
        "S1": together.first,
        "S1_conf": together.first_half,
        "ST": together.total,
        "ST_conf": together.total_half,
        "S2": together.second,
        "S2_conf": together.second_half,
        "S1_by_outcome": each.first,
        "S1_by_outcome_conf": each.first_half,
        "ST_by_outcome": each.total,
        "ST_by_outcome_conf": each.total_half,
        "outcome_mean": found.mean,
        "outcome_variance": found.variance,
    }
    coords: dict[str, Any] = {
        "parameter": list(names),
        "label": ("parameter", list(names if labels is None else labels)),
        "outcome": list(outcomes),
    }
    if second_order:
        coords["parameter_2"] = list(names)
    runs = n * ((2 if second_order else 1) * expected + 2)
    return xr.Dataset(
        {v: (VARIABLES[v].dims, value, attributes(v)) for v, value in values.items() if value is not None},
        coords=coords,
        attrs={"method": "sobol", "n": n, "runs": runs, "seed": seed, **(attrs or {})},
    )
