"""A run on disk while it goes on: `<folder>.part`, which can be killed at any time and gone on from.

Chunks of draws are written as they come, each noted in the journal when its files are there. Only one process writes.
When everything is there the manifest is written, and the folder takes its final name.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

import numpy as np

from engine.errors import DamagedError, ResourceError, UsageError
from engine.failpoints import failpoint
from engine.results.folder import check_target, put
from engine.results.stores.arrays import ZARR, ChunkArrays, length_of_chunks
from engine.results.stores.files import content_of
from engine.results.stores.journal import JOURNAL, Entry, Journal, read_journal, write_journal
from engine.results.stores.lock import LOCK, Lock, acquire, refuse_if_shared
from engine.results.stores.manifest import MANIFEST, Damage, compare_file, write_manifest
from engine.results.stores.plan import PLAN, Plan, read_plan, told
from engine.run.job import ChunkResult, Job, Layout

Resume = Literal["if possible", "must", "never"]
"""Whether to go on from what is there."""
LayoutOf = Callable[[int], tuple[Layout, Layout]]
"""Chunk -> arrays that it keeps, and its record, before it is computed."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""What a disk says that takes no more."""
_OURS = frozenset({PLAN, JOURNAL, LOCK, ZARR, MANIFEST})


def part_of(folder: Path) -> Path:
    """Where a run lives until its results take their final name."""
    return folder.with_name(f"{folder.name}.part")


class RunStore:
    """Chunks of one run. As `engine.run.job.ChunkStore`: what is there, and what is to be stored."""

    def __init__(
        self,
        part: Path,
        plan: Plan,
        arrays: ChunkArrays,
        entries: dict[int, Entry],
        lock: Lock,
        *,
        made: Sequence[Path] = (),
        journal: str = JOURNAL,
    ) -> None:
        self._made = made
        self.part, self.plan = part, plan
        self._arrays, self._entries, self._lock = arrays, entries, lock
        self._name = journal
        self._journal = Journal(part / journal)
        self.found = self.draws
        """Draws that were there when the run began."""
        self._invalid: dict[int, int] = {}

    @property
    def invalid(self) -> int:
        """Draws, of the chunks that were written or read, that break a rule of the model in any calculation."""
        return sum(self._invalid.values())

    @property
    def draws(self) -> int:
        """Draws that are stored."""
        return sum(entry.draws for entry in self._entries.values())

    @property
    def noted(self) -> int:
        """Draws that the journal has; known when a signal has stopped this process anywhere, too."""
        return sum({entry.chunk: entry.draws for entry in read_journal(self.part / self._name)}.values())

    def present(self) -> Collection[int]:
        """Chunks that are stored."""
        return sorted(self._entries)

    def existing(self, chunk: int) -> ChunkResult | None:
        """A chunk that is stored; None where it is not, or no longer as it was written."""
        entry = self._entries.get(chunk)
        if entry is None:
            return None
        try:
            result = self._arrays.read(chunk)
            self._count(chunk, result)
            return result
        except (OSError, ValueError, KeyError):
            del self._entries[chunk]
            return None

    def store(self, chunk: int, result: ChunkResult) -> None:
        """Write a chunk, and note it when its files are there.

        Raises
        ------
        ResourceError : the disk takes no more. What is stored stays.
        """
        failpoint("before_chunk")
        self._count(chunk, result)
        with self.on_full_disk():
            files = self._arrays.write(chunk, result)
            failpoint("after_chunk_rename")
            contents = {path.relative_to(self.part).as_posix(): content for path, content in files.items()}
            entry = Entry(chunk, self.plan.job.span(chunk).stop - self.plan.job.span(chunk).start, contents)
            self._journal.append(entry, files)
            self._entries[chunk] = entry
            self._journal.sync_if_due()

    def _count(self, chunk: int, result: ChunkResult) -> None:
        self._invalid[chunk] = int(result.record["draws"]) - int(np.min(result.record["valid"]))

    def finish(self, folder: Path, write: Callable[[Path], None]) -> None:
        """Write all else, then the manifest, and give the folder its final name.

        Parameters
        ----------
        write : adds labels, summaries, tables and report to the folder that it is given.

        Raises
        ------
        ResourceError : the disk takes no more. What is stored stays.
        UsageError : the results cannot take their place.
        """
        failpoint("before_finish")
        if missing := set(range(self.plan.job.chunks)) - set(self._entries):
            raise RuntimeError(f"chunks {sorted(missing)[:5]} are not stored")
        with self.on_full_disk():
            self._journal.close()
            write(self.part)
            write_journal(self.part / JOURNAL, [self._entries[chunk] for chunk in sorted(self._entries)])
            about = {"study": self.plan.study, "key": self.plan.key, "draws": self.plan.draws}
            stored = {name: content for entry in self._entries.values() for name, content in entry.files.items()}
            write_manifest(self.part, about, stored)
        check_target(folder)  # somebody may have put something there meanwhile
        put(self.part, folder)
        failpoint("after_rename")
        self._lock.moved(folder)

    def abandon(self) -> None:
        """What the end of the process leaves undone: the lock, and a run of which nothing is stored."""
        if not self.noted:
            _forget(self.part, self._made)
        self._lock.release()

    def close(self) -> None:
        """Leave the store; what is there can be gone on from."""
        try:
            with self.on_full_disk():
                self._journal.close()
        finally:
            self._lock.release()

    @contextmanager
    def on_full_disk(self) -> Iterator[None]:
        """Tell a full disk as what it is."""
        try:
            yield
        except OSError as e:
            if e.errno not in FULL:
                raise
            raise ResourceError(self._no_room(e)) from e

    def _no_room(self, error: OSError) -> str:
        done, total = self.draws, self.plan.draws
        size = sum(content.size for entry in self._entries.values() for content in entry.files.values())
        needed = f", about {megabytes(size * (total - done) // done)} are needed" if 0 < done < total else ""
        try:
            free = f" {megabytes(shutil.disk_usage(self.part).free)} are free{needed}."
        except OSError:
            free = ""
        return (
            f"{self.part}: the disk takes no more ({error.strerror}).{free} {told(done)} of {told(total)} draws are "
            "kept; make room, and go on with the same command"
        )


@contextmanager
def run_store(
    folder: Path,
    plan: Plan,
    *,
    own: Sequence[int],
    layout: LayoutOf,
    resume: Resume = "if possible",
    tell: Callable[[str], None] = lambda text: None,
) -> Iterator[RunStore]:
    """The store of a run whose results are to be in `folder`, with the chunks that are there already.

    Chunks come from the unfinished run of the same name, or from finished results there with other numbers of draws.

    Parameters
    ----------
    own : as `engine.results.kept.own_perspectives` gives it.
    resume : "must" refuses where there is nothing to go on from, "never" starts over.
    tell : told in a line what the run goes on from, or why it does not.

    Raises
    ------
    UsageError : the folder holds something else, cannot be written, or `resume` asks for what is not there.
    LockedError : another process writes there.
    """
    check_target(folder)
    part = part_of(folder)
    check_part(part)
    made = [parent for parent in part.parents if not parent.exists()]
    try:
        lock = acquire(part, tell=tell)
    except OSError as e:
        if e.errno in FULL:
            raise
        raise UsageError(f"{part}: cannot be written ({e.strerror}); name another folder with -o") from e
    try:
        refuse_if_shared(part)
        entries = {} if resume == "never" else _usable(part, folder, plan, tell)
        if resume == "must" and not entries:
            raise UsageError(f"{folder}: nothing to go on from; leave out --resume, and the run begins")
        (part / MANIFEST).unlink(missing_ok=True)
        _sweep(part, entries.values())
        plan.write(part)
        write_journal(part / JOURNAL, [entries[chunk] for chunk in sorted(entries)])
        failpoint("after_plan")
        arrays = ChunkArrays(part / ZARR, plan.job, own)
        arrays.create(layout)
        store = RunStore(part, plan, arrays, entries, lock, made=made)
    except BaseException:
        lock.release()
        if not (part / PLAN).exists():
            _forget(part, made)
        raise
    if store.found:
        tell(f"Going on from {told(store.found)} of {told(plan.draws)} draws.")
    try:
        yield store
    finally:
        store.close()
        if (part / JOURNAL).is_file() and not store.noted:
            _forget(part, made)


def _forget(part: Path, made: Sequence[Path]) -> None:
    """Leave no trace of a run of which nothing is stored."""
    shutil.rmtree(part, ignore_errors=True)
    for parent in made:
        with suppress(OSError):
            parent.rmdir()


def megabytes(size: float) -> str:
    """Bytes, as text."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def check_part(part: Path) -> None:
    """Refuse a folder with the name of an unfinished run that holds something else."""
    if part.exists() and not part.is_dir():
        raise UsageError(f"{part}: is a file; a run lives there until it is finished")
    if part.is_dir():
        names = {p.name for p in part.iterdir()} - {LOCK}
        if names and PLAN not in names:
            if all(name in _OURS or name.startswith(".") or fnmatch(name, "run-*.lock") for name in names):
                return  # killed before its plan was written
            raise UsageError(
                f"{part}: holds other files than a run ({', '.join(sorted(names)[:3])}), and is left alone; name "
                "another folder with -o"
            )


def _usable(part: Path, folder: Path, plan: Plan, tell: Callable[[str], None]) -> dict[int, Entry]:
    """Chunks of the unfinished run, or of finished results, that are draws of this run and undamaged."""
    for source in (part, folder):
        if not (source / PLAN).is_file():
            continue
        try:
            reason = plan.why_not_from(before := read_plan(source))
        except DamagedError as e:
            reason = str(e)
        if reason is not None:
            what = "the unfinished run" if source == part else "the older results"
            tell(f"Starting over: {what} in {source} cannot be gone on from: {reason}.")
            continue
        found = _noted(source, plan, before)
        whole = {chunk: entry for chunk, entry in found.items() if undamaged(source, entry)}
        if lost := len(found) - len(whole):
            tell(f"{lost} of {len(found)} chunks in {source} are damaged or missing; they are computed again.")
        if source == folder:
            _bring(folder, part, whole)
        if whole:
            return whole
    return {}


def stored_already(folder: Path, plan: Plan) -> Collection[int]:
    """Chunks that a run would find, by what journals say; their files are not looked at."""
    for source in (part_of(folder), folder):
        try:
            before = read_plan(source)
        except DamagedError:
            continue
        if plan.why_not_from(before) is None and (found := _noted(source, plan, before)):
            return found
    return ()


def _noted(source: Path, plan: Plan, before: Plan) -> dict[int, Entry]:
    return {entry.chunk: entry for entry in noted_entries(source) if _fits(entry, plan, before)}


def _fits(entry: Entry, plan: Plan, before: Plan) -> bool:
    """Whether the files of a chunk are those that this run would write."""

    def form(job: Job) -> tuple[int, ...]:
        span, paths = job.span(entry.chunk), min(job.paths, job.kept_draws)
        drawn = span.stop - span.start
        if entry.chunk >= job.kept_chunks:
            return (drawn,)
        return drawn, length_of_chunks(job.kept_draws), job.paths_in(entry.chunk), length_of_chunks(paths)

    in_both = 0 <= entry.chunk < min(plan.job.chunks, before.job.chunks)
    return in_both and form(plan.job) == form(before.job) and form(plan.job)[0] == entry.draws


def noted_entries(part: Path) -> list[Entry]:
    """What is noted as done: by one process that does it all, or by several that each do a range of chunks."""
    return [entry for path in sorted(part.glob("journal*.jsonl")) for entry in read_journal(path)]


def undamaged(source: Path, entry: Entry) -> bool:
    """Whether all files of a chunk are as they were written."""
    try:
        return all(content_of(source / name) == content for name, content in entry.files.items())
    except OSError:
        return False


def damaged_chunks(part: Path) -> list[Damage]:
    """Files of an unfinished run that are not as its journal says.

    Raises
    ------
    DamagedError : it is no run, or its plan is damaged.
    """
    read_plan(part)
    files = {name: content for entry in noted_entries(part) for name, content in entry.files.items()}
    found = (compare_file(part, name, content) for name, content in sorted(files.items()))
    return [damage for damage in found if damage is not None]


def _bring(folder: Path, part: Path, entries: dict[int, Entry]) -> None:
    """Files of chunks from finished results: the same files under a second name, or copies where a disk has none."""
    for entry in entries.values():
        for name in entry.files:
            target = part / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            try:
                os.link(folder / name, target)
            except OSError as e:
                if e.errno in FULL:
                    raise
                shutil.copyfile(folder / name, target)


def _sweep(part: Path, entries: Collection[Entry]) -> None:
    """Remove all but the plan, the journal, the lock and the files of chunks that are good."""
    keep = {PLAN, JOURNAL, LOCK, *(name for entry in entries for name in entry.files)}
    for root, folders, names in os.walk(part, topdown=False):
        for name in (*names, *folders):
            path = Path(root) / name
            if path.is_symlink() or path.is_file():
                if path.relative_to(part).as_posix() not in keep:
                    path.unlink()
            elif not any(path.iterdir()):
                path.rmdir()
