"""The program in an interpreter of its own, and what there is to know of processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.faults.answering import PATIENCE, ROOT

INSATS = (sys.executable, "-m", "engine")


class Done(NamedTuple):
    code: int
    """Exit code; minus the signal where one ended it."""
    out: str
    err: str
    seconds: float


def environment(changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """This process's, with the package of this tree, and changes; None takes a variable away."""
    found = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name, value in (changes or {}).items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return found


def insats(
    *arguments: str | Path,
    env: Mapping[str, str | None] | None = None,
    cwd: Path | None = None,
    timeout: float = PATIENCE,
) -> Done:
    """Run `insats` to its end, in an interpreter of its own."""
    began = time.monotonic()
    done = subprocess.run(
        [*INSATS, *map(str, arguments)],
        cwd=cwd or ROOT,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        start_new_session=True,
    )
    return Done(done.returncode, done.stdout, done.stderr, time.monotonic() - began)


def until(happened: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
    """Wait for something, and fail where it does not happen."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.002)


def members(group: int) -> list[int]:
    """Living processes of a process group, zombies left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(entry.name))
    return found
