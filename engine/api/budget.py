"""What a programme that admits participants over several years does to budgets, by calendar year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from engine.analysis.budget import Cohorts, Reducer, Tally, calendar_shares
from engine.analysis.budget import budget_impact as _budget_impact
from engine.api.calls import Progress, checked_draws, checked_seed, intervention, of_stage
from engine.api.models import PATHS
from engine.errors import SpecError, UsageError
from engine.model.compile import CompiledModel
from engine.model.compile import compile_model as _compile
from engine.run.blocks import Settings
from engine.run.cohorts import SPAN, map_cohorts
from engine.run.designs import replicates, unit_points
from engine.run.outcomes import Array
from engine.run.plan import Span, refuse_if_too_large
from engine.spec.calendar import follows_calendar


def models_by_entry(
    model: CompiledModel, intake: Mapping[int, float] | None = None, *, always: bool = False
) -> dict[int, CompiledModel]:
    """The model as those who start in each calendar year live it; empty where one serves them all.

    Nothing but an expression on `year` or a growing amount tells cohorts apart: without, they are shifted copies.

    Parameters
    ----------
    intake : participants by the calendar year in which they start; the study's if None.
    always : make a model for every year even where copies of one would do.

    Raises
    ------
    SpecError : what holds for those who start first does not hold later: a table that ends too early, say.
    """
    intake = model.study.study.entries if intake is None else intake
    # a single cycle does not tell the discount rate by which copies are moved
    needed = follows_calendar(model.study) or model.study.model.time.cycles == 1
    if not (needed or always):
        return {}
    start = model.study.model.time.start_year
    found = {}
    for year in intake:
        try:
            found[year] = model if year == start else _compile(model.study, entry=year - start)
        except SpecError as error:
            late = [replace(p, message=f"{p.message} (for those who start in {year})") for p in error.problems]
            raise SpecError(late) from error
    return found


def budget_impact(
    model: CompiledModel,
    *,
    strategy: str | None = None,
    intake: Mapping[int, float] | None = None,
    results: xr.Dataset | None = None,
    models: Mapping[int, CompiledModel] | None = None,
    draws: int | None = None,
    seed: int | None = None,
    paths: int = PATHS,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Net saving and cost of a whole programme by party and calendar year, when it has paid back, and its peak need.

    Every cohort is the same draws of the same parameters, so that nothing but its start tells it from another.

    Parameters
    ----------
    intake : participants by the calendar year in which they start; the study's if None.
    results : of `run_model` with the same seed: the draws that it kept are used, and left out where it left them out.
        It has checked them, so that nothing is simulated after the horizon. Otherwise as many as the study says, and
        what has no number as its money, in the baseline or under the strategy, counts as breaking a rule.
    models : `models_by_entry` of the same intake; made anew if None.
    paths : first draws of which every year is kept, for the quantiles of sums so far; all else is of all draws.

    Returns
    -------
    Dataset of the vocabulary's "budgets" part [SEK for all participants], discounted figures to the model's start;
    attributes `strategy`, `start_year`, `apart` (1 where a model was made for every year of entry), `draws`, `paths`.

    Raises
    ------
    UsageError : no intake, a year before the model's start, participants that are no number above 0, an unknown
        strategy.
    SpecError : as `models_by_entry`.
    RunError : a draw breaks a rule of the model, unless the study asks to reject such draws.
    """
    study = model.study
    intake = dict(sorted((study.study.entries if intake is None else intake).items()))
    start = study.model.time.start_year
    _check(intake, start)
    strategy = intervention(model, strategy)
    wanted = draws if draws is not None or results is None else results.sizes["draw"]
    draws, seed = checked_draws(model, wanted), checked_seed(model, seed)
    of = draws if results is None else int(results.attrs["draws"])
    left_out = None if results is None else np.asarray((results["status"] != 0).any("calculation").values)[:draws]
    models = models_by_entry(model, intake) if models is None else models
    shares = calendar_shares(study.model.time.cycles, study.model.time.cycle_length)
    begins = [year - min(intake) for year in intake]
    years = begins[-1] + shares.shape[1]
    lived = list(models.values()) if models else [model]
    kept = min(paths, draws)
    refuse_if_too_large(8 * 4 * len(model.shape.parties) * years * kept, f"budgets of {kept} paths")
    told, total = of_stage(progress, "budget"), draws * len(study.calculations)

    later = np.array(list(intake)) - start
    cohorts = Cohorts(
        np.arange(len(intake)) if models else np.zeros(len(intake), dtype=np.int64),
        np.array(begins),
        np.array(list(intake.values()), dtype=np.float64),
        0 * later if models else later,  # a model of its own discounts to the model's start by itself
    )
    time = study.model.time

    reduce = Reducer(
        cohorts,
        members=model.shape.members.astype(np.bool_),
        shares=shares,
        by_boundary=model.shape.by_boundary,
        cycle_length=time.cycle_length,
        paths=paths,
    )

    def points(span: Span) -> Array:
        how = {"start": span.start, "stop": span.stop, "total": max(of, draws)}
        return unit_points(study.study.design, model.inputs.uncertain, seed=seed, **how)

    def pieces(calculation: str, done: int) -> Iterator[Tally]:
        reject = study.study.invalid_draws == "reject"
        found = map_cohorts(
            lived,
            calculation,
            strategy,
            reduce,
            points=points,
            draws=draws,
            reject=reject,
            left_out=left_out if reject else None,
            checked=results is not None and not models and draws <= results.sizes["draw"],
            settings=settings,
        )
        for k, piece in enumerate(found, start=1):
            yield piece
            if told is not None:
                told(min(done + k * SPAN, total), total)

    return _budget_impact(
        {c.calculation: pieces(c.calculation, k * draws) for k, c in enumerate(study.calculations)},
        intake=intake,
        years=years,
        parties=model.shape.parties,
        courses=(model.shape.courses[0], strategy),
        draws=draws,
        paths=kept,
        replicates=replicates(study.study.design),
        attrs={"strategy": strategy, "start_year": start, "apart": int(bool(models)), "draws": draws, "seed": seed},
    )


def _check(intake: Mapping[int, float], start: int) -> None:
    if not intake:
        raise UsageError(
            "no intake: write `intake` in the study, or give participants by the calendar year in which they start"
        )
    early = [year for year in intake if year < start]
    if early:
        raise UsageError(f"intake in {early[0]}: the model starts in {start}, and nobody can start before it")
    odd = [year for year, n in intake.items() if not (np.isfinite(n) and n > 0)]
    if odd:
        raise UsageError(f"intake in {odd[0]}: {intake[odd[0]]} participants; a number above 0")
