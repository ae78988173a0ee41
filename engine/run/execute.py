"""A job from its first chunk to its last: handed out, stored as they are done, merged in the order of the draws."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.errors import RunError
from engine.model.compile import CompiledModel
from engine.run.blocks import Settings, as_done, filled, first, in_order
from engine.run.chunks import ChunkFunction
from engine.run.designs import replicates
from engine.run.draws import draw_values
from engine.run.invalid import describe_statuses, explain
from engine.run.job import (
    Arrays,
    ChunkResult,
    Job,
    fits,
    kept_layout,
    size_of,
    sums_layout,
    with_room,
)
from engine.run.pieces import status_of
from engine.run.plan import Span, block_size, bytes_per_draw, cut, refuse_if_too_large
from engine.run.statistics import (
    LEVELS,
    Merged,
    Moments,
    add_draws,
    empty_statistics,
    make_grid,
    moments,
    quantiles,
    shares,
    statistics_layout,
)

Array: TypeAlias = NDArray[np.float64]
Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""


class ChunkStore(Protocol):
    """Where chunks are put as they are done, and found again."""

    def present(self) -> Collection[int]:
        """Chunks that need not be run; asked once, before any work."""

    def existing(self, chunk: int) -> ChunkResult | None:
        """A chunk as it was stored; None where it is not there, or is damaged: it is then run again."""

    def store(self, chunk: int, result: ChunkResult) -> None:
        """Put a chunk; called by one thread, in any order of chunks."""


class Executor(Protocol):
    """Something that runs chunks."""

    def map(self, function: ChunkFunction, tasks: Iterable[int]) -> Iterator[tuple[int, ChunkResult]]:
        """Chunks with their results as they are done, in any order.

        Takes tasks as there is room for them, two a worker at most. Raises what a task raises. To close the iterator
        is to give up what has not begun.
        """


@dataclass(frozen=True)
class Threads:
    """Runs chunks side by side in this process."""

    threads: int

    def map(self, function: ChunkFunction, tasks: Iterable[int]) -> Iterator[tuple[int, ChunkResult]]:
        return as_done(function, tasks, self.threads)


@dataclass(frozen=True)
class Look:
    """Mean NPV of the first draws, and its standard error."""

    draws: int
    mean: Array
    """(K, k, q)"""
    error: Array


@dataclass(frozen=True)
class Statistics:
    """Of all valid draws of a run that does not keep them all, by outcome; K calculation, k intervention, q party."""

    moments: dict[str, Moments]
    quantiles: dict[str, Array]
    """(level, K, k, q), at `LEVELS`"""
    positive: dict[str, Array]
    """Share of the draws above 0."""
    finite: dict[str, Array]
    """Share of the draws in which the outcome is defined that it is finite in."""
    looks: tuple[Look, ...]
    """As draws doubled, beyond those that are kept."""


@dataclass(frozen=True)
class Run:
    """What a job gave; invalid draws are nan. Axes as in `kept_layout`."""

    job: Job
    kept: Arrays
    """The first draws, all of them unless the job streams."""
    left_out: NDArray[np.int64]
    """(K,) draws that break a rule"""
    mean_saving: Array
    """(K, k, p, t) of all valid draws"""
    mean_occupancy: Array
    """(K, c, s, t + 1)"""
    statistics: Statistics | None
    """None where all draws are kept, of which everything can be said exactly."""

    def calculation(self, name: str) -> CalculationRun:
        """One of the calculations."""
        at = self.job.calculations.index(name)
        return CalculationRun(
            name,
            {key: values[at] for key, values in self.kept.items()},
            self.mean_saving[at],
            self.mean_occupancy[at],
            int(self.left_out[at]),
        )


@dataclass(frozen=True)
class CalculationRun:
    """One calculation of a run: arrays as in `Run`, without their first axis."""

    calculation: str
    kept: Arrays
    mean_saving: Array
    mean_occupancy: Array
    rejected: int
    """Draws that broke a rule."""

    def __getattr__(self, name: str) -> NDArray[np.float64]:
        """An outcome of the kept draws, by its name in `kept_layout`."""
        try:
            found: NDArray[np.float64] = self.kept[name]
        except KeyError:
            raise AttributeError(name) from None
        return found


def run_calculation(
    model: CompiledModel,
    calculation: str,
    *,
    draws: int,
    seed: int,
    design: str,
    paths: int,
    reject: bool = False,
    settings: Settings | None = None,
) -> CalculationRun:
    """One calculation by itself, with all draws kept; as `run_job`."""
    job = Job((calculation,), draws=draws, seed=seed, design=design, keep=draws, reject=reject, paths=paths)
    return run_job(model, job, settings=settings).calculation(calculation)


def run_job(
    model: CompiledModel,
    job: Job,
    *,
    settings: Settings | None = None,
    store: ChunkStore | None = None,
    executor: Executor | None = None,
    halt: Callable[[], BaseException | None] | None = None,
    progress: Progress | None = None,
) -> Run:
    """Run all chunks of a job, but for those that are stored already.

    Parameters
    ----------
    settings : of this machine; no result depends on it.
    store : of the chunks; None keeps none of them.
    executor : of the chunks; threads of this process if None.
    halt : asked before a chunk is handed out; an exception that it gives is raised when those in flight are stored.

    Raises
    ------
    InvalidDraws : a draw breaks a rule and the job does not reject such draws, or all of the first chunk do.
    ResourceError : what is kept would not fit into memory.
    """
    return _Running(model, job, settings or Settings(), store, executor, halt, progress).run()


def memory_needed(model: CompiledModel, job: Job, settings: Settings) -> int:
    """Bytes that a run of a job takes at most."""
    return _Running(model, job, settings, None, None, None, None).memory()


class _Running:
    def __init__(
        self,
        model: CompiledModel,
        job: Job,
        settings: Settings,
        store: ChunkStore | None,
        executor: Executor | None,
        halt: Callable[[], BaseException | None] | None,
        progress: Progress | None,
    ) -> None:
        self.halt = halt or (lambda: None)
        self.model, self.job, self.settings = model, job, settings
        self.store, self.executor, self.progress = store, executor, progress
        self.sums, self.all_draws = Merged(), Merged()
        self.kept: Arrays = {}
        self.grid: Arrays = {}
        self.looks: list[Look] = []
        self.stored = set() if store is None else {chunk for chunk in store.present() if chunk < job.chunks}
        self.held: dict[int, ChunkResult] = {}
        self.turn, self.done = 0, 0
        self.last_wanted = job.chunks

    def run(self) -> Run:
        job = self.job
        refuse_if_too_large(self.memory(), f"a run of {job.draws:,} draws".replace(",", " "))
        self._run_chunks(range(job.kept_chunks))
        self._run_chunks(range(job.kept_chunks, job.chunks))
        valid = self.sums["valid"]
        if not valid.any():
            raise self._stopped(0, "; no draw is valid in all calculations")
        by_calculation = valid.astype(np.float64)[:, None, None, None]
        return Run(
            job,
            self.kept,
            job.draws - valid,
            self.sums["saving"] / by_calculation,
            self.sums["occupancy"] / by_calculation,
            self._statistics() if job.streams else None,
        )

    def memory(self) -> int:
        """What is kept, once whole and once as it comes, and blocks in flight."""
        job, function = self.job, ChunkFunction(self.model, self.job, settings=self.settings)
        last = job.kept_chunks - 1
        kept = last * size_of(kept_layout(self.model, job, 0)) + size_of(kept_layout(self.model, job, last))
        record = size_of(sums_layout(self.model, job) | statistics_layout(self.model, job))
        in_flight = (2 * self.settings.threads + 1) * min(function.block, job.draws) * function.draw_bytes
        return 2 * kept + in_flight + (2 * self.settings.threads + 2) * record

    # ------------------------------------------------------------ chunks

    def _run_chunks(self, chunks: range) -> None:
        """Run those that are not stored, and merge all in their order."""
        todo = [chunk for chunk in chunks if chunk not in self.stored]
        threads = self.settings.threads
        # Few chunks share the threads one after the other, many run side by side: the bits are the same. Those that
        # are kept are large, and so are never side by side.
        inside = self.executor is None and (len(todo) < 4 * threads or chunks.start == 0)
        function = self._function(threads if inside else 1)
        runner = self.executor or Threads(1 if inside else threads)
        for chunk, result in runner.map(function, self._handed_out(todo)):
            if not self.job.reject and result.record["broken"].any():
                self.last_wanted = min(self.last_wanted, chunk)  # of those after it nothing will be told
            else:
                self._store(chunk, result)
            if chunk == self.turn:
                self._merge(chunk, result)
            elif chunk not in self.stored:
                self.held[chunk] = result
            self._merge_waiting(chunks.stop)
        if (stopped := self.halt()) is not None:
            raise stopped
        self._merge_waiting(chunks.stop)

    def _handed_out(self, todo: list[int]) -> Iterator[int]:
        for chunk in todo:
            if self.halt() is not None:
                return
            if chunk <= self.last_wanted:
                yield chunk

    def _store(self, chunk: int, result: ChunkResult) -> None:
        if self.store is not None:
            self.store.store(chunk, result)
            self.stored.add(chunk)

    def _function(self, threads: int) -> ChunkFunction:
        settings = Settings(threads=threads, block=self.settings.block)
        told = self._told if self.executor is None and self.progress is not None and threads > 1 else None
        place = self._place if self.executor is None else None
        return ChunkFunction(self.model, self.job, self.grid or None, settings, told, place)

    def _told(self, draws: int) -> None:
        self.done += draws
        if self.progress is not None:
            self.progress(min(self.done, self.job.draws), self.job.draws)

    def _merge_waiting(self, stop: int) -> None:
        """Merge what is done, as far as there is no gap."""
        while self.turn < stop and (self.turn in self.held or self.turn in self.stored):
            chunk = self.turn
            result = self.held.pop(chunk, None)
            if result is None:
                result = self.store.existing(chunk) if self.store is not None else None
            if result is None or not self._whole(chunk, result):
                result = self._function(self.settings.threads)(chunk)
                if self.job.reject or not result.record["broken"].any():
                    self._store(chunk, result)
            self._merge(chunk, result)

    def _whole(self, chunk: int, result: ChunkResult) -> bool:
        """Whether a stored chunk has what this job needs of it."""
        model, job, span = self.model, self.job, self.job.span(chunk)
        record = sums_layout(model, job)
        if chunk >= job.kept_chunks:
            record |= statistics_layout(model, job)
        kept = kept_layout(model, job, chunk) if chunk < job.kept_chunks else {}
        return (
            fits({name: result.kept[name] for name in kept if name in result.kept}, kept)
            and fits({name: result.record[name] for name in record if name in result.record}, record)
            and int(result.record["draws"]) == span.stop - span.start
        )

    # ------------------------------------------------------------ merging

    def _merge(self, chunk: int, result: ChunkResult) -> None:
        job, record = self.job, result.record
        broken = record["broken"].any()
        if broken and (not job.reject or (chunk == 0 and not record["valid"].any())):
            raise self._stopped(chunk)
        layout = sums_layout(self.model, job)
        self.sums.add({name: record[name] for name in layout})
        if chunk < job.kept_chunks:
            self._keep(chunk, result.kept)
        if job.streams:
            self.all_draws.add(self._statistics_of(chunk, result))
            looked = chunk + 1
            if looked > job.kept_chunks and (looked & chunk == 0 or looked == job.chunks):
                found = moments(self.all_draws, self.grid, "npv", replicates(job.design))
                self.looks.append(Look(job.span(chunk).stop, found.mean, found.error))
        self.turn = chunk + 1
        if self.progress is not None:
            done = job.span(chunk).stop
            if done > self.done:
                self.done = done
                self.progress(done, job.draws)

    def _place(self, chunk: int) -> Arrays:
        """Where the kept draws of a chunk belong."""
        job, found = self.job, {}
        if not self.kept:
            paths = min(job.paths, job.kept_draws)
            layout = {
                name: (kind, (*shape[:-1], paths if name == "cumulative" else job.kept_draws))
                for name, (kind, shape) in kept_layout(self.model, job, 0).items()
            }
            self.kept = with_room(layout)
        start = job.span(chunk).start
        for name, (_, shape) in kept_layout(self.model, job, chunk).items():
            found[name] = self.kept[name][..., start : start + shape[-1]]
        return found

    def _keep(self, chunk: int, kept: Arrays) -> None:
        """Unless they were made there, move the kept draws of a chunk to where they belong."""
        place = self._place(chunk)
        for name, x in kept.items():
            if not np.may_share_memory(x, place[name]):
                place[name][...] = x

    def _statistics_of(self, chunk: int, result: ChunkResult) -> Arrays:
        """Of kept draws they are made here: that takes the grid, which the first chunk gives."""
        if chunk >= self.job.kept_chunks:
            return {name: result.record[name] for name in statistics_layout(self.model, self.job)}
        if chunk == 0:
            self.grid = make_grid(result.kept, self.settings.threads)
        found = empty_statistics(self.model, self.job)
        counted = [
            (k, name)
            for name in result.kept
            if f"{name}_origin" in self.grid
            for k in range(len(self.job.calculations))
        ]

        def count(which: tuple[int, str]) -> None:
            k, name = which
            add_draws(found, self.grid, k, name, np.ascontiguousarray(result.kept[name][k]))

        for _ in in_order(count, iter(counted), self.settings.threads):  # each has rows of its own
            pass
        return found

    def _statistics(self) -> Statistics:
        copies, grid, found = replicates(self.job.design), self.grid, self.all_draws
        names = [name.removesuffix("_origin") for name in grid if name.endswith("_origin")]
        counted = [name for name in names if f"{name}_edges" in grid]
        divided = {name: shares(found, name) for name in names}
        return Statistics(
            {name: moments(found, grid, name, copies) for name in names},
            {name: quantiles(found, grid, name, LEVELS) for name in counted},
            {name: positive for name, (positive, _) in divided.items()},
            {name: finite for name, (_, finite) in divided.items()},
            tuple(self.looks),
        )

    # ------------------------------------------------------------ draws that break rules

    def _stopped(self, chunk: int, more: str = "") -> RunError:
        """What breaks which rule, in the first chunk in which any draw does.

        All draws of the chunk are looked at before it is told how many, so that no cut into blocks shows.
        """
        model, job, span = self.model, self.job, self.job.span(chunk)
        for calculation in job.calculations:

            def values_of(part: Span, calculation: str = calculation) -> Array:
                start, stop = part.start, part.stop
                own, how = model.inputs, job.design
                return draw_values(own, calculation, how, seed=job.seed, start=start, stop=stop, total=job.draws)

            status = _statuses(model, values_of, span, self.settings)
            if status.any():
                break
        else:
            raise AssertionError("a chunk with invalid draws has none when it is looked at again")
        first_bad = int(np.argmax(status != 0))
        looked = f"{span.stop}" if span.stop == job.draws else f"the first {span.stop}"
        what = (
            f"calculation {calculation!r}: {np.count_nonzero(status)} of {looked} draws break a rule of the model "
            f"({describe_statuses(model, status)}){more}; draw {span.start + first_bad}"
        )
        at = span.start + first_bad
        return explain(model, values_of(Span(at, at + 1)), int(status[first_bad]), what)


def _statuses(
    model: CompiledModel, values_of: Callable[[Span], Array], span: Span, settings: Settings
) -> NDArray[np.int64]:
    """Status of some draws, from the program that keeps no yearly figures."""
    program, kernel = model.totals_program, model.totals_kernel

    def compute(part: Span) -> NDArray[np.int64]:
        block = filled(program, values_of(part))
        kernel(block)
        return status_of(first(block, part.stop - part.start))

    size = block_size(settings.block, bytes_per_draw(program, model.shape))
    parts = (Span(span.start + a, span.start + b) for a, b in cut(span.stop - span.start, size))
    return np.concatenate(list(in_order(compute, parts, settings.threads)))
