"""Named places where a test may have this process killed, to see that what is on disk survives it.

`INSATS_FAILPOINT=name:count` kills with SIGKILL the `count`-th time (1 if left out) that the place is passed. Without
the variable nothing happens.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

VARIABLE = "INSATS_FAILPOINT"
PLACES = frozenset(
    {
        "after_plan",
        "before_chunk",
        "in_chunk",
        "before_file_rename",
        "after_chunk_rename",
        "before_journal",
        "after_journal",
        "before_finish",
        "before_manifest",
        "before_manifest_rename",
        "after_manifest",
        "between_renames",
        "after_rename",
    }
)
_passed: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Die here if a test asked for it.

    Raises
    ------
    ValueError : the variable names no place, which would be a test that tests nothing.
    """
    asked = os.environ.get(VARIABLE)
    if asked is None:
        return
    place, _, count = asked.partition(":")
    if place not in PLACES:
        raise ValueError(f"{VARIABLE}={asked}: no such place; there are {', '.join(sorted(PLACES))}")
    if place != name:
        return
    _passed[name] += 1
    if _passed[name] == int(count or 1):
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
