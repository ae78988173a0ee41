"""Sensitivity of an outcome to its uncertain parameters: one file a method, and one labelled entry.

To add a method: a file with a frozen class that is a `Method`, its measures in the vocabulary, and a
line in `METHODS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from engine.analysis.sensitivity.base import Array, Method, check_size
from engine.analysis.sensitivity.morris import Morris
from engine.analysis.sensitivity.oneway import OneWay
from engine.analysis.sensitivity.sobol import Sobol
from engine.errors import UsageError
from engine.vocabulary import VARIABLES, attributes

METHODS: dict[str, type[Sobol] | type[Morris] | type[OneWay]] = {
    "sobol": Sobol,
    "morris": Morris,
    "oneway": OneWay,
}


def analyze_sensitivity(
    function: Callable[[Array], Array],
    *,
    names: Sequence[str],
    labels: Sequence[str] | None = None,
    method: str | Method = "sobol",
    n: int | None = None,
    seed: int = 0,
    quantile_of: Callable[[int, float], float] | None = None,
    attrs: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """How strongly the outcome depends on each uncertain parameter.

    Parameters
    ----------
    function : vectorised, points of the unit cube (run, parameter) -> outcomes (run,); maps each
        coordinate by its parameter's quantile function.
    names, labels : of the parameters, in the order of the columns.
    method : a name in `METHODS`, or a method with options of its own.
    n : size of the design: base points of `sobol` and `oneway` (a power of two), trajectories of `morris`.
    seed : of design and bootstrap, 0 or more.
    quantile_of : (column, u) -> the parameter's value; fills `low_value` and `high_value` of `oneway`,
        which are NaN without it.
    attrs : attributes of the dataset: `calculation`, `party`, `strategy`, `outcome`.

    Returns
    -------
    Dataset over `parameter` with the method's measures and coordinate `label`; attributes `method`, `n`,
    `runs`, `seed`.

    Raises
    ------
    UsageError : an unknown method, no parameter, a name twice, an n that the method cannot use, or
        not one outcome a run.
    RunError : outcomes that are not finite numbers, or do not vary: there is nothing to explain.
    """
    if isinstance(method, str):
        if method not in METHODS:
            raise UsageError(f"No method '{method}'. There are: {', '.join(METHODS)}.")
        method = METHODS[method]()
    d = len(names)
    if len(set(names)) < d or (labels is not None and len(labels) != d):
        raise UsageError("Every parameter needs one name of its own and one label.")
    if seed < 0:
        raise UsageError(f"seed: {seed}; 0 or more.")
    n = method.default_n if n is None else n
    check_size(n, minimum=1, n_parameters=d)

    x = method.design(d, n, seed)
    measures = method.analyze(x, np.asarray(function(x), dtype=np.float64), seed=seed)
    if isinstance(method, OneWay):
        for variable, u in (("low_value", method.low), ("high_value", method.high)):
            value = [np.nan if quantile_of is None else float(quantile_of(i, u)) for i in range(d)]
            measures[variable] = np.array(value)

    coords: dict[str, Any] = {
        "parameter": list(names),
        "label": ("parameter", list(names if labels is None else labels)),
    }
    if any("parameter_2" in VARIABLES[v].dims for v in measures):
        coords["parameter_2"] = list(names)
    return xr.Dataset(
        {v: (VARIABLES[v].dims, value, attributes(v)) for v, value in measures.items()},
        coords=coords,
        attrs={"method": method.name, "n": n, "runs": x.shape[0], "seed": seed, **(attrs or {})},
    )
