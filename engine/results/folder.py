"""A folder of results, put in place whole: a reader sees the old one or the new one, never a half."""

from __future__ import annotations

import glob
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import UsageError
from engine.failpoints import failpoint

MARK = "run.json"
"""File by which a folder of results is known; only such a folder is ever replaced."""
NAMES = frozenset(
    {MARK, "summary.json", "npv.csv", "differences.csv", "sensitivity.csv", "occupancy.csv", "budget.csv"}
    | {"cost_effectiveness.csv", "cost_effectiveness_curves.csv", "outcomes.csv", "subgroups.csv"}
    | {"results.zarr", "report.html", "figures"}
    | {"plan.json", "journal.jsonl", "run.lock", "MANIFEST.json"}
)
"""All that such a folder holds. Whatever else somebody put into it is theirs."""


def check_target(folder: Path) -> None:
    """Refuse, before any work, a folder that cannot be written or that holds something else.

    Raises
    ------
    UsageError : with what is in the way.
    """
    try:
        there = folder.exists()
    except OSError as e:  # a name that no disk takes
        raise UsageError(f"{folder}: cannot be written ({e.strerror}); name another folder with -o") from e
    if there and not folder.is_dir():
        raise UsageError(f"{folder}: is a file; results are a folder")
    if folder.is_dir():
        others = sorted(p.name for p in folder.iterdir() if p.name not in NAMES)
        if others or (any(folder.iterdir()) and not _is_ours(folder / MARK)):
            found = f" ({', '.join(others[:3])})" if others else ""
            raise UsageError(
                f"{folder}: holds other files than results{found}, and is left alone; name another folder with -o"
            )
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
        check_target(folder)  # somebody may have put something there meanwhile
        put(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def put(draft: Path, folder: Path) -> None:
    """Let `draft` take the place of `folder`; the old folder comes back if that fails.

    Raises
    ------
    UsageError : the disk refuses.
    """
    try:
        if not folder.exists():
            draft.rename(folder)
            _sweep(folder)
            return
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
        old = folder.rename(aside / folder.name)
        failpoint("between_renames")
        try:
            draft.rename(folder)
        except OSError:
            old.rename(folder)
            aside.rmdir()
            raise
        _sweep(folder)
    except OSError as e:
        raise UsageError(f"{folder}: cannot be written ({e.strerror}); name another folder with -o") from e


def _sweep(folder: Path) -> None:
    """Remove older results that were put aside, also by runs that were killed between the two renames."""
    for left in folder.parent.glob(f".{glob.escape(folder.name)}-old-*"):
        shutil.rmtree(left, ignore_errors=True)


def _is_ours(mark: Path) -> bool:
    try:
        content = json.loads(mark.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and {"study", "key", "versions"} <= set(content)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
