"""Arrays of a run in a zarr store: one file of the store a chunk of draws, checksummed, and never left out.

A chunk that is not there reads as the fill value, so that fill is one that no draw has: nan, and -1 for a status.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from engine.results.kept import labelled, unlabelled
from engine.results.stores.files import Content
from engine.results.stores.packing import compressors, packed
from engine.run.job import Arrays, ChunkResult, Job, Layout
from engine.run.plan import default_threads
from engine.spec.schema.study import CHUNK
from engine.vocabulary import VARIABLES, attributes

ZARR = "results.zarr"
RESULTS = "results"
"""Group with everything of each draw that results name."""
RUN = "run"
"""Group with what only going on with a run needs."""
NEVER_COMPUTED = -1
"""Status of a draw whose chunk is missing; 0 is a valid draw, and all others have bits of rules."""
_DRAW = ("draw", "path")
_HORIZON = "horizon"
_RECORDS = ("record_of_kept", "record")
"""Records of chunks that keep their draws, and of those that do not: they hold different things."""


def length_of_chunks(draws: int) -> int:
    """Draws of one file, for so many kept draws."""
    return min(CHUNK, draws)


def create_kept(root: Path, variable: str, shape: tuple[int, ...], kind: np.dtype[Any]) -> zarr.Array:
    """An empty array of a per-draw variable, each calculation and each chunk of draws a file."""
    dims = VARIABLES[variable].dims
    axis = draw_axis(variable)
    chunks = [1, *shape[1:]]
    chunks[axis] = length_of_chunks(shape[axis])
    return _create(root, f"{RESULTS}/{variable}", shape, kind, tuple(chunks), dims, attributes(variable))


def draw_axis(variable: str) -> int:
    """Axis of the draws, or of the first draws, of a variable that has them."""
    dims = VARIABLES[variable].dims
    return next(k for k, dim in enumerate(dims) if dim in _DRAW)


def per_draw(variable: str) -> bool:
    """Whether a variable of results has a value for every draw, or for every one of the first."""
    return not set(VARIABLES[variable].dims).isdisjoint(_DRAW)


class ChunkArrays:
    """Chunks of a job in the store of a run."""

    def __init__(self, root: Path, job: Job, own: Sequence[int]) -> None:
        self.root, self._job, self._own = root, job, own
        self._open: dict[str, zarr.Array] = {}

    def create(self, layout: Callable[[int], tuple[Layout, Layout]]) -> None:
        """Make all arrays, empty; files of chunks that are there already belong to them.

        Parameters
        ----------
        layout : what a chunk keeps, and its record, before it is computed.
        """
        kept, record = layout(0)
        short: Arrays = {name: np.empty((*shape[:-1], 1), dtype=kind) for name, (kind, shape) in kept.items()}
        for name, values in labelled(short, self._own).items():
            axis, shape = draw_axis(name), list(values.shape)
            shape[axis] = self._draws_of(name)
            self._open[f"{RESULTS}/{name}"] = create_kept(self.root, name, tuple(shape), values.dtype)
        kind, (calculations, _) = kept[_HORIZON]
        chunks = (1, length_of_chunks(self._job.kept_draws))
        about = {"units": "years", "long_name": "horizon of each draw"}
        shape_of_horizon = (calculations, self._job.kept_draws)
        dims = ("calculation", "draw")
        name = f"{RUN}/{_HORIZON}"
        self._open[name] = _create(self.root, name, shape_of_horizon, np.dtype(kind), chunks, dims, about)
        self._create_records(_RECORDS[0], self._job.kept_chunks, record)
        if self._job.streams:
            self._create_records(_RECORDS[1], self._job.chunks, layout(self._job.kept_chunks)[1])

    def write(self, chunk: int, result: ChunkResult) -> dict[Path, Content]:
        """Write a chunk, and say which files it is made of, and what is in them."""
        files: list[tuple[Path, NDArray[Any]]] = []
        start = self._job.span(chunk).start
        for name, values in labelled(result.kept, self._own).items():
            files += self._parts(f"{RESULTS}/{name}", draw_axis(name), start, values)
        if _HORIZON in result.kept:
            files += self._parts(f"{RUN}/{_HORIZON}", 1, start, result.kept[_HORIZON])
        group = self._record_of(chunk)
        for kind, vector in _packed(result.record).items():
            files += self._parts(f"{RUN}/{group}/{kind}", 0, chunk, vector[None])
        if sum(part.nbytes for _, part in files) < _MANY_BYTES:
            contents = [_put(*file) for file in files]
        else:
            with ThreadPoolExecutor(default_threads()) as pool:
                contents = list(pool.map(lambda file: _put(*file), files))
        return {path: content for (path, _), content in zip(files, contents, strict=True)}

    def read(self, chunk: int) -> ChunkResult:
        """A chunk as it was written.

        Raises
        ------
        KeyError, ValueError, OSError : something of it is not there, or its checksum does not agree.
        """
        span = self._job.span(chunk)
        kept: Arrays = {}
        if chunk < self._job.kept_chunks:
            variables = {}
            for name in self._names(RESULTS):
                if name in VARIABLES and per_draw(name):
                    stop = min(span.stop, self._draws_of(name))
                    if stop > span.start:
                        array = self._array(f"{RESULTS}/{name}")
                        at = [slice(None)] * array.ndim
                        at[draw_axis(name)] = slice(span.start, stop)
                        variables[name] = np.asarray(array[tuple(at)])
            kept = unlabelled(variables)
            kept[_HORIZON] = np.asarray(self._array(f"{RUN}/{_HORIZON}")[:, span.start : span.stop])
        group = self._record_of(chunk)
        record: Arrays = {}
        for name in self._names(f"{RUN}/{group}"):
            array = self._array(f"{RUN}/{group}/{name}")
            record |= _unpacked(np.asarray(array[chunk]), array.attrs["places"])
        return ChunkResult(kept, record)

    def _draws_of(self, variable: str) -> int:
        """Draws, or paths, of a variable in the whole run."""
        if "path" in VARIABLES[variable].dims:
            return min(self._job.paths, self._job.kept_draws)
        return self._job.kept_draws

    def _record_of(self, chunk: int) -> str:
        return _RECORDS[0] if chunk < self._job.kept_chunks else _RECORDS[1]

    def _create_records(self, group: str, chunks: int, layout: Layout) -> None:
        for kind, (size, places) in _places(layout).items():
            name, dims = f"{RUN}/{group}/{kind}", ("chunk", kind)
            shape, about = (chunks, size), {"places": places}
            self._open[name] = _create(self.root, name, shape, np.dtype(kind), (1, size), dims, about, flat=True)

    def _names(self, group: str) -> list[str]:
        return sorted(path.parent.name for path in (self.root / group).glob("*/zarr.json"))

    def _array(self, name: str) -> zarr.Array:
        if name not in self._open:
            self._open[name] = zarr.open_array(self.root / name, mode="r+", config={"write_empty_chunks": True})
        return self._open[name]

    def _parts(self, name: str, axis: int, start: int, values: NDArray[Any]) -> Iterator[tuple[Path, NDArray[Any]]]:
        """Files of an array, and the numbers that belong into each, from `start` along one axis and all along others.

        Raises
        ------
        ValueError : the numbers begin or end inside a file.
        """
        array = self._array(name)
        shape, chunks, stop = array.shape, array.chunks, start + values.shape[axis]
        if start % chunks[axis] or (stop % chunks[axis] and stop != shape[axis]):
            raise ValueError(f"{name}: {start} to {stop} are no whole chunks of {chunks[axis]}")
        numbers = [range(-(-n // c)) for n, c in zip(values.shape, chunks, strict=True)]
        key_of, first = array.metadata.chunk_key_encoding.encode_chunk_key, start // chunks[axis]
        for index in product(*numbers):
            part = values[tuple(slice(i * c, (i + 1) * c) for i, c in zip(index, chunks, strict=True))]
            part = part.astype(array.dtype, copy=False)
            if part.shape != chunks:  # the last of an array is as long as the others
                whole = np.full(chunks, array.fill_value, dtype=array.dtype)
                whole[tuple(slice(n) for n in part.shape)] = part
                part = whole
            place = tuple(i + first if k == axis else i for k, i in enumerate(index))
            yield self.root / name / key_of(place), part


_MANY_BYTES = 4_000_000
"""From which packing and hashing are worth threads."""


def _put(path: Path, values: NDArray[Any]) -> Content:
    """Write a file under a new name of the disk: the old one may belong to older results too."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = packed(np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")))
    path.write_bytes(content)
    return Content(len(content), sha256(content).hexdigest())


def _create(
    root: Path,
    name: str,
    shape: tuple[int, ...],
    kind: np.dtype[Any],
    chunks: tuple[int, ...],
    dims: Sequence[str],
    about: Mapping[str, Any],
    *,
    flat: bool = False,
) -> zarr.Array:
    fill = np.nan if kind.kind == "f" else (NEVER_COMPUTED if kind.kind == "i" else np.iinfo(kind).max)
    return zarr.create_array(
        root,
        name=name,
        shape=shape,
        dtype=kind,
        chunks=chunks,
        fill_value=fill,
        attributes=dict(about),
        dimension_names=list(dims),
        chunk_key_encoding={"name": "default", "separator": "." if flat else "/"},
        config={"write_empty_chunks": True},
        zarr_format=3,
        compressors=compressors(),
    )


def _places(layout: Layout) -> dict[str, tuple[int, dict[str, Any]]]:
    """Numbers of each kind, in one vector, and where in it each array lies: few files rather than many."""
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    for name, (kind, shape) in sorted(layout.items()):
        at, places = found.get(np.dtype(kind).name, (0, {}))
        found[np.dtype(kind).name] = at + int(np.prod(shape, dtype=np.int64)), {**places, name: [at, list(shape)]}
    return {kind: (size, places) for kind, (size, places) in found.items() if size}


def _packed(record: Arrays) -> dict[str, NDArray[Any]]:
    found: dict[str, list[NDArray[Any]]] = {}
    for _, values in sorted(record.items()):
        found.setdefault(values.dtype.name, []).append(values.reshape(-1))
    return {kind: np.concatenate(parts) for kind, parts in found.items() if any(part.size for part in parts)}


def _unpacked(vector: NDArray[Any], places: Mapping[str, Any]) -> Arrays:
    return {
        name: vector[at : at + int(np.prod(shape, dtype=np.int64))].reshape(shape)
        for name, (at, shape) in places.items()
    }
