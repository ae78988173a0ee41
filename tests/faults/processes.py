"""Real processes of the program: in a session of their own, able to hear Ctrl-C, ended by signals that tests send."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
INSATS = (sys.executable, "-m", "engine")
PATIENCE = 120
"""Seconds after which a process that a test waits for is taken to hang."""


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


def started(
    *arguments: str | Path, env: Mapping[str, str | None] | None = None, cwd: Path | None = None, **options: Any
) -> subprocess.Popen[str]:
    """A running `insats`. A shell starts what it puts in the background with SIGINT ignored, which a child inherits:
    that is undone, or Ctrl-C would not reach it."""
    return subprocess.Popen(
        [*INSATS, *map(str, arguments)],
        cwd=cwd or ROOT,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_hears_interrupts,
        **options,
    )


def _hears_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def insats(
    *arguments: str | Path,
    env: Mapping[str, str | None] | None = None,
    cwd: Path | None = None,
    timeout: float = PATIENCE,
) -> Done:
    """Run `insats` to its end."""
    began = time.monotonic()
    process = started(*arguments, env=env, cwd=cwd)
    with ended(process):
        out, err = process.communicate(timeout=timeout)
    return Done(process.returncode, out, err, time.monotonic() - began)


@contextlib.contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """Whatever happens, the process and all that it started are gone afterwards."""
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


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
