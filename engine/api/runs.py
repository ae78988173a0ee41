"""Runs on disk: begun, gone on from, and finished as a folder of results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.api.calls import Progress
from engine.api.files import write_files
from engine.api.models import compile_model, job_of
from engine.api.studies import run_study
from engine.results.findings import Findings
from engine.results.kept import own_perspectives
from engine.results.stores.plan import Plan
from engine.results.stores.run_store import Resume, RunStore, run_store
from engine.run.blocks import Settings
from engine.run.chunks import layouts
from engine.run.execute import Executor
from engine.spec.load import LoadedStudy


def run_to_folder(
    study: LoadedStudy | str | Path,
    folder: str | Path,
    *,
    draws: int | None = None,
    seed: int | None = None,
    settings: Settings | None = None,
    executor: Executor | None = None,
    resume: Resume = "if possible",
    report: bool = True,
    language: str = "en",
    command: str | None = None,
    tell: Callable[[str], None] = lambda text: None,
    opened: Callable[[RunStore], None] = lambda store: None,
    halt: Callable[[], BaseException | None] | None = None,
    progress: Progress | None = None,
) -> Findings:
    """Run a study and write its folder of results, in such a way that it can be killed at any time and gone on from.

    While it runs, what is done is in `<folder>.part`. The same call goes on from there, and ends with the same bytes.

    Parameters
    ----------
    resume : `if possible` goes on from an unfinished run, or grows a finished one; `must` refuses where there is
        neither; `never` starts over.
    tell : told in a line what the run goes on from.
    opened : told the store of the run, when it is open.
    halt : asked between chunks of draws; an exception that it gives is raised when those in flight are stored.

    Raises
    ------
    SpecError, UsageError, RunError : as `run_study` and `write_results`.
    ResourceError : memory or disk; of a full disk, what is done until then is kept.
    LockedError : another process writes to the folder.
    """
    folder = Path(folder)
    model = compile_model(study)
    job = job_of(model, draws=draws, seed=seed)
    with run_store(
        folder,
        Plan.of(model.study, job),
        own=own_perspectives(model.study),
        layout=lambda chunk: layouts(model, job, chunk),
        resume=resume,
        tell=tell,
    ) as store:
        opened(store)
        findings = run_study(
            model.study,
            draws=draws,
            seed=seed,
            settings=settings,
            store=store,
            executor=executor,
            halt=halt,
            command=command,
            progress=progress,
        )

        def write(part: Path) -> None:
            write_files(findings, part, report=report, language=language, stored=True, progress=progress)

        store.finish(folder, write)
    return findings
