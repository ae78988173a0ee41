"""Asks the command line many things, each in a process of its own, and tells what each cost and touched.

One process has the command loaded and forks for each question, so that hundreds of hostile files are asked about, and
dozens of runs killed, in the time of loading once.

What a child opens, imports, connects to or starts is written down by an audit hook, its peak memory read from the
kernel (`VmHWM`, which begins anew with each process).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LONGEST = 30
"""Seconds after which a child is ended by its own alarm; any rule here is far below."""
PATIENCE = 120
"""Seconds after which a process that a test waits for is taken to hang."""


@dataclass(frozen=True)
class Answer:
    """What a command line did."""

    code: int
    """Exit code; minus the signal where one ended it."""
    out: str
    err: str
    seconds: float
    """Processor time, since others may use the machine."""
    peak: int
    """Bytes of memory at most, the process as it was loaded included."""
    own: int
    """Of them, those beyond what the loaded process had."""
    events: tuple[tuple[str, ...], ...]
    """Audit events of interest: (`open`, path, mode), (`import`, module), (`socket.connect`, address), ..."""

    def opened(self, *, to_write: bool) -> list[str]:
        """Paths that were opened, or made, removed and renamed where `to_write`."""
        found = [e[1] for e in self.events if e[0] == "open" and (_writes(e[2]) == to_write)]
        if to_write:
            found += [e[1] for e in self.events if e[0] in _CHANGES]
        return found

    @property
    def imported(self) -> set[str]:
        return {e[1] for e in self.events if e[0] == "import"}

    @property
    def reached_out(self) -> list[tuple[str, ...]]:
        """Sockets that go anywhere (a pair of them in one process does not), and other programs."""
        return [e for e in self.events if e[0].startswith(_OUTSIDE)]


_CHANGES = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.rmtree")
_OUTSIDE = (
    *("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostby", "socket.sendto", "socket.sendmsg"),
    *("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.", "webbrowser."),
)


def _writes(mode: str) -> bool:
    return any(letter in mode for letter in "wax+")


class Started:
    """A process that was started, with what tests need of `subprocess.Popen`."""

    def __init__(self, poll: Callable[[int], int | None], pid: int, out: Path, err: Path) -> None:
        self._poll, self.pid, self._out, self._err = poll, pid, out, err
        self.returncode: int | None = None

    def __enter__(self) -> Started:
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever happened, the process and all that it started are gone afterwards."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._poll(self.pid)
        return self.returncode

    def wait(self, timeout: float = PATIENCE) -> int:
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            assert time.monotonic() < deadline, f"still there after {timeout} s: {self.err}"
            time.sleep(0.002)
        assert self.returncode is not None
        return self.returncode

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    @property
    def out(self) -> str:
        return self._out.read_text() if self._out.exists() else ""

    @property
    def err(self) -> str:
        return self._err.read_text() if self._err.exists() else ""


class Answering:
    """The loaded process. Use as a context manager."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._server: subprocess.Popen[str] | None = None

    def __enter__(self) -> Answering:
        self._server = subprocess.Popen(
            [sys.executable, str(Path(__file__)), *self._modules],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_hears_interrupts,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(timeout=LONGEST)
        assert self._server.stdout is not None
        self._server.stdout.close()

    def ask(self, *arguments: str | Path, folder: Path | None = None) -> Answer:
        """Run `insats` with arguments, in `folder`."""
        found = self._tell(arguments=[str(a) for a in arguments], folder=str(folder or ROOT))
        return Answer(**{**found, "events": tuple(tuple(e) for e in found["events"])})

    def start(
        self,
        *arguments: str | Path,
        env: Mapping[str, str | None] | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> Started:
        """Begin `insats` with arguments, in a process that is waited for, or ended, by whoever asked.

        Parameters
        ----------
        env : changes to the environment; None takes a variable away.
        limits : of `resource.setrlimit`, by name.
        """
        scratch = Path(tempfile.mkdtemp(prefix="insats-started-"))
        out, err = scratch / "out", scratch / "err"
        found = self._tell(
            arguments=[str(a) for a in arguments],
            folder=str(ROOT),
            out=str(out),
            err=str(err),
            env=dict(env or {}),
            limits=dict(limits or {}),
        )
        return Started(self._poll, found["pid"], out, err)

    def _poll(self, pid: int) -> int | None:
        code: int | None = self._tell(poll=pid)["code"]
        return code

    def _tell(self, **question: Any) -> dict[str, Any]:
        assert self._server is not None
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(question) + "\n")
        self._server.stdin.flush()
        found: dict[str, Any] = json.loads(self._server.stdout.readline())
        return found


def _hears_interrupts() -> None:
    """A shell starts what it puts in the background with SIGINT ignored, and a child inherits that: undo it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


# ---------------------------------------------------------------- the loaded process


def _serve(modules: Sequence[str]) -> None:
    import importlib

    events: list[tuple[str, ...]] = []
    listening = False
    kept = ("open", "import", *_CHANGES)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if listening and (event in kept or event.startswith(_OUTSIDE)):
            events.append((event, *(str(a)[:500] for a in arguments)))

    sys.addaudithook(hook)
    sys.path.insert(0, str(ROOT))
    import engine.cli  # what every question needs

    for module in modules:
        importlib.import_module(module)
    for line in sys.stdin:
        question = json.loads(line)
        if "poll" in question:
            pid, status = os.waitpid(question["poll"], os.WNOHANG)
            print(json.dumps({"code": os.waitstatus_to_exitcode(status) if pid else None}), flush=True)
            continue
        if "out" in question:
            child = os.fork()
            if child == 0:
                os._exit(_go(question))
            print(json.dumps({"pid": child}), flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            out, err, told = (Path(folder) / name for name in ("out", "err", "told"))
            child = os.fork()
            if child == 0:
                signal.alarm(LONGEST)
                os.chdir(question["folder"])
                for stream, path in ((1, out), (2, err)):
                    os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream)
                began = _now()
                before = _memory()
                listening = True
                code = engine.cli.invoke(question["arguments"])
                listening = False
                sys.stdout.flush()
                sys.stderr.flush()
                seconds, peak = _now() - began, _memory()
                found = {"code": code, "seconds": seconds, "peak": peak, "own": peak - before, "events": events}
                told.write_text(json.dumps(found))
                os._exit(0)
            _, status = os.waitpid(child, 0)
            if told.exists():
                found = json.loads(told.read_text())
            else:
                found = {"code": -os.WTERMSIG(status), "seconds": LONGEST, "peak": 0, "own": 0, "events": []}
            found |= {"out": out.read_text(errors="replace"), "err": err.read_text(errors="replace")}
        print(json.dumps(found), flush=True)


def _go(question: dict[str, Any]) -> int:
    """What a process that was started does: the command line, in a session of its own. Returns its exit code."""
    import resource

    import engine.cli

    os.setsid()
    os.chdir(question["folder"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream, path in ((1, question["out"]), (2, question["err"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), stream)
    for name, value in question["env"].items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    for limit, size in question["limits"].items():
        resource.setrlimit(getattr(resource, limit), (size, size))
    try:
        code = engine.cli.invoke(question["arguments"])
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _now() -> float:
    return time.process_time()


def _memory() -> int:
    """Peak of resident memory, in bytes."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    _serve(sys.argv[1:])
