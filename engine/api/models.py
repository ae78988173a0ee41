"""Studies made ready to run, and run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import xarray as xr

from engine.api.calls import Progress, checked_draws, checked_seed, intervention, known
from engine.api.subject import checked_choices
from engine.errors import UsageError
from engine.model.compile import CompiledModel
from engine.model.compile import compile_model as _compile
from engine.results.dataset import label_runs
from engine.run.blocks import Settings
from engine.run.execute import run_calculation
from engine.run.functions import outcome_function
from engine.run.plan import refuse_if_too_large
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
    progress: Progress | None = None,
) -> xr.Dataset:
    """Simulate all calculations of a study.

    Parameters
    ----------
    draws, seed : as the study says, if None.
    paths : first draws for which accumulated savings are kept year by year; the means by year are of all draws.
    settings : threads and block size; no result depends on them.

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
    refuse_if_too_large(_result_bytes(model, draws, min(paths, draws)), f"a run of {draws:,} draws".replace(",", " "))
    names = [c.calculation for c in model.study.calculations]

    def tell(k: int) -> Callable[[int, int], None] | None:
        if progress is None:
            return None
        return lambda done, total: progress("simulate", k * total + done, len(names) * total)

    runs = [
        run_calculation(
            model,
            name,
            draws=draws,
            seed=seed,
            design=spec.design,
            paths=paths,
            reject=spec.invalid_draws == "reject",
            settings=settings,
            progress=tell(k),
        )
        for k, name in enumerate(names)
    ]
    return label_runs(model, runs, draws=draws, seed=seed, design=spec.design)


def _result_bytes(model: CompiledModel, draws: int, paths: int) -> int:
    """Memory of the results, twice: once as they come, once as they are put together."""
    shape = model.shape
    strategies, parties = len(shape.courses) - 1, len(shape.parties) + 1
    per_draw = len(shape.courses) * len(shape.payers) + 5 * strategies * parties + 2
    per_path = strategies * parties * (model.study.model.time.cycles + 1)
    per_draw += (len(shape.subgroups) + 1) * len(shape.courses) * len(shape.outcomes)
    per_draw += len(shape.subgroups) * strategies * parties
    return 2 * 8 * (per_draw * draws + per_path * paths) * len(model.study.calculations)
