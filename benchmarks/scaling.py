"""How long do 10^9 and 10^11 draws take on 10, 100 and 1 000 workers, and what breaks first?

    python benchmarks/scaling.py --size medium

Runs the Norrköping study on one and on two dask workers for real, measures what a chunk costs whoever touches it, and
puts these costs into a discrete-event model of the run: workers that compute, one scheduler that hands out, one client
that takes back, merges and writes. The model is checked against the run with two workers, from which it was not fitted.
"""

from __future__ import annotations

import argparse
import heapq
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from engine.api.models import job_of, run_model
from engine.model.compile import CompiledModel, compile_model
from engine.results.kept import own_perspectives
from engine.results.stores.plan import Plan
from engine.results.stores.run_store import run_store
from engine.run.chunks import ChunkFunction, layouts
from engine.run.executors.dask import DaskExecutor, local_cluster
from engine.run.executors.shipment import compute, pack
from engine.run.job import ChunkResult
from engine.run.statistics import make_grid
from engine.spec.load import load_study
from engine.spec.schema.study import CHUNK

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
SIZES = {"small": ("two_state", 4, 1), "medium": ("norrkoping", 20, 2), "large": ("norrkoping", 100, 5)}
"""Study, chunks beyond those that keep every draw, and rounds."""
WORKERS = (1, 2, 10, 100, 1_000)
DRAWS = (10**9, 10**11)
AHEAD = 3
"""Chunks in flight per worker, as the executor hands them out."""


@dataclass(frozen=True)
class Costs:
    """Seconds, and bytes on disk."""

    start: float
    """Until the first chunk is back, which the others wait for: reading and compiling the study, and computing it."""
    compute: float
    """A worker's, per chunk."""
    schedule: float
    """The scheduler's, per chunk: it hands out one task after the other."""
    client: float
    """The client's, per chunk: taking it back, merging, journal, disk."""
    finish: float
    """After the last chunk."""
    bytes: float
    """On disk, per chunk."""
    chunk: int
    """Draws of a chunk."""


class Prediction(NamedTuple):
    """Of one run."""

    seconds: float
    workers_busy: float
    """Share of the time, mean over workers."""
    scheduler_busy: float
    client_busy: float
    waiting: int
    """Most chunks that were done and not yet taken by the client."""


def simulate(chunks: int, workers: int, costs: Costs, *, ahead: int = AHEAD) -> Prediction:
    """A run as queues: client hands out -> scheduler -> worker -> client takes back.

    Each chunk is handed out when one comes back, `ahead` per worker at first. Scheduler and client do one thing at a
    time, in order of arrival; workers take from one queue.
    """
    events: list[tuple[float, int, str]] = []
    number = 0

    def at(moment: float, kind: str) -> None:
        nonlocal number
        number += 1
        heapq.heappush(events, (moment, number, kind))

    idle, queued, left = workers, 0, chunks
    scheduler_free = client_free = costs.start
    scheduler_busy = client_busy = 0.0
    undone = waiting = most = 0
    for _ in range(min(ahead * workers, chunks)):
        left -= 1
        scheduler_free += costs.schedule
        scheduler_busy += costs.schedule
        at(scheduler_free, "ready")
    now = costs.start
    while events:
        now, _, kind = heapq.heappop(events)
        if kind == "ready":
            queued += 1
        elif kind == "computed":
            idle += 1
            waiting += 1
            most = max(most, waiting)
            client_free = max(client_free, now) + costs.client
            client_busy += costs.client
            at(client_free, "taken")
        else:
            waiting -= 1
            undone += 1
            if left:
                left -= 1
                scheduler_free = max(scheduler_free, now) + costs.schedule
                scheduler_busy += costs.schedule
                at(scheduler_free, "ready")
        while idle and queued:
            idle -= 1
            queued -= 1
            at(now + costs.compute, "computed")
    assert undone == chunks
    seconds = now + costs.finish
    return Prediction(
        seconds, chunks * costs.compute / (workers * seconds), scheduler_busy / seconds, client_busy / seconds, most
    )


def predict(chunks: int, workers: int, costs: Costs, *, most_events: int = 400_000) -> Prediction:
    """As `simulate`; of a very long run the steady state is simulated and the rest is more of the same."""
    if chunks <= most_events:
        return simulate(chunks, workers, costs)
    short, long = (simulate(n, workers, costs) for n in (most_events // 2, most_events))
    per_chunk = (long.seconds - short.seconds) / (most_events - most_events // 2)
    seconds = long.seconds + per_chunk * (chunks - most_events)
    share = per_chunk if per_chunk > 0 else 1.0
    return Prediction(
        seconds, costs.compute / (workers * share), costs.schedule / share, costs.client / share, long.waiting
    )


def breaks_first(costs: Costs) -> dict[str, float]:
    """Workers at which each thing that there is one of is busy all the time."""
    return {
        "scheduler": costs.compute / costs.schedule if costs.schedule else float("inf"),
        "client": costs.compute / costs.client if costs.client else float("inf"),
    }


# ---------------------------------------------------------------- measuring


class Timed:
    """An executor whose consumer is timed: what happens between a chunk that it takes and the next one it asks for."""

    def __init__(self, executor: DaskExecutor) -> None:
        self._executor = executor
        self.arrivals: list[float] = []
        """Moments at which chunks came back."""
        self.seconds: list[float] = []
        """That taking each of them took."""

    def map(self, function: ChunkFunction, tasks: Iterable[int]) -> Iterator[tuple[int, ChunkResult]]:
        """As the executor's."""
        for found in self._executor.map(function, tasks):
            began = time.perf_counter()
            self.arrivals.append(began)
            yield found
            self.seconds.append(time.perf_counter() - began)


class Measured(NamedTuple):
    """One run for real."""

    seconds: float
    start: float
    """Until the first chunk was back, which fixes the grid of the others and is computed before them."""
    between: float
    """Median seconds from one chunk to the next, of those whose draws are not kept."""
    client: float
    """Median seconds of the client, per such chunk."""
    bytes: int
    """On disk, in all."""


def run(model: CompiledModel, client: Any, chunks: int, keep: int) -> Measured:
    """`chunks` chunks of which all but the first `keep` leave statistics only."""
    job = job_of(model, draws=chunks * CHUNK)
    timed = Timed(DaskExecutor(client))
    with (
        tempfile.TemporaryDirectory() as folder,
        run_store(
            Path(folder) / "run",
            Plan.of(model.study, job),
            own=own_perspectives(model.study),
            layout=lambda chunk: layouts(model, job, chunk),
            resume="never",
            tell=lambda text: None,
        ) as store,
    ):
        began = time.perf_counter()
        run_model(model, draws=job.draws, store=store, executor=timed)
        seconds = time.perf_counter() - began
        size = sum(p.stat().st_size for p in store.part.rglob("*") if p.is_file())
    at = timed.arrivals
    between = [later - earlier for earlier, later in pairwise(at[keep:])]
    return Measured(
        seconds,
        at[0] - began,
        statistics.median(between) if between else 0.0,
        statistics.median(timed.seconds[keep:]),
        size,
    )


def handing_out(client: Any, n: int) -> float:
    """Seconds that a task without work costs, when many are in flight."""
    began = time.perf_counter()
    client.gather(client.map(abs, range(n), pure=False))
    return (time.perf_counter() - began) / n


def crowding(model: CompiledModel, chunks: int) -> float:
    """How many times as long a chunk takes a process when another one computes beside it, without any cluster."""
    job = job_of(model, draws=10**9)
    shipment = pack(ChunkFunction(model, job, make_grid(ChunkFunction(model, job)(0).kept)))
    seconds = []
    for processes in (1, 2):
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            numbers = range(job.kept_chunks, job.kept_chunks + chunks * processes)
            list(pool.map(partial(compute, shipment), [*numbers][: 2 * processes]))  # compiles
            began = time.perf_counter()
            list(pool.map(partial(compute, shipment), numbers))
            seconds.append(time.perf_counter() - began)
    return seconds[1] / seconds[0]


class Fit(NamedTuple):
    """What was measured on one worker, and how well it tells of two."""

    study: str
    costs: Costs
    crowded: float
    """How many times as long a chunk takes where both processors of the machine compute."""
    predicted: float
    """Seconds of a run on two workers."""
    measured: float
    chunks: int
    """Of that run."""


def fit(size: str) -> Fit:
    """Costs from runs with one worker, and the run with two that they predict. Best of the rounds."""
    study, longer, rounds = SIZES[size]
    model = compile_model(load_study(CONFIGS / study))
    keep = job_of(model, draws=10**9).kept_chunks
    chunks = keep + longer
    with local_cluster(1) as client:
        short = run(model, client, keep + 1, keep)  # compiles
        one = [run(model, client, chunks, keep) for _ in range(rounds)]
        per_task = min(handing_out(client, 200) for _ in range(rounds))
    with local_cluster(2) as client:
        run(model, client, keep + 2, keep)
        two = [run(model, client, chunks, keep) for _ in range(rounds)]
    costs = Costs(
        start=min(r.start for r in two),
        # a worker asks for the next chunk while the client takes this one
        compute=min(r.between for r in one),
        schedule=per_task,
        client=min(r.client for r in one),
        finish=0.0,
        bytes=(one[0].bytes - short.bytes) / (longer - 1),
        chunk=CHUNK,
    )
    crowded = crowding(model, longer // 2)
    beside = replace(costs, compute=crowded * costs.compute)
    what = f"{study}, {len(model.inputs.laws)} calculations x {len(model.shape.courses)} strategies"
    return Fit(what, costs, crowded, simulate(chunks - 1, 2, beside).seconds, min(r.seconds for r in two), chunks)


def in_words(seconds: float) -> str:
    """`3.2 h`."""
    for unit, length in (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"


def table(found: Fit) -> str:
    """Everything as Markdown."""
    costs = found.costs
    lines = [
        f"A chunk of {costs.chunk:,} draws of {found.study}, no draw kept:",
        "",
        "| what | seconds a chunk |",
        "| --- | ---: |",
        f"| worker, computing | {costs.compute:.3f} |",
        f"| scheduler and transport, a task | {costs.schedule:.4f} |",
        f"| client, merging, journal and disk | {costs.client:.4f} |",
        "",
        f"{costs.bytes / 1e3:,.0f} kB a chunk on disk; "
        f"{costs.start:.1f} s until the first of them is back, for which the others wait.",
        "",
        f"Two processes side by side on this machine, without a cluster, take {found.crowded:.2f} times as long for "
        "a chunk as one alone; workers in the table are taken to have a processor each, as the one above had.",
        "",
        f"{found.chunks} chunks on two workers of this machine: {found.predicted:.1f} s predicted, "
        f"{found.measured:.1f} s measured ({found.measured / found.predicted - 1:+.0%}).",
        "",
        "| draws | workers | predicted | speed-up | workers busy | scheduler busy | client busy | disk |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for draws in DRAWS:
        chunks = -(-draws // costs.chunk)
        alone = predict(chunks, 1, costs).seconds
        for workers in WORKERS:
            p, disk = predict(chunks, workers, costs), chunks * costs.bytes / 1e9
            lines.append(
                f"| 10^{len(str(draws)) - 1} | {workers:,} | {in_words(p.seconds)} | {alone / p.seconds:.3g} | "
                f"{p.workers_busy:.0%} | {p.scheduler_busy:.0%} | {p.client_busy:.0%} | {disk:.3g} GB |"
            )
    limits = breaks_first(costs)
    first = min(limits, key=lambda name: limits[name])
    lines += [
        "",
        f"What breaks first: the {first}, at about {limits[first]:,.0f} workers"
        + "".join(f"; then the {n}, at {v:,.0f}" for n, v in sorted(limits.items(), key=lambda x: x[1]) if n != first)
        + ".",
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="medium")
    print(table(fit(parser.parse_args().size)))


if __name__ == "__main__":
    main()
