"""A run that several processes do together on one disk: each a range of its chunks, with its own journal and lock.

What they share, the plan and the empty arrays, is made by the first of them, under the lock of the whole run. Nothing
else is ever written by two. `insats finish` then takes the whole run over.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.errors import LockedError, UsageError
from engine.results.folder import check_target
from engine.results.stores.arrays import ZARR, ChunkArrays
from engine.results.stores.journal import Entry
from engine.results.stores.lock import LOCK, Lock, acquire, refuse_if_shared
from engine.results.stores.plan import PLAN, Plan, read_plan
from engine.results.stores.run_store import LayoutOf, RunStore, check_part, noted_entries, part_of, undamaged

PATIENCE = 30.0
"""Seconds that a process waits for another that is setting the run up."""


@contextmanager
def share_of_run(
    folder: Path,
    plan: Plan,
    chunks: range,
    *,
    own: Sequence[int],
    layout: LayoutOf,
    tell: Callable[[str], None] = lambda text: None,
) -> Iterator[RunStore]:
    """The store of a run of which this process does some chunks; others may do others at the same time.

    Parameters
    ----------
    own, layout : as `engine.results.stores.run_store.run_store` takes them.

    Raises
    ------
    UsageError : the folder holds another run, or something else, or cannot be written.
    LockedError : another process does the whole run, or some of these chunks.
    """
    check_target(folder)
    part = part_of(folder)
    check_part(part)
    name = f"{chunks.start}-{chunks.stop - 1}"
    whole = _whole(part, tell)
    try:
        _set_up(part, plan, own, layout)
        refuse_if_shared(part, chunks)
        lock = acquire(part, f"run-{name}.lock", tell=tell)
    finally:
        whole.release()
    try:
        entries = _entries(part, plan, chunks)
        store = RunStore(
            part, plan, ChunkArrays(part / ZARR, plan.job, own), entries, lock, journal=f"journal-{name}.jsonl"
        )
    except BaseException:
        lock.release()
        raise
    try:
        yield store
    finally:
        store.close()


def _whole(part: Path, tell: Callable[[str], None]) -> Lock:
    """The lock of the whole run, which others hold for a moment while they set it up."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return acquire(part, LOCK, tell=tell)
        except LockedError:
            if time.monotonic() > until or not _setting_up(part):
                raise
            time.sleep(0.1)


def _setting_up(part: Path) -> bool:
    """Whether the lock of the whole run may be held for a moment only."""
    return not (part / "journal.jsonl").exists()


def _set_up(part: Path, plan: Plan, own: Sequence[int], layout: LayoutOf) -> None:
    if (part / PLAN).is_file():
        before = read_plan(part)
        reason = plan.why_not_from(before)
        if reason is None and before.job != plan.job:
            reason = "it is to make other draws"
        if reason is not None:
            raise UsageError(f"{part}: another run lives there: {reason}; finish it, or name another folder with -o")
        return
    ChunkArrays(part / ZARR, plan.job, own).create(layout)
    plan.write(part)


def _entries(part: Path, plan: Plan, chunks: range) -> dict[int, Entry]:
    """Chunks of this share that are done, and the first of the run, which others' statistics need."""
    job = plan.job
    found = {}
    for entry in noted_entries(part):
        wanted = entry.chunk == 0 or entry.chunk in chunks
        if wanted and 0 <= entry.chunk < job.chunks and undamaged(part, entry):
            found[entry.chunk] = entry
    return found
