"""The main job: everything that a study asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from engine.analysis.summary import summarize
from engine.api.calls import Progress
from engine.api.models import ready, run_model
from engine.model.compile import CompiledModel
from engine.results.dataset import rejected_draws
from engine.results.description import Description
from engine.results.findings import Findings
from engine.results.provenance import provenance
from engine.run.blocks import Settings
from engine.run.execute import ChunkStore, Executor
from engine.spec.load import LoadedStudy


def run_study(
    study: LoadedStudy | CompiledModel | str | Path,
    *,
    draws: int | None = None,
    seed: int | None = None,
    huge: bool = False,
    settings: Settings | None = None,
    command: str | None = None,
    store: ChunkStore | None = None,
    executor: Executor | None = None,
    halt: Callable[[], BaseException | None] | None = None,
    summarized: Callable[[Findings], None] = lambda findings: None,
    progress: Progress | None = None,
) -> Findings:
    """The main job: simulate, summarise, explain differences, analyse sensitivity as the study says.

    Parameters
    ----------
    study : a model that was compiled from one is not compiled again.
    command : what would repeat the run, kept with the findings.
    huge, store, executor, halt : as `run_model` takes them.
    summarized : told the results and their summary when they are there, before anything is analysed.

    An analysis that cannot be made, of an outcome that does not vary say, leaves a note and does not lose the rest.

    Raises
    ------
    SpecError, UsageError, RunError, ResourceError : as the verbs that it chains.
    """
    began = time.time()
    model = ready(study)
    spec = model.study.study
    entering: Mapping[int, CompiledModel] = {}
    if spec.intake:
        from engine.api.budget import models_by_entry

        entering = models_by_entry(model)  # before the long work: a table may not reach as far
    results = run_model(
        model,
        draws=draws,
        seed=seed,
        huge=huge,
        settings=settings,
        store=store,
        executor=executor,
        halt=halt,
        progress=progress,
    )
    summary = summarize(results)
    description = Description.from_json(results.attrs["description"])
    summarized(Findings(description, results, summary))
    from engine.api.asked import analyze_asked  # slow to load, and nobody need wait for that before the first result

    found = analyze_asked(model, results, summary, entering, seed=seed, settings=settings, progress=progress)
    facts = provenance(
        study=spec.study,
        key=str(results.attrs["key"]),
        seed=int(results.attrs["seed"]),
        draws=int(results.attrs["draws"]),
        design=spec.design,
        rejected=int(rejected_draws(results).max()),
    )
    facts["started"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began))
    facts["seconds"] = round(time.time() - began, 2)
    if command is not None:
        facts["command"] = command
    return Findings(
        description,
        results,
        summary,
        differences=found.differences,
        sensitivity=found.sensitivity,
        analyses=found.analyses,
        notes=found.notes,
        provenance=facts,
    )


def missed_limits(study: LoadedStudy, findings: Findings) -> list[str]:
    """Limits that the study states and the run did not keep, in words; empty if all were kept."""
    limits, missed = study.study.limits, []
    rejected = findings.provenance["rejected_draws"] / int(findings.results.attrs["draws"])
    if rejected > limits.rejected:
        missed.append(
            f"{rejected * 100:.3g}% of the draws were rejected; the study allows {limits.rejected * 100:.3g}%"
        )
    if limits.mcse is not None:
        errors = findings.summary["mcse"].sel(party=findings.description.headline)
        worst = errors.isel(errors.argmax(...))
        if not float(np.asarray(worst)) <= limits.mcse:
            where = f"{worst['calculation'].item()!r}, {worst['strategy'].item()!r}"
            missed.append(
                f"the Monte Carlo standard error of {where} is {float(worst):.4g} SEK; the study allows "
                f"{limits.mcse:.4g}; it takes more draws"
            )
    return missed
