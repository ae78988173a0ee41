"""Jobs of a Slurm queue as workers. The queue here is a stand-in: programs named sbatch and scancel that start and stop
processes of this machine; what stands between it and a real one is dask-jobqueue's."""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dask
import psutil
import pytest

import engine
from engine.errors import LostWorkError, UsageError
from engine.model.compile import CompiledModel
from engine.run.chunks import ChunkFunction
from engine.run.executors import dask as dask_cluster
from engine.run.executors.dask import StartedWhenWorthwhile
from engine.run.job import Job
from engine.spec.schema.study import CHUNK
from tests.run.test_executors import same

pytest.importorskip("dask_jobqueue")
from engine.run.executors import slurm

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a stand-in for Slurm needs sessions of processes")

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "configs" / "two_state"
JOBS = {"cores": 1, "memory": "2GB", "interface": "lo", "death-timeout": 60}

SBATCH = """#!{python}
import subprocess, sys
from pathlib import Path
here = Path({folder!r})
if (here / "refuses").exists():
    sys.exit("sbatch: error: invalid account")
text = "exit 1" if (here / "fails").exists() else Path(sys.argv[1]).read_text()
(here / "job.sh").write_text(text)
job = subprocess.Popen(["sh", "-c", text], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
with open(here / "jobs", "a") as jobs:
    jobs.write(str(job.pid) + "\\n")
print("Submitted batch job", job.pid)
"""
SQUEUE = """#!{python}
from pathlib import Path
jobs = Path({folder!r}, "jobs")
for job in jobs.read_text().split() if jobs.exists() else []:
    try:
        state = Path("/proc", job, "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        continue
    if state != "Z":
        print(job)
"""
SCANCEL = """#!{python}
import os, signal, sys
try:
    os.killpg(int(sys.argv[1]), signal.SIGTERM)
except ProcessLookupError:
    sys.exit("no such job")
"""


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folder of a queue: its programs first in PATH, its configuration dask's own."""
    folder = tmp_path / "queue"
    folder.mkdir()
    for name, text in (("sbatch", SBATCH), ("squeue", SQUEUE), ("scancel", SCANCEL)):
        program = folder / name
        program.write_text(text.format(python=sys.executable, folder=str(folder)))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(dask_cluster, "WORTHWHILE", 0.0)
    said = JOBS | {"shared-temp-directory": str(tmp_path)}
    with dask.config.set({f"jobqueue.slurm.{name}": value for name, value in said.items()}):
        yield folder
    for job in jobs(folder):
        try:
            os.killpg(job, signal.SIGKILL)
        except ProcessLookupError:
            continue


def jobs(queue: Path) -> list[int]:
    path = queue / "jobs"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def alive(job: int) -> bool:
    return any(
        os.getpgid(p.pid) == job and p.status() != psutil.STATUS_ZOMBIE
        for p in psutil.process_iter()
        if psutil.pid_exists(p.pid)
    )


@pytest.fixture(scope="module")
def model() -> CompiledModel:
    return engine.compile_model(CONFIG)


def function(model: CompiledModel, chunks: int) -> ChunkFunction:
    draws = chunks * CHUNK
    return ChunkFunction(model, Job(tuple(model.inputs.laws), draws=draws, seed=7, design="sobol", keep=draws))


def test_jobs_compute_the_same_bits_over_tls_and_are_taken_back(queue: Path, model: CompiledModel) -> None:
    chunks = function(model, 6)
    executor = StartedWhenWorthwhile("slurm", 2, 1)
    try:
        found = dict(executor.map(chunks, range(6)))
        assert executor._cluster is not None
        assert executor._cluster._client.scheduler.address.startswith("tls://")
        (folder,) = queue.parent.glob(".insats-tls-*")
        assert folder.stat().st_mode & 0o077 == 0, "certificates are nobody else's"
        script = (queue / "job.sh").read_text()
        assert "--tls-cert" in script
        assert "--no-dashboard" in script
    finally:
        executor.close()
    assert len(jobs(queue)) == 2
    assert sorted(found) == list(range(6))
    assert all(same(found[chunk], chunks(chunk)) for chunk in (0, 3, 5))
    assert list(queue.parent.glob(".insats-tls-*")) == []
    deadline = time.monotonic() + 20
    while any(map(alive, jobs(queue))):
        assert time.monotonic() < deadline, "jobs are taken back"
        time.sleep(0.1)


def test_a_job_that_ends_is_asked_for_anew(queue: Path, model: CompiledModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the end of its time; with no worker left, the run waits for the next one."""
    monkeypatch.setattr(slurm, "AGAIN", 0.5)
    chunks = function(model, 8)
    executor = StartedWhenWorthwhile("slurm", 1, 1)
    found = {}
    try:
        with dask.config.set({"distributed.deploy.lost-worker-timeout": "200ms"}):
            for chunk, result in executor.map(chunks, range(8)):
                found[chunk] = result
                if len(found) == 4:
                    os.killpg(jobs(queue)[0], signal.SIGKILL)
    finally:
        executor.close()
    assert len(jobs(queue)) >= 2
    assert sorted(found) == list(range(8))
    assert all(same(found[chunk], chunks(chunk)) for chunk in (0, 7))


def test_what_the_queue_says_of_a_job_that_it_refuses_is_told(queue: Path) -> None:
    (queue / "refuses").touch()
    with pytest.raises(UsageError, match="invalid account"), slurm.slurm_cluster(2):
        pass


def test_what_the_configuration_lacks_is_told(queue: Path) -> None:
    with (
        dask.config.set({"jobqueue.slurm.cores": None}),
        pytest.raises(UsageError, match=r"cores.*jobqueue\.yaml"),
        slurm.slurm_cluster(2),
    ):
        pass


def test_a_machine_without_slurm_is_told(queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    with pytest.raises(UsageError, match="no sbatch here"), slurm.slurm_cluster(2):
        pass


def test_jobs_that_end_before_they_work_are_asked_for_anew_and_not_without_end(
    queue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment without Insats, say, or a port that is blocked: dask never hears of such jobs."""
    (queue / "fails").touch()
    monkeypatch.setattr(slurm, "AGAIN", 0.3)
    with pytest.raises(LostWorkError, match="end before they begin to work"), slurm.slurm_cluster(1):
        pass
    assert len(jobs(queue)) > slurm.FRUITLESS


def test_a_queue_that_refuses_for_a_while_ends_no_run_that_has_workers(
    queue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slurm, "AGAIN", 0.0)
    with slurm.slurm_cluster(1) as (client, refill):
        refill._refused.append("sbatch: error: Socket timed out")
        refill()
        assert refill._refused == []
        assert client.status == "running"
