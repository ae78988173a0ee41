"""Chunks computed elsewhere: the same bits, and plain words where they cannot be."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.errors import LostWorkError, RunError, UsageError
from engine.model.compile import CompiledModel
from engine.run.blocks import Settings
from engine.run.chunks import ChunkFunction
from engine.run.executors import dask as dask_cluster
from engine.run.executors.dask import DaskExecutor, StartedWhenWorthwhile, dask_executor
from engine.run.executors.shipment import Failed, compute, pack
from engine.run.executors.versions import facts, refuse_differences
from engine.run.job import ChunkResult, Job
from engine.spec.schema.study import CHUNK

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "two_state"
DRAWS = 3 * CHUNK + 100


@pytest.fixture(scope="module")
def model() -> CompiledModel:
    return engine.compile_model(CONFIG)


@pytest.fixture(scope="module")
def function(model: CompiledModel) -> ChunkFunction:
    names = tuple(model.inputs.laws)
    return ChunkFunction(model, Job(names, draws=DRAWS, seed=7, design="sobol", keep=DRAWS))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with dask_cluster.local_cluster(2) as client:
        yield client


def same(one: ChunkResult, other: ChunkResult) -> bool:
    return all(
        a.keys() == b.keys() and all(a[name].tobytes() == b[name].tobytes() for name in a)
        for a, b in ((one.kept, other.kept), (one.record, other.record))
    )


def test_a_shipment_computes_what_the_function_does_and_carries_no_code(function: ChunkFunction) -> None:
    shipment = pack(function)
    sent = pickle.dumps(shipment)
    assert len(sent) < 100_000
    result = compute(pickle.loads(sent), 3)
    assert isinstance(result, ChunkResult)
    assert same(result, function(3))


def test_a_worker_with_other_code_refuses(function: ChunkFunction) -> None:
    shipment = pack(function)
    object.__setattr__(shipment, "facts", {**shipment.facts, "code of insats": "other"})
    result = compute(shipment, 0)
    assert isinstance(result, Failed)
    assert isinstance(result.error(), UsageError)
    assert "code of insats" in result.message


def test_a_study_changed_on_the_way_is_refused(function: ChunkFunction) -> None:
    shipment = pack(function)
    files = dict(shipment.files)
    files["model.yaml"] = files["model.yaml"].replace("cycles: ", "cycles: 1", 1)
    object.__setattr__(shipment, "files", files)
    result = compute(shipment, 0)
    assert isinstance(result, Failed)


def test_errors_foreseen_arrive_as_what_they_were() -> None:
    assert isinstance(Failed("UsageError", "no").error(), UsageError)
    assert isinstance(Failed("SpecError", "a list is needed").error(), RunError)
    assert str(Failed("NoSuchError", "what").error()) == "what"


def test_two_workers_give_the_same_bits(cluster: Any, function: ChunkFunction) -> None:
    found = dict(DaskExecutor(cluster).map(function, range(4)))
    assert sorted(found) == [0, 1, 2, 3]
    assert all(same(found[chunk], function(chunk)) for chunk in found)


def test_tasks_are_taken_as_there_is_room_for_them(cluster: Any, function: ChunkFunction) -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for chunk in range(1000):
            taken.append(chunk)
            yield 3

    results = DaskExecutor(cluster).map(function, tasks())
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert len(taken) < 20


def _pid() -> int:
    return os.getpid()


def test_a_killed_worker_costs_time_and_no_bits(cluster: Any, function: ChunkFunction) -> None:
    results = DaskExecutor(cluster).map(function, [0, 1, 2, 3])
    found = [next(results)]
    os.kill(next(iter(cluster.run(_pid).values())), signal.SIGKILL)
    found += results
    assert sorted(chunk for chunk, _ in found) == [0, 1, 2, 3]
    assert all(same(result, function(chunk)) for chunk, result in found)


def test_only_loopback_is_listened_on_and_no_dashboard(cluster: Any) -> None:
    found = subprocess.run(["ss", "-ltnp"], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip("ss is not installed")
    own = {str(os.getpid()), *map(str, cluster.run(_pid).values())}
    lines = [line for line in found.stdout.splitlines() if any(f"pid={pid}," in line for pid in own)]
    assert lines
    assert all(line.split()[3].startswith(("127.0.0.1:", "[::1]:")) for line in lines)
    assert not any(":8787 " in line for line in lines)


def test_a_chunk_that_kills_its_processes_is_named(function: ChunkFunction, monkeypatch: pytest.MonkeyPatch) -> None:
    shipment = pack(function)
    monkeypatch.setenv("INSATS_FAILPOINT", "in_chunk:1")
    with pytest.raises(LostWorkError, match=rf"chunk 2 \(draws {2 * CHUNK} to {3 * CHUNK - 1}\)"):
        list(dask_cluster._alone(shipment, [2]))


def test_a_chunk_blamed_for_nothing_is_computed_after_all(function: ChunkFunction) -> None:
    ((chunk, result),) = dask_cluster._alone(pack(function), [3])
    assert chunk == 3
    assert same(result, function(3))


def test_no_cluster_is_started_for_a_job_under_ten_seconds(function: ChunkFunction) -> None:
    executor = StartedWhenWorthwhile("local", 2, 2)
    found = dict(executor.map(function, range(4)))
    executor.close()
    assert executor._cluster is None
    assert all(same(found[chunk], function(chunk)) for chunk in found)


def test_a_cluster_is_started_for_a_long_job(function: ChunkFunction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "WORTHWHILE", 0.0)
    executor = StartedWhenWorthwhile("local", 1, 1)
    try:
        found = dict(executor.map(function, range(4)))
        assert executor._cluster is not None
    finally:
        executor.close()
    assert all(same(found[chunk], function(chunk)) for chunk in found)


def test_versions_that_differ_are_told_in_a_table() -> None:
    own = facts()
    refuse_differences(own, {"tcp://a:1": dict(own)})
    with pytest.raises(UsageError) as told:
        refuse_differences(own, {"tcp://a:1": dict(own), "tcp://b:2": {**own, "numba": "0.1"}})
    lines = str(told.value).splitlines()
    assert lines[1].split() == ["worker", "what", "here", "there"]
    assert lines[2].split() == ["tcp://b:2", "numba", own["numba"], "0.1"]
    assert len(lines) == 3


@pytest.mark.parametrize("scheduler", ["http://a", "somewhere", "tcp:", "file:"])
def test_what_is_no_scheduler_is_told(scheduler: str) -> None:
    with pytest.raises(UsageError, match="local, slurm, tcp"), dask_executor(scheduler, workers=1, threads=1):
        pass


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="no such file"),
        dask_executor(f"file:{tmp_path / 'no'}", workers=1, threads=1),
    ):
        pass


def test_threads_of_a_chunk_change_no_bit(model: CompiledModel, function: ChunkFunction) -> None:
    two = ChunkFunction(model, function.job, None, Settings(threads=2, block=1000))
    assert same(two(3), function(3))
    assert np.isfinite(function(3).kept["npv"]).all()


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "ANSWER", "1s")
    with (
        pytest.raises(UsageError, match="does not answer"),
        dask_executor("tcp://127.0.0.1:1", workers=1, threads=1),
    ):
        pass
