"""What it is worth to know more before deciding, with names: perfect, about a parameter or a group, or by a study."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from engine.analysis import evppi as _evppi
from engine.analysis import evsi as _evsi
from engine.analysis.evppi import Array, Members
from engine.analysis.evsi import Study
from engine.errors import RunError, UsageError
from engine.run.designs import unit_points
from engine.vocabulary import VARIABLES, attributes

REGRESSION_DRAWS = 2**15
"""First draws that regressions use; more sharpen only the Monte Carlo error, which is by then far below the curve's."""
BASELINE = "baseline"


def value_of_information(
    npv: xr.DataArray,
    x: Array,
    *,
    names: Sequence[str],
    labels: Sequence[str] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    replicates: int = 1,
    cohort: float | None = None,
    baseline: str = BASELINE,
    regression_draws: int = REGRESSION_DRAWS,
    attrs: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Value of perfect information: of everything, of each parameter, of each group of parameters.

    Parameters
    ----------
    npv : of the interventions of one calculation, (strategy, draw) or (strategy, party, draw), in any order of dims
        [SEK per participant]; the baseline's is 0. A draw that is NaN throughout is left out.
        Coordinate `draw`, if there, numbers the draws.
    x : (draw, parameter) values of the same draws.
    names, labels : of the parameters, in the order of the columns.
    groups : names of parameters learnt together, by the group's name (a theme, a bundle).
    replicates : independent, interleaved parts of the design, see `engine.run.designs.replicates`.
    cohort : participants whom the decision concerns; adds the value for the programme.
    baseline : what the baseline is called in `best_strategy`.
    regression_draws : first draws that the regressions use.
    attrs : attributes of the dataset: `calculation`, `outcome`.

    Returns
    -------
    Dataset with `evpi`, `evpi_se`, `p_wrong` (party), `evppi`, `evppi_se`, `evppi_low`, `evppi_low_se` (parameter,
    party), `group_evppi`, `group_evppi_se`, `group_evppi_low`, `group_evppi_low_se` (group, party) and, with a cohort,
    `evpi_programme`, `evppi_programme`, `group_evppi_programme`; coordinates `label` (parameter), `best_strategy`
    (party). `evppi_low` is 0 where its estimate is negative; no other estimate is clipped, for none can be negative.

    Raises
    ------
    UsageError : names that do not match the columns, a group of none or of unknown parameters, a cohort below 0,
        or x of other draws than npv.
    RunError : no valid draw, or a value that is not a finite number.
    """
    names = list(names)
    sample = _sample(npv, x, names, labels, replicates, cohort)
    groups = {} if groups is None else groups
    for group, inside in groups.items():
        strange = [name for name in inside if name not in names]
        if strange or not inside:
            what = f"no parameter {strange[0]!r}" if strange else "no parameter in it"
            raise UsageError(f"group {group!r}: {what}; there are: {', '.join(names)}")
    value, error = _evppi.evpi(sample.npv, sample.member)
    best = _evppi.best_on_average(sample.npv)
    values: dict[str, Array] = {
        "evpi": value,
        "evpi_se": error,
        "p_wrong": (_evppi.regret(sample.npv) > 0).mean(axis=0),
    }
    few = sample.first(regression_draws)
    sets = [[i] for i in range(len(names))] + [[names.index(name) for name in inside] for inside in groups.values()]
    estimates = _evppi.evppi_of_sets(few.npv, few.x, few.member, sets)
    for prefix, found in (("evppi", estimates[: len(names)]), ("group_evppi", estimates[len(names) :])):
        if not found:
            continue
        values[prefix] = np.stack([e.value for e in found])
        values[f"{prefix}_se"] = np.stack([e.se for e in found])
        # the gain of deciding by a curve that noise made is a little negative: worth nothing, as it need not be used
        values[f"{prefix}_low"] = np.maximum(np.stack([e.low for e in found]), 0.0)
        values[f"{prefix}_low_se"] = np.stack([e.low_se for e in found])
    if cohort is not None:
        for name in ("evpi", "evppi", "group_evppi"):
            if name in values:
                values[f"{name}_programme"] = values[name] * cohort
    options = [baseline, *sample.strategies]
    coords: dict[str, Any] = {
        "party": sample.parties,
        "best_strategy": ("party", [options[k] for k in best]),
        "parameter": names,
        "label": ("parameter", list(names if labels is None else labels)),
    }
    if groups:
        coords["group"] = list(groups)
    told = {"draws": sample.npv.shape[0], "regression_draws": few.npv.shape[0], "left_out": sample.left_out}
    return _dataset(values, coords, {**told, **({} if cohort is None else {"cohort": cohort}), **(attrs or {})})


def value_of_study(
    npv: xr.DataArray,
    x: Array,
    *,
    names: Sequence[str],
    studies: Mapping[str, Study],
    sizes: Sequence[int],
    labels: Sequence[str] | None = None,
    replicates: int = 1,
    seed: int = 0,
    cohort: float | None = None,
    cost_per_person: float = 0.0,
    fixed_cost: float = 0.0,
    regression_draws: int = REGRESSION_DRAWS,
    attrs: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Value of sample information: what follow-up studies of given sizes are worth before deciding.

    Parameters
    ----------
    npv, x, names, labels, replicates, cohort, regression_draws, attrs : as of `value_of_information`.
    studies : study of a parameter, by the parameter's name; one at a time, not together.
    sizes : persons or events, as the study counts.
    seed : of the studies' results.
    cost_per_person, fixed_cost : of a study [SEK], per unit of size and however small it is.

    Returns
    -------
    Dataset with `evsi`, `evsi_se` (parameter, party, sample_size), `evppi`, `evppi_se` (parameter, party) and, with a
    cohort, `evsi_programme`, `evsi_programme_se`, `enbs` (parameter, party, sample_size), `evppi_programme` (parameter,
    party); coordinates `label`, `size_counts` (parameter).

    Raises
    ------
    UsageError : as `value_of_information`; no study, one of an unknown parameter, a size below 1 or twice, or a
        parameter that its study cannot estimate.
    RunError : as `value_of_information`.
    """
    names = list(names)
    sample = _sample(npv, x, names, labels, replicates, cohort).first(regression_draws)
    strange = [name for name in studies if name not in names]
    if strange or not studies:
        what = f"no parameter {strange[0]!r}" if strange else "none given"
        raise UsageError(f"studies: {what}; there are: {', '.join(names)}")
    if len(set(sizes)) < len(sizes):
        raise UsageError(f"sizes: {list(sizes)}; one stands twice")
    n = sample.npv.shape[0]
    rows: dict[str, list[Array]] = {name: [] for name in ("evsi", "evsi_se", "evppi", "evppi_se")}
    for name, study in studies.items():
        u = unit_points("monte_carlo", [f"study of {name}"], seed=seed, start=0, stop=n, total=n)[0]
        theta = sample.x[:, names.index(name)]
        try:
            value, error, perfect = _evsi.evsi(sample.npv, theta, sample.member, study=study, sizes=sizes, u=u)
        except UsageError as refused:
            raise UsageError(f"study of {name!r}: {refused}") from None
        rows["evsi"].append(np.moveaxis(value, 0, -1))
        rows["evsi_se"].append(np.moveaxis(error, 0, -1))
        rows["evppi"].append(perfect.value)
        rows["evppi_se"].append(perfect.se)
    values = {name: np.stack(row) for name, row in rows.items()}
    told: dict[str, Any] = {"draws": n, "left_out": sample.left_out, "seed": seed}
    if cohort is not None:
        for name in ("evsi", "evppi"):
            values[f"{name}_programme"] = values[name] * cohort
        values["evsi_programme_se"] = values["evsi_se"] * cohort
        net = _evsi.net_benefit_of_sampling(
            np.moveaxis(values["evsi"], -1, 0),
            sizes,
            cohort=cohort,
            cost_per_person=cost_per_person,
            fixed_cost=fixed_cost,
        )
        values["enbs"] = np.moveaxis(net, 0, -1)
        told.update(cohort=cohort, cost_per_person=cost_per_person, fixed_cost=fixed_cost)
    label = dict(zip(names, names if labels is None else labels, strict=True))
    coords = {
        "parameter": list(studies),
        "label": ("parameter", [label[name] for name in studies]),
        "size_counts": ("parameter", [study.counts for study in studies.values()]),
        "party": sample.parties,
        "sample_size": list(sizes),
    }
    return _dataset(values, coords, {**told, **(attrs or {})})


class _Sample(NamedTuple):
    npv: Array
    """(draw, party, strategy)"""
    x: Array
    """(draw, parameter)"""
    member: Members
    strategies: list[Hashable]
    parties: list[Hashable]
    left_out: int

    def first(self, n: int) -> _Sample:
        return self._replace(npv=self.npv[:n], x=self.x[:n], member=self.member[:n])


def _sample(
    npv: xr.DataArray,
    x: Array,
    names: Sequence[str],
    labels: Sequence[str] | None,
    replicates: int,
    cohort: float | None,
) -> _Sample:
    """The valid draws, as arrays in one order of dimensions."""
    x = np.asarray(x, dtype=np.float64)
    if "party" not in npv.dims:
        npv = npv.expand_dims(party=[str(npv.coords["party"].values) if "party" in npv.coords else "npv"])
    if set(npv.dims) != {"draw", "party", "strategy"}:
        raise UsageError(f"net saving has dimensions {', '.join(map(str, npv.dims))}; needs draw, strategy and party")
    if x.shape != (npv.sizes["draw"], len(names)):
        raise UsageError(f"x has shape {x.shape}; {npv.sizes['draw']} draws of {len(names)} parameters are needed")
    if len(set(names)) < len(names) or (labels is not None and len(labels) != len(names)):
        raise UsageError("Every parameter needs one name of its own and one label.")
    if cohort is not None and not cohort >= 0:
        raise UsageError(f"cohort: {cohort:g}; 0 or more")
    y = np.ascontiguousarray(npv.transpose("draw", "party", "strategy").values, dtype=np.float64)
    valid = ~np.isnan(y).all(axis=(1, 2))
    if not valid.any():
        raise RunError("No valid draw: nothing is known of what information is worth.")
    number = np.asarray(npv["draw"].values, dtype=np.int64)[valid] if "draw" in npv.coords else np.flatnonzero(valid)
    y, x = y[valid], x[valid]
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        bad = int((~(np.isfinite(y).all(axis=(1, 2)) & np.isfinite(x).all(axis=1))).sum())
        raise RunError(f"Net saving or a parameter is not a finite number in {bad} of {len(y)} draws.")
    return _Sample(
        y,
        x,
        _evppi.members(len(y), replicates, draw=number),
        list(npv["strategy"].values),
        list(npv["party"].values),
        int((~valid).sum()),
    )


def _dataset(values: Mapping[str, Array], coords: Mapping[str, Any], attrs: Mapping[str, Any]) -> xr.Dataset:
    return xr.Dataset(
        {name: (VARIABLES[name].dims, value, attributes(name)) for name, value in values.items()},
        coords=dict(coords),
        attrs=dict(attrs),
    )
