"""What can go wrong, by who can mend it; each error knows its exit code.

`SpecError` is for the analyst (something written in a study), `UsageError` for the caller (an
argument), `RunError` for whoever runs the machine, `LockedError`, `DamagedError` and `LostWorkError` for whoever keeps
results. Anything else is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby


class InsatsError(Exception):
    """Base of every error that is told to a person in one message, without a traceback."""

    exit_code = 1


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in a study: where it stands, what was found and what would be right."""

    path: str
    """File as the user named it."""
    line: int
    """Counted from 1; 0 where the whole file is meant."""
    column: int
    """Counted from 1; 0 where the whole line is meant."""
    where: str
    """Dotted place in the document, `parameters.hr_work.value`; empty for the whole file."""
    message: str

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}  " if self.line else ""
        where = f"{self.where}: " if self.where else ""
        return f"{place}{where}{self.message}"


class SpecError(InsatsError):
    """A study that cannot be run as written. Carries every problem found, not only the first."""

    exit_code = 3

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = []
        for path, group in groupby(self.problems, key=lambda p: p.path):
            found = list(group)
            count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
            parts.append("\n".join([f"{path}: {count}", *(f"  {p}" for p in found)]))
        return "\n".join(parts)


class UsageError(InsatsError):
    """A call or command line that asks for something that does not exist or cannot be done."""

    exit_code = 2


class RunError(InsatsError):
    """A run that had to stop: draws that break a rule of the model, or outcomes that are not numbers."""

    exit_code = 3


class ResourceError(InsatsError):
    """Refused before any work: more memory, disk or time than is there or was allowed."""

    exit_code = 5


class LockedError(InsatsError):
    """Another process writes to the same folder of results."""

    exit_code = 6


class DamagedError(InsatsError):
    """Results that are unfinished, or not as they were written; the message says what, where and what to do."""

    exit_code = 7


class LostWorkError(InsatsError):
    """Workers were lost, or a part of the work kills whoever does it; what was done until then is kept."""

    exit_code = 8


class EngineWarning(UserWarning):
    """Something the reader of a result should know, though the result stands."""
