"""What turns the decision, and what it is worth to know more."""

from __future__ import annotations

import numpy as np
import xarray as xr

from engine.analysis import decision as _decision
from engine.analysis import interactions as _interactions
from engine.analysis.by_year import explain_by_year as _by_year
from engine.analysis.differences import AssumptionGroup
from engine.analysis.information import value_of_information as _value
from engine.api.calls import Progress, checked_draws, checked_seed, intervention, known
from engine.api.differences import Comparable, comparable
from engine.errors import UsageError
from engine.model.compile import CompiledModel
from engine.model.dependence import label_of
from engine.results.describe import PERSPECTIVE
from engine.run.blocks import Settings
from engine.run.designs import unit_points
from engine.run.functions import outcome_function, yearly_function

DECISION_DRAWS = 16
"""Draws in which every mixture of two calculations is computed where the sign of a mean is asked for."""


def decide(
    model: CompiledModel,
    *,
    between: tuple[str, str],
    party: str = "reported",
    strategy: str | None = None,
    draws: int = DECISION_DRAWS,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """What turns one calculation's decision into another's: smallest sets of assumptions, pivots, thresholds.

    Raises
    ------
    UsageError : an unknown name.
    RunError : a mixture of the two breaks a rule of the model.
    """
    ready = _ready(model, between, strategy, draws, seed, settings)
    if party != "reported":
        known(party, ready.parties, "perspective or payer")
    spec = model.study.model
    discrete = [g.name for g in ready.groups if any(model.inputs.names[c] in spec.choices for c in g.columns)]
    return _decision.decide(
        outcome_function(model, ready.strategy, settings=settings),
        ready.values,
        assumptions=ready.groups,
        parties=ready.parties,
        pair=between,
        party=party,
        reported=ready.reported,
        discrete=discrete,
        perspective=_perspective(),
        replicates=ready.replicates,
        attrs={"strategy": ready.strategy, "party": party, "from": between[0], "to": between[1]},
        progress=None if progress is None else lambda done, total: progress("decision", done, total),
    )


def find_interactions(
    model: CompiledModel,
    *,
    strategy: str | None = None,
    draws: int | None = None,
    seed: int | None = None,
    settings: Settings | None = None,
) -> xr.Dataset:
    """How much of each difference is interaction, and between which assumptions."""
    ready = comparable(
        model,
        strategy=strategy,
        draws=draws,
        of=checked_draws(model, None),
        seed=checked_seed(model, seed),
        settings=settings,
    )
    return _interactions.interaction_table(
        outcome_function(model, ready.strategy, settings=settings),
        ready.values,
        assumptions=ready.groups,
        parties=ready.parties,
        reported=ready.reported,
        perspective=_perspective(),
        attrs={"strategy": ready.strategy},
    )


def explain_by_year(
    model: CompiledModel,
    *,
    between: tuple[str, str],
    strategy: str | None = None,
    draws: int = 1,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Contributions of assumptions to the difference of two calculations, for each payer and year."""
    ready = _ready(model, between, strategy, draws, seed, settings)
    time = model.study.model.time
    return _by_year(
        yearly_function(model, ready.strategy, settings),
        ready.values,
        assumptions=ready.groups,
        payers=model.shape.payers,
        pair=between,
        time=[k * time.cycle_length for k in range(time.cycles)],
        replicates=ready.replicates,
        attrs={"strategy": ready.strategy, "from": between[0], "to": between[1]},
        progress=None if progress is None else lambda done, total: progress("decision", done, total),
    )


def value_of_information(
    model: CompiledModel,
    *,
    calculation: str,
    party: str | None = None,
    results: xr.Dataset | None = None,
    seed: int | None = None,
    settings: Settings | None = None,
) -> xr.Dataset:
    """What it is worth to learn the uncertain parameters of a calculation before deciding.

    Parameters
    ----------
    party : whose decision; the calculation's own perspective if None.
    results : of `run_model` with the same seed; computed if None.

    Returns
    -------
    `evpi`, `evppi`, `group_evppi` by theme, with errors [SEK/participant], and for the cohort of a year.

    Raises
    ------
    UsageError : an unknown name, or a calculation without uncertain parameters.
    """
    spec = model.study
    known(calculation, model.inputs.laws, "calculation")
    own = next(c for c in spec.calculations if c.calculation == calculation)
    party = known(own.perspective if party is None else party, model.shape.parties, "perspective or payer")
    names = [n for n in model.inputs.names if n in _uncertain_inputs(model, calculation)]
    if not names:
        raise UsageError(f"{calculation!r} has nothing uncertain, so there is nothing to learn")
    seed = checked_seed(model, seed)
    if results is None:
        from engine.api.models import run_model

        results = run_model(model, seed=seed, settings=settings)
    draws = int(results.attrs["draws"])
    points = unit_points(spec.study.design, model.inputs.uncertain, seed=seed, start=0, stop=draws, total=draws)
    values = model.inputs.values(calculation, points)
    rows = [model.inputs.names.index(n) for n in names]
    themes: dict[str, list[str]] = {}
    for n in names:
        themes.setdefault(spec.model.parameters[n].theme, []).append(n)
    return _value(
        results["npv"].sel(calculation=calculation, party=party),
        values[rows].T,
        names=names,
        labels=[label_of(spec.model, n) for n in names],
        groups={theme: members for theme, members in themes.items() if len(members) > 1},
        replicates=int(results.attrs["replicates"]),
        cohort=spec.study.cohort,
        baseline=model.shape.courses[0],
        attrs={"calculation": calculation, "party": party},
    )


def _uncertain_inputs(model: CompiledModel, calculation: str) -> set[str]:
    """Parameters that vary over the draws of a calculation."""
    points = np.linspace(0.2, 0.8, 5)[None, :].repeat(len(model.inputs.uncertain), axis=0)
    values = model.inputs.values(calculation, points)
    varies = (values != values[:, :1]).any(axis=1)
    return {name for name, v in zip(model.inputs.names, varies, strict=True) if v}


def _perspective() -> AssumptionGroup:
    return AssumptionGroup(PERSPECTIVE, "Perspective reported", "scope", ())


def _ready(
    model: CompiledModel,
    between: tuple[str, str],
    strategy: str | None,
    draws: int,
    seed: int | None,
    settings: Settings | None,
) -> Comparable:
    for name in between:
        known(name, model.inputs.laws, "calculation")
    return comparable(
        model,
        strategy=intervention(model, strategy),
        draws=draws,
        of=max(checked_draws(model, None), draws),
        seed=checked_seed(model, seed),
        settings=settings,
    )
