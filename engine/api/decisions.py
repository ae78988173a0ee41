"""What turns the decision, and what it is worth to know more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.analysis import decision as _decision
from engine.analysis import interactions as _interactions
from engine.analysis.by_year import explain_by_year as _by_year
from engine.analysis.differences import AssumptionGroup
from engine.analysis.evsi import ProportionStudy, RatioStudy, Study
from engine.analysis.information import value_of_information as _value
from engine.analysis.information import value_of_study as _study
from engine.api.calls import Progress, checked_draws, checked_seed, decider, intervention, known, of_stage
from engine.api.differences import Comparable, anchors_of, comparable, sums_of
from engine.api.models import run_model
from engine.errors import UsageError
from engine.model.compile import CompiledModel
from engine.model.dependence import label_of
from engine.model.inputs import price_factor
from engine.run.blocks import Settings
from engine.run.designs import unit_points
from engine.run.functions import outcome_function, yearly_function
from engine.spec.check_consensus import Consensus, consensus_problems
from engine.spec.check_follow_up import PROPORTIONS, RATIOS

DECISION_DRAWS = 512
"""Draws in which every mixture of two calculations is computed where the sign of a mean is asked for."""

YEARLY_NUMBERS = 128_000_000
"""Mixtures × draws × payers × cycles that a division by year takes at most: 2 s on two cores, 10 payers and 49 cycles
in 256 draws of 1024 mixtures. Beyond, fewer draws are used."""


def decide(
    model: CompiledModel,
    *,
    between: tuple[str, str],
    party: str = "reported",
    strategy: str | None = None,
    draws: int = DECISION_DRAWS,
    consensus: Consensus | None = None,
    results: xr.Dataset | None = None,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """What turns one calculation's decision into another's: smallest sets of assumptions, pivots, thresholds.

    Parameters
    ----------
    consensus : values on which the two could agree, by parameter, or by choice the alternative; as the study says if
        None. Of others, the middle of the two. Those on which they do not differ change nothing.
    draws : draws in which every mixture of the two is computed, weighted so that both ends have their known means.
    results : of `run_model` with the same seed; the ends are then those of its means. Without it the calculations
        themselves are computed in as many draws as the study says.

    Raises
    ------
    UsageError : an unknown name, or a consensus on a part only of what moves together.
    RunError : a mixture of the two breaks a rule of the model.
    """
    ready = _ready(model, between, strategy, draws, seed, settings, results)
    stated = model.study.study.differences.consensus if consensus is None else consensus
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
        consensus=_by_column(model, ready.groups, stated),
        perspective=ready.perspective,
        replicates=ready.replicates,
        anchors=_ends_of(model, ready, between, results, seed, settings),
        sums=sums_of(model),
        attrs={"strategy": ready.strategy, "party": party, "from": between[0], "to": between[1]},
        progress=of_stage(progress, "decision"),
    )


def find_interactions(
    model: CompiledModel,
    *,
    strategy: str | None = None,
    draws: int | None = None,
    results: xr.Dataset | None = None,
    seed: int | None = None,
    settings: Settings | None = None,
) -> xr.Dataset:
    """How much of each difference is interaction, and between which assumptions.

    Arguments as of `explain_differences`; `gap` and `alone` are the same as there.
    """
    ready = comparable(
        model,
        strategy=strategy,
        draws=draws,
        of=_draws_of(model, results),
        seed=checked_seed(model, seed),
        settings=settings,
    )
    return _interactions.interaction_table(
        outcome_function(model, ready.strategy, settings=settings),
        ready.values,
        assumptions=ready.groups,
        parties=ready.parties,
        reported=ready.reported,
        perspective=ready.perspective,
        anchors=_ends_of(model, ready, list(ready.values), results, seed, settings),
        sums=sums_of(model),
        attrs={"strategy": ready.strategy},
    )


def explain_by_year(
    model: CompiledModel,
    *,
    between: tuple[str, str],
    strategy: str | None = None,
    draws: int | None = None,
    results: xr.Dataset | None = None,
    numbers: int = YEARLY_NUMBERS,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Contributions of assumptions to the difference of two calculations, for each payer and year.

    Parameters
    ----------
    draws : in which every mixture is computed; as the study says for differences, if None.
    results : of `run_model` with the same seed; each payer's difference is then that of its means. Without it the
        calculations themselves are computed in as many draws as the study says.
    numbers : mixtures × draws × payers × cycles that may be computed; where it takes more, fewer draws are used.

    Raises
    ------
    UsageError : an unknown name.
    RunError : a mixture of the two breaks a rule of the model.
    """
    for name in between:
        known(name, model.inputs.laws, "calculation")
    seed = checked_seed(model, seed)
    many = int(results.attrs["draws"]) if results is not None else max(checked_draws(model, None), draws or 0)
    ready = comparable(
        model, strategy=intervention(model, strategy), draws=draws, of=many, seed=seed, settings=settings
    )
    anchors = anchors_of(model, ready, between, draws=many, results=results, seed=seed, settings=settings)
    first_payer = len(model.shape.perspectives)
    time, spec = model.study.model.time, model.study.study
    rows = max(1, numbers // (len(model.shape.payers) * time.cycles))
    enough = max(1, rows // max(ready.replicates, 1))  # mixtures of which a replicate each can be computed
    return _by_year(
        yearly_function(model, ready.strategy, settings),
        ready.values,
        assumptions=ready.groups,
        payers=model.shape.payers,
        pair=between,
        time=[k * time.cycle_length for k in range(time.cycles)],
        anchors=None if anchors is None else {name: x[:, first_payer:] for name, x in anchors.items()},
        replicates=ready.replicates,
        exact_up_to=min(spec.differences.exact_up_to, enough.bit_length() - 1),
        permutations=spec.differences.permutations,
        budget=rows,
        seed=seed,
        attrs={"strategy": ready.strategy, "from": between[0], "to": between[1]},
        progress=of_stage(progress, "decision"),
    )


def value_of_information(
    model: CompiledModel,
    *,
    calculation: str,
    party: str | None = None,
    results: xr.Dataset | None = None,
    points: NDArray[np.float64] | None = None,
    seed: int | None = None,
    settings: Settings | None = None,
) -> xr.Dataset:
    """What it is worth to learn the uncertain parameters of a calculation before deciding.

    Parameters
    ----------
    party : whose decision; the calculation's own perspective if None.
    results : of `run_model` with the same seed; computed if None.
    points : `points_of_run`, where several calculations of a run are looked at; made anew if None.

    Returns
    -------
    `evpi`, `evppi`, `group_evppi` by theme, with errors [SEK/participant], and for the cohort of a year.

    Raises
    ------
    UsageError : an unknown name, or a calculation without uncertain parameters.
    """
    known_draws = _known_draws(model, calculation, party, results, points, seed, settings)
    themes: dict[str, list[str]] = {}
    for n in known_draws.names:
        themes.setdefault(model.study.model.parameters[n].theme, []).append(n)
    return _value(
        known_draws.npv,
        known_draws.values,
        names=known_draws.names,
        labels=known_draws.labels,
        groups={theme: members for theme, members in themes.items() if len(members) > 1},
        replicates=known_draws.replicates,
        cohort=model.study.study.cohort,
        baseline=model.shape.courses[0],
        attrs={"calculation": calculation, "party": known_draws.party},
    )


def value_of_study(
    model: CompiledModel,
    *,
    calculation: str,
    parameters: Sequence[str],
    sizes: Sequence[int],
    party: str | None = None,
    results: xr.Dataset | None = None,
    points: NDArray[np.float64] | None = None,
    event_share: float | None = None,
    participants: float | None = None,
    cost_per_person: float = 0.0,
    fixed_cost: float = 0.0,
    seed: int | None = None,
    settings: Settings | None = None,
) -> xr.Dataset:
    """What a follow-up study of a parameter is worth, by its size, before deciding.

    Parameters
    ----------
    parameters : shares and probabilities, estimated from persons who are followed; ratios, from events in two groups.
    results, points : as of `value_of_information`.
    sizes : persons; of a ratio events, where `event_share` is not given.
    event_share : share of the persons followed who show what a ratio is about.
    participants : whom the decision concerns; the cohort of a year if None.
    cost_per_person, fixed_cost : of the study [SEK].

    Returns
    -------
    `evsi`, `evsi_se` by parameter and size, beside `evppi`, which it tends to; net of its cost for the cohort.

    Raises
    ------
    UsageError : an unknown name, a parameter that is certain, or one that no such study can estimate; a share of events
        that is none.
    """
    if event_share is not None and not 0 < event_share <= 1:
        raise UsageError(f"event_share: {event_share:g}; above 0 and at most 1")
    known_draws = _known_draws(model, calculation, party, results, points, seed, settings)
    studies: dict[str, Study] = {}
    for name in parameters:
        known(name, known_draws.names, "uncertain parameter")
        unit = model.study.model.parameters[name].unit
        if unit in PROPORTIONS:
            studies[name] = ProportionStudy()
        elif unit in RATIOS:
            studies[name] = RatioStudy() if event_share is None else RatioStudy(4.0 / event_share, counts="persons")
        else:
            raise UsageError(f"{name!r} is in {unit}; a study can be of a share, a probability or a ratio")
    return _study(
        known_draws.npv,
        known_draws.values,
        names=known_draws.names,
        labels=known_draws.labels,
        studies=studies,
        sizes=sizes,
        replicates=known_draws.replicates,
        seed=checked_seed(model, seed),
        cohort=model.study.study.cohort if participants is None else participants,
        cost_per_person=cost_per_person,
        fixed_cost=fixed_cost,
        attrs={"calculation": calculation, "party": known_draws.party},
    )


def _by_column(
    model: CompiledModel, groups: Sequence[AssumptionGroup], stated: Consensus
) -> dict[str, tuple[float, ...]]:
    """Values stated as common ground, by assumption, one a column."""
    spec = model.study.model
    for name, message in consensus_problems(spec, stated):
        raise UsageError(f"consensus: {name}: {message}")
    found = {}
    for group in groups:
        members = [model.inputs.names[c] for c in group.columns]
        known_members = [name for name in members if name in stated]
        if not known_members:
            continue
        if missing := [name for name in members if name not in stated]:
            others = ", ".join(map(repr, missing))
            raise UsageError(f"consensus: {known_members[0]!r} moves together with {others}; state all of them")
        found[group.name] = tuple(_as_input(model, name, stated[name]) for name in members)
    return found


def _as_input(model: CompiledModel, name: str, value: float | str) -> float:
    """A value as calculations write it, in the prices of the model; of a choice the number of the alternative."""
    spec = model.study.model
    if name in spec.choices:
        return float(list(spec.choices[name].alternatives).index(str(value)))
    return float(value) * price_factor(model.study, spec.parameters[name].price_year)


class _KnownDraws(NamedTuple):
    npv: xr.DataArray
    values: NDArray[np.float64]
    """(draw, parameter)"""
    names: list[str]
    labels: list[str]
    replicates: int
    party: str


def points_of_run(model: CompiledModel, results: xr.Dataset, *, seed: int | None = None) -> NDArray[np.float64]:
    """Points of the unit cube (coordinate, draw) that a run was made at, in the draws that it kept."""
    return unit_points(
        model.study.study.design,
        model.inputs.uncertain,
        seed=checked_seed(model, seed),
        start=0,
        stop=results.sizes["draw"],
        total=int(results.attrs["draws"]),
    )


def _known_draws(
    model: CompiledModel,
    calculation: str,
    party: str | None,
    results: xr.Dataset | None,
    points: NDArray[np.float64] | None,
    seed: int | None,
    settings: Settings | None,
) -> _KnownDraws:
    """NPV of a calculation and its uncertain parameters in the draws of a run."""
    spec = model.study
    party = decider(model, calculation, party)
    names = list(model.inputs.parameters_uncertain_in(calculation))
    if not names:
        raise UsageError(f"{calculation!r} has nothing uncertain, so there is nothing to learn")
    seed = checked_seed(model, seed)
    if results is None:
        results = run_model(model, seed=seed, settings=settings)
    if points is None:
        points = points_of_run(model, results, seed=seed)
    rows = [model.inputs.names.index(n) for n in names]
    return _KnownDraws(
        results["npv"].sel(calculation=calculation, party=party),
        model.inputs.values(calculation, points)[rows].T,
        names,
        [label_of(spec.model, n) for n in names],
        int(results.attrs["replicates"]),
        party,
    )


def _ready(
    model: CompiledModel,
    between: tuple[str, str],
    strategy: str | None,
    draws: int,
    seed: int | None,
    settings: Settings | None,
    results: xr.Dataset | None = None,
) -> Comparable:
    for name in between:
        known(name, model.inputs.laws, "calculation")
    of = _draws_of(model, results)
    return comparable(
        model,
        strategy=intervention(model, strategy),
        draws=draws,
        of=of if results is not None else max(of, draws),
        seed=checked_seed(model, seed),
        settings=settings,
    )


def _draws_of(model: CompiledModel, results: xr.Dataset | None) -> int:
    return checked_draws(model, None) if results is None else int(results.attrs["draws"])


def _ends_of(
    model: CompiledModel,
    ready: Comparable,
    names: Sequence[str],
    results: xr.Dataset | None,
    seed: int | None,
    settings: Settings | None,
) -> Mapping[str, NDArray[np.float64]] | None:
    """What is known of the calculations themselves."""
    return anchors_of(
        model,
        ready,
        names,
        results=results,
        draws=_draws_of(model, results),
        seed=checked_seed(model, seed),
        settings=settings,
    )
