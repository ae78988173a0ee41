"""Runs of a study -> one labelled dataset, checked against the vocabulary, with its provenance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from engine.model.compile import CompiledModel
from engine.results.describe import describe
from engine.results.kept import PATHS, labelled, own_perspectives, with_reported
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
    own = own_perspectives(study)
    parties, boundaries = (len(own), len(shape.courses) - 1, len(shape.parties)), time.cycles + 1
    no_paths = {PATHS: np.empty((*parties, boundaries, 0))}
    values: dict[str, np.ndarray] = {
        **labelled(no_paths | run.kept, own),
        "mean_cash_flow": run.mean_saving,
        "mean_occupancy": run.mean_occupancy,
        "horizon": np.nanmean(run.kept["horizon"], axis=1)
        if run.statistics is None
        else run.statistics.moments["horizon"].mean,
    }
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
        values |= _of_all_draws(run.statistics, run.left_out, own)
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


def _of_all_draws(found: Statistics, left_out: np.ndarray, own: Sequence[int]) -> dict[str, np.ndarray]:
    """What `summarize` would say if all draws were there, and how means settled."""
    npv, quantile = found.moments["npv"], found.quantiles
    middle = LEVELS.index(0.5)
    return {
        "mean": with_reported(npv.mean, own),
        "mcse": with_reported(npv.error, own),
        "sd": with_reported(npv.sd, own),
        "npv_quantile": np.stack([with_reported(x, own) for x in quantile["npv"]]),
        "p_positive": with_reported(found.positive["npv"], own),
        "median_payback_year": with_reported(quantile["payback"][middle], own),
        "median_payback_year_discounted": with_reported(quantile["payback_discounted"][middle], own),
        "p_payback": with_reported(found.finite["payback"], own),
        "median_benefit_cost_ratio": with_reported(quantile["ratio"][middle], own),
        "mean_so_far": np.stack([with_reported(look.mean, own) for look in found.looks]),
        "mcse_so_far": np.stack([with_reported(look.error, own) for look in found.looks]),
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
