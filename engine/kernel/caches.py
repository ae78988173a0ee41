"""Where compiled code is kept between processes: a folder of the user's own, `INSATS_CACHE_DIR` to move it.

Whoever can write there can run code as the user, so a folder that others own or may write is not used. Files carry the
hash of what they hold, are written under another name first, and one that does not agree is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import stat
import sys
import tempfile
from functools import cache
from pathlib import Path

VARIABLE = "INSATS_CACHE_DIR"
"""Environment variable with another folder; empty to keep nothing."""
MOST_FILES = 400
"""Files of a folder; the longest unused go first. A compiled model is 30-500 kB."""

_log = logging.getLogger(__name__)
_MARK = b"insats1\n"
_DIGEST = 32


def folder(kind: str) -> Path | None:
    """The folder for one kind of compiled code, made if it is not there; None where nothing can be kept."""
    root = _root()
    if root is None:
        return None
    try:
        return _private(_private(root) / f"{kind}-{_sources()}")
    except (OSError, _NotPrivate) as e:
        complain(f"{root} cannot keep compiled code ({_reason(e)})")
        return None


def read(path: Path) -> bytes | None:
    """What was written there; None where there is nothing, or something else."""
    try:
        content = path.read_bytes()
        with contextlib.suppress(OSError):
            os.utime(path)  # used: `_drop_oldest` spares it
    except OSError:
        return None
    return unsealed(content)


def write(path: Path, content: bytes) -> None:
    """Keep it, in one step: whoever reads sees all of it or nothing. Tells once where it cannot."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sealed(content))
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
        _drop_oldest(path.parent)
    except OSError as e:
        complain(f"{path.parent} cannot keep compiled code ({_reason(e)})")


def sealed(content: bytes) -> bytes:
    """The content after its hash."""
    return _MARK + hashlib.sha256(content).digest() + content


def unsealed(content: bytes) -> bytes | None:
    """The content that `sealed` was given; None where it is not as it was."""
    start = len(_MARK) + _DIGEST
    inside = content[start:]
    whole = content[: len(_MARK)] == _MARK and hashlib.sha256(inside).digest() == content[len(_MARK) : start]
    return inside if whole else None


@cache
def complain(what: str) -> None:
    """Say it once in a process."""
    _log.warning("%s; models are compiled anew each time. %s names another folder.", what, VARIABLE)


class _NotPrivate(Exception):
    pass


def _reason(e: Exception) -> str:
    return e.strerror or str(e) if isinstance(e, OSError) else str(e)


def _root() -> Path | None:
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return Path(chosen).absolute() if chosen else None
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # nobody's home
        complain("there is no home folder to keep compiled code in")
        return None
    return base / "insats"


def _private(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid"):
        found = path.stat()
        if found.st_uid != os.getuid():
            raise _NotPrivate("it belongs to another user")
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise _NotPrivate("others may write there")
    return path


@cache
def _sources() -> str:
    """Names this version of the code that compiles, so that another version never reads what this one wrote."""
    digest = hashlib.sha256(f"{sys.version} {sys.platform}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _drop_oldest(inside: Path) -> None:
    files = list(inside.iterdir())
    if len(files) > MOST_FILES:

        def used(path: Path) -> float:
            try:
                return path.stat().st_mtime
            except OSError:
                return 0.0

        for path in sorted(files, key=used)[: len(files) - MOST_FILES // 2]:
            with contextlib.suppress(OSError):
                path.unlink()
