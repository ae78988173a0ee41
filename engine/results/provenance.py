"""What was run, with what: the facts that a later reader needs to repeat a result."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "SALib", "xarray", "zarr", "matplotlib", "pydantic")


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Versions of Insats, Python and the packages that numbers depend on."""
    found = {"insats": _version("insats"), "python": platform.python_version()}
    return {**found, **{name: _version(name) for name in packages}}


def provenance(*, study: str, key: str, seed: int, draws: int, design: str, rejected: int) -> dict[str, Any]:
    """What does not depend on when or how fast it was run; times are added by whoever measured them."""
    return {
        "study": study,
        "key": key,
        "seed": seed,
        "draws": draws,
        "design": design,
        "rejected_draws": rejected,
        "versions": versions(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
