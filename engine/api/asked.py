"""What a study asks to be made of its results: differences, sensitivity, and all further analyses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from engine.analysis.accounting import Terms, accounting_bridge
from engine.analysis.convergence import mean_convergence
from engine.analysis.differences import furthest_pair
from engine.api.budget import budget_impact
from engine.api.calls import Progress, of_stage
from engine.api.decisions import (
    decide,
    explain_by_year,
    find_interactions,
    points_of_run,
    value_of_information,
    value_of_study,
)
from engine.api.dependence import achieved_correlations
from engine.api.differences import explain_differences
from engine.api.disagreement import explain_spread, split_who_and_unsure
from engine.api.economics import cost_effectiveness, internal_rates, summarize_outcomes, summarize_subgroups
from engine.api.sensitivity import analyze_sensitivity, analyze_sensitivity_by, refine_sensitivity
from engine.api.subject import with_choices
from engine.errors import InsatsError, RunError, UsageError
from engine.model.compile import CompiledModel
from engine.run.blocks import Settings, filled, in_order
from engine.run.outcomes import read_yearly
from engine.spec.factors import chosen_factors, factor_weights
from engine.spec.groups import AskedGroups, members_of
from engine.spec.schema import FollowUp, Sensitivity

_Key = TypeVar("_Key")
_A = TypeVar("_A")
_B = TypeVar("_B")


class Asked(NamedTuple):
    """What was found, and a note of each analysis that could not be made."""

    differences: tuple[xr.Dataset, ...]
    sensitivity: tuple[xr.Dataset, ...]
    analyses: dict[str, xr.Dataset]
    notes: tuple[str, ...]


def analyze_asked(
    model: CompiledModel,
    results: xr.Dataset,
    summary: xr.Dataset,
    entering: Mapping[int, CompiledModel],
    *,
    seed: int | None,
    settings: Settings | None,
    progress: Progress | None,
) -> Asked:
    """Everything that the study asks for beside its results.

    Parameters
    ----------
    entering : as `models_by_entry` gives them.

    An analysis that cannot be made, of an outcome that does not vary say, leaves a note and does not lose the rest.
    """
    several = len(model.study.calculations) > 1
    how: dict[str, Any] = {"seed": seed, "settings": settings, "progress": progress}

    def explained() -> tuple[xr.Dataset, ...]:
        strategies = model.shape.courses[1:] if several else ()
        threads = max(1, (settings or Settings()).threads - 1)  # one is for what is beside
        own = how | {"settings": replace(settings or Settings(), threads=threads)}
        return tuple(explain_differences(model, strategy=strategy, results=results, **own) for strategy in strategies)

    # Linear algebra has threads of its own, which fight those here for processors: Norrköping took 1.4 times as long.
    with threadpool_limits(limits=1, user_api="blas"):
        economics, gaps = _beside(partial(_economics, model, results), explained, settings)
        found, notes = _sensitivities(model, **how)
        further, more_notes = _further(model, results, gaps, entering, **how)
    analyses = (
        _accounting(model, summary)
        | {"convergence": mean_convergence(results)}
        | _dependence(model, int(results.attrs["draws"]), seed)
        | economics
        | further
    )
    return Asked(gaps, found, analyses, notes + more_notes)


def _beside(aside: Callable[[], _A], here: Callable[[], _B], settings: Settings | None) -> tuple[_A, _B]:
    """What both give; the first in a thread of its own, if there may be two. Where both fail, it is the first's failure
    that is told, as it is where it comes first."""
    if (settings or Settings()).threads == 1:
        return aside(), here()
    with ThreadPoolExecutor(1, thread_name_prefix="insats") as pool:
        other = pool.submit(aside)
        try:
            found = here()
        finally:
            first = other.result()
        return first, found


def _economics(model: CompiledModel, results: xr.Dataset) -> dict[str, xr.Dataset]:
    """Rates of return; what is said of outcomes and subgroups, where there are any; cost-effectiveness as asked for."""
    found = {"internal_rate": internal_rates(results)}
    if model.shape.outcomes:
        found["outcomes"] = summarize_outcomes(results)
    if model.shape.subgroups:
        found["subgroups"] = summarize_subgroups(results)
    for asked in model.study.study.cost_effectiveness:
        found[f"cost_effectiveness/{asked.outcome}/{asked.perspective}"] = cost_effectiveness(
            results,
            outcome=asked.outcome,
            perspective=asked.perspective,
            thresholds=asked.willingness,
            calculations=asked.calculations,
        )
    return found


class _Wanted(NamedTuple):
    of: Sensitivity
    strategy: str
    calculation: str
    party: str | None

    def analyze(self, model: CompiledModel, **how: Any) -> xr.Dataset:
        how |= {"calculation": self.calculation, "party": self.party, "strategy": self.strategy}
        how["choices"] = self.of.choices
        if self.of.precision is not None:
            return refine_sensitivity(model, precision=self.of.precision, **how)
        if self.of.by is not None:
            return analyze_sensitivity_by(model, by=self.of.by, n=self.of.n, **how)
        return analyze_sensitivity(model, method=self.of.method, n=self.of.n, groups=self._groups(model), **how)

    def _groups(self, model: CompiledModel) -> AskedGroups:
        """As asked for, without what this calculation is sure of."""
        if isinstance(self.of.groups, str):
            return self.of.groups
        varying = {*model.inputs.uncertain_in(self.calculation), *chosen_factors(model.study.model, self.of.choices)}
        return members_of(model.study.model, self.of.groups, varying)

    @property
    def name(self) -> str:
        return f"{self.of.method}{'' if self.of.by is None else f' by {self.of.by}'} of {self.calculation!r}"


def _sensitivities(
    model: CompiledModel, *, seed: int | None, settings: Settings | None, progress: Progress | None
) -> tuple[tuple[xr.Dataset, ...], tuple[str, ...]]:
    wanted = [
        _Wanted(s, strategy, calculation, party)
        for s in model.study.study.sensitivity
        for strategy in model.shape.courses[1:]
        for calculation in s.calculations or tuple(model.inputs.laws)
        for party in s.perspectives or (None,)
        if s.choices or model.inputs.uncertain_in(calculation)
    ]
    # Compiled once for all that vary choices; the others run the very program that the study runs.
    varied = {name for w in wanted if w.of.choices for name in factor_weights(model.study.model, w.of.choices)}
    varying = with_choices(model, tuple(varied))
    tasks = {
        (k, w.name): partial(w.analyze, varying if w.of.choices else model, seed=seed, settings=settings)
        for k, w in enumerate(wanted)
    }
    found, notes = _side_by_side(tasks, lambda key: key[1], settings, of_stage(progress, "sensitivity"))
    return tuple(found.values()), tuple(dict.fromkeys(notes))  # alike for every strategy, as a rule


def _side_by_side(
    tasks: Mapping[_Key, Callable[[], xr.Dataset]],
    name_of: Callable[[_Key], str],
    settings: Settings | None,
    progress: Callable[[int, int], None] | None,
) -> tuple[dict[_Key, xr.Dataset], tuple[str, ...]]:
    """Analyses that do not need one another, as many at a time as there are threads, in the order asked for.

    Returns
    -------
    What was found, and a note of each that could not be made.
    """

    def attempt(task: tuple[_Key, Callable[[], xr.Dataset]]) -> tuple[_Key, xr.Dataset | str]:
        key, compute = task
        try:
            return key, compute()
        except (RunError, UsageError) as e:
            return key, f"{name_of(key)}: {_first_line(e)}"

    found: dict[_Key, xr.Dataset] = {}
    notes = []
    done = in_order(attempt, iter(tasks.items()), (settings or Settings()).threads)
    for k, (key, result) in enumerate(done, start=1):
        if isinstance(result, str):
            notes.append(result)
        else:
            found[key] = result
        if progress is not None:
            progress(k, len(tasks))
    return found, tuple(notes)


def _further(
    model: CompiledModel,
    results: xr.Dataset,
    gaps: tuple[xr.Dataset, ...],
    entering: Mapping[int, CompiledModel],
    *,
    seed: int | None,
    settings: Settings | None,
    progress: Progress | None,
) -> tuple[dict[str, xr.Dataset], tuple[str, ...]]:
    """The further analyses that the study asks for, by `name/strategy`, `information/calculation`,
    `follow_up/number/calculation` or, of a programme with an intake, `budget/strategy`."""
    how: dict[str, Any] = {"seed": seed, "settings": settings}
    wanted: dict[str, Callable[[], xr.Dataset]] = {}

    points: NDArray[np.float64] | None = None
    if "information" in model.study.study.analyses:
        points = points_of_run(model, results, seed=seed)

    def learn(calculation: str) -> xr.Dataset:
        return value_of_information(model, calculation=calculation, results=results, points=points, **how)

    def follow_up(asked: FollowUp, calculation: str) -> xr.Dataset:
        uncertain = model.inputs.parameters_uncertain_in(calculation)
        found = value_of_study(
            model,
            calculation=calculation,
            parameters=[p for p in asked.parameters if p in uncertain],
            sizes=sorted(asked.sizes),
            results=results,
            points=points,
            event_share=asked.event_share,
            participants=asked.participants,
            cost_per_person=asked.cost_per_person,
            fixed_cost=asked.fixed_cost,
            **how,
        )
        origin = asked.source if asked.source is not None else asked.assumption
        return found.assign_attrs(follow_up=asked.label, origin=origin or "", assumed=int(asked.source is None))

    if model.study.study.intake:
        wanted |= {
            f"budget/{k}": partial(budget_impact, model, strategy=k, results=results, models=entering, **how)
            for k in model.shape.courses[1:]
        }
    for name in model.study.study.analyses:
        if name == "information":
            wanted |= {f"information/{c}": partial(learn, c) for c in model.inputs.laws if model.inputs.uncertain_in(c)}
            wanted |= {
                f"follow_up/{k}/{c}": partial(follow_up, asked, c)
                for k, asked in enumerate(model.study.study.follow_up, start=1)
                for c in model.inputs.laws
                if not set(asked.parameters).isdisjoint(model.inputs.parameters_uncertain_in(c))
            }
            continue
        for gap in gaps:
            strategy = str(gap.attrs["strategy"])
            verbs: dict[str, Callable[..., xr.Dataset]] = {
                "interactions": partial(find_interactions, results=results),
                "decision": partial(decide, between=furthest_pair(gap), results=results),
                "years": partial(explain_by_year, between=furthest_pair(gap), results=results),
                "spread": explain_spread,
                "who": split_who_and_unsure,
            }
            wanted[f"{name}/{strategy}"] = partial(verbs[name], model, strategy=strategy, **how)
    return _side_by_side(wanted, str, settings, of_stage(progress, "further"))


def _first_line(error: InsatsError) -> str:
    return str(error).splitlines()[0].rstrip(".")


def _accounting(model: CompiledModel, summary: xr.Dataset) -> dict[str, xr.Dataset]:
    """From the figures as their authors sign them to those that are compared, where any signs in terms of its own."""
    study = model.study
    terms = {}
    for c in study.calculations:
        signs, own = c.signs_in, study.model
        prices = 1.0
        if signs.price_year not in (None, own.price_year):
            prices = study.price_index[signs.price_year] / study.price_index[own.price_year]
        years = 0 if signs.discount_to is None else signs.discount_to - own.time.start_year
        terms[c.calculation] = Terms(
            prices,
            float(study.study.cohort or 1) if signs.per == "programme" else 1.0,
            _growth(model, c.calculation) ** years if years else 1.0,
        )
    if all(t == Terms() for t in terms.values()):
        return {}
    npv = summary["mean"].sel(party="reported").isel(strategy=0)
    bridge = accounting_bridge([float(npv.sel(calculation=name)) for name in terms], terms)
    return {"accounting": bridge.assign_attrs(strategy=str(summary["strategy"].values[0]))}


def _dependence(model: CompiledModel, draws: int, seed: int | None) -> dict[str, xr.Dataset]:
    """Correlations that the draws have, by `dependence/calculation`, where parameters depend on one another."""
    return {
        f"dependence/{name}": achieved_correlations(model, calculation=name, draws=draws, seed=seed)
        for name in model.inputs.laws
        if draws > 1 and not model.inputs.dependence(name).independent
    }


def _growth(model: CompiledModel, calculation: str) -> float:
    """1 + discount rate of a calculation at its point values, from the discount factors of its first two cycles."""
    block = filled(model.yearly_program, model.inputs.point(calculation))
    model.yearly_kernel(block)
    factor = read_yearly(model.shape, block.totals, block.yearly).factor[:, 0]
    return float((factor[0] / factor[1]) ** (1 / model.study.model.time.cycle_length)) if factor.size > 1 else 1.0
