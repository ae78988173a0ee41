"""What this machine does with a study, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.terminal.lines import console, line, paragraph, plain, show, table_of

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


def show_bench(found: Mapping[str, Any]) -> None:
    """Rates, and how long runs would take, from the fields of `engine.api.bench.Bench`."""
    out = console()
    line(
        out,
        f"{found['study']}: {found['states']} states, {found['cycles']} cycles, {found['strategies']} strategies, "
        f"{found['calculations']} calculations, {found['inputs']} assumptions that vary.",
    )
    line(out, "")
    rows = [[f"Kernel, {_threads(n)}", _millions(rate)] for n, rate in found["kernel"]]
    rows.append([f"Whole runs, {_threads(found['threads'])}", _millions(found["run"])])
    show(out, table_of(["A trajectory is one draw under one strategy"], ["million trajectories a second"], rows))
    line(out, "")
    rows = [[f"{plain(n)} draws of each calculation", duration(seconds)] for n, seconds in found["expected"]]
    show(out, table_of(["To simulate, analyses and report not counted"], ["time"], rows))
    line(out, "")
    paragraph(
        out,
        f"Drawing the figures takes {found['sampling']:.2f} of the kernel's time. Compiling the study took "
        f"{found['compile_seconds']:.2f} s. The disk takes {plain(round(found['written'] / 1e6))} MB a second.",
    )


def duration(seconds: float) -> str:
    """In the unit that people would say it in."""
    for size, name in ((_DAY, "days"), (_HOUR, "hours"), (_MINUTE, "minutes")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.1f} seconds"


def _threads(n: int) -> str:
    return "1 thread" if n == 1 else f"{n} threads"


def _millions(rate: float) -> str:
    return f"{rate / 1e6:.3g}"
