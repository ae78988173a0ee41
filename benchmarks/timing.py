"""What benchmarks share: rounds in turn, tables, and the machine in plain words."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Times(NamedTuple):
    """Seconds of one way, round by round."""

    seconds: list[float]

    @property
    def best(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def over(self, other: Times) -> float:
        """How many times as long as another way: the median of what rounds say, each against its own moment."""
        return statistics.median(a / b for a, b in zip(self.seconds, other.seconds, strict=False))


def in_turn(
    ways: Mapping[str, Callable[[], object]],
    rounds: int,
    *,
    slow: Collection[str] = (),
    clock: Callable[[], float] = time.thread_time,
) -> dict[str, Times]:
    """Every way once in each round, so that a busy moment of the machine meets all of them alike.

    Parameters
    ----------
    slow : ways that are timed in the first three rounds only.
    clock : processor time of this thread, which other work on the machine disturbs least; `time.perf_counter` for ways
        with threads of their own.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for k in range(rounds):
        for name, way in ways.items():
            if k >= 3 and name in slow:
                continue
            began = clock()
            way()
            seconds[name].append(clock() - began)
    return {name: Times(found) for name, found in seconds.items()}


def markdown(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; columns after the first to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def short(x: float) -> str:
    """Three digits."""
    return f"{x:,.0f}" if abs(x) >= 1000 else f"{x:.3g}"


def machine() -> str:
    """Processor, cores, width of its vectors, versions."""
    name, flags = platform.processor() or platform.machine(), ""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        found = dict(line.split(":", 1) for line in lines if ":" in line)
        fields = {key.strip(): value.strip() for key, value in found.items()}
        name = f"{fields['model name']} (family {fields['cpu family']}, model {fields['model']})"
        flags = fields["flags"]
    except (OSError, KeyError):
        pass
    vectors = next(
        (text for flag, text in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags.split()), "no AVX2"
    )
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("numpy", "numba", "llvmlite"))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores of {name} with {vectors}; Python {platform.python_version()}, {versions}."
