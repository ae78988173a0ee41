"""How work is cut into blocks, and whether it fits into the machine. Results never depend on the cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from engine.errors import ResourceError
from engine.kernel.layout import TILE, Program
from engine.model.compile import Shape

LARGEST_BLOCK = 4096
BLOCK_BYTES = 64_000_000
"""Memory that a block, with what is made of it, may take."""
MEMORY_SHARE = 0.6
"""Share of free memory that a run may fill."""


class Span(NamedTuple):
    """Draws start to stop - 1."""

    start: int
    stop: int


def bytes_per_draw(program: Program, shape: Shape) -> int:
    """Memory that one draw takes in a block: the kernel's arrays, and what outcomes make of the yearly ones."""
    made = 2 * len(shape.payers) + 8 * len(shape.parties) + len(shape.courses) * len(shape.states)
    years = program.n_cycles * (len(program.yearly) + made * (len(shape.courses) - 1 if program.yearly else 0))
    parties = len(shape.subgroups) * (len(shape.courses) - 1) * len(shape.parties)
    return 8 * (program.n_inputs + 3 * len(program.totals) + 3 * parties + years)


def block_size(wanted: int | None, draw_bytes: int = 0) -> int:
    """Draws of a block: whole tiles, nearest above the wanted size, or as many as fit into `BLOCK_BYTES`."""
    if wanted is None:
        wanted = min(LARGEST_BLOCK, BLOCK_BYTES // max(draw_bytes, 1)) // TILE * TILE
    return max(1, -(-wanted // TILE)) * TILE


def cut(total: int, size: int) -> Iterator[Span]:
    """Draws 0 to total - 1 in blocks of `size`."""
    for start in range(0, total, size):
        yield Span(start, min(start + size, total))


def free_memory() -> int | None:
    """Bytes that can be taken now, or None where the system does not say.

    Linux tells what could be freed at once (`MemAvailable`), and may allow a process less than the machine has.
    """
    found = []
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
        limit, used = (Path("/sys/fs/cgroup") / name for name in ("memory.max", "memory.current"))
        if limit.is_file() and limit.read_text().strip() != "max":
            found.append(int(limit.read_text()) - int(used.read_text()))
    except (OSError, ValueError):
        pass
    if found:
        return max(0, min(found))
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def refuse_if_too_large(needed: int, what: str) -> None:
    """Stop before any work where results would not fit.

    Raises
    ------
    ResourceError : more than `MEMORY_SHARE` of free memory is needed.
    """
    free = free_memory()
    if free is not None and needed > MEMORY_SHARE * free:
        raise ResourceError(
            f"{what} needs {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free, of which "
            f"{MEMORY_SHARE:.0%} may be used; ask for fewer draws, keep fewer, or take fewer threads or smaller blocks"
        )


def default_threads() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else (os.cpu_count() or 1)
