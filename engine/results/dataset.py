"""Runs of a study -> one labelled dataset, checked against the vocabulary, with its provenance."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from engine.model.compile import CompiledModel
from engine.results.describe import describe
from engine.run.designs import replicates
from engine.run.execute import Run, Statistics
from engine.run.statistics import LEVELS
from engine.versions import versions
from engine.vocabulary import DIMENSIONS, VARIABLES, attributes

REPORTED = "reported"
"""The party that stands for each calculation's own perspective."""


def label_runs(model: CompiledModel, run: Run) -> xr.Dataset:
    """One dataset over all calculations of a study.

    Returns
    -------
    Variables of the vocabulary's "per draw" and "per cycle" parts; `party` holds perspectives, payers and `reported`.
    """
    study, shape, job = model.study, model.shape, run.job
    time = study.model.time
    own = [shape.parties.index(c.perspective) for c in study.calculations]
    k, boundaries = len(shape.courses) - 1, time.cycles + 1

    def with_reported(x: np.ndarray, axis: int = 2) -> np.ndarray:
        """Parties along `axis`, and after them each calculation's own perspective."""
        reported = np.stack([np.take(x[k], [q], axis=axis - 1) for k, q in enumerate(own)])
        return np.concatenate([x, reported], axis=axis)

    paths = run.kept.get("cumulative", np.empty((len(own), k, len(shape.parties), boundaries, 0)))
    values: dict[str, np.ndarray] = {
        "cost": run.kept["cost"],
        "npv": with_reported(run.kept["npv"]),
        "programme_cost": with_reported(run.kept["programme"]),
        "benefit_cost_ratio": with_reported(run.kept["ratio"]),
        "payback_year": with_reported(run.kept["payback"]),
        "payback_year_discounted": with_reported(run.kept["payback_discounted"]),
        "status": run.kept["status"],
        "mean_cash_flow": run.mean_saving,
        "mean_occupancy": run.mean_occupancy,
        "cumulative_saving": with_reported(np.moveaxis(paths, -1, 3)),
        "horizon": np.nanmean(run.kept["horizon"], axis=1)
        if run.statistics is None
        else run.statistics.moments["horizon"].mean,
    }
    if shape.outcomes:
        values["outcome_amount"] = run.kept["outcome"]
    if shape.subgroups:
        values["subgroup_npv"] = with_reported(run.kept["subgroup_npv"], axis=3)
    if shape.subgroups and shape.outcomes:
        values["subgroup_outcome_amount"] = run.kept["subgroup_outcome"]
    n_perspectives = len(shape.perspectives)
    kinds = ["perspective"] * n_perspectives + ["payer"] * len(shape.payers) + [REPORTED]
    coordinates: dict[str, object] = {
        "calculation": [c.calculation for c in study.calculations],
        "course": list(shape.courses),
        "strategy": list(shape.courses[1:]),
        "payer": list(shape.payers),
        "party": [*shape.parties, REPORTED],
        "party_kind": ("party", kinds),
        "state": list(shape.states),
        **({"outcome_measure": list(shape.outcomes)} if shape.outcomes else {}),
        **({"subgroup": list(shape.subgroups)} if shape.subgroups else {}),
        "time": ("cycle", np.arange(time.cycles) * time.cycle_length, {"units": "years"}),
        "time_at": ("time_point", np.arange(time.cycles + 1) * time.cycle_length, {"units": "years"}),
    }
    if run.statistics is not None:
        values |= _of_all_draws(run.statistics, run.left_out, with_reported)
        coordinates["quantile"] = list(LEVELS)
        coordinates["draws_so_far"] = ("checkpoint", np.array([look.draws for look in run.statistics.looks]))
    dataset = build_dataset(values, coordinates)
    dataset.attrs.update(
        study=study.study.study,
        key=study.run_key(job.seed),
        seed=job.seed,
        draws=job.draws,
        kept_draws=job.kept_draws,
        design=job.design,
        replicates=replicates(job.design),
        description=describe(study, model.inputs).to_json(),
        study_file=study.study_file,
        study_files=json.dumps(dict(study.files), ensure_ascii=False),
        versions=json.dumps(versions()),
        rules=json.dumps([rule.text for rule in model.rules], ensure_ascii=False),
    )
    return dataset


def _of_all_draws(
    found: Statistics, left_out: np.ndarray, with_reported: Callable[..., np.ndarray]
) -> dict[str, np.ndarray]:
    """What `summarize` would say if all draws were there, and how means settled."""
    npv, quantile = found.moments["npv"], found.quantiles
    middle = LEVELS.index(0.5)
    return {
        "mean": with_reported(npv.mean),
        "mcse": with_reported(npv.error),
        "sd": with_reported(npv.sd),
        "npv_quantile": np.stack([with_reported(x) for x in quantile["npv"]]),
        "p_positive": with_reported(found.positive["npv"]),
        "median_payback_year": with_reported(quantile["payback"][middle]),
        "median_payback_year_discounted": with_reported(quantile["payback_discounted"][middle]),
        "p_payback": with_reported(found.finite["payback"]),
        "median_benefit_cost_ratio": with_reported(quantile["ratio"][middle]),
        "mean_so_far": np.stack([with_reported(look.mean) for look in found.looks]),
        "mcse_so_far": np.stack([with_reported(look.error) for look in found.looks]),
        "rejected_draws": left_out,
    }


def rejected_draws(results: xr.Dataset) -> np.ndarray:
    """Draws of a run that were left out, of each calculation."""
    if "rejected_draws" in results:
        return np.asarray(results["rejected_draws"].values)
    status = np.asarray(results["status"].transpose("calculation", "draw").values)
    return np.asarray(np.count_nonzero(status, axis=1))


def build_dataset(values: Mapping[str, np.ndarray], coordinates: Mapping[str, object]) -> xr.Dataset:
    """A dataset whose every variable is one of the vocabulary, with its dimensions, unit and meaning.

    Raises
    ------
    KeyError : a name that the vocabulary does not have.
    ValueError : an array that does not have the dimensions that the vocabulary says.
    """
    variables = {}
    for name, array in values.items():
        dims = VARIABLES[name].dims
        if np.ndim(array) != len(dims):
            raise ValueError(f"{name} has {np.ndim(array)} dimensions; the vocabulary says {dims}")
        variables[name] = (dims, array, attributes(name))
    dataset = xr.Dataset(variables, coords=dict(coordinates))
    unknown = set(dataset.dims) - set(DIMENSIONS)
    if unknown:
        raise KeyError(f"dimensions that the vocabulary does not have: {sorted(map(str, unknown))}")
    return dataset
