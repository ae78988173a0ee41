"""A folder of results that somebody else made, to run code, reach other files or eat the machine: refused (S7).

Its manifest agrees with every file, so that what refuses it is what looks at the files.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.results.stores.manifest import MANIFEST, write_manifest
from tests.faults.answering import ROOT, Answering

pytestmark = pytest.mark.skipif(os.name != "posix", reason="asks a process that forks")

NPV = "results.zarr/results/npv/zarr.json"
SECONDS, BYTES = 2.0, 200_000_000


@pytest.fixture(scope="module")
def reading() -> Iterator[Answering]:
    with Answering("engine.api", "engine.results.stores.zarr", "engine.report.page", "xarray") as loaded:
        yield loaded


@pytest.fixture(scope="module")
def honest(reading: Answering, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("honest") / "out"
    two_state = ROOT / "configs" / "two_state"
    assert reading.ask("run", two_state, "-n", "256", "-q", "--no-report", "-o", folder).code == 0
    return folder


def edit(folder: Path, name: str, **changes: Any) -> None:
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def attributes(folder: Path, **changes: Any) -> None:
    path = folder / "results.zarr/results/zarr.json"
    content = json.loads(path.read_text())
    content["attributes"] |= changes
    path.write_text(json.dumps(content))


def chunk(folder: Path) -> Path:
    return next(p for p in sorted((folder / "results.zarr/results/npv/c").rglob("*")) if p.is_file())


def link_chunk(folder: Path) -> None:
    path = chunk(folder)
    path.unlink()
    path.symlink_to("/etc/passwd")


def link_group(folder: Path) -> None:
    shutil.rmtree(folder / "results.zarr/results/npv")
    (folder / "results.zarr/results/npv").symlink_to("/etc")


def pipe(folder: Path) -> None:
    path = chunk(folder)
    path.unlink()
    os.mkfifo(path)


def bomb(folder: Path) -> None:
    from numcodecs.zstd import compress

    chunk(folder).write_bytes(compress(bytes(1_000_000_000)) + bytes(4))


def groups(folder: Path) -> None:
    for k in range(3000):
        path = folder / f"results.zarr/g{k}"
        path.mkdir()
        (path / "zarr.json").write_text('{"zarr_format":3,"node_type":"group","attributes":{}}')


ATTACKS: dict[str, Callable[[Path], None]] = {
    "a codec that unpickles": lambda f: edit(f, NPV, codecs=[{"name": "numcodecs.pickle", "configuration": {}}]),
    "a codec beside the honest one": lambda f: edit(f, NPV, codecs=[{"name": "bytes"}, {"name": "numcodecs.pickle"}]),
    "a codec that is a program": lambda f: edit(f, NPV, codecs=[{"name": "os.system"}]),
    "objects": lambda f: edit(f, NPV, data_type="object"),
    "10^12 draws": lambda f: edit(f, NPV, shape=[2, 1, 5, 10**12]),
    "10^30 draws": lambda f: edit(f, NPV, shape=[2, 1, 5, 10**30]),
    "-5 draws": lambda f: edit(f, NPV, shape=[2, 1, 5, -5]),
    "no shape": lambda f: edit(f, NPV, shape="large"),
    "10^12 draws in a chunk": lambda f: edit(
        f, NPV, chunk_grid={"name": "regular", "configuration": {"chunk_shape": [2, 1, 5, 10**12]}}
    ),
    "no draws in a chunk": lambda f: edit(
        f, NPV, chunk_grid={"name": "regular", "configuration": {"chunk_shape": [0, 0, 0, 0]}}
    ),
    "another format": lambda f: edit(f, NPV, zarr_format=2),
    "transformers": lambda f: edit(f, NPV, storage_transformers=[{"name": "x"}]),
    "a chunk that unpacks to a gigabyte": bomb,
    "a chunk that is a link": link_chunk,
    "an array that is a link": link_group,
    "a chunk that is a pipe": pipe,
    "metadata of 100 MB": lambda f: attributes(f, x="y" * 100_000_000),
    "metadata without end": lambda f: (f / NPV).write_text("[" * 1_000_000) and None,
    "3 000 groups": groups,
    "a description that is none": lambda f: attributes(f, description="[]"),
    "a description that is deep": lambda f: attributes(f, description="[" * 100_000),
    "notes that are none": lambda f: attributes(f, notes="5"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_results_are_refused_at_once_in_little_memory(
    reading: Answering, honest: Path, tmp_path: Path, attack: str
) -> None:
    folder = tmp_path / "out"
    shutil.copytree(honest, folder)
    about = json.loads((folder / MANIFEST).read_text())
    ATTACKS[attack](folder)
    if "pipe" not in attack and "link" not in attack:
        (folder / MANIFEST).unlink()
        write_manifest(folder, {key: about[key] for key in ("study", "key", "draws")})
    answer = reading.ask("report", folder, "-o", tmp_path / "elsewhere.html")
    assert answer.code == 7, answer.err[-2000:]
    assert "Traceback" not in answer.err
    assert len(answer.err) < 5000
    assert answer.seconds < SECONDS
    assert answer.own < BYTES, f"{answer.own / 1e6:.0f} MB"
    assert answer.reached_out == []
    assert not (tmp_path / "elsewhere.html").exists()
    assert [p for p in answer.opened(to_write=False) if p.startswith("/etc/")] == []


def test_an_honest_folder_is_read(reading: Answering, honest: Path, tmp_path: Path) -> None:
    answer = reading.ask("report", honest, "-o", tmp_path / "elsewhere.html")
    assert answer.code == 0, answer.err
    assert np.isfinite(answer.seconds)
