"""Small datasets as groups of a zarr store: a folder and two files a variable, written as they are.

Results and analyses are some hundred variables of a few numbers. `Dataset.to_zarr` took 5 ms of processor time for
each, most of it to hand the variable to zarr's event loop and back, six times. Written here, what is left is what the
disk takes, and of that folders: ext4 takes 0.1 ms to make one, 0.2 ms for the first file in it, and 0.05 ms for another
beside that. So the indices of a chunk are parted by points and not by folders. Arrays and attributes are those that
xarray would have written, and xarray and zarr alone read them.

References
----------
Zarr core specification, version 3, https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html.
Zarr encoding of xarray, https://docs.xarray.dev/en/stable/internals/zarr-encoding-spec.html.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numcodecs.vlen import VLenUTF8
from numpy.typing import NDArray

from engine.results.stores.packing import compressors, packed

_METADATA = "zarr.json"
_NAN = base64.standard_b64encode(struct.pack("<d", np.nan)).decode()
"""As xarray writes a number in an attribute."""


def write_group(root: Path, name: str, dataset: xr.Dataset) -> None:
    """Write a dataset as a group, over what is there of the same names; each variable is one checksummed chunk.

    Parameters
    ----------
    root : of the store.
    name : of the group, with those that it lies in before it: `analyses/years`.
    dataset : of numbers of 64 bits, conditions and text.

    Raises
    ------
    TypeError : a variable of another kind, or an attribute that JSON does not have.
    OSError : the disk refuses.
    """
    variables, attributes = xr.conventions.encode_dataset_coordinates(dataset)
    folder = root
    for part in name.split("/"):
        folder.mkdir(exist_ok=True)
        if not (folder / _METADATA).exists():
            _put(folder, {"attributes": {}, "zarr_format": 3, "node_type": "group"})
        folder = folder / part
    folder.mkdir(exist_ok=True)
    _put(folder, {"attributes": _plain(attributes), "zarr_format": 3, "node_type": "group"})
    for key, variable in variables.items():
        try:
            _write(folder / str(key), variable)
        except TypeError as e:
            raise TypeError(f"{name}: {key}: {e}") from e


def _write(folder: Path, variable: xr.Variable) -> None:
    values = variable.values
    kind, fill, codec, raw = _raw(values)
    attributes = _plain(variable.attrs)
    if kind == "float64":
        attributes.setdefault("_FillValue", _NAN)
    shape = list(values.shape)
    metadata = {
        "shape": shape,
        "data_type": kind,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [max(n, 1) for n in shape]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "."}},
        "fill_value": fill,
        "codecs": [codec, *_packing()],
        "attributes": attributes,
        **({"dimension_names": list(variable.dims)} if shape else {}),
        "zarr_format": 3,
        "node_type": "array",
        "storage_transformers": [],
    }
    folder.mkdir(exist_ok=True)
    _put(folder, metadata)
    if values.size:
        chunk = folder / ".".join(["c", *("0" for _ in shape)])
        chunk.write_bytes(packed(raw))


def _raw(values: NDArray[Any]) -> tuple[str, Any, dict[str, Any], Any]:
    """Name of the kind of number, fill value, codec and bytes of an array.

    Raises
    ------
    TypeError : of a kind that results do not have.
    """
    if values.dtype.kind in "OUT":
        text = values.astype(object)
        if not all(isinstance(x, str) for x in text.flat):
            raise TypeError("holds objects that are no text")
        return "string", "", {"name": "vlen-utf8", "configuration": {}}, VLenUTF8().encode(text)
    raw = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    if values.dtype == np.bool_:
        return "bool", False, {"name": "bytes"}, raw
    little = {"name": "bytes", "configuration": {"endian": "little"}}
    if values.dtype == np.float64:
        return "float64", "NaN", little, raw
    if values.dtype == np.int64:
        return "int64", 0, little, raw
    raise TypeError(f"holds numbers of kind {values.dtype}")


@cache
def _packing() -> tuple[dict[str, Any], ...]:
    return tuple(codec.to_dict() for codec in compressors())


def _plain(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    """Attributes as JSON has them."""
    return {str(k): v.tolist() if isinstance(v, np.ndarray | np.generic) else v for k, v in attributes.items()}


def _put(folder: Path, metadata: dict[str, Any]) -> None:
    (folder / _METADATA).write_text(json.dumps(metadata), encoding="utf-8", newline="")
