"""The process around a command: what stops it, and which warnings reach a person."""

from __future__ import annotations

import logging
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from engine.errors import EngineWarning


class Stopped(BaseException):
    """A signal asked us to stop. No `Exception`, so that nothing on the way takes it for a fault of its own."""

    def __init__(self, number: int) -> None:
        self.signal = number


_stopped_by: list[int] = []
"""Signals received. Code called back from C may swallow an exception; the next news of progress raises it again."""


def _stop(number: int, _: object) -> NoReturn:
    _stopped_by.append(number)
    raise Stopped(number)


def watched(tell: Callable[[str, int, int], None] | None) -> Callable[[str, int, int], None]:
    """Progress that also stops the run where a signal was swallowed."""

    def told(stage: str, done: int, total: int) -> None:
        if _stopped_by:
            raise Stopped(_stopped_by[0])
        if tell is not None:
            tell(stage, done, total)

    return told


@contextmanager
def stopping_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM unwind everything that is half-written."""
    _stopped_by.clear()
    before: dict[signal.Signals, Any] = {}
    unraisable = sys.unraisablehook

    def silent_if_stopped(fault: sys.UnraisableHookArgs) -> None:
        if not isinstance(fault.exc_value, Stopped):
            unraisable(fault)

    sys.unraisablehook = silent_if_stopped
    for number in (signal.SIGINT, signal.SIGTERM):
        # A job put in the background by a script ignores Ctrl-C, which is meant for the script.
        if signal.getsignal(number) is signal.SIG_IGN and not sys.stdin.isatty():
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
