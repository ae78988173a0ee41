"""Bits of results, and a process of its own that runs a study and leaves its arrays: `arrays.py STUDY OUT DRAWS`."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.faults.processes import PATIENCE, ROOT, environment

Arrays = dict[str, NDArray[np.float64]]


def digest(array: NDArray[np.float64]) -> str:
    """sha256 of shape, type and bytes: -0.0 is not 0.0, and one nan is not another."""
    return hashlib.sha256(
        repr((array.shape, array.dtype.str)).encode() + np.ascontiguousarray(array).tobytes()
    ).hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """By name, every array in the store of a folder of results."""
    import zarr

    found = {}
    group = zarr.open_group(folder / "results.zarr", mode="r")
    for name, member in sorted(group.members(max_depth=None)):
        if isinstance(member, zarr.Array):
            values = np.asarray(member[...])
            if values.dtype.kind in "OTU":
                values = np.frombuffer("\0".join(map(str, values.ravel())).encode(), dtype=np.uint8)
            found[name] = digest(values)
    assert found
    return found


def run_elsewhere(
    study: Path, scratch: Path, *, draws: int, env: Mapping[str, str | None] | None = None, cwd: Path | None = None
) -> Arrays:
    """Arrays of a run in a process of its own."""
    out = scratch / "arrays.npz"
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.arrays", str(study), str(out), str(draws)],
        cwd=cwd or ROOT,
        env=environment(env),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        start_new_session=True,
    )
    assert done.returncode == 0, done.stderr
    with np.load(out, allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    out.unlink()
    return found


def run_here(study: Path, *, draws: int) -> Arrays:
    """Numbers of a run, by name."""
    import engine

    results = engine.run_model(engine.compile_model(engine.load_study(study)), draws=draws)
    return {str(name): results[name].values for name in results.data_vars}


if __name__ == "__main__":
    np.savez(sys.argv[2], **run_here(Path(sys.argv[1]), draws=int(sys.argv[3])))  # type: ignore[arg-type]
