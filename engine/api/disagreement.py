"""What the disagreement of all calculations consists of."""

from __future__ import annotations

from functools import partial

import xarray as xr

from engine.analysis.plural import split_who_and_unsure as _split
from engine.analysis.spread import contributions_by_calculation as _contributions
from engine.analysis.spread import explain_spread as _spread
from engine.api.calls import Progress, checked_draws, checked_seed, of_stage
from engine.api.differences import comparable
from engine.errors import UsageError
from engine.model.compile import CompiledModel
from engine.run.blocks import Settings
from engine.run.functions import outcome_function
from engine.spec.independence import IN_ONE_BUNDLE, WHO

LIMIT = 4_000_000
"""Mixtures x draws of all calculations that are computed one by one; beyond, shares are estimated from a sample."""


def explain_spread(
    model: CompiledModel,
    *,
    strategy: str | None = None,
    draws: int | None = None,
    limit: int = LIMIT,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Which assumptions the disagreement consists of, if each is taken from a calculation drawn at random.

    Returns
    -------
    `first_share`, `total_share`, `shapley_share`, the agreement curve `agreement_gone`, `positive_share`, by party.

    Raises
    ------
    UsageError : fewer than two calculations.
    RunError : a mixture breaks a rule of the model.
    """
    _several(model)
    ready = comparable(
        model,
        strategy=strategy,
        draws=draws,
        of=checked_draws(model, None),
        seed=checked_seed(model, seed),
        settings=settings,
    )
    return _spread(
        outcome_function(model, ready.strategy, settings=settings),
        ready.values,
        assumptions=ready.groups,
        parties=ready.parties,
        reported=ready.reported,
        replicates=ready.replicates,
        perspective=ready.perspective,
        limit=limit,
        seed=checked_seed(model, seed),
        attrs={"strategy": ready.strategy},
        progress=of_stage(progress, "disagreement"),
    )


def split_who_and_unsure(
    model: CompiledModel,
    *,
    strategy: str | None = None,
    points: int = 256,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """How much of the variance comes from who calculates, and how much from what each is unsure of.

    Raises
    ------
    UsageError : fewer than two calculations, or parameters that depend on each other across assumptions.
    """
    _several(model)
    ready = comparable(
        model,
        strategy=strategy,
        draws=1,
        of=checked_draws(model, None),
        seed=checked_seed(model, seed),
        settings=settings,
    )
    # what depends on another within one assumption is supplied, and is uncertain, together
    together = [{model.inputs.names[column] for column in group.columns} for group in ready.groups]
    for name in model.inputs.laws:
        refusal = model.inputs.dependence(name).refusal(WHO, together=together, instead=IN_ONE_BUNDLE)
        if refusal is not None:
            raise UsageError(refusal)
    return _split(
        outcome_function(model, ready.strategy, settings=settings),
        {name: partial(model.inputs.values, name) for name in model.inputs.laws},
        n_uncertain=len(model.inputs.uncertain),
        assumptions=ready.groups,
        parties=ready.parties,
        reported=ready.reported,
        perspective=ready.perspective,
        points=points,
        seed=checked_seed(model, seed),
        attrs={"strategy": ready.strategy},
        progress=of_stage(progress, "disagreement"),
    )


def contributions_by_calculation(differences: xr.Dataset) -> xr.Dataset:
    """The table of calculations by assumptions: each one's mean contribution against all others; rows add up."""
    return _contributions(differences)


def _several(model: CompiledModel) -> None:
    if len(model.study.calculations) < 2:
        raise UsageError("one calculation only, so there is no disagreement to explain")
