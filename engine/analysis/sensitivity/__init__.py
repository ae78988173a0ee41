"""Sensitivity of an outcome to its uncertain parameters: one file a method, and one labelled entry.

To add a method: a file with a frozen class that is a `Method`, its measures in the vocabulary, and a
line in `METHODS`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from engine.analysis.sensitivity.base import (
    Array,
    Method,
    Traits,
    check_correlation,
    check_in_order,
    check_outcomes,
    check_size,
    correlate,
    default_size,
    sample_points,
    traits_of,
)
from engine.analysis.sensitivity.choices import kind_of, split_choices
from engine.analysis.sensitivity.delta import Delta
from engine.analysis.sensitivity.dgsm import Dgsm
from engine.analysis.sensitivity.efast import EFast
from engine.analysis.sensitivity.hdmr import Hdmr
from engine.analysis.sensitivity.morris import Morris
from engine.analysis.sensitivity.oneway import OneWay
from engine.analysis.sensitivity.pawn import Pawn
from engine.analysis.sensitivity.prim import Prim
from engine.analysis.sensitivity.rbd_fast import RbdFast
from engine.analysis.sensitivity.regional import Regional
from engine.analysis.sensitivity.shapley_effects import ShapleyEffects
from engine.analysis.sensitivity.sobol import Sobol
from engine.analysis.sensitivity.twoway import TwoWay
from engine.errors import UsageError
from engine.spec.independence import levels_refusal
from engine.vocabulary import VARIABLES, attributes

__all__ = ["METHODS", "Method", "Traits", "analyze_sensitivity", "correlate", "sample_points", "traits_of"]

_PILOT = 64

METHODS: dict[str, Callable[[], Method]] = {
    "sobol": Sobol,
    "morris": Morris,
    "oneway": OneWay,
    "twoway": TwoWay,
    "shapley_effects": ShapleyEffects,
    "efast": EFast,
    "rbd_fast": RbdFast,
    "delta": Delta,
    "pawn": Pawn,
    "dgsm": Dgsm,
    "hdmr": Hdmr,
    "regional": Regional,
    "prim": Prim,
}


def analyze_sensitivity(
    function: Callable[[Array], Array] | None,
    *,
    names: Sequence[str],
    labels: Sequence[str] | None = None,
    method: str | Method = "sobol",
    n: int | None = None,
    seed: int = 0,
    quantile_of: Callable[[int, float], float] | None = None,
    attrs: Mapping[str, Any] | None = None,
    groups: Mapping[str, tuple[int, ...]] | None = None,
    discrete: Collection[int] = (),
    choices: Mapping[int, Sequence[float]] | None = None,
    correlation: Array | None = None,
    given: tuple[Array, Array] | None = None,
) -> xr.Dataset:
    """How strongly the outcome depends on each uncertain parameter.

    Parameters
    ----------
    function : vectorised, points of the unit cube (run, parameter) -> outcomes (run,); maps each
        coordinate by its parameter's quantile function. May be `saltelli.Mixtures`, which spares `sobol` the copying
        of its runs, and None with `given`.
    names, labels : of the parameters, in the order of the columns.
    method : a name in `METHODS`, or a method with options of its own.
    n : size of the design: base points of `sobol`, `oneway`, `twoway` and `dgsm` (a power of two), trajectories of
        `morris`, orders of `shapley_effects`, points a curve of `efast`, runs of the others.
    seed : of design and bootstrap, 0 or more.
    quantile_of : (column, u) -> the parameter's value; fills what is in a parameter's own unit, such as
        `low_value` and `high_value` of `oneway`, which are NaN without it.
    attrs : attributes of the dataset: `calculation`, `party`, `strategy`, `outcome`.
    groups : columns that count as one parameter, by the group's name; the others stay alone, after the groups.
    discrete : columns of parameters that take a few values only.
    choices : columns of choices, which take a few values in no order; for each a point of (0, 1) inside the interval
        of every alternative, NaN where it is never taken. `sobol` then tells choices from figures too, and `oneway`
        shows every alternative.
    correlation : of the parameters' normal scores, a Gaussian copula; independent if None.
    given : points (run, parameter) and outcomes (run,) that exist already, for methods without a design.

    Returns
    -------
    Dataset over `parameter` (or group) with the method's measures and coordinate `label`; attributes
    `method`, `n`, `runs`, `seed`. With choices also coordinate `kind`: `choice`, `parameter` or, for a group, `both`.

    Raises
    ------
    UsageError : an unknown method, no parameter, a name twice, an n that the method cannot use, not
        one outcome a run, or groups, a discrete parameter, dependence or given runs where the method cannot take them.
    RunError : outcomes that are not finite numbers, do not vary (there is nothing to explain), or are not
        in the order of the points.
    """
    if isinstance(method, str):
        if method not in METHODS:
            raise UsageError(f"No method '{method}'. There are: {', '.join(METHODS)}.")
        chosen = METHODS[method]()
    else:
        chosen = method
    d = len(names)
    if len(set(names)) < d or (labels is not None and len(labels) != d):
        raise UsageError("Every parameter needs one name of its own and one label.")
    if seed < 0:
        raise UsageError(f"seed: {seed}; 0 or more.")
    n = default_size(chosen, d) if n is None else n
    check_size(n, minimum=1, n_parameters=d)
    labels = list(names if labels is None else labels)

    choices = {i: tuple(points) for i, points in (choices or {}).items()}
    _refuse_discrete(chosen, names, {*discrete, *choices})
    chosen, names_of, labels_of = _with_groups(chosen, list(names), labels, groups)
    chosen, copula = _with_correlation(chosen, correlation, d)
    if choices and hasattr(chosen, "alternatives"):
        chosen = replace(chosen, alternatives=tuple(sorted(choices.items())))  # type: ignore[type-var]

    if given is not None:
        x, y = _given(chosen, given, d)
        n = runs = y.size
        measures = chosen.analyze(x, y, seed=seed)
    elif function is None:
        raise UsageError("A function of the parameters is needed, or given runs.")
    elif hasattr(chosen, "measure"):  # its design is never held
        measures, runs = chosen.measure(function, d, n, seed)
        x = sample_points(d, _PILOT, seed)
        check_in_order(function, x, np.asarray(function(x), dtype=np.float64))
    else:
        screened = 0
        if hasattr(chosen, "focus"):
            chosen, screened = chosen.focus(function, d, seed)
        points = chosen.design(d, n, seed)
        x = sample_points(d, n, seed) if points is None else points
        if points is None and copula is not None:
            x = correlate(x, copula)
        y = np.asarray(function(x), dtype=np.float64)
        check_outcomes(x, y)
        check_in_order(function, x, y)
        measures, runs = chosen.analyze(x, y, seed=seed), x.shape[0] + screened
    if choices and chosen.name == "sobol" and function is not None:
        shares, more = split_choices(function, sorted(choices), d, n=n, seed=seed)
        measures, runs = {**measures, **shares}, runs + more
    if hasattr(chosen, "places"):
        for variable, (columns, u) in chosen.places(measures).items():
            measures[variable] = _own_units(quantile_of, columns, u)

    coords: dict[str, Any] = {"parameter": names_of, "label": ("parameter", labels_of)}
    if choices:
        members = dict(zip(names, ((i,) for i in range(d)), strict=True)) | dict(groups or {})
        coords["kind"] = ("parameter", [kind_of(members[name], choices) for name in names_of])
    if any("parameter_2" in VARIABLES[v].dims for v in measures):
        coords["parameter_2"] = names_of
    if hasattr(chosen, "coordinates"):
        coords.update(chosen.coordinates(names))
    return xr.Dataset(
        {v: (VARIABLES[v].dims, value, attributes(v)) for v, value in measures.items()},
        coords=coords,
        attrs={"method": chosen.name, "n": n, "runs": runs, "seed": seed, **(attrs or {})},
    )


def _refuse_discrete(method: Method, names: Sequence[str], discrete: Collection[int]) -> None:
    if not all(0 <= i < len(names) for i in discrete):
        raise UsageError(f"discrete: {sorted(discrete)}; columns below {len(names)}.")
    if discrete and not traits_of(method).allows_discrete:
        able = (name for name, other in METHODS.items() if traits_of(other()).allows_discrete)
        raise UsageError(levels_refusal(method.name, (names[i] for i in sorted(discrete)), able))


def _with_groups(
    method: Method, names: list[str], labels: list[str], groups: Mapping[str, tuple[int, ...]] | None
) -> tuple[Method, list[str], list[str]]:
    """The method for the groups, and names and labels of what it then analyses."""
    if not groups:
        return method, names, labels
    if not traits_of(method).allows_groups:
        able = ", ".join(name for name, other in METHODS.items() if traits_of(other()).allows_groups)
        raise UsageError(f"Method '{method.name}' cannot take groups of parameters. These can: {able}.")
    taken = [i for group in groups.values() for i in group]
    if len(set(taken)) < len(taken) or not all(groups.values()) or not all(0 <= i < len(names) for i in taken):
        raise UsageError(f"groups: {dict(groups)}; each group needs columns below {len(names)}, none in two groups.")
    alone = [i for i in range(len(names)) if i not in taken]
    names_of = [*groups, *(names[i] for i in alone)]
    if len(set(names_of)) < len(names_of):
        raise UsageError("A group has the name of a parameter outside it.")
    partition = (*(tuple(g) for g in groups.values()), *((i,) for i in alone))
    grouped: Method = replace(method, groups=partition)  # type: ignore[type-var]
    return grouped, names_of, [*groups, *(labels[i] for i in alone)]


def _with_correlation(method: Method, correlation: Array | None, d: int) -> tuple[Method, Array | None]:
    """The method for dependent parameters, and the copula of a sample; None if they are independent."""
    if correlation is None:
        return method, None
    r = check_correlation(correlation, d)
    if np.array_equal(r, np.eye(d)):
        return method, None
    if traits_of(method).needs_independence:
        able = ", ".join(name for name, other in METHODS.items() if not traits_of(other()).needs_independence)
        raise UsageError(f"Method '{method.name}' needs independent parameters. With correlated ones: {able}.")
    if hasattr(method, "correlation"):
        dependent: Method = replace(method, correlation=tuple(map(tuple, r.tolist())))  # type: ignore[type-var]
        return dependent, None
    return method, r


def _given(method: Method, given: tuple[Array, Array], d: int) -> tuple[Array, Array]:
    x, y = (np.asarray(a, dtype=np.float64) for a in given)
    if not traits_of(method).given_data:
        raise UsageError(f"Method '{method.name}' analyses its own design only; it needs the function.")
    if x.ndim != 2 or x.shape[1] != d or not ((x > 0) & (x < 1)).all():
        raise UsageError(f"Given points are (run, {d}), strictly inside the unit cube.")
    check_outcomes(x, y)
    return x, y


def _own_units(quantile_of: Callable[[int, float], float] | None, columns: Any, u: Array) -> Array:
    """Values of parameters at quantiles; NaN where there is no quantile, or no quantile function."""
    found = np.full(u.shape, np.nan)
    if quantile_of is not None:
        for place in zip(*np.nonzero(np.isfinite(u)), strict=True):
            found[place] = float(quantile_of(int(columns[place]), float(u[place])))
    return found
