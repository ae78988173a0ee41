"""What of a run is done: one line a chunk, appended; a line that a crash cut off is as if it had never been written."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.failpoints import failpoint
from engine.results.stores.files import Content, sync

JOURNAL = "journal.jsonl"
SYNC_SECONDS, SYNC_LINES = 1.0, 64
"""A line is on the disk after so many seconds or lines at the latest."""


@dataclass(frozen=True)
class Entry:
    """A chunk of draws that is stored."""

    chunk: int
    draws: int
    """In this chunk."""
    files: Mapping[str, Content]
    """By path in the folder of the run."""

    def to_line(self) -> str:
        files = {name: list(content) for name, content in sorted(self.files.items())}
        return json.dumps({"chunk": self.chunk, "draws": self.draws, "files": files})

    @classmethod
    def from_line(cls, line: str) -> Entry:
        """An entry as it was written.

        Raises
        ------
        ValueError : the line is none.
        """
        try:
            data = json.loads(line)
            files = {str(name): Content(int(size), str(digest)) for name, (size, digest) in data["files"].items()}
            return cls(int(data["chunk"]), int(data["draws"]), files)
        except (KeyError, TypeError, AttributeError, RecursionError) as e:
            raise ValueError(f"no line of a journal: {line[:80]!r}") from e


def read_journal(path: Path) -> list[Entry]:
    """Entries in the order written; lines that are cut off or damaged are left out, and their chunks done again."""
    try:
        text = path.read_bytes().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return []
    found = []
    for line in text.splitlines():
        try:
            found.append(Entry.from_line(line))
        except ValueError:
            continue
    return found


def write_journal(path: Path, entries: Iterable[Entry]) -> None:
    """A journal anew, in the order given, so that it does not tell what was done when."""
    path.write_text("".join(entry.to_line() + "\n" for entry in entries), encoding="utf-8", newline="")


class Journal:
    """Appends entries. What a line speaks of is on the disk no later than the line."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._end_at_line()
        self._waiting: list[Path] = []
        self._lines, self._synced = 0, time.monotonic()

    def append(self, entry: Entry, files: Iterable[Path]) -> None:
        """Note a chunk whose files are written; `sync_if_due` is to follow."""
        failpoint("before_journal")
        line = (entry.to_line() + "\n").encode()
        written = os.write(self._handle, line)
        if written != len(line):
            raise OSError(28, "No space left on device")  # a second write would say so too
        failpoint("after_journal")
        self._waiting += files
        self._lines += 1

    def sync_if_due(self) -> None:
        """Wait for the disk where enough has been noted, or long enough ago, since the last time."""
        if self._lines >= SYNC_LINES or time.monotonic() - self._synced >= SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Wait until everything noted is on the disk."""
        sync(self._waiting)
        os.fsync(self._handle)
        self._waiting.clear()
        self._lines, self._synced = 0, time.monotonic()

    def close(self) -> None:
        if self._handle >= 0:
            try:
                self.sync()
            finally:
                os.close(self._handle)
                self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _end_at_line(self) -> None:
        """Cut off what follows the last end of a line: the next line must stand alone."""
        size = os.lseek(self._handle, 0, os.SEEK_END)
        back = b""
        at = size
        while at > 0:
            step = min(65536, at)
            at -= step
            os.lseek(self._handle, at, os.SEEK_SET)
            back = os.read(self._handle, step)
            if (end := back.rfind(b"\n")) >= 0:
                os.ftruncate(self._handle, at + end + 1)
                return
        os.ftruncate(self._handle, 0)
