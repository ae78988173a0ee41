"""Studies made ready to run, and run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import xarray as xr

from engine.api.calls import Progress, checked_draws, checked_seed, intervention, known, of_stage
from engine.api.subject import checked_choices
from engine.errors import ResourceError, UsageError
from engine.model.compile import CompiledModel
from engine.model.compile import compile_model as _compile
from engine.results.dataset import label_runs
from engine.run.blocks import Settings
from engine.run.execute import ChunkStore, Executor, run_job
from engine.run.functions import outcome_function
from engine.run.job import Job
from engine.spec.factors import Asked
from engine.spec.load import LoadedStudy, load_study

PATHS = 2048
"""First draws whose yearly accumulated savings are kept, for fan charts."""


MOST_DRAWS = 10**9
"""Draws of a run that nobody has to allow."""


def compile_model(study: LoadedStudy | str | Path, *, choices: Asked = ()) -> CompiledModel:
    """Make a study, or the one in a folder, ready to run.

    Parameters
    ----------
    choices : choices that analyses inside a calculation are to vary, as `analyze_sensitivity` takes them; they stay
        inputs of the program even if all calculations make them alike.

    Raises
    ------
    SpecError : with every mistake found.
    UsageError : no such choice.
    """
    study = study if isinstance(study, LoadedStudy) else load_study(study)
    return _compile(study, keep=tuple(checked_choices(study.model, choices)))


def ready(study: LoadedStudy | CompiledModel | str | Path) -> CompiledModel:
    """A study made ready to run; one that is ready is taken as it is.

    Raises
    ------
    SpecError : as `compile_model`.
    """
    return study if isinstance(study, CompiledModel) else compile_model(study)


def point_npv(model: CompiledModel, calculation: str, *, strategy: str | None = None) -> dict[str, float]:
    """NPV by perspective and payer of one calculation, all assumptions at their point values [SEK/participant].

    Raises
    ------
    UsageError : no such calculation or strategy.
    RunError : the point values break a rule of the model.
    """
    known(calculation, model.inputs.laws, "calculation")
    evaluate = outcome_function(model, intervention(model, strategy), settings=Settings(threads=1))
    values = evaluate(model.inputs.point(calculation).T)[0]
    return dict(zip(model.shape.parties, map(float, values), strict=True))


def run_model(
    model: CompiledModel,
    *,
    draws: int | None = None,
    seed: int | None = None,
    keep: int | None = None,
    paths: int = PATHS,
    huge: bool = False,
    settings: Settings | None = None,
    store: ChunkStore | None = None,
    executor: Executor | None = None,
    halt: Callable[[], BaseException | None] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Simulate all calculations of a study.

    Parameters
    ----------
    draws, seed : as the study says, if None.
    keep : first draws that are kept one by one, rounded up to whole chunks of 65 536; as the study says, if None. Of
        all others statistics are kept: memory does not depend on their number.
    paths : first draws for which accumulated savings are kept year by year; the means by year are of all draws.
    huge : allow more than a billion draws, which take hours or days.
    settings : threads and block size; no result depends on them.
    store : where chunks of draws are put as they are done, and from which a run goes on.
    executor : what runs the chunks; threads of this process if None.
    halt : asked between chunks; an exception that it gives is raised when those in flight are stored.

    Returns
    -------
    The results dataset; variables and dims as in `engine.vocabulary`. Where not all draws are kept, `draw` holds the
    first ones (attribute `kept_draws`), and the dataset has what `summarize` tells of all of them, means as draws
    doubled beyond the kept ones (`mean_so_far`, `mcse_so_far`) and `rejected_draws`.

    Raises
    ------
    UsageError : fewer draws than the design needs, none kept, a negative seed or number of paths.
    RunError : draws break a rule of the model and the study does not ask to reject them.
    ResourceError : what is kept would not fit into memory; more draws than `huge` allows.
    """
    job = job_of(model, draws=draws, seed=seed, keep=keep, paths=paths, huge=huge)
    told = of_stage(progress, "simulate")
    run = run_job(model, job, settings=settings, store=store, executor=executor, halt=halt, progress=told)
    return label_runs(model, run)


def job_of(
    model: CompiledModel,
    *,
    draws: int | None = None,
    seed: int | None = None,
    keep: int | None = None,
    paths: int = PATHS,
    huge: bool = False,
) -> Job:
    """What a run of a study is to do.

    Parameters
    ----------
    draws, seed, keep, paths, huge : as `run_model` takes them.

    Raises
    ------
    UsageError : fewer draws than the design needs, none kept, a negative seed or number of paths.
    ResourceError : more draws than `huge` allows.
    """
    spec = model.study.study
    draws, seed = checked_draws(model, draws), checked_seed(model, seed)
    if paths < 0:
        raise UsageError(f"paths: {paths}; 0 or more")
    if keep is not None and keep < 1:
        raise UsageError(f"keep: {keep}; at least 1")
    if draws > MOST_DRAWS and not huge:
        shown = f"{draws:,}".replace(",", " ")
        raise ResourceError(
            f"{shown} draws, more than a billion: that takes days; ask for fewer draws, or allow it (huge, --huge)"
        )
    return Job(
        tuple(c.calculation for c in model.study.calculations),
        draws=draws,
        seed=seed,
        design=spec.design,
        reject=spec.invalid_draws == "reject",
        keep=spec.keep if keep is None else keep,
        paths=paths,
    )
