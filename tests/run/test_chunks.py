"""Runs in chunks: the same bits however they are worked off, and what is kept of them."""

from __future__ import annotations

import pickle
import random
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.model.compile import CompiledModel, compile_model
from engine.run.blocks import Settings
from engine.run.chunks import ChunkFunction
from engine.run.execute import Run, run_job
from engine.run.invalid import ELSEWHERE, InvalidDraws
from engine.run.job import ChunkResult, Job, fits, kept_layout, sums_layout
from engine.run.statistics import LEVELS, make_grid, statistics_layout
from engine.spec.load import load_study
from engine.spec.schema.study import CHUNK
from tests.properties.random_studies import write_study
from tests.run.test_execute import risky_content

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
DRAWS = 3 * CHUNK + 1000


@pytest.fixture(scope="module")
def two_state() -> CompiledModel:
    return compile_model(load_study(CONFIGS / "two_state"))


def uncertain_content() -> dict:
    content = risky_content()
    content["parameters"]["chance"] |= {"value": 0.5, "dist": "uniform(0.1, 0.9)"}
    return content


@pytest.fixture(scope="module")
def uncertain() -> CompiledModel:
    """A small study in which draws differ."""
    return compile_model(write_study(uncertain_content()))


def job_of(model: CompiledModel, **how: object) -> Job:
    names = tuple(c.calculation for c in model.study.calculations)
    return Job(names, **({"draws": DRAWS, "seed": 3, "design": "sobol", "keep": CHUNK, "paths": 5} | how))


class Shuffled:
    """Runs everything first, and hands it back in another order."""

    def map(self, function: ChunkFunction, tasks: Iterable[int]) -> Iterator[tuple[int, ChunkResult]]:
        done = [(chunk, pickle.loads(pickle.dumps(function(chunk)))) for chunk in tasks]
        random.Random(1).shuffle(done)
        yield from done


class Remembered:
    """A store as one on disk would be."""

    def __init__(self, chunks: dict[int, bytes] | None = None) -> None:
        self.chunks = dict(chunks or {})
        self.stored: list[int] = []

    def present(self) -> Collection[int]:
        return list(self.chunks)

    def existing(self, chunk: int) -> ChunkResult | None:
        found = self.chunks.get(chunk)
        return None if not found else pickle.loads(found)

    def store(self, chunk: int, result: ChunkResult) -> None:
        self.stored.append(chunk)
        self.chunks[chunk] = pickle.dumps(result)


def assert_same(a: Run, b: Run) -> None:
    assert a.kept.keys() == b.kept.keys()
    for name in a.kept:
        np.testing.assert_array_equal(a.kept[name], b.kept[name])
    np.testing.assert_array_equal(a.mean_saving, b.mean_saving)
    np.testing.assert_array_equal(a.mean_occupancy, b.mean_occupancy)
    np.testing.assert_array_equal(a.left_out, b.left_out)
    assert a.statistics is not None
    assert b.statistics is not None
    for name, found in a.statistics.moments.items():
        np.testing.assert_array_equal(np.stack(found), np.stack(b.statistics.moments[name]))
    for name, values in a.statistics.quantiles.items():
        np.testing.assert_array_equal(values, b.statistics.quantiles[name])
    for one, other in zip(a.statistics.looks, b.statistics.looks, strict=True):
        np.testing.assert_array_equal(one.mean, other.mean)


@pytest.fixture(scope="module")
def plain(uncertain: CompiledModel) -> Run:
    return run_job(uncertain, job_of(uncertain), settings=Settings(threads=1))


def test_bits_do_not_depend_on_threads_blocks_order_or_history(uncertain: CompiledModel, plain: Run) -> None:
    job = job_of(uncertain)
    assert_same(plain, run_job(uncertain, job, settings=Settings(threads=2, block=1280)))
    assert_same(plain, run_job(uncertain, job, settings=Settings(threads=1), executor=Shuffled()))
    store = Remembered()
    assert_same(plain, run_job(uncertain, job, settings=Settings(threads=2), store=store, executor=Shuffled()))
    assert sorted(store.chunks) == [0, 1, 2, 3]
    half = Remembered({chunk: store.chunks[chunk] for chunk in (0, 2)})
    assert_same(plain, run_job(uncertain, job, settings=Settings(threads=2), store=half))
    assert sorted(half.stored) == [1, 3]


def test_a_stored_chunk_that_cannot_be_read_or_lacks_something_is_run_again(
    uncertain: CompiledModel, plain: Run
) -> None:
    job, store = job_of(uncertain), Remembered()
    run_job(uncertain, job, store=store)
    store.chunks[1] = b""  # listed, and not there
    store.chunks[2] = pickle.dumps(ChunkResult({}, {"draws": np.array(CHUNK)}))
    store.stored.clear()
    assert_same(plain, run_job(uncertain, job, store=store))
    assert store.stored == [1, 2]


def test_a_longer_run_takes_the_whole_chunks_of_a_shorter_one(uncertain: CompiledModel) -> None:
    store = Remembered()
    run_job(uncertain, job_of(uncertain), store=store)
    longer, again = job_of(uncertain, draws=5 * CHUNK), Remembered(store.chunks)
    grown = run_job(uncertain, longer, store=again)
    assert sorted(again.stored) == [3, 4]  # chunk 3 was shorter
    assert_same(grown, run_job(uncertain, longer))


def test_arrays_of_a_chunk_are_those_that_are_told_beforehand(uncertain: CompiledModel) -> None:
    job = job_of(uncertain)
    first = ChunkFunction(uncertain, job)(0)
    assert fits(first.kept, kept_layout(uncertain, job, 0))
    assert fits(first.record, sums_layout(uncertain, job))
    last = ChunkFunction(uncertain, job, make_grid(first.kept))(3)
    assert not last.kept
    assert fits(last.record, sums_layout(uncertain, job) | statistics_layout(uncertain, job))
    assert last.record["draws"] == 1000


def test_statistics_of_all_draws_are_those_of_a_run_that_keeps_them(uncertain: CompiledModel, plain: Run) -> None:
    whole = run_job(uncertain, job_of(uncertain, keep=DRAWS))
    assert whole.statistics is None
    assert plain.statistics is not None
    assert plain.kept["npv"].shape[-1] == CHUNK
    np.testing.assert_array_equal(plain.kept["npv"], whole.kept["npv"][..., :CHUNK])
    np.testing.assert_array_equal(plain.kept["cumulative"], whole.kept["cumulative"])
    np.testing.assert_array_equal(plain.mean_saving, whole.mean_saving)
    for name, found in plain.statistics.moments.items():
        x = whole.kept[name]
        if not np.isfinite(x).all():
            continue
        np.testing.assert_allclose(found.sd, x.std(axis=-1, ddof=1), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found.mean, x.mean(axis=-1), rtol=1e-11, atol=1e-9)
    npv = whole.kept["npv"]
    np.testing.assert_array_equal(plain.statistics.positive["npv"], (npv > 0).mean(axis=-1))
    error = np.sqrt(np.array(LEVELS) * (1 - np.array(LEVELS)) / DRAWS)
    low, high = (np.quantile(npv, np.array(LEVELS) + sign * error, axis=-1) for sign in (-1, 1))
    off = np.abs(plain.statistics.quantiles["npv"] - np.quantile(npv, LEVELS, axis=-1))
    assert (off <= 0.1 * (high - low) / 2 + 1e-9).all()
    assert [look.draws for look in plain.statistics.looks] == [2 * CHUNK, DRAWS]
    np.testing.assert_allclose(plain.statistics.looks[0].mean, npv[..., : 2 * CHUNK].mean(axis=-1), rtol=1e-11)


def test_a_calculation_without_uncertainty_has_a_spread_of_exactly_zero(two_state: CompiledModel) -> None:
    run = run_job(two_state, job_of(two_state))
    assert run.statistics is not None
    certain = [not two_state.inputs.uncertain_in(name) for name in run.job.calculations]
    assert any(certain)
    for found in run.statistics.moments.values():
        assert not np.nan_to_num(found.sd[certain]).any()
        assert not np.nan_to_num(found.error[certain]).any()
    for values in run.statistics.quantiles["npv"]:
        np.testing.assert_array_equal(values[certain], run.kept["npv"][certain][..., 0])


# ---------------------------------------------------------------- draws that break rules


def rarely_broken() -> CompiledModel:
    """In calculation `two` alone, about one draw in 65 000 breaks a rule."""
    content = uncertain_content()
    content["constraints"] = [{"require": "horizon < 1.5 or chance < 0.89999", "why": "x"}]
    return compile_model(write_study(content))


def test_a_run_stops_at_the_first_chunk_with_an_invalid_draw_and_says_the_same_however_it_is_cut() -> None:
    model = rarely_broken()
    told = set()
    for settings, executor in ((Settings(threads=1), None), (Settings(threads=2, block=512), Shuffled())):
        store = Remembered()
        with pytest.raises(InvalidDraws) as caught:
            run_job(model, job_of(model), settings=settings, store=store, executor=executor)
        told.add(str(caught.value))
    assert len(told) == 1
    assert "calculation 'two'" in told.pop()


def test_a_draw_that_one_calculation_rejects_is_left_out_of_all() -> None:
    model = rarely_broken()
    run = run_job(model, job_of(model, reject=True, keep=DRAWS))
    status = run.kept["status"]
    own = [status[k] & ~ELSEWHERE != 0 for k in range(2)]
    assert own[1].any()
    assert not own[0].any()
    np.testing.assert_array_equal(status[0] != 0, status[1] != 0)
    assert (status[0][own[1]] == ELSEWHERE).all()
    assert np.isnan(run.kept["npv"][..., own[1]]).all()
    assert run.left_out.tolist() == [own[1].sum()] * 2
    streamed = run_job(model, job_of(model, reject=True))
    assert streamed.left_out.tolist() == run.left_out.tolist()
    assert streamed.statistics is not None
    np.testing.assert_allclose(
        streamed.statistics.moments["npv"].mean, np.nanmean(run.kept["npv"], axis=-1), rtol=1e-11
    )
    np.testing.assert_array_equal(streamed.mean_saving, run.mean_saving)
