"""What can be asked of results on disk: whether they are whole, and come out again, and what a draw went through."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.api.calls import Progress, known
from engine.api.models import compile_model
from engine.errors import DamagedError, UsageError
from engine.model.compile import CompiledModel
from engine.results.copies import lay_out_files
from engine.results.findings import Findings
from engine.results.folder import MARK
from engine.results.kept import own_perspectives
from engine.results.stores.arrays import ZARR, ChunkArrays
from engine.results.stores.manifest import (
    Damage,
    find_damage,
    has_manifest,
    read_manifest,
    refuse_if_damaged,
    refuse_if_none,
)
from engine.results.stores.netcdf import write_netcdf
from engine.results.stores.places import place_of
from engine.results.stores.plan import Plan, read_plan
from engine.results.stores.run_store import damaged_chunks, noted_entries
from engine.run.blocks import Settings
from engine.run.chunks import ChunkFunction
from engine.run.replay import Replay
from engine.run.replay import replay as _replay
from engine.run.statistics import make_grid
from engine.spec.load import load_study


@dataclass(frozen=True)
class Verified:
    """What `verify` found."""

    folder: Path
    finished: bool
    files: int
    """Looked at."""
    damage: tuple[Damage, ...]
    """Files that are not as they were written, each with the variable and draws that it holds."""


@dataclass(frozen=True)
class Rerun:
    """A chunk of draws, computed again."""

    chunk: int
    start: int
    stop: int
    different: tuple[str, ...]
    """Arrays that came out otherwise, by name; empty where every bit is the same."""


@dataclass(frozen=True)
class Stored:
    """What a folder of results is."""

    folder: Path
    finished: bool
    study: str
    key: str
    seed: int
    draws: int
    stored_draws: int
    versions: Mapping[str, str]
    run: Mapping[str, Any]
    """What stands in run.json; empty while the run is unfinished."""
    headline: Mapping[str, float]
    """Mean NPV by calculation in its own perspective, of the first intervention [SEK/participant]."""


def verify_results(folder: str | Path) -> Verified:
    """Compare every file of a folder of results, or of an unfinished run, with what was written of it.

    Raises
    ------
    DamagedError : it is neither, or what would tell (the manifest, the plan) is damaged itself.
    """
    folder = Path(folder)
    if has_manifest(folder) or not noted_entries(folder):
        _, contents = read_manifest(folder)
        found, finished, files = find_damage(folder), True, len(contents)
    else:
        found, finished = damaged_chunks(folder), False
        files = sum(len(entry.files) for entry in noted_entries(folder))
    plan = _plan_or_none(folder)
    damage = tuple(Damage(d.path, f"{d.what}{place_of(d.path, plan)}") for d in found)
    return Verified(folder, finished, files, damage)


def rerun_results(
    folder: str | Path,
    *,
    block: int | None = None,
    several: int = 5,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> tuple[Rerun, ...]:
    """Compute chunks of draws again, from the study that the results hold, and compare them bit by bit.

    Parameters
    ----------
    block : number of one chunk; None takes some at random, always the first.
    several : how many of them.

    Raises
    ------
    DamagedError : the results are unfinished or damaged, or cannot be run again.
    UsageError : no such chunk.
    """
    folder = Path(folder)
    refuse_if_damaged(folder)
    plan = read_plan(folder)
    job = plan.job
    if block is not None and not 0 <= block < job.chunks:
        raise UsageError(f"block {block}: there are {job.chunks}, from 0 on")
    chosen = [block] if block is not None else _some(job.chunks, several)
    found = []
    with model_of(folder, plan) as model:
        arrays = ChunkArrays(folder / ZARR, job, own_perspectives(model.study))
        grid = make_grid(arrays.read(0).kept) if any(chunk >= job.kept_chunks for chunk in chosen) else None
        run_chunk = ChunkFunction(model, job, grid, settings or Settings())
        for k, chunk in enumerate(chosen):
            ours, theirs = run_chunk(chunk), arrays.read(chunk)
            different = [
                name
                for new, old in zip(ours, theirs, strict=True)
                for name in sorted({*new, *old})
                if name not in new or name not in old or not _same(new[name], old[name])
            ]
            span = job.span(chunk)
            found.append(Rerun(chunk, span.start, span.stop, tuple(different)))
            if progress is not None:
                progress("rerun", k + 1, len(chosen))
    return tuple(found)


def show_results(folder: str | Path) -> Stored:
    """What a folder of results, or of an unfinished run, is. Its files are not compared with what was written.

    Raises
    ------
    DamagedError : it is neither.
    """
    folder = Path(folder)
    if not has_manifest(folder):
        refuse_if_none(folder)
        plan = read_plan(folder)
        done = {entry.chunk: entry.draws for entry in noted_entries(folder)}
        return Stored(
            folder, False, plan.study, plan.key, plan.seed, plan.draws, sum(done.values()), plan.versions, {}, {}
        )
    read_manifest(folder)
    try:
        run = json.loads((folder / MARK).read_text(encoding="utf-8"))
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        headline = _headline(summary)
        draws = int(run["draws"])
        about = (str(run["study"]), str(run["key"]), int(run["seed"]), draws, draws, dict(run["versions"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise DamagedError(f"{folder}: damaged: {MARK} or summary.json cannot be read ({e})") from e
    return Stored(folder, True, *about, run, headline)


def replay_draw(
    folder: str | Path, draw: int, *, calculation: str | None = None
) -> tuple[dict[str, tuple[str, ...]], tuple[Replay, ...]]:
    """Go through one draw again, in the reference evaluator: inputs, rules that it breaks, values by cycle, figures.

    Parameters
    ----------
    folder : finished results, or an unfinished run.
    draw : number of the draw, from 0 on; it need not be kept.
    calculation : one of them; all if None.

    Returns
    -------
    Names of `courses`, `payers`, `states` and `parties`, in the order of the arrays; a replay of each calculation.

    Raises
    ------
    DamagedError : the folder is neither.
    UsageError : no such draw or calculation.
    """
    folder = Path(folder)
    refuse_if_none(folder)
    plan = read_plan(folder)
    if not 0 <= draw < plan.draws:
        raise UsageError(f"draw {draw}: there are {plan.draws}, from 0 on")
    if calculation is not None:
        known(calculation, plan.calculations, "calculation")
    with model_of(folder, plan) as model:
        wanted = plan.calculations if calculation is None else (calculation,)
        shape = model.shape
        names = {
            "courses": shape.courses,
            "payers": shape.payers,
            "states": shape.states,
            "parties": shape.parties,
        }
        return names, tuple(_replay(model, plan.job, name, draw) for name in wanted)


def export_findings(findings: Findings, path: str | Path) -> Path:
    """Write everything as one netCDF-4 file, each dataset a group; the file is whole or not there."""
    return write_netcdf(findings, Path(path))


@contextmanager
def model_of(folder: Path, plan: Plan) -> Iterator[CompiledModel]:
    """The study that results, or an unfinished run, hold, compiled; its files are laid out for as long as it is needed.

    Raises
    ------
    DamagedError : the study is not the one that was run.
    """
    with tempfile.TemporaryDirectory(prefix="insats-") as name:
        study = load_study(lay_out_files(plan.study_files, plan.study_file, Path(name) / "study"))
        if study.run_key(plan.seed) != plan.key:
            raise DamagedError(
                f"{folder}: its study does not give the key {plan.key}; it was made by another version of Insats"
            )
        yield compile_model(study)


def _some(chunks: int, several: int) -> list[int]:
    """Chunk 0 and others at random; which, is no part of any result."""
    others = np.random.default_rng().permutation(np.arange(1, chunks))[: max(several - 1, 0)]
    return [0, *sorted(map(int, others))]


def _same(a: Any, b: Any) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())


def _headline(summary: Mapping[str, Any]) -> dict[str, float]:
    found = {}
    for calculation in summary["calculations"]:
        strategies = list(calculation["npv"].values())
        found[str(calculation["label"])] = float(strategies[0]["reported"]["mean"])
    return found


def _plan_or_none(folder: Path) -> Plan | None:
    try:
        return read_plan(folder)
    except DamagedError:
        return None
