"""Files written so that a crash leaves the old one or the new one, and what is in a file."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from engine.failpoints import failpoint

_PIECE = 1 << 20


class Content(NamedTuple):
    """What tells one content of a file from another."""

    size: int
    """Bytes."""
    sha256: str


def content_of(path: Path | str) -> Content:
    """Size and sha256 of a file.

    Raises
    ------
    OSError : it is not there, is no plain file, or cannot be read.
    """
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise FileNotFoundError(2, "is no plain file", str(path))
    digest, size = hashlib.sha256(), 0
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return Content(size, digest.hexdigest())


def write_whole(path: Path, text: str, *, place: str = "before_file_rename") -> None:
    """Write a file under another name, wait for the disk, and rename it. `place` is the failpoint before the rename."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        failpoint(place)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync(paths: Iterable[Path | str]) -> None:
    """Wait until files are on the disk; one that is gone needs no waiting for."""
    for path in paths:
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system lets one."""
    if os.name == "posix":
        sync([folder])
