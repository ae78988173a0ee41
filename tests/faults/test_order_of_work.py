"""A run is the same bits however it is cut, ordered, shared out, interrupted and put together again (D1, D2).

Runs of three chunks, of which the first is kept draw by draw and the others leave statistics, at the level below files.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, is_dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest

from engine.model.compile import CompiledModel, compile_model
from engine.run.blocks import Settings
from engine.run.chunks import ChunkFunction
from engine.run.execute import Run, run_job
from engine.run.job import ChunkResult, Job
from engine.spec.schema.study import CHUNK
from tests.conftest import small_study
from tests.faults.arrays import digest

DRAWS = 2 * CHUNK + 777
LONG = partial(pytest.param, marks=pytest.mark.long)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> CompiledModel:
    return compile_model(small_study(tmp_path_factory.mktemp("order") / "small").load())


def job(**changes: Any) -> Job:
    given = {"calculations": ("controller", "consultant"), "draws": DRAWS, "seed": 3, "design": "sobol"}
    return Job(**{**given, "keep": 1, "paths": 64, **changes})


def bits(found: Any, name: str = "") -> dict[str, str]:
    """Digests of all arrays and numbers of a run, by where they stand."""
    if isinstance(found, np.ndarray):
        return {name: digest(found)}
    if is_dataclass(found):
        found = {key: getattr(found, key) for key in found.__dataclass_fields__}
    elif isinstance(found, tuple | list):
        found = dict(enumerate(found))
    if isinstance(found, dict):
        return {k: v for key, value in found.items() for k, v in bits(value, f"{name}/{key}").items()}
    return {name: repr(found)}


@pytest.fixture(scope="module")
def plain(model: CompiledModel) -> dict[str, str]:
    return bits(run_job(model, job(), settings=Settings(threads=1)))


def same(run: Run, plain: dict[str, str]) -> None:
    found = bits(run)
    assert len(found) > 30
    assert {k: v for k, v in found.items() if plain.get(k) != v} == {}
    assert found.keys() == plain.keys()


@dataclass(frozen=True)
class InOrder:
    """Does chunks in another order, and tells them in yet another, a window of them at a time."""

    seed: int
    window: int

    def map(self, function: ChunkFunction, tasks: Iterable[int]) -> Iterator[tuple[int, ChunkResult]]:
        luck = random.Random(self.seed)
        waiting = list(tasks)
        while waiting:
            now, waiting = waiting[: self.window], waiting[self.window :]
            luck.shuffle(now)
            done = [(chunk, function(chunk)) for chunk in now]
            luck.shuffle(done)
            yield from done


@pytest.mark.parametrize(("threads", "block"), [(2, 1024), LONG(2, None), LONG(1, 256), LONG(3, 65_536)])
def test_threads_and_blocks_change_no_bit(
    model: CompiledModel, plain: dict[str, str], threads: int, block: int | None
) -> None:
    same(run_job(model, job(), settings=Settings(threads=threads, block=block)), plain)


@pytest.mark.parametrize(("seed", "window"), [(0, 2), LONG(1, 4), LONG(2, 100)])
def test_the_order_in_which_chunks_are_done_and_told_changes_no_bit(
    model: CompiledModel, plain: dict[str, str], seed: int, window: int
) -> None:
    same(run_job(model, job(), executor=InOrder(seed, window)), plain)


@dataclass
class Remembering:
    """Chunks of an earlier run, some of which are lost."""

    chunks: dict[int, ChunkResult] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def present(self) -> Collection[int]:
        return sorted(self.chunks)

    def existing(self, chunk: int) -> ChunkResult | None:
        self.asked.append(chunk)
        return self.chunks.get(chunk)

    def store(self, chunk: int, result: ChunkResult) -> None:
        self.chunks[chunk] = result


@pytest.mark.parametrize("lost", [{0}, {1, 2}, set(), LONG({1}), LONG({2}), LONG({0, 2})])
def test_which_chunks_are_there_already_changes_no_bit(
    model: CompiledModel, plain: dict[str, str], lost: set[int]
) -> None:
    store = Remembering()
    same(run_job(model, job(), store=store), plain)
    assert store.present() == [0, 1, 2]
    for chunk in lost:
        del store.chunks[chunk]
    same(run_job(model, job(), store=store), plain)


def test_a_chunk_that_vanishes_when_it_is_asked_for_is_done_again(model: CompiledModel, plain: dict[str, str]) -> None:
    class Forgetful(Remembering):
        def existing(self, chunk: int) -> ChunkResult | None:
            return None if chunk == 1 else super().existing(chunk)

    store = Forgetful()
    run_job(model, job(), store=store)
    same(run_job(model, job(), store=store), plain)


@pytest.mark.parametrize("design", ["monte_carlo", LONG("sobol")])
def test_a_run_of_twice_the_draws_takes_over_the_chunks_of_the_run(model: CompiledModel, design: str) -> None:
    store = Remembering()
    run_job(model, job(draws=CHUNK, design=design), store=store)
    before = dict(store.chunks)
    grown = run_job(model, job(draws=2 * CHUNK, design=design), store=store)
    assert all(store.chunks[k] is result for k, result in before.items())
    same(grown, bits(run_job(model, job(draws=2 * CHUNK, design=design))))


def test_what_is_kept_does_not_change_what_is_said_of_all_draws(model: CompiledModel) -> None:
    """Sums are the same bits whether single draws are kept or not; other statistics are to rounding or the grid."""
    few, all_of_them = run_job(model, job()), run_job(model, job(keep=DRAWS))
    assert digest(few.mean_saving) == digest(all_of_them.mean_saving)
    assert digest(few.mean_occupancy) == digest(all_of_them.mean_occupancy)
    assert few.statistics is not None
    assert all_of_them.statistics is None
    mean = all_of_them.kept["npv"].mean(axis=-1)
    np.testing.assert_allclose(few.statistics.moments["npv"].mean, mean, rtol=1e-12)
