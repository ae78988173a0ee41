"""One writer to a folder: a lock that says who holds it, and that nobody has to remove by hand after a crash.

The lock is a file made with `O_CREAT | O_EXCL`. Its owner touches it every 15 seconds. On the same machine an owner
that is gone is known by its process number and the time that process started, so its lock is taken over at once; of an
owner on another machine only the last sign of life is known, and a person decides. Clocks of two machines are never
compared.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import secrets
import shlex
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import LockedError

LOCK = "run.lock"
SIGN_OF_LIFE = 15.0
"""Seconds between touches of a lock."""
STALE = 600.0
"""Seconds without a sign of life after which an owner on another machine is thought gone."""
_TRIES = 20
_LOCK_OF_SHARE = re.compile(r"run-(\d+)-(\d+)\.lock")


@dataclass(frozen=True)
class Owner:
    """Who holds a lock."""

    pid: int
    started: str
    """When the process started, in the system's own terms; empty where it does not say."""
    host: str
    boot: str
    """Of the machine's present boot; empty where the system does not say."""
    user: str
    command: str
    nonce: str


class Lock:
    """A lock that this process holds; released by `release`, wherever its folder has been moved to."""

    def __init__(self, path: Path, owner: Owner) -> None:
        self._path, self._owner = path, owner
        self._done = threading.Event()
        self._touching = threading.Thread(target=self._touch, name="insats-lock", daemon=True)
        self._touching.start()

    def moved(self, folder: Path) -> None:
        """The folder with the lock in it has another name now."""
        self._path = folder / self._path.name

    def release(self) -> None:
        """Remove the lock, if it is still ours."""
        self._done.set()
        owner = read_owner(self._path)
        if owner is not None and owner.nonce == self._owner.nonce:
            self._path.unlink(missing_ok=True)

    def _touch(self) -> None:
        while not self._done.wait(SIGN_OF_LIFE):
            try:
                os.utime(self._path)
            except OSError:  # moved this moment, or the disk is away: the next touch will tell
                continue


def acquire(folder: Path, name: str = LOCK, *, tell: Callable[[str], None] = lambda text: None) -> Lock:
    """Make `folder` if it is not there, and lock it. `tell` hears of a lock that is taken over.

    Raises
    ------
    LockedError : another process writes to it.
    OSError : the disk refuses.
    """
    path, owner = folder / name, _self()
    for _ in range(_TRIES):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with _alone(folder):
                if _create(path, owner):
                    return Lock(path, owner)
                _refuse_if_held(path, tell)
                path.unlink(missing_ok=True)
                if _create(path, owner):
                    return Lock(path, owner)
        except FileNotFoundError:  # the owner has just finished, and moved the folder into its place
            continue
    raise LockedError(f"{folder}: others take and leave it all the time; try again")


def read_owner(path: Path) -> Owner | None:
    """Who holds a lock; None where there is none, or its writer died before it said."""
    try:
        return Owner(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def refuse_if_shared(part: Path, chunks: range | None = None) -> None:
    """Refuse where a living process does some of these chunks; any, if None.

    Raises
    ------
    LockedError : with who it is.
    """
    for path in sorted(part.glob("run-*-*.lock")):
        if (found := _LOCK_OF_SHARE.fullmatch(path.name)) is None:
            continue
        first, last = map(int, found.groups())
        apart = chunks is not None and (last < chunks.start or first >= chunks.stop)
        if not apart and is_held(path):
            raise LockedError(f"{part}: another process does blocks {first} to {last}; wait for it")


def is_held(path: Path) -> bool:
    """Whether a lock is there and its owner is not known to be gone."""
    if not path.exists():
        return False
    try:
        _refuse_if_held(path, lambda text: None)
    except LockedError:
        return True
    except FileNotFoundError:  # released this moment
        return False
    return False


def _create(path: Path, owner: Owner) -> bool:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return False
    try:
        os.write(handle, (json.dumps(asdict(owner)) + "\n").encode())
    finally:
        os.close(handle)
    return True


def _refuse_if_held(path: Path, tell: Callable[[str], None]) -> None:
    """Raise unless the owner is known to be gone."""
    owner = read_owner(path)
    folder = path.parent
    if owner is None:
        # Written by one write right after it is made, under the guard: on this machine its writer died in between.
        if _quiet_for(path) < SIGN_OF_LIFE and not _guards():
            raise LockedError(f"{folder}: another run has just begun to write here; try again when it has finished")
        return
    who = f"process {owner.pid} of {owner.user} on {owner.host} (`{owner.command}`)"
    if owner.host == socket.gethostname():
        if owner.boot != _boot() or not _lives(owner, path):
            tell(f"Taking over {folder} from {who}, which is gone.")
            return
        raise LockedError(f"{folder}: {who} writes here; wait for it, or name another folder with -o")
    quiet = _quiet_for(path)
    if quiet > STALE:
        raise LockedError(
            f"{folder}: {who} wrote here and has given no sign of life for {quiet / 60:.0f} minutes. If it is gone, "
            f"remove its lock and go on: rm {shlex.quote(str(path))}"
        )
    raise LockedError(
        f"{folder}: {who} writes here (last sign of life {max(0, quiet):.0f} s ago); wait for it, or name another "
        "folder with -o"
    )


def _quiet_for(path: Path) -> float:
    """Seconds since the last touch, by the clock of the disk: another machine's may be wrong, or ours."""
    try:
        probe = path.with_name(f".clock-{secrets.token_hex(4)}")
        probe.touch()
        try:
            return probe.stat().st_mtime - path.stat().st_mtime
        finally:
            probe.unlink(missing_ok=True)
    except OSError:
        return time.time() - path.stat().st_mtime


def _self() -> Owner:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container without a name for the user
        user = str(os.getuid()) if hasattr(os, "getuid") else "unknown"
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])[:500]
    return Owner(
        os.getpid(), _started(os.getpid()), socket.gethostname(), _boot(), user, command, secrets.token_hex(16)
    )


def _lives(owner: Owner, path: Path) -> bool:
    """Whether the owner's process, on this machine, is there and is the same."""
    if os.name != "posix":
        return _quiet_for(path) < 4 * SIGN_OF_LIFE
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    now = _started(owner.pid)
    return not (owner.started and now and owner.started != now)


def _started(pid: int) -> str:
    """Clock ticks from boot to the start of a process; empty where the system does not say, or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()  # the name of the program, in brackets, may hold anything
    return fields[19] if len(fields) > 19 else ""


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _guards() -> bool:
    return os.name == "posix"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process of this machine at a time looks at a lock and takes it over."""
    if not _guards():
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:  # a disk that cannot: `O_EXCL` still lets one only make the lock
            yield
        else:
            yield
    finally:
        os.close(handle)
