"""Every numba switch, with its reason."""

from __future__ import annotations

from typing import Any

COMPILED: dict[str, Any] = {
    # Threads run blocks side by side; without the lock they scale.
    "nogil": True,
    # The default raises ZeroDivisionError and loses the block; a status per draw says more.
    "error_model": "numpy",
    # Not fastmath: reassociation would make results depend on the CPU, and drops isnan. Costs 3-5 %.
    "fastmath": False,
    # Not cache: numba's cache cannot hold a kernel whose body is an intrinsic in a closure.
    "cache": False,
}
