"""The process around a command: what stops it, and which warnings reach a person."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from engine.errors import EngineWarning

GRACE = 4.5
"""Seconds after a first Ctrl-C in which what is in flight may be finished and kept."""
HURRY = 0.8
"""Seconds after any other signal in which what is half-written may be removed."""
NOTHING_LEFT = "nothing half-written is left."


class Stopped(BaseException):
    """A signal asked us to stop. No `Exception`, so that nothing on the way takes it for a fault of its own."""

    def __init__(self, number: int) -> None:
        self.signal = number


class _State:
    """What signals have come, and what is to be said of them. One a process, as signals are."""

    def __init__(self) -> None:
        self.received: list[int] = []
        self.keeps = False
        """Whether what is in flight can be kept, while it simulates."""
        self.patient = False
        self.leave: Callable[[], None] = lambda: None
        """What is to be undone before the process ends in a hurry."""
        self.last_words: Callable[[], str] = lambda: NOTHING_LEFT


_state = _State()


def _stop(number: int, _: object) -> None:
    """A first Ctrl-C waits where something can be kept, a second one and all other signals do not."""
    _state.received.append(number)
    first_interrupt = number == signal.SIGINT and len(_state.received) == 1
    _leave_after(GRACE if first_interrupt else HURRY)
    if not (first_interrupt and _state.patient):
        raise Stopped(number)


def _leave_after(seconds: float) -> None:
    """End the process then, whatever it waits for: a thread in a long loop, say. Its lock is known to be dead."""
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGALRM, _leave)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _leave(*_: object) -> NoReturn:
    _state.leave()
    code = tell_of_signal(_state.received[-1])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def leave_if_stopped(code: int) -> None:
    """End the process after a signal, without waiting for threads that are in the middle of something."""
    if _state.received:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def tell_of_signal(number: int) -> int:
    """Say that a signal ended the command and how to go on, and return the exit code."""
    how = "Interrupted" if number == signal.SIGINT else "Terminated"
    words = _state.last_words()
    print(f"{how}{'; ' if words == NOTHING_LEFT else ' '}{words}", file=sys.stderr)
    return 128 + number


@contextmanager
def going_on(last_words: Callable[[], str], leave: Callable[[], None]) -> Iterator[Callable[[], BaseException | None]]:
    """Inside, a first Ctrl-C is not raised but told by the function that is given, so that work in flight can be kept.

    Parameters
    ----------
    last_words : how to go on, said when a signal has ended the command: `after 3 of 7 draws; ...`.
    leave : what is to be undone where the process cannot wait for threads to end.
    """
    _state.last_words, _state.leave, _state.keeps = last_words, leave, True

    def halt() -> BaseException | None:
        return Stopped(_state.received[0]) if _state.received else None

    try:
        yield halt
    finally:
        _state.keeps = _state.patient = False
        _state.leave = lambda: None


def watched(tell: Callable[[str, int, int], None] | None) -> Callable[[str, int, int], None]:
    """Progress that also stops the run where a signal was swallowed: code called from C may swallow an exception."""

    def told(stage: str, done: int, total: int) -> None:
        _state.patient = _state.keeps and stage == "simulate"
        if _state.received and not (_state.patient and _state.received == [signal.SIGINT]):
            raise Stopped(_state.received[0])
        if tell is not None:
            tell(stage, done, total)

    return told


@contextmanager
def stopping_signals() -> Iterator[None]:
    """Signals unwind everything that is half-written."""
    _state.received.clear()
    _state.keeps = _state.patient = False
    _state.last_words = lambda: NOTHING_LEFT
    before: dict[signal.Signals, Any] = {}
    unraisable = sys.unraisablehook

    def silent_if_stopped(fault: sys.UnraisableHookArgs) -> None:
        if not isinstance(fault.exc_value, Stopped):
            unraisable(fault)

    sys.unraisablehook = silent_if_stopped
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # A job put in the background by a script ignores Ctrl-C, which is meant for the script; `nohup` ignores SIGHUP.
        ignored = number is not None and signal.getsignal(number) is signal.SIG_IGN
        if number is None or (ignored and (name == "SIGHUP" or not sys.stdin.isatty())):
            continue
        try:
            before[number] = signal.signal(number, _stop)
        except ValueError:  # not the main thread, as where another program calls us
            break
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            signal.signal(number, handler)
        if before and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def own_warnings_only() -> Iterator[None]:
    """Our warnings in one line each; those of libraries are for whoever develops, with `python -W`."""

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        print(f"{'Warning' if issubclass(category, EngineWarning) else category.__name__}: {message}", file=sys.stderr)

    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", EngineWarning)
        warnings.showwarning = show
        root = logging.getLogger()
        silent, ours = logging.NullHandler(), _Lines()
        root.addHandler(silent)  # else Python prints what libraries log
        logging.getLogger("engine").addHandler(ours)
        try:
            yield
        finally:
            root.removeHandler(silent)
            logging.getLogger("engine").removeHandler(ours)


class _Lines(logging.Handler):
    """What our own floors log, a line each: news as they are, and what went wrong as a warning."""

    def emit(self, record: logging.LogRecord) -> None:
        mark = "Warning: " if record.levelno >= logging.WARNING else ""
        print(f"{mark}{record.getMessage()}", file=sys.stderr)
