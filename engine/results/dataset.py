"""Runs of a study -> one labelled dataset, checked against the vocabulary, with its provenance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from engine.model.compile import CompiledModel
from engine.results.describe import describe
from engine.run.designs import replicates
from engine.run.execute import CalculationRun
from engine.versions import versions
from engine.vocabulary import DIMENSIONS, VARIABLES, attributes

REPORTED = "reported"
"""The party that stands for each calculation's own perspective."""


def label_runs(
    model: CompiledModel, runs: Sequence[CalculationRun], *, draws: int, seed: int, design: str
) -> xr.Dataset:
    """One dataset over all calculations.

    Returns
    -------
    Variables of the vocabulary's "per draw" and "per cycle" parts; `party` holds perspectives, payers and `reported`.
    """
    study, shape = model.study, model.shape
    time = study.model.time
    own = [shape.parties.index(c.perspective) for c in study.calculations]

    def by_calculation(name: str) -> np.ndarray:
        return np.stack([getattr(run, name) for run in runs])

    def with_reported(name: str) -> np.ndarray:
        values = by_calculation(name)
        reported = np.stack([values[k][:, q : q + 1] for k, q in enumerate(own)])
        return np.concatenate([values, reported], axis=2)

    values: dict[str, np.ndarray] = {
        "cost": by_calculation("cost"),
        "npv": with_reported("npv"),
        "programme_cost": with_reported("programme"),
        "benefit_cost_ratio": with_reported("ratio"),
        "payback_year": with_reported("payback"),
        "payback_year_discounted": with_reported("payback_discounted"),
        "status": by_calculation("status"),
        "mean_cash_flow": by_calculation("mean_saving"),
        "mean_occupancy": by_calculation("mean_occupancy"),
        "cumulative_saving": with_reported("cumulative"),
        "horizon": np.nanmean(by_calculation("horizon"), axis=1),
    }
    if shape.outcomes:
        values["outcome_amount"] = by_calculation("outcome")
    if shape.subgroups:
        npv = by_calculation("subgroup_npv")
        reported = np.stack([npv[k][:, :, q : q + 1] for k, q in enumerate(own)])
        values["subgroup_npv"] = np.concatenate([npv, reported], axis=3)
    if shape.subgroups and shape.outcomes:
        values["subgroup_outcome_amount"] = by_calculation("subgroup_outcome")
    n_perspectives = len(shape.perspectives)
    kinds = ["perspective"] * n_perspectives + ["payer"] * len(shape.payers) + [REPORTED]
    coordinates = {
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
    dataset = build_dataset(values, coordinates)
    dataset.attrs.update(
        study=study.study.study,
        key=study.run_key(seed),
        seed=seed,
        draws=draws,
        design=design,
        replicates=replicates(design),
        description=describe(study, model.inputs).to_json(),
        study_file=study.study_file,
        study_files=json.dumps(dict(study.files), ensure_ascii=False),
        versions=json.dumps(versions()),
        rules=json.dumps([rule.text for rule in model.rules], ensure_ascii=False),
    )
    return dataset


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
