"""A folder of results, put in place whole: a reader sees the old one or the new one, never a half."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import UsageError

MARK = "run.json"
"""File by which a folder of results is known; only such a folder is ever replaced."""


def check_target(folder: Path) -> None:
    """Refuse, before any work, a folder that cannot be written or that holds something else.

    Raises
    ------
    UsageError : with what is in the way.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is a file; results are a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise UsageError(f"{folder}: holds other files than results, and is left alone; name another folder with -o")
    parent = folder.parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise UsageError(f"{folder}: {parent} is a file, so no folder can be made in it")
    try:  # whether it can be written is known by writing: permissions do not tell of read-only and special disks
        Path(tempfile.mkdtemp(prefix=".insats-", dir=parent)).rmdir()
    except OSError as e:
        raise UsageError(f"{folder}: cannot be written ({e.strerror}); name another folder with -o") from e


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A new folder to write to, which takes the place of `folder` when the block ends well, and vanishes when not.

    Raises
    ------
    UsageError : as `check_target`, or the disk refuses.
    """
    check_target(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as e:
        raise UsageError(f"{folder}: cannot be written ({e.strerror}); name another folder with -o") from e
    try:
        yield draft
        draft.chmod(0o777 & ~_umask())
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
            folder.rename(old / folder.name)
            draft.rename(folder)
            shutil.rmtree(old)
        else:
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
