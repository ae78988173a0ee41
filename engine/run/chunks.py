"""One chunk of draws of all calculations: a pure function of the study, the job and the chunk's number.

All calculations are run in one task: a draw that is invalid in one of them is then left out of all without a second
pass over the others, and the points of the unit cube are made once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.model.compile import CompiledModel
from engine.run.blocks import Settings, in_order
from engine.run.designs import unit_points
from engine.run.job import (
    BITS,
    Arrays,
    ChunkResult,
    Job,
    Layout,
    by_draw,
    kept_layout,
    sums_layout,
    with_room,
    zeros,
)
from engine.run.pieces import Piece, take_piece
from engine.run.plan import Span, block_size, bytes_per_draw, cut
from engine.run.statistics import add_draws, empty_statistics, statistics_layout


@dataclass(frozen=True)
class ChunkFunction:
    """Runs chunks of a job: `function(chunk)`. Neither threads nor blocks change a bit of the result."""

    model: CompiledModel
    job: Job
    grid: Arrays | None = None
    """Of `make_grid`; needed for chunks whose draws are not kept."""
    settings: Settings = field(default_factory=lambda: Settings(threads=1))
    """Threads inside a chunk, and the size of its blocks."""
    told: Callable[[int], None] | None = None
    """Told how many more draws are done, in the thread that called."""
    place: Callable[[int], Arrays] | None = None
    """Where a chunk's kept draws are written; into arrays of their own if None."""

    def __call__(self, chunk: int) -> ChunkResult:
        job, model, span = self.job, self.model, self.job.span(chunk)
        keeps = chunk < job.kept_chunks
        kept: Arrays = {}
        if keeps:
            kept = with_room(kept_layout(model, job, chunk)) if self.place is None else self.place(chunk)
        record = zeros(sums_layout(model, job))
        record["draws"][...] = span.stop - span.start
        record["first_invalid"][...] = -1
        grid = {} if self.grid is None else self.grid
        statistics = {} if keeps else empty_statistics(model, job)
        n_paths = job.paths_in(chunk) if keeps else 0
        blocks = (Span(span.start + a, span.start + b) for a, b in cut(span.stop - span.start, self.block))

        def run(block: Span) -> tuple[Span, list[Piece]]:
            pieces = self._pieces(block, max(0, span.start + n_paths - block.start))
            if keeps:  # draws of its own, so that blocks write side by side
                for k, piece in enumerate(pieces):
                    _keep(kept, k, piece, slice(block.start - span.start, block.stop - span.start))
            return block, pieces

        for block, pieces in in_order(run, blocks, self.settings.threads):
            for k, piece in enumerate(pieces):
                _count(record, k, piece, block.start)
                if not keeps:
                    for name in by_draw(model):
                        add_draws(statistics, grid, k, name, getattr(piece, name))
            if self.told is not None:
                self.told(block.stop - block.start)
        return ChunkResult(kept, record | statistics)

    @property
    def block(self) -> int:
        """Draws of a block."""
        return block_size(self.settings.block, self.draw_bytes)

    @property
    def draw_bytes(self) -> int:
        """Memory that a draw takes in a block: one calculation as it is run, and the outcomes of all."""
        program, shape = self.model.run_program, self.model.shape
        outcomes = sum(int(np.prod(own, dtype=np.int64)) for own in by_draw(self.model).values())
        return bytes_per_draw(program, shape) + 8 * outcomes * (len(self.job.calculations) - 1)

    def _pieces(self, span: Span, n_paths: int) -> list[Piece]:
        job, n = self.job, span.stop - span.start
        how = {"seed": job.seed, "start": span.start, "stop": span.stop, "total": job.draws}
        points = unit_points(job.design, self.model.inputs.uncertain, **how)
        pieces = [self._piece(name, points, min(n_paths, n)) for name in job.calculations]
        if job.reject and len(pieces) > 1:
            own = [piece.status != 0 for piece in pieces]
            any_of_them = np.logical_or.reduce(own)
            pieces = [
                piece
                if np.array_equal(invalid, any_of_them)
                else self._piece(name, points, min(n_paths, n), any_of_them & ~invalid)
                for name, piece, invalid in zip(job.calculations, pieces, own, strict=True)
            ]
        return pieces

    def _piece(
        self, calculation: str, points: NDArray[np.float64], n_paths: int, elsewhere: NDArray[np.bool_] | None = None
    ) -> Piece:
        return take_piece(self.model, self.model.inputs.values(calculation, points), n_paths, elsewhere)


def layouts(model: CompiledModel, job: Job, chunk: int) -> tuple[Layout, Layout]:
    """Arrays that a chunk keeps, and those of its record, before it is run."""
    if chunk < job.kept_chunks:
        return kept_layout(model, job, chunk), sums_layout(model, job)
    return {}, sums_layout(model, job) | statistics_layout(model, job)


def _count(record: Arrays, k: int, piece: Piece, start: int) -> None:
    invalid = np.flatnonzero(piece.status)
    record["valid"][k] += piece.status.size - invalid.size
    if invalid.size:
        status = piece.status[invalid]
        record["broken"][k] += [np.count_nonzero(status >> bit & 1) for bit in range(BITS)]
        free = np.flatnonzero(record["first_invalid"][k] < 0)[: invalid.size]
        record["first_invalid"][k, free] = start + invalid[: free.size]
    for sums in piece.tiles:  # tile by tile, so that the order of addition is always the same
        record["saving"][k] += sums.saving
        record["occupancy"][k] += sums.occupancy


def _keep(kept: Arrays, k: int, piece: Piece, at: slice) -> None:
    for name, values in kept.items():
        if name == "cumulative":
            n = piece.cumulative.shape[2]
            values[k, ..., at.start : at.start + n] = np.moveaxis(piece.cumulative, 2, -1)
        else:
            values[k, ..., at] = getattr(piece, name)
