"""Chunks on a dask cluster: one of this machine, one that is running already, or jobs of a Slurm queue.

What travels is data (see `shipment`), what comes back is written by whoever asked. A worker that dies costs the chunks
that it had; they are computed again elsewhere, to the same bits.
"""

from __future__ import annotations

import ipaddress
import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dask
from distributed import Client, LocalCluster, as_completed
from distributed.scheduler import KilledWorker

from engine.errors import LostWorkError, RunError, UsageError
from engine.run.chunks import ChunkFunction
from engine.run.executors.shipment import Failed, Shipment, compute, pack
from engine.run.executors.versions import facts, refuse_differences
from engine.run.job import ChunkResult

_log = logging.getLogger(__name__)

WORTHWHILE = 10.0
"""Seconds of work left under which no cluster is started: it takes one or two to be there."""
ANSWER = "15s"
"""In which a scheduler that is there says so."""
PATIENCE = 30.0
"""Seconds without a scheduler, or without any worker, after which a cluster is lost."""
GLANCE = 5.0
"""Seconds between looks at a cluster while a result is fetched from it."""
_AHEAD = 3
"""Chunks handed out per thread of the cluster: enough that nobody waits, few enough that little is lost."""
_POLL = 0.005
QUIET: dict[str, Any] = {
    # Without routes the ports that workers and scheduler open answer nothing but the protocol.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.comm.timeouts.connect": "10s",
    "distributed.admin.log-format": "%(message)s",
    "distributed.logging": {"distributed": "critical", "tornado": "critical"},
}


class DaskExecutor:
    """Computes chunks on the workers of a cluster."""

    def __init__(self, client: Client, *, patience: float = PATIENCE, refill: Callable[[], None] | None = None) -> None:
        """
        Parameters
        ----------
        patience : seconds without a scheduler, or without any worker.
        refill : asks for workers in place of those that ended; there is then no end to waiting for one.
        """
        self._client, self._patience, self._refill = client, patience, refill

    def map(self, function: ChunkFunction, tasks: Iterable[int]) -> Iterator[tuple[int, ChunkResult]]:
        """Chunks with what they gave, as they are completed; a few per thread are in flight.

        Raises
        ------
        LostWorkError : the cluster is gone, or a chunk kills every process that computes it; the latter is told when
            all others are done.
        InsatsError : what computing a chunk raises.
        """
        pending, shipment = iter(tasks), pack(function)
        watch = _Watch(self._client, self._patience, self._refill)
        sent = [self._send(shipment, watch)]
        waiting: dict[Any, int] = {}
        deadly: list[int] = []
        completed = as_completed(raise_errors=False, loop=self._client.loop)

        def hand_out(task: int) -> None:
            key = f"chunk-{shipment.job.seed}-{task}-{time.monotonic_ns()}"
            future = self._client.submit(compute, sent[-1], task, pure=False, retries=2, key=key)
            waiting[future] = task
            completed.add(future)

        try:
            while True:
                while len(waiting) < self._window() and (task := next(pending, None)) is not None:
                    hand_out(task)
                if not waiting:
                    break
                done = completed.next_batch(block=False)
                if not done:
                    watch.look()
                    time.sleep(_POLL)
                    continue
                for future in done:
                    if future.status == "lost":  # with the worker that had it; it is being computed again
                        completed.add(future)
                        continue
                    task = waiting.pop(future)
                    try:
                        result = self._taken(future, task, watch)
                    except KilledWorker:
                        deadly.append(task)
                    except (CancelledError, OSError):
                        # whoever has the result does not answer, or what was sent is gone with its last holder
                        watch.look(now=True)
                        if future.status == "cancelled" and sent[-1].status != "finished":
                            sent.append(self._send(shipment, watch))
                        hand_out(task)
                    else:
                        watch.well()
                        yield task, result
        finally:
            if waiting and self._client.status == "running":
                self._client.cancel(list(waiting), force=True)
        yield from _alone(shipment, deadly)

    def _send(self, shipment: Shipment, watch: _Watch) -> Any:
        """Bring to every worker what it needs, when there is one."""
        while True:
            if self._workers():
                try:
                    return self._client.scatter(shipment, broadcast=True, hash=False)
                except OSError:  # the last one has just gone
                    pass
            watch.look()
            time.sleep(_POLL)

    def _workers(self) -> dict[str, Any]:
        return dict(self._client.scheduler_info(n_workers=-1)["workers"])

    def _window(self) -> int:
        threads = sum(worker["nthreads"] for worker in self._workers().values())
        return int(_AHEAD * max(threads, 1))

    def _taken(self, future: Any, task: int, watch: _Watch) -> ChunkResult:
        """A result, fetched from the worker that has it, and given up there.

        If that worker is gone, dask computes it again on another, for which there must be one.

        Raises
        ------
        KilledWorker, CancelledError, OSError : of dask, where it cannot be had.
        """
        if future.status == "cancelled":
            raise CancelledError
        attempts = max(1, round(self._patience / GLANCE))
        try:
            for attempt in range(1, attempts + 1):
                try:
                    result = future.result(timeout=GLANCE)
                    break
                except TimeoutError:
                    if attempt == attempts:
                        raise
                    watch.look(now=True)
        except (KilledWorker, CancelledError, OSError):
            raise
        except Exception as e:
            raise RunError(f"a worker failed in chunk {task}: {type(e).__name__}: {e}") from e
        finally:
            future.release()
        if isinstance(result, Failed):
            raise result.error()
        return ChunkResult(*result)


class _Watch:
    """Sees that a cluster is there and has workers."""

    def __init__(self, client: Client, patience: float, refill: Callable[[], None] | None) -> None:
        self._client, self._patience, self._refill = client, patience, refill
        self._last_well = self._last_look = time.monotonic()

    def well(self) -> None:
        """Something came back."""
        self._last_well = time.monotonic()

    def look(self, *, now: bool = False) -> None:
        """Nothing has come back just now: is anybody there?

        Parameters
        ----------
        now : look even if this was done a moment ago; without a scheduler there is then nothing to wait for.

        Raises
        ------
        LostWorkError : there has been no scheduler or no worker for too long.
        """
        moment = time.monotonic()
        if moment - self._last_look < 0.5 and not now:
            return
        self._last_look = moment
        there = self._client.status == "running"
        if there and self._refill is not None:
            self._refill()
            self._last_well = moment
        elif there and self._client.scheduler_info(n_workers=-1)["workers"]:
            self._last_well = moment
        elif self._client.status == "closed" or (now and not there) or moment - self._last_well > self._patience:
            raise LostWorkError(_lost(self._client))


def _lost(client: Client) -> str:
    where = client.scheduler.address if client.scheduler is not None else "the cluster"
    return f"{where} does not answer or has no workers; what was done is kept, and the same command goes on from there"


def _alone(shipment: Shipment, chunks: list[int]) -> Iterator[tuple[int, ChunkResult]]:
    """Chunks whose workers died again and again, each in a fresh process of this machine: is it the chunk's fault?

    Raises
    ------
    LostWorkError : with the chunks that kill this process too.
    """
    guilty = []
    for chunk in chunks:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            try:
                result = pool.submit(compute, shipment, chunk).result()
            except BrokenProcessPool:
                guilty.append(chunk)
                continue
        if isinstance(result, Failed):
            raise result.error()
        yield chunk, result
    if guilty:
        spans = [shipment.job.span(chunk) for chunk in guilty]
        named = ", ".join(f"chunk {c} (draws {s.start} to {s.stop - 1})" for c, s in zip(guilty, spans, strict=True))
        raise LostWorkError(f"{named}: kills every process that computes it; all other chunks are done and kept")


class StartedWhenWorthwhile:
    """Computes on this process's threads until it is known how long the rest takes, and starts a cluster if long."""

    def __init__(self, kind: str, workers: int, threads: int) -> None:
        self._kind, self._workers, self._threads = kind, workers, threads
        self._stack = ExitStack()
        self._cluster: DaskExecutor | None = None
        self._compiled = False

    def map(self, function: ChunkFunction, tasks: Iterable[int]) -> Iterator[tuple[int, ChunkResult]]:
        """As `DaskExecutor.map`."""
        pending = iter(tasks)
        if self._cluster is None:
            here = replace(function, settings=replace(function.settings, threads=self._threads))
            for task in pending:
                began = time.monotonic()
                result = here(task)
                seconds = time.monotonic() - began
                yield task, result
                left = seconds * (function.job.chunks - task - 1)
                timed, self._compiled = self._compiled, True  # the first one includes compiling
                if timed and left >= WORTHWHILE:
                    _log.info("about %.0f s of work left: starting %s", left, self._named())
                    self._cluster = self._start()
                    break
            else:
                return
        yield from self._cluster.map(function, pending)

    def close(self) -> None:
        """Stop the cluster, if one was started."""
        self._stack.close()

    def _named(self) -> str:
        return f"{self._workers} {'worker processes' if self._kind == 'local' else 'Slurm jobs'}"

    def _start(self) -> DaskExecutor:
        if self._kind == "local":
            return _checked(self._stack.enter_context(local_cluster(self._workers)))
        from engine.run.executors.slurm import slurm_cluster  # an extra, which few have

        client, refill = self._stack.enter_context(slurm_cluster(self._workers))
        return _checked(client, refill)


@contextmanager
def dask_executor(scheduler: str, *, workers: int, threads: int) -> Iterator[DaskExecutor | StartedWhenWorthwhile]:
    """An executor for `local`, `slurm`, `tcp://..`, `tls://..` or `file:..`, a file that `dask scheduler` writes.

    Parameters
    ----------
    workers : processes or jobs that are started, where any are.
    threads : of this process, for what is too short for a cluster.

    Raises
    ------
    UsageError : no such scheduler, or its workers have other versions.
    """
    if scheduler in ("local", "slurm"):
        executor = StartedWhenWorthwhile(scheduler, workers, threads)
        try:
            yield executor
        finally:
            executor.close()
        return
    with _joined(scheduler) as client:
        yield _checked(client)


def _checked(client: Client, refill: Callable[[], None] | None = None) -> DaskExecutor:
    try:
        others = client.run(facts)
    except Exception as e:
        raise UsageError(
            f"workers cannot run this version of Insats ({type(e).__name__}: {e}); install it there"
        ) from e
    refuse_differences(facts(), others)
    return DaskExecutor(client, refill=refill)


@contextmanager
def local_cluster(workers: int) -> Iterator[Client]:
    # any free port, and for a moment only: see `close_http`
    closed = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    how = {"host": "127.0.0.1", "scheduler_kwargs": closed, "silence_logs": logging.CRITICAL}
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(QUIET))
        # Workers are of this terminal too, and Ctrl-C is for the one that hands out work: they inherit deafness.
        with _deaf_to_interrupts():
            cluster = stack.enter_context(LocalCluster(n_workers=workers, threads_per_worker=1, **how))
        client = stack.enter_context(Client(cluster))
        client.run_on_scheduler(close_http)
        client.run(close_http)
        yield client


def close_http(dask_scheduler: Any = None, dask_worker: Any = None) -> None:
    """Run on scheduler or workers, which listen for browsers even where no dashboard is asked for."""
    server = getattr(dask_scheduler or dask_worker, "http_server", None)
    if server is not None:
        server.stop()


@contextmanager
def _joined(scheduler: str) -> Iterator[Client]:
    kind, _, place = scheduler.partition(":")
    if kind not in ("tcp", "tls", "file") or not place:
        raise UsageError(f"scheduler {scheduler!r}: local, slurm, tcp://HOST:PORT, tls://HOST:PORT or file:PATH")
    if kind == "tcp" and not _loopback(urlsplit(scheduler).hostname):
        _log.warning(
            "%s is neither encrypted nor asks who connects: whoever reaches it runs programs on its workers; use tls://",
            scheduler,
        )
    file = place.removeprefix("//")
    if kind == "file" and not Path(file).is_file():  # the client would wait for it without end
        raise UsageError(f"scheduler {scheduler!r}: there is no such file; dask scheduler --scheduler-file writes it")
    where = {"scheduler_file": file} if kind == "file" else {"address": scheduler}
    with dask.config.set(QUIET):
        try:
            client = Client(**where, timeout=ANSWER)
        except (OSError, ValueError) as e:
            raise UsageError(f"scheduler {scheduler!r} does not answer: {e}") from e
        with client:
            try:
                client.wait_for_workers(1, timeout=PATIENCE)
            except TimeoutError as e:
                raise UsageError(f"scheduler {scheduler!r} has no workers") from e
            yield client


def _loopback(host: str | None) -> bool:
    if host in (None, "localhost"):
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes that are started meanwhile ignore SIGINT."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
