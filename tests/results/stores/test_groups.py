"""Small datasets in a store: what is written directly is what xarray would write, and is read by xarray and zarr."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr

from engine.results.stores.groups import write_group
from engine.results.stores.packing import compressors


def dataset() -> xr.Dataset:
    """All that a finding may consist of: numbers, text, conditions, a single number, nothing at all, coordinates of a
    dimension and beside one, attributes of every kind."""
    return xr.Dataset(
        {
            "mean": (("strategy", "party"), np.array([[1.5, np.nan, -0.0], [np.inf, 5e-324, 1e300]]), {"units": "SEK"}),
            "draws": ("party", np.array([1, -(2**62), 3]), {"meaning": "how many"}),
            "swapped": ("strategy", np.array([True, False])),
            "total": (
                (),
                np.array(0.1),
                {"levels": np.array([0.05, 0.5]), "n": np.int64(3), "share": np.float64(0.25)},
            ),
            "none": (("strategy", "nobody"), np.empty((2, 0))),
        },
        coords={
            "party": ["kommun", "Försäkringskassan", ""],
            "kind": ("party", ["payer", "perspective", "payer"]),
            "strategy": ["early", "late"],
            "year": ("strategy", np.array([2025.0, 2026.0]), {"units": "years"}),
            "study": "norrköping",
        },
        attrs={"seed": 7, "note": "Åtta år", "list": ["a", "b"], "nested": {"x": [1, None]}},
    )


def by_xarray(data: xr.Dataset, path: Path, name: str) -> None:
    texts = {
        n: (c.dims, c.values.astype(object), c.attrs) for n, c in data.coords.items() if np.issubdtype(c.dtype, np.str_)
    }
    data = data.assign_coords(texts)
    encoding = {
        str(n): {"compressors": compressors(), **({"chunks": v.shape} if v.ndim and v.size else {})}
        for n, v in data.variables.items()
    }
    with zarr.config.set({"array.write_empty_chunks": True}):
        data.to_zarr(path, group=name, mode="a", consolidated=False, zarr_format=3, encoding=encoding)


def opened(path: Path, name: str) -> xr.Dataset:
    with xr.open_zarr(path, group=name, consolidated=False, chunks=None) as found:
        return found.load()


def test_xarray_reads_the_same_as_from_what_it_writes_itself(tmp_path: Path) -> None:
    write_group(tmp_path / "ours", "analyses/years", dataset())
    by_xarray(dataset(), tmp_path / "theirs", "analyses/years")
    ours, theirs = (opened(tmp_path / name, "analyses/years") for name in ("ours", "theirs"))
    xr.testing.assert_identical(ours, theirs)
    assert ours["mean"].values.tobytes() == dataset()["mean"].values.tobytes()
    assert ours.attrs == theirs.attrs == dataset().attrs
    assert set(ours.coords) == set(theirs.coords) == set(dataset().coords)


def test_metadata_of_every_array_is_what_zarr_writes_but_for_the_name_of_the_chunk(tmp_path: Path) -> None:
    write_group(tmp_path / "ours", "summary", dataset())
    by_xarray(dataset(), tmp_path / "theirs", "summary")
    names = [str(name) for name in dataset().variables]
    for name in names:
        ours, theirs = (zarr.open_array(tmp_path / s, path=f"summary/{name}") for s in ("ours", "theirs"))
        about, theirs_about = ours.metadata.to_dict(), theirs.metadata.to_dict()
        about["chunk_key_encoding"] = theirs_about["chunk_key_encoding"]
        if not ours.size:
            about["chunk_grid"] = theirs_about["chunk_grid"]  # of nothing
        assert repr(about) == repr(theirs_about), name  # nan is not nan
    assert sorted(p.name for p in (tmp_path / "ours" / "summary").iterdir()) == sorted([*names, "zarr.json"])


def test_chunks_have_the_bytes_that_zarr_writes(tmp_path: Path) -> None:
    write_group(tmp_path / "ours", "summary", dataset())
    by_xarray(dataset(), tmp_path / "theirs", "summary")
    for ours in (tmp_path / "ours").rglob("c*"):
        name = ours.parent.name
        place = "/".join(ours.name.split("."))
        assert ours.read_bytes() == (tmp_path / "theirs" / "summary" / name / place).read_bytes(), name


def test_a_group_is_found_from_the_root_of_the_store(tmp_path: Path) -> None:
    write_group(tmp_path, "analyses/years", dataset())
    write_group(tmp_path, "analyses/spread", dataset()[["total"]])
    root = zarr.open_group(tmp_path, mode="r")
    assert sorted(root["analyses"].group_keys()) == ["spread", "years"]
    assert float(root["analyses/years/total"][()]) == 0.1
    assert root["analyses/years/party"][1] == "Försäkringskassan"


def test_a_group_of_the_name_of_one_that_it_lies_in_leaves_that_one_alone(tmp_path: Path) -> None:
    write_group(tmp_path, "analyses/spread/spread", dataset())
    root = zarr.open_group(tmp_path, mode="r")
    assert dict(root["analyses/spread"].attrs) == dict(root["analyses"].attrs) == {}
    assert root["analyses/spread/spread"].attrs["seed"] == 7


def test_a_flipped_bit_of_a_variable_is_refused(tmp_path: Path) -> None:
    write_group(tmp_path, "summary", dataset())
    chunk = tmp_path / "summary" / "mean" / "c.0.0"
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    with pytest.raises(ValueError, match="checksum"):
        opened(tmp_path, "summary")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros(2, dtype=np.float32), "summary: x: holds numbers of kind float32"),
        (np.array(["a", 1.0], dtype=object), "summary: x: holds objects that are no text"),
        (np.array(["2026-01-01"], dtype="M8[ns]"), "kind datetime64"),
    ],
)
def test_what_the_store_has_no_form_for_is_refused(values: np.ndarray, message: str, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=message):
        write_group(tmp_path, "summary", xr.Dataset({"x": ("place", values)}))
