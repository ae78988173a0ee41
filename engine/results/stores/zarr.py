"""Findings as a zarr store: one group a dataset, readable by xarray alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr

from engine.errors import UsageError
from engine.results.description import Description
from engine.results.findings import Findings

_PROVENANCE, _NOTES = "provenance", "notes"


def write_zarr(findings: Findings, path: str | Path) -> Path:
    """Write all datasets of `findings` as groups of a new zarr store.

    The caller gives a path that does not exist, and moves it into place when everything else is written too.
    """
    path = Path(path)
    facts = {_PROVENANCE: json.dumps(findings.provenance), _NOTES: json.dumps(list(findings.notes))}
    groups = {"results": findings.results.assign_attrs(facts), "summary": findings.summary}
    groups |= {f"differences/{k}": dataset for k, dataset in enumerate(findings.differences)}
    groups |= {f"sensitivity/{k}": dataset for k, dataset in enumerate(findings.sensitivity)}
    groups |= {f"analyses/{name}": dataset for name, dataset in findings.analyses.items()}
    tree = xr.DataTree.from_dict({name: _storable(dataset) for name, dataset in groups.items()})
    tree.to_zarr(path, consolidated=False, zarr_format=3)
    return path


def read_zarr(path: str | Path) -> Findings:
    """Findings as they were written.

    Raises
    ------
    UsageError : the path is not such a store, or it is damaged.
    """
    path = Path(path)
    if not (path / "results").is_dir():
        raise UsageError(f"{path}: no store of results; `insats run` writes one as results.zarr")
    try:
        return _read(path)
    except (KeyError, ValueError, TypeError, OSError, RuntimeError) as e:
        raise UsageError(f"{path}: the store of results is damaged ({e}); run the study again") from e


def _read(path: Path) -> Findings:
    tree = xr.open_datatree(path, engine="zarr", consolidated=False)
    try:
        groups = {name.strip("/"): node.to_dataset().load() for name, node in tree.subtree_with_keys}
    finally:
        tree.close()
    results = groups["results"]
    description = Description.from_json(results.attrs["description"])
    provenance = json.loads(results.attrs.pop(_PROVENANCE))
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
        analyses={
            name.partition("/")[2]: ds for name, ds in groups.items() if name.startswith("analyses/") and ds.data_vars
        },
        notes=tuple(notes),
        provenance=provenance,
    )


def _storable(dataset: xr.Dataset) -> xr.Dataset:
    """Text of fixed width is no part of the zarr v3 standard; text of any length is."""
    return dataset.assign_coords(
        {
            name: (c.dims, c.values.astype(object), c.attrs)
            for name, c in dataset.coords.items()
            if np.issubdtype(c.dtype, np.str_)
        }
    )
