"""How a run tells how far it is: on stderr, so that the answer on stdout stays clean."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

_STAGES = {
    "simulate": "Simulating",
    "differences": "Explaining differences",
    "sensitivity": "Analysing sensitivity",
    "further": "Analysing the disagreement",
    "report": "Writing the report",
}

Tell = Callable[[str, int, int], None]


@contextmanager
def progress(*, quiet: bool) -> Iterator[BarOfProgress | LinesOfProgress | None]:
    """What the verbs tell their progress to: a bar on a terminal, a line now and then elsewhere, nothing if quiet."""
    logging.getLogger("engine").setLevel(logging.WARNING if quiet else logging.INFO)  # what the floors tell
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as bar:
            yield BarOfProgress(bar)
    else:
        yield LinesOfProgress(sys.stderr, time.monotonic)


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[left]}"),
        console=Console(stderr=True),
        transient=True,
    )


class Draws:
    """What is told of draws beside how many are done."""

    def __init__(self) -> None:
        self.found = 0
        """Draws that were there when the run began."""
        self.invalid: Callable[[], int] = lambda: 0
        """Draws so far that break a rule of the model."""

    def text(self, done: int, seconds: float) -> list[str]:
        rate = (done - self.found) / seconds if seconds > 0 and done > self.found else 0.0
        invalid = self.invalid()
        return [
            *([f"{_grouped(rate)} draws/s"] if rate >= 1 else []),
            *([f"{_grouped(invalid)} invalid"] if invalid else []),
        ]


class BarOfProgress:
    """One bar, which each stage takes over from the one before."""

    def __init__(self, bar: Progress, clock: Callable[[], float] = time.monotonic) -> None:
        self.draws = Draws()
        self._clock, self._began = clock, clock()
        self._bar = bar
        self._task: TaskID = bar.add_task("Preparing", total=None, left="")
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._stage = stage
            self._bar.remove_task(self._task)
            self._task = self._bar.add_task(_STAGES.get(stage, stage), total=total, left="left")
            self._began = self._clock()
        about = self.draws.text(done, self._clock() - self._began) if stage == "simulate" else []
        self._bar.update(self._task, completed=done, total=total, left=", ".join(["left", *about]))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Nothing of the bar on the terminal, so that something else can be written there."""
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()


class LinesOfProgress:
    """A line for every quarter of a stage that takes a while, one every ten seconds, and one when it is done."""

    EVERY = 10.0
    SHORT = 2.0

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self.draws = Draws()
        self._stream, self._clock = stream, clock
        self._stage, self._began, self._told, self._quarter = "", clock(), clock(), 0

    @contextmanager
    def aside(self) -> Iterator[None]:
        """As `BarOfProgress` has it; lines are in nobody's way."""
        yield

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = self._clock()
        if stage != self._stage:
            # The first news of a stage comes when some of it is done, so its clock starts where the last stage ended.
            self._began = self._told
            self._stage, self._quarter = stage, 0
        quarter = 4 * done // max(total, 1)
        quiet_for = now - self._told
        due = quiet_for >= self.EVERY or (quarter > self._quarter and quiet_for >= self.SHORT)
        if not (due or (done >= total and self._quarter < 4)):
            return
        self._told, self._quarter = now, quarter
        spent, found = now - self._began, self.draws.found if stage == "simulate" else 0
        parts = [f"{_STAGES.get(stage, stage)}: {100 * done // max(total, 1)} %"]
        if stage == "simulate":
            parts += self.draws.text(done, spent)
        if found < done < total:
            parts.append(f"{duration(spent * (total - done) / (done - found))} left")
        print(", ".join(parts), file=self._stream, flush=True)


def _grouped(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


def duration(seconds: float) -> str:
    """A time to wait, as text."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
