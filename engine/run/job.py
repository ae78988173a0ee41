"""What is to be run, cut into chunks: units of work, of what is stored and of what is gone on from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.model.compile import CompiledModel
from engine.run.plan import Span
from engine.spec.schema.study import CHUNK

T = TypeVar("T", bound=np.generic)
Arrays: TypeAlias = dict[str, NDArray[Any]]
Layout: TypeAlias = dict[str, tuple[type, tuple[int, ...]]]
"""By name, what an array is made of and its shape."""


@dataclass(frozen=True)
class Job:
    """Draws of calculations of a study, and what is kept of them. Draw i is the same luck in every calculation."""

    calculations: tuple[str, ...]
    draws: int
    seed: int
    design: str
    keep: int
    """First draws that are kept one by one, rounded up to whole chunks; of the others, statistics."""
    reject: bool = False
    """Leave out draws that break a rule of the model in any of the calculations, rather than stop."""
    paths: int = 0
    """First draws for which accumulated savings are kept year by year."""

    @property
    def chunks(self) -> int:
        return -(-self.draws // CHUNK)

    @property
    def kept_chunks(self) -> int:
        """Chunks of which every draw is kept: the first ones."""
        return min(self.chunks, -(-self.keep // CHUNK))

    @property
    def kept_draws(self) -> int:
        return min(self.draws, self.kept_chunks * CHUNK)

    @property
    def streams(self) -> bool:
        """Whether there are draws of which only statistics remain."""
        return self.draws > self.kept_draws

    def span(self, chunk: int) -> Span:
        return Span(chunk * CHUNK, min((chunk + 1) * CHUNK, self.draws))

    def paths_in(self, chunk: int) -> int:
        """Draws of a chunk, from its first, whose years are kept."""
        span = self.span(chunk)
        return max(0, min(self.paths, self.kept_draws, span.stop) - span.start)


class ChunkResult(NamedTuple):
    """What a chunk leaves: plain arrays by name, of shapes that are known beforehand."""

    kept: Arrays
    """Every draw, of `kept_layout`; nothing beyond the first chunks."""
    record: Arrays
    """Sums and counts: of `sums_layout`, and where the draws are not kept of `statistics_layout` too."""


def kept_layout(model: CompiledModel, job: Job, chunk: int) -> Layout:
    """Arrays of the kept draws of a chunk; those without any number are left out.

    Letters: K calculation, c course (strategy, baseline first), k intervention, p payer, q party (perspectives, then
    payers), o outcome beside money, g subgroup, t cycle, n draw, m draw whose years are kept.

    Returns
    -------
    `cost` (K, c, p, n); `npv`, `programme`, `ratio`, `payback`, `payback_discounted` (K, k, q, n); `horizon` (K, n);
    `status` (K, n), whole numbers; `outcome` (K, c, o, n); `subgroup_npv` (K, g, k, q, n); `subgroup_outcome`
    (K, g, c, o, n); `cumulative` (K, k, q, t + 1, m).
    """
    span, rows = job.span(chunk), by_draw(model)
    n, k = span.stop - span.start, len(job.calculations)
    found: Layout = {name: (np.float64, (k, *shape, n)) for name, shape in rows.items()}
    found["status"] = (np.int64, (k, n))
    boundaries = model.study.model.time.cycles + 1
    found["cumulative"] = (np.float64, (k, *rows["npv"], boundaries, job.paths_in(chunk)))
    return {name: (kind, shape) for name, (kind, shape) in found.items() if 0 not in shape}


def by_draw(model: CompiledModel) -> dict[str, tuple[int, ...]]:
    """Outcomes of every draw but its status, each with its shape in one draw of one calculation."""
    shape = model.shape
    c, o, g = len(shape.courses), len(shape.outcomes), len(shape.subgroups)
    of_parties = (c - 1, len(shape.parties))
    return {
        "cost": (c, len(shape.payers)),
        **dict.fromkeys(("npv", "programme", "ratio", "payback", "payback_discounted"), of_parties),
        "horizon": (),
        "outcome": (c, o),
        "subgroup_npv": (g, *of_parties),
        "subgroup_outcome": (g, c, o),
    }


BITS = 63
"""Of a draw's status."""
FIRST_INVALID = 5


def sums_layout(model: CompiledModel, job: Job) -> Layout:
    """Sums and counts that every chunk leaves.

    Returns
    -------
    `draws` (); `valid` (K,) draws that break no rule; `broken` (K, bit) draws that have a bit of their status set;
    `first_invalid` (K, 5) numbers of the first draws with any, -1 where there are fewer; `saving` (K, k, p, t) and
    `occupancy` (K, c, s, t + 1), sums over valid draws.
    """
    shape, cycles, k = model.shape, model.study.model.time.cycles, len(job.calculations)
    courses = len(shape.courses)
    return {
        "draws": (np.int64, ()),
        "valid": (np.int64, (k,)),
        "broken": (np.int64, (k, BITS)),
        "first_invalid": (np.int64, (k, FIRST_INVALID)),
        "saving": (np.float64, (k, courses - 1, len(shape.payers), cycles)),
        "occupancy": (np.float64, (k, courses, len(shape.states), cycles + 1)),
    }


PARTY_AXIS = {
    "npv": 2,
    "programme": 2,
    "ratio": 2,
    "payback": 2,
    "payback_discounted": 2,
    "cumulative": 2,
    "subgroup_npv": 3,
}
"""Axis of the party in arrays of `kept_layout`."""


class _Room(np.ndarray):
    """Memory of an array that was made with room."""


def with_room(layout: Layout) -> Arrays:
    """Empty arrays of a layout of kept draws, with room for one more party behind those of an axis of parties.

    Results have such a party, the perspective that each calculation reports. Made so, arrays of draws, which are the
    most of what a run holds, need not be copied for it.
    """
    found: Arrays = {}
    for name, (kind, shape) in layout.items():
        if name in PARTY_AXIS:
            axis = PARTY_AXIS[name]
            room = _Room((*shape[:axis], shape[axis] + 1, *shape[axis + 1 :]), dtype=kind)
            whole: NDArray[Any] = room.view(np.ndarray)
            found[name] = whole[(slice(None),) * axis + (slice(-1),)]
        else:
            found[name] = np.empty(shape, dtype=kind)
    return found


def room_behind(x: NDArray[T], axis: int) -> NDArray[T] | None:
    """The array with one more party, if x was made `with_room`, or is some draws of such an array."""
    whole = x.base
    if not isinstance(whole, np.ndarray) or not isinstance(whole.base, _Room) or not x.size:
        return None
    begins = (x.ctypes.data - whole.ctypes.data) // whole.strides[axis] % whole.shape[axis]
    if begins or whole.strides != x.strides or whole.shape[axis] != x.shape[axis] + 1:
        return None
    shape = (*x.shape[:axis], x.shape[axis] + 1, *x.shape[axis + 1 :])
    return np.lib.stride_tricks.as_strided(x, shape, x.strides)


def zeros(layout: Layout) -> Arrays:
    return {name: np.zeros(shape, dtype=kind) for name, (kind, shape) in layout.items()}


def fits(arrays: Arrays, layout: Layout) -> bool:
    """Whether arrays are those of a layout."""
    return arrays.keys() == layout.keys() and all(
        arrays[name].shape == shape and arrays[name].dtype == kind for name, (kind, shape) in layout.items()
    )


def size_of(layout: Layout) -> int:
    """Bytes."""
    return sum(int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize for kind, shape in layout.values())
