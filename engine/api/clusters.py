"""Where a run is computed, if not on this process's threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.run.execute import Executor
from engine.run.plan import default_threads


@contextmanager
def on_cluster(scheduler: str, *, workers: int | None = None, threads: int | None = None) -> Iterator[Executor]:
    """Something that runs chunks of draws on a dask cluster, for `run_to_folder`, `run_study` and `run_model`.

    Results are the same bits as on this machine's threads. Workers need Insats in the same version and no shared disk;
    whatever they compute is written by the process that asked.

    Parameters
    ----------
    scheduler : `local` starts processes of this machine, `slurm` jobs of a Slurm queue, both only where more than ten
        seconds of work are left; `tcp://HOST:PORT`, `tls://HOST:PORT` or `file:PATH` (what `dask scheduler
        --scheduler-file PATH` writes) joins a cluster that is there.
    workers : processes or jobs to start; as many as this machine has processors, if None.
    threads : of this process, for what is too short for a cluster; all if None.

    Raises
    ------
    UsageError : no such scheduler, it does not answer or has no workers, or they have other versions.
    LostWorkError : raised by what uses the executor, where the cluster is lost or a chunk kills all who compute it.
    """
    from engine.run.executors.dask import dask_executor  # dask is slow to load, and few runs need it

    every = default_threads()
    with dask_executor(scheduler, workers=workers or every, threads=threads or every) as executor:
        yield executor
