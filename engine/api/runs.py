"""Runs on disk: begun, gone on from, and finished as a folder of results."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.api.calls import Progress
from engine.api.files import write_files
from engine.api.models import compile_model, job_of, ready
from engine.api.stored import model_of
from engine.api.studies import run_study
from engine.errors import ResourceError, RunError, UsageError
from engine.model.compile import CompiledModel
from engine.results.findings import Findings
from engine.results.kept import own_perspectives
from engine.results.stores.manifest import refuse_if_none
from engine.results.stores.plan import Plan, read_plan
from engine.results.stores.run_store import Resume, RunStore, megabytes, part_of, run_store, stored_already
from engine.results.stores.shares import share_of_run
from engine.run.blocks import Settings
from engine.run.chunks import ChunkFunction, layouts
from engine.run.execute import Executor, memory_needed
from engine.run.job import Job, size_of
from engine.run.statistics import make_grid
from engine.spec.load import LoadedStudy


def run_to_folder(
    study: LoadedStudy | CompiledModel | str | Path,
    folder: str | Path,
    *,
    draws: int | None = None,
    seed: int | None = None,
    huge: bool = False,
    settings: Settings | None = None,
    executor: Executor | None = None,
    resume: Resume = "if possible",
    report: bool = True,
    language: str = "en",
    command: str | None = None,
    force_disk: bool = False,
    tell: Callable[[str], None] = lambda text: None,
    opened: Callable[[RunStore], None] = lambda store: None,
    halt: Callable[[], BaseException | None] | None = None,
    summarized: Callable[[Findings], None] = lambda findings: None,
    progress: Progress | None = None,
) -> Findings:
    """Run a study and write its folder of results, in such a way that it can be killed at any time and gone on from.

    While it runs, what is done is in `<folder>.part`. The same call goes on from there, and ends with the same bytes.

    Parameters
    ----------
    study : as `run_study` takes it.
    huge : as `run_model` takes it.
    resume : `if possible` goes on from an unfinished run, or grows a finished one; `must` refuses where there is
        neither; `never` starts over.
    force_disk : begin even if the disk may not hold the results.
    tell : told in a line what the run goes on from.
    opened : told the store of the run, when it is open.
    halt : asked between chunks of draws; an exception that it gives is raised when those in flight are stored.
    summarized : as `run_study` takes it.

    Raises
    ------
    SpecError, UsageError, RunError : as `run_study` and `write_results`.
    ResourceError : memory or disk; of a full disk, what is done until then is kept.
    LockedError : another process writes to the folder.
    """
    folder = Path(folder)
    model = ready(study)
    job = job_of(model, draws=draws, seed=seed, huge=huge)
    if not force_disk:
        _refuse_if_no_room(model, job, folder)
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
            model,
            draws=draws,
            seed=seed,
            huge=huge,
            settings=settings,
            store=store,
            executor=executor,
            halt=halt,
            command=command,
            summarized=summarized,
            progress=progress,
        )

        def write(part: Path) -> None:
            write_files(findings, part, report=report, language=language, stored=True, progress=progress)

        store.finish(folder, write)
    return findings


def run_blocks(
    study: LoadedStudy | str | Path,
    folder: str | Path,
    blocks: range,
    *,
    draws: int | None = None,
    seed: int | None = None,
    huge: bool = False,
    settings: Settings | None = None,
    tell: Callable[[str], None] = lambda text: None,
    opened: Callable[[RunStore], None] = lambda store: None,
    halt: Callable[[], BaseException | None] | None = None,
    progress: Progress | None = None,
) -> int:
    """Do some blocks of draws of a run that other processes do others of, on the same disk; `finish_run` is to follow.

    Parameters
    ----------
    folder : where the results are to be in the end; until then everything is in `<folder>.part`.
    blocks : of `engine.run.job.CHUNK` draws each; those beyond the last are left out.
    huge : as `run_model` takes it.

    Returns
    -------
    Draws that this process had to do, and that are stored now.

    Raises
    ------
    UsageError : the folder holds another run, or there is none of these blocks.
    LockedError : another process does some of them.
    RunError : draws break a rule of the model, and the study does not ask to reject them.
    """
    model = compile_model(study)
    job = job_of(model, draws=draws, seed=seed, huge=huge)
    blocks = range(blocks.start, min(blocks.stop, job.chunks))
    if not blocks:
        raise UsageError(f"block {blocks.start}: there are {job.chunks}, from 0 on")
    own = own_perspectives(model.study)
    plan = Plan.of(model.study, job)
    with share_of_run(
        Path(folder), plan, blocks, own=own, layout=lambda chunk: layouts(model, job, chunk), tell=tell
    ) as store:
        opened(store)
        how = settings or Settings()
        todo = [chunk for chunk in blocks if chunk not in store.present()]
        grid = None
        if any(chunk >= job.kept_chunks for chunk in todo):
            first = store.existing(0) or ChunkFunction(model, job, settings=how)(0)
            grid = make_grid(first.kept)
        run_chunk = ChunkFunction(model, job, grid, how)
        total = sum(job.span(chunk).stop - job.span(chunk).start for chunk in blocks)
        done = total - sum(job.span(chunk).stop - job.span(chunk).start for chunk in todo)
        for chunk in todo:
            if halt is not None and (stopped := halt()) is not None:
                raise stopped
            result = run_chunk(chunk)
            if not job.reject and result.record["broken"].any():
                bad = result.record["first_invalid"]
                raise RunError(
                    f"block {chunk}: draws break a rule of the model, draw {int(bad[bad >= 0].min())} first; "
                    "`insats check --try` tells which rule and where"
                )
            store.store(chunk, result)
            done += job.span(chunk).stop - job.span(chunk).start
            if progress is not None:
                progress("simulate", done, total)
    return total


def finish_run(
    folder: str | Path,
    *,
    settings: Settings | None = None,
    report: bool = True,
    language: str = "en",
    tell: Callable[[str], None] = lambda text: None,
    opened: Callable[[RunStore], None] = lambda store: None,
    halt: Callable[[], BaseException | None] | None = None,
    summarized: Callable[[Findings], None] = lambda findings: None,
    progress: Progress | None = None,
) -> Findings:
    """Finish a run whose blocks are done, from the study that it holds; blocks that are missing are done first.

    Parameters
    ----------
    folder : of the results to be, or that of the unfinished run, `<folder>.part`.

    Raises
    ------
    UsageError, DamagedError : there is no such run.
    LockedError : some of it is still being done.
    """
    folder = Path(folder)
    folder = folder.with_name(folder.name.removesuffix(".part"))
    part = part_of(folder)
    refuse_if_none(part)
    plan = read_plan(part)
    with model_of(part, plan) as model:
        return run_to_folder(
            model,
            folder,
            draws=plan.draws,
            seed=plan.seed,
            huge=True,
            settings=settings,
            report=report,
            language=language,
            tell=tell,
            opened=opened,
            halt=halt,
            summarized=summarized,
            progress=progress,
        )


@dataclass(frozen=True)
class Forecast:
    """What a run would take."""

    draws: int
    there: int
    """Draws that are done already, by an unfinished or a shorter run."""
    blocks: int
    blocks_there: int
    memory: int
    """Bytes, at most."""
    disk: int
    """Bytes, at most; packed, they are fewer."""
    free_disk: int
    threads: int
    seconds: float
    """To simulate what is not there; analyses follow."""


def forecast_run(
    study: LoadedStudy | str | Path,
    folder: str | Path,
    *,
    draws: int | None = None,
    seed: int | None = None,
    huge: bool = False,
    settings: Settings | None = None,
) -> Forecast:
    """What a run would take, found by running some thousand draws; nothing is written.

    Raises
    ------
    SpecError, UsageError : as `run_to_folder`.
    """
    folder, settings = Path(folder), settings or Settings()
    model = compile_model(study)
    job = job_of(model, draws=draws, seed=seed, huge=huge)
    there = stored_already(folder, Plan.of(model.study, job))
    done = sum(job.span(chunk).stop - job.span(chunk).start for chunk in there)
    return Forecast(
        job.draws,
        done,
        job.chunks,
        len(there),
        memory_needed(model, job, settings),
        _disk_needed(model, job),
        _free_disk(folder),
        settings.threads,
        _seconds_a_draw(model, job, settings) * (job.draws - done),
    )


_TRIED = 4096
"""Draws that are run to find how fast it goes."""
_PACKED = 0.25
"""Of what a record takes unpacked; most of its counts are 0."""
_ROOM = 0.95
"""Of a disk's free space that a run may fill."""


def _seconds_a_draw(model: CompiledModel, job: Job, settings: Settings) -> float:
    tried = replace(job, draws=min(job.draws, _TRIED * settings.threads), paths=0, reject=True)
    run_chunk = ChunkFunction(model, tried, settings=replace(settings, block=settings.block or _TRIED))
    run_chunk(0)  # compiles
    began = time.perf_counter()
    run_chunk(0)
    return (time.perf_counter() - began) / tried.draws


def _disk_needed(model: CompiledModel, job: Job) -> int:
    kept = size_of(layouts(model, job, 0)[0]) * job.kept_chunks
    records = size_of(layouts(model, job, job.chunks - 1)[1]) * job.chunks
    return int(kept + _PACKED * records)


def _free_disk(folder: Path) -> int:
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    return shutil.disk_usage(there).free


def _refuse_if_no_room(model: CompiledModel, job: Job, folder: Path) -> None:
    needed, free = _disk_needed(model, job), _free_disk(folder)
    there = part_of(folder)
    if there.is_dir():
        needed -= sum(path.stat().st_size for path in there.rglob("*") if path.is_file())
    if needed > _ROOM * free:
        raise ResourceError(
            f"{folder}: the draws that are kept may take {megabytes(needed)} of disk, and {megabytes(free)} are free; "
            "make room, name another folder with -o, or begin all the same with --force-disk"
        )
