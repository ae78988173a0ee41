"""What drives the uncertainty inside a calculation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from engine.analysis import sensitivity as _sensitivity
from engine.analysis.convergence import label_refinement, refine_indices
from engine.api.calls import Progress, checked_seed, decider, intervention, known, of_stage
from engine.errors import RunError, UsageError
from engine.model.compile import CompiledModel
from engine.model.dependence import label_of
from engine.run.blocks import Settings
from engine.run.functions import OUTCOMES, outcome_function
from engine.run.invalid import InvalidDraws
from engine.vocabulary import VARIABLES


def _columns(groups: Mapping[str, Sequence[str]], names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Columns of each group."""
    return {
        group: tuple(names.index(known(member, names, "uncertain parameter")) for member in members)
        for group, members in groups.items()
    }


def _has_levels(model: CompiledModel, calculation: str, name: str) -> bool:
    """The parameter takes single values only, between which nothing can be said."""
    if name not in model.inputs.names:  # rows of a table, drawn together
        return True
    law = model.inputs.laws[calculation][model.inputs.names.index(name)]
    return law.family in ("discrete", "empirical")


def analyze_sensitivity(
    model: CompiledModel,
    *,
    calculation: str,
    method: str = "sobol",
    party: str | None = None,
    outcome: str = "npv",
    strategy: str | None = None,
    n: int | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    seed: int | None = None,
    settings: Settings | None = None,
) -> xr.Dataset:
    """Which uncertain parameters drive the spread of an outcome of one calculation.

    Parameters
    ----------
    method : a name in `engine.analysis.sensitivity.METHODS`.
    party : perspective or payer; the calculation's own perspective if None.
    outcome : `npv`, `programme_cost`, `benefit_cost_ratio` or `payback_year`; the last is refused where it can be
        infinite. Any other function of points of the unit cube can be given to
        `engine.analysis.sensitivity.analyze_sensitivity`.
    n : size of the method's design.
    groups : names of parameters that are taken as one, by the group's name; the others stand alone. For methods that
        can: `sobol`, `morris`, `shapley_effects`, `pawn`.

    Raises
    ------
    UsageError : an unknown name; a calculation without uncertain parameters; an n that the method cannot use; a method
        that needs independent parameters, where they are not.
    RunError : draws of the design that break a rule of the model, or an outcome that does not vary.
    """
    party = decider(model, calculation, party)
    known(outcome, OUTCOMES, "outcome")
    known(method, _sensitivity.METHODS, "method")
    strategy = intervention(model, strategy)
    names = model.inputs.uncertain_in(calculation)
    dependence = model.inputs.dependence(calculation)
    refusal = dependence.refusal(method)
    # Shapley effects condition on the copula themselves, and are given the points as they come out of it
    correlated = method == "shapley_effects" and not dependence.independent and not dependence.bundles
    if refusal is not None and not correlated:
        raise UsageError(refusal)
    column = model.shape.parties.index(party)
    evaluate = outcome_function(model, strategy, outcome, settings)

    def along(x: np.ndarray) -> np.ndarray:
        try:
            return evaluate(model.inputs.own_values(calculation, x.T, correlated=correlated).T)[:, column]
        except InvalidDraws as e:
            raise RunError(f"{method} needs every draw of its design to be valid, and in {calculation!r}: {e}") from e

    def quantile_of(parameter: int, u: float) -> float:
        if names[parameter] not in model.inputs.names:  # rows of a table, drawn together, have no quantile
            return float("nan")
        x = np.full((1, len(names)), 0.5)
        x[0, parameter] = u
        return float(model.inputs.own_values(calculation, x.T)[model.inputs.names.index(names[parameter]), 0])

    return _sensitivity.analyze_sensitivity(
        along,
        names=names,
        labels=[label_of(model.study.model, name) for name in names],
        method=method,
        n=n,
        seed=checked_seed(model, seed),
        quantile_of=quantile_of,
        correlation=dependence.pearson if correlated else None,
        groups=None if groups is None else _columns(groups, names),
        discrete=[k for k, name in enumerate(names) if _has_levels(model, calculation, name)],
        attrs={
            "calculation": calculation,
            "party": party,
            "strategy": strategy,
            "outcome": outcome,
            "units": VARIABLES[outcome].unit,
        },
    )


def refine_sensitivity(
    model: CompiledModel,
    *,
    calculation: str,
    party: str | None = None,
    outcome: str = "npv",
    strategy: str | None = None,
    precision: float = 0.02,
    budget: int = 4_000_000,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Sobol' indices with a design that is doubled until they are precise: the convergence table.

    Parameters
    ----------
    precision : width of the interval of every total index that matters (above 0.05), at most.
    budget : evaluations of the model, at most.

    Returns
    -------
    `worst_half_width`, `ranking_stable` by checkpoint, `ST_so_far`, `ST_conf_so_far` by parameter; attribute `reached`.

    Raises
    ------
    UsageError, RunError : as `analyze_sensitivity`.
    """
    party = decider(model, calculation, party)
    known(outcome, OUTCOMES, "outcome")
    names = model.inputs.uncertain_in(calculation)
    if not names:
        raise UsageError(f"{calculation!r} has nothing uncertain, so there is nothing to analyse")
    refusal = model.inputs.dependence(calculation).refusal("sobol")
    if refusal is not None:
        raise UsageError(refusal)
    strategy = intervention(model, strategy)
    column = model.shape.parties.index(party)
    evaluate = outcome_function(model, strategy, outcome, settings)
    refinement = refine_indices(
        lambda x: evaluate(model.inputs.own_values(calculation, x.T).T)[:, column],
        len(names),
        budget=budget,
        seed=checked_seed(model, seed),
        width=precision,
        second_order=False,
        progress=of_stage(progress, "sensitivity"),
    )
    labels = [label_of(model.study.model, name) for name in names]
    attrs = {"calculation": calculation, "party": party, "strategy": strategy, "outcome": outcome}
    return label_refinement(refinement, names, labels=labels, attrs=attrs)
