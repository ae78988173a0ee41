"""How work is cut into blocks, and whether it fits into the machine. Results never depend on the cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from engine.errors import ResourceError, UsageError

TILE = 256
"""Draws that are summed together. Blocks are whole tiles, so that sums are the same bits for any block size."""
DEFAULT_BLOCK = 1024
"""Draws computed by one call of the kernel: 15 MB of yearly figures for ten states and nine payers over 49 years."""
MEMORY_SHARE = 0.6
"""Share of free memory that results may fill."""


class Span(NamedTuple):
    """Draws start to stop - 1."""

    start: int
    stop: int


def block_size(wanted: int | None) -> int:
    """Whole tiles nearest above the wanted size.

    Raises
    ------
    UsageError : less than one draw.
    """
    if wanted is None:
        return DEFAULT_BLOCK
    if wanted < 1:
        raise UsageError(f"block size {wanted}: a block holds at least one draw")
    return -(-wanted // TILE) * TILE


def cut(total: int, size: int) -> Iterator[Span]:
    """Draws 0 to total - 1 in blocks of `size`."""
    for start in range(0, total, size):
        yield Span(start, min(start + size, total))


def free_memory() -> int | None:
    """Bytes that can be taken now, or None where the system does not say."""
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
            f"{MEMORY_SHARE:.0%} may be used; ask for fewer draws"
        )


def default_threads() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else (os.cpu_count() or 1)
