"""Whether all who compute a run have what it was started with: else the same draw could give other digits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from engine.errors import UsageError
from engine.versions import NUMBERS, code_hash, platform_name, versions

PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "distributed")
_CODE, _PLATFORM = "code of insats", "platform"


@cache
def facts() -> Mapping[str, str]:
    """What numbers depend on in this process, and what the transport does."""
    return {**versions(PACKAGES), _CODE: code_hash(NUMBERS), _PLATFORM: platform_name()}


def refuse_differences(own: Mapping[str, str], others: Mapping[str, Mapping[str, str]]) -> None:
    """Stop where anybody differs.

    Parameters
    ----------
    others : facts by address.

    Raises
    ------
    UsageError : with a table of what differs, a line for each worker and fact.
    """
    rows = [
        (address, name, own.get(name, "-"), found.get(name, "-"))
        for address, found in sorted(others.items())
        for name in sorted({*own, *found})
        if own.get(name) != found.get(name)
    ]
    if not rows:
        return
    table = [("worker", "what", "here", "there"), *rows[:40]]
    widths = [max(len(row[k]) for row in table) for k in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    more = f"\n.. and {len(rows) - 40} more" if len(rows) > 40 else ""
    raise UsageError(
        "workers differ from this process, so results could differ by who computes them; "
        "install the same versions everywhere:\n" + "\n".join(f"  {line}" for line in lines) + more
    )
