"""Findings as a zarr store: one group a dataset, readable by xarray alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from engine.errors import DamagedError
from engine.results.description import Description
from engine.results.findings import Findings
from engine.results.stores.arrays import RESULTS, RUN, create_kept, per_draw
from engine.results.stores.groups import write_group

_NOTES = "notes"
CODECS = frozenset({"bytes", "zstd", "gzip", "blosc", "crc32c", "vlen-utf8"})
"""How arrays of a store may be packed. A store may come from anybody, and some codecs run what they unpack."""
LARGEST = 64 * 2**30
"""Bytes of one array, unpacked."""
LARGEST_METADATA = 64_000_000
"""Bytes of a `zarr.json`; the files of a study, of at most 20 MB, stand in one of them."""
MOST_NODES = 2000
"""Groups and arrays; a run with every analysis leaves some hundreds."""


def write_zarr(findings: Findings, path: Path, *, stored: bool = False) -> Path:
    """Write all datasets of `findings` as groups of a zarr store.

    Parameters
    ----------
    path : does not exist, or, with `stored`, is the store of a run which holds the outcomes of each draw already.

    Nothing that is written tells when or in what order it was made. Provenance, which tells, is not in the store.
    """
    results = findings.results.assign_attrs({_NOTES: json.dumps(list(findings.notes))})
    of_draws = [str(name) for name in results.data_vars if per_draw(str(name))]
    if not stored:
        for name in of_draws:
            values = results[name].values
            create_kept(path, name, values.shape, values.dtype)[...] = values
    groups = {RESULTS: results.drop_vars(of_draws), "summary": findings.summary}
    groups |= {f"differences/{k}": dataset for k, dataset in enumerate(findings.differences)}
    groups |= {f"sensitivity/{k}": dataset for k, dataset in enumerate(findings.sensitivity)}
    groups |= {f"analyses/{name}": dataset for name, dataset in findings.analyses.items()}
    for name, dataset in groups.items():
        write_group(path, name, dataset)
    return path


def read_zarr(path: Path, provenance: Mapping[str, Any]) -> Findings:
    """Findings as they were written.

    Parameters
    ----------
    provenance : of the run, which the store does not hold.

    Raises
    ------
    DamagedError : the path is not such a store, or it is damaged.
    """
    try:
        _refuse_strange(path)
        return _read(path, provenance)
    except (KeyError, ValueError, TypeError, OSError, RuntimeError, AttributeError) as e:
        raise DamagedError(f"{path}: the store of results is damaged ({e}); run the study again") from e


def _read(path: Path, provenance: Mapping[str, Any]) -> Findings:
    groups = {}
    for name in _groups(path):
        with xr.open_zarr(path, group=name, consolidated=False, zarr_format=3, chunks=None) as dataset:
            groups[name] = dataset.load()
    results = groups[RESULTS]
    description = Description.from_json(results.attrs["description"])
    notes = json.loads(results.attrs.pop(_NOTES))

    def numbered(kind: str) -> tuple[xr.Dataset, ...]:
        found = sorted(int(name.split("/")[1]) for name in groups if name.startswith(f"{kind}/"))
        return tuple(groups[f"{kind}/{k}"] for k in found)

    return Findings(
        description,
        results,
        groups["summary"],
        differences=numbered("differences"),
        sensitivity=numbered("sensitivity"),
        analyses={name.partition("/")[2]: ds for name, ds in groups.items() if name.startswith("analyses/")},
        notes=tuple(notes),
        provenance=dict(provenance),
    )


def _groups(path: Path) -> list[str]:
    """Names of the groups that are datasets, in the order of the names."""
    found = set()
    for file in path.rglob("zarr.json"):
        name = file.parent.relative_to(path).as_posix()
        group, _, _ = name.rpartition("/")
        if group and group.split("/")[0] != RUN and json.loads(file.read_bytes())["node_type"] == "array":
            found.add(group)
    return sorted(found)


def _refuse_strange(path: Path) -> None:
    """Refuse what unpacks to anything else than plain arrays of a reasonable size, before anything is unpacked.

    Raises
    ------
    ValueError : with the array and what is strange about it.
    """
    for file in path.rglob("*"):
        if file.is_symlink():
            raise ValueError(f"{file.relative_to(path)} is a link")
    nodes = sorted(path.rglob("zarr.json"))
    if len(nodes) > MOST_NODES:
        raise ValueError(f"it has {len(nodes)} groups and arrays, more than {MOST_NODES}")
    for file in nodes:
        if file.stat().st_size > LARGEST_METADATA:
            raise ValueError(f"{file.relative_to(path)} is larger than {LARGEST_METADATA // 1_000_000} MB")
        about, name = json.loads(file.read_bytes()), file.parent.relative_to(path).as_posix()
        if about["zarr_format"] != 3:
            raise ValueError(f"{name} is of zarr format {about['zarr_format']!r}")
        if about["node_type"] != "array":
            continue
        for codec in _codecs(about["codecs"]):
            if codec not in CODECS:
                raise ValueError(f"{name} is packed by {codec!r}, which is none of {', '.join(sorted(CODECS))}")
        if about.get("storage_transformers"):
            raise ValueError(f"{name} has storage transformers")
        chunk = about["chunk_grid"]["configuration"]["chunk_shape"]
        for shape in (about["shape"], chunk):
            size = 8
            for n in shape:
                if not isinstance(n, int) or n < (1 if shape is chunk else 0):
                    raise ValueError(f"{name} has the shape {shape}")
                size *= n
            if size > LARGEST:
                raise ValueError(f"{name} has the shape {shape}, which is more than {LARGEST >> 30} GB")


def _codecs(listed: list[Any]) -> Iterator[str]:
    for codec in listed:
        yield codec if isinstance(codec, str) else str(codec["name"])
