"""Which code and which libraries make the numbers: what results state, and what workers must agree on."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "SALib", "xarray", "zarr", "matplotlib", "pydantic")


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Versions of Insats, Python and the packages that numbers depend on."""
    found = {"insats": _version("insats"), "python": platform.python_version()}
    return {**found, **{name: _version(name) for name in packages}}


NUMBERS = ("kernel", "model", "run", "spec")
"""Floors that decide what a draw gives; the others decide what is made of draws."""


@cache
def code_hash(floors: tuple[str, ...] = ()) -> str:
    """First 16 hex digits of the sha256 over the names and contents of this package's Python files, all or some."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda p: p.relative_to(root).as_posix()):
        if floors and path.relative_to(root).parts[0] not in floors:
            continue
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def platform_name() -> str:
    """Operating system and architecture; numbers are the same bits on one architecture."""
    return f"{platform.system()} {platform.machine()}"


@cache
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
