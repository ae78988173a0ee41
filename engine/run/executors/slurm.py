"""Workers that are jobs of a Slurm queue, by dask-jobqueue.

Queue, account, time, cores and memory of a job stand in dask's own configuration (`jobqueue.slurm`). Scheduler and
workers talk over the network of the cluster, so they do it by TLS, with certificates that are made for this run alone.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dask
from distributed import Client
from distributed.core import Status
from distributed.security import Security

from engine.errors import LostWorkError, UsageError
from engine.run.executors.dask import QUIET, close_http

_log = logging.getLogger(__name__)

CONFIGURATION = "~/.config/dask/jobqueue.yaml"
AGAIN = 30.0
"""Seconds between looks for jobs that ended, by their time limit, say, and are asked for anew."""
FRUITLESS = 3
"""Times that all jobs may be asked for anew without one more worker; then something else is wrong."""
_POLL = 0.1
_GO_ON = "what was done is kept, and the same command goes on from there"


@contextmanager
def slurm_cluster(workers: int) -> Iterator[tuple[Client, Callable[[], None]]]:
    """A cluster of so many jobs, of which at least one has begun; and what asks for jobs in place of those that ended.

    Raises
    ------
    UsageError : an extra is not installed, there is no Slurm here, its configuration lacks something, or the queue
        refuses the job.
    """
    make, submitted, refused = _jobs()
    if shutil.which("sbatch") is None:
        raise UsageError("Slurm: there is no sbatch here; start the run where Slurm's commands are")
    own = dask.config.get("jobqueue.slurm", {})
    if missing := [name for name in ("cores", "memory") if own.get(name) is None]:
        raise UsageError(
            f"Slurm: {' and '.join(missing)} of a job are not said; write jobqueue.slurm.{missing[0]} and the like, "
            f"queue and walltime too, in {CONFIGURATION}"
        )
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(QUIET))
        # where every node can read it: the home folder, if nothing else is said
        shared = Path(own.get("shared-temp-directory") or Path.home()).expanduser()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=".insats-tls-", dir=shared))
        try:
            cluster = stack.enter_context(
                make(
                    silence_logs=logging.CRITICAL,
                    security=_certified(Path(folder)),
                    protocol="tls://",
                    scheduler_options={
                        "dashboard": False,
                        "dashboard_address": ":0",
                        **(own.get("scheduler-options") or {}),
                    },
                    worker_extra_args=[*(own.get("worker-extra-args") or []), "--no-dashboard"],
                )
            )
        except (ValueError, ImportError) as e:
            raise UsageError(f"Slurm: {e} (jobqueue.slurm in {CONFIGURATION})") from e
        client = stack.enter_context(Client(cluster))
        client.run_on_scheduler(close_http)
        cluster.scale(jobs=workers)
        _log.info(
            "%d jobs are asked for; waiting for the first to begin (squeue shows them, Ctrl-C takes them back)", workers
        )
        refill = _Refill(cluster, client, workers, submitted, refused)
        while not client.scheduler_info(n_workers=-1)["workers"]:
            if refused:
                raise UsageError(f"Slurm: {refused[0]}")
            refill()
            time.sleep(_POLL)
        yield client, refill


def _certified(folder: Path) -> Security:
    """Certificates for one run, in files that workers read and nobody else."""
    made = Security.temporary()
    files = {}
    for name, text in (("ca", made.tls_ca_file), ("cert", made.tls_worker_cert), ("key", made.tls_worker_key)):
        path = folder / f"{name}.pem"
        path.touch(mode=0o600)
        path.write_text(text)
        files[name] = str(path)
    of_roles = {
        f"tls_{role}_{name}": files[name] for role in ("scheduler", "worker", "client") for name in ("cert", "key")
    }
    return Security(require_encryption=True, tls_ca_file=files["ca"], **of_roles)


class _Refill:
    """Asks for jobs in place of those that ended."""

    def __init__(self, cluster: Any, client: Client, workers: int, submitted: list[str], refused: list[str]) -> None:
        self._cluster, self._client, self._workers = cluster, client, workers
        self._submitted, self._refused = submitted, refused
        self._last = time.monotonic()
        self._seen: set[str] = set()
        self._began = 0
        """Jobs submitted when a worker was last seen that had not been there."""

    def __call__(self) -> None:
        """
        Raises
        ------
        LostWorkError : the queue refuses jobs and none works, or they end without ever becoming a worker.
        """
        if time.monotonic() - self._last < AGAIN:
            return
        self._last = time.monotonic()
        there = set(self._client.scheduler_info(n_workers=-1)["workers"])
        if self._refused and not there:
            raise LostWorkError(f"Slurm: {self._refused[0]}; {_GO_ON}")
        self._refused.clear()
        if new := there - self._seen:
            self._seen |= new
            self._began = len(self._submitted)
        elif len(self._submitted) - self._began > FRUITLESS * self._workers:
            raise LostWorkError(
                "Slurm: jobs end before they begin to work; they leave why where jobqueue.slurm.log-directory "
                f"in {CONFIGURATION} says; {_GO_ON}"
            )
        self._forget_ended()
        self._cluster.scale(jobs=self._workers)

    def _forget_ended(self) -> None:
        """Jobs that the queue no longer has; dask sees the end of those only whose worker it once had."""
        command = ["squeue", "--me", "--noheader", "--format=%A"]
        try:
            asked = subprocess.run(command, capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return  # it may answer the next time
        queued = set(asked.stdout.split())
        for name, job in list(self._cluster.workers.items()):
            if job.job_id not in queued:
                self._cluster.workers.pop(name, None)


def _jobs() -> tuple[Any, list[str], list[str]]:
    """Kind of cluster, whose jobs note their numbers, and what the queue says of those that it refuses."""
    try:
        from dask_jobqueue import SLURMCluster
        from dask_jobqueue.slurm import SLURMJob
    except ImportError as e:
        raise UsageError("Slurm needs dask-jobqueue: pip install 'insats[slurm]'") from e
    submitted: list[str] = []
    refused: list[str] = []

    class Job(SLURMJob):  # type: ignore[misc]
        async def start(self) -> None:
            try:
                await super().start()
            except (RuntimeError, ValueError, OSError) as e:
                refused.append(" ".join(str(e).rpartition("stderr:")[2].split()))
                self.status = Status.failed
                raise
            submitted.append(self.job_id)

    class Cluster(SLURMCluster):  # type: ignore[misc]
        job_cls = Job

    return Cluster, submitted, refused
