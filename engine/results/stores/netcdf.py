"""Findings as one netCDF-4 file, for R, Matlab and whoever gets results by mail."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import xarray as xr

from engine.results.findings import Findings
from engine.results.stores.files import sync, sync_folder


def write_netcdf(findings: Findings, path: Path) -> Path:
    """Write everything, each dataset a group, under another name, and rename the file when it is whole.

    HDF5 that is cut off in the middle of a write cannot be read; a file of this name is always whole.
    """
    groups = {"results": findings.results, "summary": findings.summary}
    groups |= {f"differences/{k}": dataset for k, dataset in enumerate(findings.differences)}
    groups |= {f"sensitivity/{k}": dataset for k, dataset in enumerate(findings.sensitivity)}
    groups |= {f"analyses/{name}": dataset for name, dataset in findings.analyses.items()}
    about = {"provenance": json.dumps(findings.provenance, ensure_ascii=False), "notes": json.dumps(findings.notes)}
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        xr.Dataset(attrs=about).to_netcdf(draft, engine="h5netcdf", mode="w")
        for name, dataset in groups.items():
            storable = _storable(dataset)
            packed = {"zlib": True, "complevel": 1, "shuffle": True}
            encoding = {
                str(v): packed if x.ndim and x.size and x.dtype.kind in "fiu" else {}
                for v, x in storable.variables.items()
            }
            storable.to_netcdf(draft, engine="h5netcdf", mode="a", group=name, encoding=encoding)
        sync([draft])
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)
    return path


def _storable(dataset: xr.Dataset) -> xr.Dataset:
    """In the order of the names, with text as text of any length, which netCDF-4 has."""
    ordered = dataset[sorted(map(str, dataset.data_vars))]
    text = {
        name: (c.dims, np.asarray(c.values, dtype=object), c.attrs)
        for name, c in ordered.coords.items()
        if c.dtype.kind in "UT"
    }
    return ordered.assign_coords(text).drop_encoding()
