"""Real clusters of real processes: an external scheduler and two workers, of which some are killed, stopped, or run
other code (D2, F2, F4, F5, F16, S8). The executor by itself is tested in tests/run/test_executors.py.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed")

from engine.errors import LostWorkError, UsageError
from engine.model.compile import CompiledModel, compile_model
from engine.run.execute import run_job
from engine.run.executors.dask import dask_executor
from engine.run.job import CHUNK, ChunkResult, Job
from tests.conftest import small_study
from tests.faults.processes import ROOT, environment, until
from tests.faults.test_order_of_work import Remembering, bits

pytestmark = [pytest.mark.long, pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")]

DRAWS = 16 * CHUNK
HANGS = pytest.mark.xfail(
    raises=LostWorkError, strict=False, reason="told as a lost cluster when the scheduler gives the worker up"
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> CompiledModel:
    return compile_model(small_study(tmp_path_factory.mktemp("cluster") / "small").load())


def job() -> Job:
    return Job(("controller", "consultant"), draws=DRAWS, seed=3, design="monte_carlo", keep=1, paths=16)


@pytest.fixture(scope="module")
def plain(model: CompiledModel) -> dict[str, str]:
    return bits(run_job(model, job()))


class Cluster:
    """A scheduler and its workers, as a person would start them."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str, tree: Path = ROOT) -> subprocess.Popen[bytes]:
        settings = {
            "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "5s",
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "10",
            "DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES": "[]",
            "PYTHONPATH": str(tree),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
            cwd=self.folder,
            env=environment(settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def scheduler(self) -> subprocess.Popen[bytes]:
        process = self.start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file)
        )
        until(lambda: self.file.exists() and self.file.stat().st_size > 0, "the scheduler is there")
        return process

    def worker(self, *, tree: Path = ROOT) -> subprocess.Popen[bytes]:
        where = ("--scheduler-file", str(self.file), "--host", "127.0.0.1")
        return self.start("worker", *where, "--nthreads", "1", "--no-dashboard", "--nanny", tree=tree)


@contextmanager
def started(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder)
    try:
        yield cluster
    finally:
        for process in cluster.processes:
            for number in (signal.SIGCONT, signal.SIGKILL):
                try:
                    os.killpg(process.pid, number)
                except ProcessLookupError:
                    break
            process.wait()


class Disturbing(Remembering):
    """Does something when so many chunks have come back."""

    def __init__(self, after: int, disturb: Any) -> None:
        super().__init__()
        self._after, self._disturb = after, disturb

    def store(self, chunk: int, result: ChunkResult) -> None:
        super().store(chunk, result)
        if len(self.chunks) == self._after:
            self._disturb()


def kill_worker_itself(nanny: subprocess.Popen[bytes]) -> None:
    """The process that computes, which its nanny starts again."""
    children = Path(f"/proc/{nanny.pid}/task/{nanny.pid}/children").read_text().split()
    for child in children:
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            os.kill(int(child), signal.SIGKILL)


def whole_group(number: signal.Signals, *processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        os.killpg(process.pid, number)


@pytest.mark.parametrize(
    "harm",
    ["none", "one worker", "both workers", "a nanny and its worker", pytest.param("one worker hangs", marks=HANGS)],
)
def test_workers_may_die_and_hang_and_the_bits_are_the_same(
    model: CompiledModel, plain: dict[str, str], tmp_path: Path, harm: str
) -> None:
    with started(tmp_path) as cluster:
        cluster.scheduler()
        one, other = cluster.worker(), cluster.worker()
        disturb = {
            "none": lambda: None,
            "one worker": lambda: kill_worker_itself(one),
            "both workers": lambda: (kill_worker_itself(one), kill_worker_itself(other)),
            "a nanny and its worker": lambda: whole_group(signal.SIGKILL, one),
            "one worker hangs": lambda: whole_group(signal.SIGSTOP, one),
        }[harm]
        store = Disturbing(4, disturb)
        with dask_executor(f"file:{cluster.file}", workers=2, threads=1) as executor:
            until(lambda: len(_workers(executor)) == 2, "both workers are there")
            found = run_job(model, job(), store=store, executor=executor)
        assert bits(found) == plain
        assert store.present() == list(range(16))


def _workers(executor: Any) -> dict[str, Any]:
    found: dict[str, Any] = executor._client.scheduler_info(n_workers=-1)["workers"]
    return found


def test_a_scheduler_that_dies_ends_the_run_and_what_was_done_is_gone_on_from(
    model: CompiledModel, plain: dict[str, str], tmp_path: Path
) -> None:
    with started(tmp_path) as cluster:
        scheduler = cluster.scheduler()
        cluster.worker()
        store = Disturbing(4, lambda: whole_group(signal.SIGKILL, scheduler))
        began = time.monotonic()
        with (
            pytest.raises(LostWorkError, match="goes on from there"),
            dask_executor(f"file:{cluster.file}", workers=1, threads=1) as executor,
        ):
            run_job(model, job(), store=store, executor=executor)
        assert time.monotonic() - began < 90
    assert len(store.present()) >= 4
    assert bits(run_job(model, job(), store=store)) == plain


def test_a_worker_with_other_code_is_refused_with_a_table(tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(ROOT / "engine", other / "engine", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "configs", other / "configs")
    path = other / "engine" / "run" / "outcomes.py"
    path.write_text(path.read_text() + "\n# another state of the code\n")
    with started(tmp_path) as cluster:
        cluster.scheduler()
        cluster.worker(tree=other)
        with (
            pytest.raises(UsageError, match="code of insats"),
            dask_executor(f"file:{cluster.file}", workers=1, threads=1),
        ):
            pass


def test_scheduler_and_workers_listen_on_loopback_alone(tmp_path: Path) -> None:
    if shutil.which("ss") is None:
        pytest.skip("ss is not installed")
    from engine.run.executors.dask import local_cluster

    def listening() -> set[str]:
        done = subprocess.run(["ss", "-ltn"], capture_output=True, text=True, check=True)
        return {line.split()[3] for line in done.stdout.splitlines()[1:]}

    before = listening()
    with local_cluster(2):
        opened = listening() - before
    assert opened
    assert all(address.startswith(("127.0.0.1:", "[::1]:")) for address in opened), opened
