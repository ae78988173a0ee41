"""Studies made ready to run, and run."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from engine.api.calls import Progress, checked_draws, checked_seed, intervention, known, of_stage
from engine.api.subject import checked_choices
from engine.errors import UsageError
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
    paths: int = PATHS,
    settings: Settings | None = None,
    store: ChunkStore | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Simulate all calculations of a study.

    Parameters
    ----------
    draws, seed : as the study says, if None.
    paths : first draws for which accumulated savings are kept year by year; the means by year are of all draws.
    settings : threads and block size; no result depends on them.
    store : where chunks of draws are put as they are done, and from which a run goes on.
    executor : what runs the chunks; threads of this process if None.

    Returns
    -------
    The results dataset; variables and dims as in `engine.vocabulary`.

    Raises
    ------
    UsageError : fewer draws than the design needs, a negative seed or number of paths.
    RunError : draws break a rule of the model and the study does not ask to reject them.
    ResourceError : the results would not fit into memory.
    """
    spec = model.study.study
    draws, seed = checked_draws(model, draws), checked_seed(model, seed)
    if paths < 0:
        raise UsageError(f"paths: {paths}; 0 or more")
    job = Job(
        tuple(c.calculation for c in model.study.calculations),
        draws=draws,
        seed=seed,
        design=spec.design,
        reject=spec.invalid_draws == "reject",
        keep=draws,
        paths=paths,
    )
    told = of_stage(progress, "simulate")
    run = run_job(model, job, settings=settings, store=store, executor=executor, progress=told)
    return label_runs(model, run)
