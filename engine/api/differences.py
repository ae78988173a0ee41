"""Why the calculations of a study differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.analysis import differences as _differences
from engine.analysis.anchors import standing_for
from engine.analysis.differences import AssumptionGroup
from engine.api.calls import Progress, checked_draws, checked_seed, intervention, known, of_stage
from engine.errors import RunError, UsageError
from engine.model.compile import CompiledModel
from engine.results.dataset import rejected_draws
from engine.results.describe import PERSPECTIVE
from engine.run.blocks import Settings
from engine.run.designs import replicates, unit_points
from engine.run.functions import outcome_function
from engine.run.invalid import InvalidDraws
from engine.run.plan import cut, refuse_if_too_large
from engine.spec.structures import bundle_of

Array = NDArray[np.float64]

ANCHOR_BLOCK = 65_536
"""Draws of which the calculations' own outcomes are formed at a time."""


class Comparable(NamedTuple):
    """Calculations of a study in the same draws, ready to be mixed."""

    strategy: str
    values: dict[str, Array]
    """By calculation, (draw, input)."""
    replicates: int
    """Of the draws; 1 where invalid ones were left out."""
    groups: list[AssumptionGroup]
    perspective: AssumptionGroup
    parties: tuple[str, ...]
    reported: dict[str, str]
    left_out: int
    """Draws that break a rule of the model in some calculation."""


def explain_differences(
    model: CompiledModel,
    *,
    between: tuple[str, str] | None = None,
    strategy: str | None = None,
    draws: int | None = None,
    results: xr.Dataset | None = None,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Which assumptions make calculations differ, and how much each: all pairs, or one.

    Parameters
    ----------
    between : two calculations, from and to.
    strategy : intervention; the first if None.
    draws : draws in which every mixture is computed; as the study says, if None.
    results : of `run_model` with the same seed; the differences are then those of its means. Without it the
        calculations themselves are computed in as many draws as the study says.

    Returns
    -------
    The differences dataset, see `engine.analysis.differences.explain_differences`.

    Raises
    ------
    UsageError : an unknown name, or fewer than two calculations.
    RunError : a mixture of two calculations breaks a rule of the model; names the assumptions.
    """
    spec = model.study.study
    seed = checked_seed(model, seed)
    many = int(results.attrs["draws"]) if results is not None else checked_draws(model, None)
    for name in between or ():
        known(name, model.inputs.laws, "calculation")
    ready = comparable(model, strategy=strategy, draws=draws, of=many, seed=seed, settings=settings)
    names = list(between or ready.values)
    evaluate = outcome_function(model, ready.strategy, settings=settings)
    anchors = anchors_of(model, ready, names, draws=many, results=results, seed=seed, settings=settings)
    try:
        found = _differences.explain_differences(
            evaluate,
            {name: ready.values[name] for name in names},
            assumptions=ready.groups,
            parties=ready.parties,
            reported=ready.reported,
            replicates=ready.replicates,
            anchors=anchors,
            sums=sums_of(model),
            perspective=ready.perspective,
            exact_up_to=spec.differences.exact_up_to,
            permutations=spec.differences.permutations,
            seed=seed,
            attrs={"strategy": ready.strategy, "seed": seed, "anchor_draws": many, "left_out": ready.left_out},
            progress=of_stage(progress, "differences"),
        )
    except InvalidDraws as e:
        raise RunError(
            f"A mixture of two calculations makes no sense, so their difference cannot be divided: {e}. "
            "Give assumptions that must move together the same `bundle`."
        ) from e
    return found


def comparable(
    model: CompiledModel,
    *,
    strategy: str | None,
    draws: int | None,
    of: int,
    seed: int,
    settings: Settings | None,
) -> Comparable:
    """The first draws of a run of `of` draws, as every calculation sees them.

    Where the study rejects invalid draws, those that are invalid in any calculation are left out of all.

    Raises
    ------
    UsageError : less than one draw, or an unknown strategy.
    RunError : no draw is valid in all calculations.
    """
    spec = model.study.study
    draws = spec.differences.draws if draws is None else draws
    if draws < 1:
        raise UsageError(f"draws: {draws}; at least 1")
    draws = min(draws, of)
    strategy = intervention(model, strategy)
    points = unit_points(spec.design, model.inputs.uncertain, seed=seed, start=0, stop=draws, total=of)
    values = {c.calculation: model.inputs.values(c.calculation, points).T for c in model.study.calculations}
    n_replicates = replicates(spec.design) if draws >= 2 * replicates(spec.design) else 1
    left_out = 0
    if spec.invalid_draws == "reject":
        evaluate = outcome_function(model, strategy, settings=settings, reject=True)
        valid = np.logical_and.reduce([np.isfinite(evaluate(v)).all(axis=1) for v in values.values()])
        left_out = int(draws - valid.sum())
        if not valid.any():
            raise RunError(f"none of the first {draws} draws is valid in all calculations")
        if left_out:
            values = {name: v[valid] for name, v in values.items()}
            n_replicates = 1
    return Comparable(
        strategy,
        values,
        n_replicates,
        groups_of(model),
        _perspective_of(model),
        model.shape.parties,
        {c.calculation: c.perspective for c in model.study.calculations},
        left_out,
    )


def groups_of(model: CompiledModel) -> list[AssumptionGroup]:
    """Inputs as assumptions; those of one bundle move together, and bear the bundle's name."""
    spec = model.study.model
    groups: dict[tuple[str, str], AssumptionGroup] = {}
    for column, name in enumerate(model.inputs.names):
        about = spec.parameters[name] if name in spec.parameters else spec.choices[name]
        bundle = bundle_of(spec, name)
        key = ("alone", name) if bundle is None else ("bundle", bundle)
        if key not in groups:
            label = about.label if bundle is None else spec.bundles.get(bundle, about.label)
            groups[key] = AssumptionGroup(bundle or name, label, about.theme, (column,))
        else:
            first = groups[key]
            label = first.label if bundle in spec.bundles else f"{first.label}; {about.label}"
            groups[key] = first._replace(columns=(*first.columns, column), label=label)
    return list(groups.values())


def sums_of(model: CompiledModel) -> Array:
    """Which parties each party is the sum of: a perspective of its payers, a payer of itself."""
    n = len(model.shape.perspectives)
    sums = np.eye(len(model.shape.parties))
    sums[:n] = 0.0
    sums[:n, n:] = model.shape.members
    return sums


def _perspective_of(model: CompiledModel) -> AssumptionGroup:
    """The perspective that a calculation reports, as an assumption; it has no columns."""
    theme = "scope" if "scope" in model.study.model.themes else "method"
    return AssumptionGroup(PERSPECTIVE, "Perspective reported", theme, ())


def anchors_of(
    model: CompiledModel,
    ready: Comparable,
    names: Sequence[str],
    *,
    draws: int,
    results: xr.Dataset | None,
    seed: int,
    settings: Settings | None,
) -> Mapping[str, Array] | None:
    """Outcomes (draw, party) of calculations as they are, in all draws; None where some are rejected as invalid.

    Parameters
    ----------
    results : of `run_model` with the same seed, to read them from; computed if None.
    """
    if ready.left_out or (results is not None and rejected_draws(results).any()):
        return None
    if results is not None:
        return _from_results(results, ready, names)
    return _anchors(model, ready.strategy, names, draws, seed, settings)


def _from_results(results: xr.Dataset, ready: Comparable, names: Sequence[str]) -> Mapping[str, Array]:
    """Outcomes (draw, party) of a run; where it did not keep all draws, those that it kept stand for all."""
    at = {"strategy": ready.strategy, "party": list(ready.parties)}
    npv = results["npv"].sel(at).transpose("calculation", "draw", "party")
    found = {name: np.asarray(npv.sel(calculation=name).values) for name in names}
    if "mean" not in results:
        return found
    mean, draws = results["mean"].sel(at).transpose("calculation", "party"), int(results.attrs["draws"])
    return {name: standing_for(x, np.asarray(mean.sel(calculation=name).values), draws) for name, x in found.items()}


def _anchors(
    model: CompiledModel, strategy: str, names: Sequence[str], draws: int, seed: int, settings: Settings | None
) -> dict[str, Array] | None:
    """Outcomes (draw, party) of the calculations as they are, block by block; None where any draw is rejected."""
    needed = 8 * draws * len(model.shape.parties) * len(names)
    refuse_if_too_large(2 * needed, f"the ends of differences over {draws:,} draws".replace(",", " "))
    reject = model.study.study.invalid_draws == "reject"
    evaluate = outcome_function(model, strategy, settings=settings, reject=reject)
    result = {name: np.empty((draws, len(model.shape.parties))) for name in names}
    for span in cut(draws, ANCHOR_BLOCK):
        points = unit_points(
            model.study.study.design,
            model.inputs.uncertain,
            seed=seed,
            start=span.start,
            stop=span.stop,
            total=draws,
        )
        for name in names:
            result[name][span.start : span.stop] = evaluate(model.inputs.values(name, points).T)
            if reject and not np.isfinite(result[name][span.start : span.stop]).all():
                return None
    return result
