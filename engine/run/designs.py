"""Draw numbers -> points of the unit cube. The only place where luck is made.

Every design is a pure function of (seed, name or dimension, draw number): there is no state to hand on, so any part
can be computed alone, by anyone, in any order, with the same bits. All luck comes from Philox4x32-10, a hash that
turns a counter and a key into 128 bits that cannot be told from chance; so do the keys by which strata are shuffled.

`monte_carlo`      independent draws; draw i does not depend on how many there are.
`sobol`            16 independently scrambled Sobol' sequences, interleaved; nor does draw i here.
`latin_hypercube`  16 independent Latin hypercubes, interleaved; their strata do depend on the total.

Replicates are what the Monte Carlo error of the last two is estimated from: draw i belongs to replicate i % 16.

References
----------
Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, doi:10.1145/2063384.2063405.
Joe, Kuo (2008), Constructing Sobol' sequences with better two-dimensional projections, doi:10.1137/070709359.
Matousek (1998), On the L2-discrepancy for anchored boxes, doi:10.1006/jcom.1998.0489 (random linear scrambling).
McKay, Beckman, Conover (1979), A comparison of three methods for selecting values of input variables,
doi:10.1080/00401706.1979.10489755.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.kernel.points import LATIN_HYPERCUBE, MONTE_CARLO, SOBOL, TURNS, Luck, fill_points
from engine.kernel.points import REPLICATES as REPLICATES

DESIGNS = ("monte_carlo", "latin_hypercube", "sobol")
MAX_SOBOL_NAMES = 21_201
"""Dimensions that Joe and Kuo give direction numbers for."""
MAX_TOTAL = 2**36
"""Draws that a design can number: 16 replicates of 2^32 points."""

Array: TypeAlias = NDArray[np.float64]
Words: TypeAlias = NDArray[np.uint64]


def replicates(design: str) -> int:
    """Number of independent, interleaved copies that a design consists of; 1 where every draw is independent."""
    if design not in DESIGNS:
        raise UsageError(f"design: there is no '{design}'. Known: {', '.join(DESIGNS)}.")
    return 1 if design == "monte_carlo" else REPLICATES


def unit_points(design: str, names: Sequence[str], *, seed: int, start: int, stop: int, total: int) -> Array:
    """Coordinates of draws `start` to `stop` of a design of `total` draws.

    Parameters
    ----------
    names : what the dimensions stand for. Rows follow their order, and nothing else does: the luck of a name is the
        same wherever it stands. With `monte_carlo` and `latin_hypercube` it does not depend on the other names either;
        `sobol` gives its dimensions to the names in alphabetical order.

    Returns
    -------
    Points (name, draw), strictly between 0 and 1; C-contiguous. Any cut into parts gives the same bits.

    Raises
    ------
    UsageError : an unknown design, draws that do not lie in the design, a repeated name, too many names for Sobol', too
        many draws for a Latin hypercube.
    """
    luck = luck_of(design, names, seed=seed, start=start, stop=stop, total=total)
    out = np.empty((len(names), stop - start))
    fill_points(luck, start, out)
    return out


def luck_of(design: str, names: Sequence[str], *, seed: int, start: int, stop: int, total: int) -> Luck:
    """What a kernel makes the coordinates of draws from; arguments and what is refused as for `unit_points`."""
    replicates(design)
    if not 0 <= start <= stop <= total <= MAX_TOTAL:
        raise UsageError(f"draws {start} to {stop} of {total}: must rise, from 0 to at most {MAX_TOTAL}")
    if len(set(names)) != len(names):
        raise UsageError(f"a name stands twice among the uncertain parameters: {', '.join(sorted(names)[:20])}")
    if design == "sobol":
        if len(names) > MAX_SOBOL_NAMES:
            raise UsageError(f"{len(names)} uncertain parameters, and a sobol design has {MAX_SOBOL_NAMES} dimensions")
        return _sobol(tuple(names), seed)
    if design == "latin_hypercube":
        if total > MAX_LATIN_TOTAL:
            raise UsageError(f"{total} draws, and a latin_hypercube design has at most {MAX_LATIN_TOTAL}")
        return _latin_hypercube(tuple(names), seed, total)
    return _monte_carlo(tuple(names), seed)


# ---------------------------------------------------------------- luck

_MULTIPLY = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_BUMP = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_BITS = 52
"""Random bits of a coordinate. The midpoint (k + 0.5) 2^-52 is exact and never 0 or 1; with 53 bits the last of them
would round to 1."""


def philox(counter: Sequence[Words], key: tuple[int, int]) -> tuple[Words, Words, Words, Words]:
    """Philox4x32-10: four words of 32 bits for each counter.

    Parameters
    ----------
    counter : four arrays that broadcast together, of words below 2^32 held in 64 bits.
    key : two words.
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = c0 * _MULTIPLY[0], c2 * _MULTIPLY[1]
        c0, c1 = (p1 >> _HALF) ^ c1 ^ np.uint64(k0), p1 & _LOW
        c2, c3 = (p0 >> _HALF) ^ c3 ^ np.uint64(k1), p0 & _LOW
        k0, k1 = (k0 + _BUMP[0]) % 2**32, (k1 + _BUMP[1]) % 2**32
    return c0, c1, c2, c3


def _hashed(text: str) -> tuple[int, int]:
    """First 64 bits of SHA-256 as two words, the low one first."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")


def random_words(seed: int, stream: str, numbers: Words) -> Words:
    """64 random bits for each number, from a stream of their own: key from the seed, counter (number, stream)."""
    low, high = (np.array([word], dtype=np.uint64) for word in _hashed(stream))
    w0, w1, _, _ = philox((numbers & _LOW, numbers >> _HALF, low, high), _hashed(str(seed)))
    return w0 | (w1 << _HALF)


def _words(words: Sequence[int] | Sequence[tuple[int, int]]) -> Words:
    return np.array(words, dtype=np.uint64)


def _luck(design: int, seed: int, stream: Words, **own: Any) -> Luck:
    """A design, with nothing in what it does not need."""
    none: dict[str, Any] = {
        "shift": np.empty((0, 0), dtype=np.uint64),
        "columns": np.empty((0, 0, 0), dtype=np.uint64),
        "keys": np.empty((0, 0), dtype=np.uint16),
        "few": np.empty((0, 0, 0), dtype=np.uint32),
        "last": np.empty(0, dtype=np.uint16),
        "shares": np.empty(0),
        "bases": (np.uint16(1), np.uint16(1)),
        "bits": 0,
    }
    return Luck(design=design, key=_words(_hashed(str(seed))), stream=stream, **none | own)


# ---------------------------------------------------------------- the designs


@lru_cache(maxsize=8)
def _monte_carlo(names: tuple[str, ...], seed: int) -> Luck:
    stream = _words([_hashed(f"parameter:{name}") for name in names]).reshape(-1, 2)
    return _luck(MONTE_CARLO, seed, stream)


_COLUMNS = 32
"""Binary digits of a point's number."""


@lru_cache(maxsize=8)
def _sobol(names: tuple[str, ...], seed: int) -> Luck:
    """Point p of a sequence is the sum, digit by digit modulo 2, of a column for each binary digit of p.

    So any point can be had without those before it.
    """
    ranks = np.argsort(np.argsort(np.array(names)))
    columns, shift = _scrambled(seed, max(len(names), 1))
    sums = np.ascontiguousarray(np.bitwise_xor.accumulate(columns[ranks], axis=1))
    stream = np.zeros((len(names), 2), dtype=np.uint64)
    return _luck(SOBOL, seed, stream, shift=np.ascontiguousarray(shift[ranks]), columns=sums)


@lru_cache(maxsize=8)
def _scrambled(seed: int, dimensions: int) -> tuple[Words, Words]:
    """Columns (dimension, digit, replicate) and shift (dimension, replicate) of scrambled sequences, 52 bits.

    Each digit of a coordinate is replaced by itself plus a random sum of those before it (random linear scrambling),
    and then shifted: every point is uniform, and every replicate as even as the plain sequence.
    """
    draws = np.arange((_BITS + 1) * REPLICATES, dtype=np.uint64)
    luck = np.stack([random_words(seed, f"sobol:{dimension}", draws) for dimension in range(dimensions)])
    luck = (luck >> np.uint64(64 - _BITS)).reshape(dimensions, _BITS + 1, 1, REPLICATES)
    plain = direction_numbers(dimensions)[:, :, None] << np.uint64(_BITS - _COLUMNS)
    columns = np.zeros((dimensions, _COLUMNS, REPLICATES), dtype=np.uint64)
    for digit in range(_BITS):
        place = np.uint64(_BITS - 1 - digit)
        own = np.uint64(1) << place
        before = np.uint64(2**_BITS - 2 ** (_BITS - digit))
        kept = plain & (luck[:, digit] & before | own)
        columns |= (np.bitwise_count(kept).astype(np.uint64) & np.uint64(1)) << place
    return columns, luck[:, _BITS, 0]


@lru_cache(maxsize=8)
def direction_numbers(dimensions: int) -> Words:
    """Joe and Kuo's direction numbers (dimension, digit), as 32-bit fractions.

    From the primitive polynomials and first numbers that scipy carries, by the recurrence of Bratley and Fox (1988). To
    have scipy work them out, its whole statistics package must be loaded (0.5 s), and they stand in a private
    attribute; its public points walk through a sequence from the beginning.
    """
    polynomials, first = _first_direction_numbers(dimensions)
    numbers = np.ones((dimensions, _COLUMNS), dtype=np.uint64)
    for row, polynomial, given in zip(numbers[1:], polynomials[1:].tolist(), first[1:].tolist(), strict=True):
        degree = polynomial.bit_length() - 1
        found = given[:degree]
        for digit in range(degree, _COLUMNS):
            new = found[digit - degree] ^ (found[digit - degree] << degree)
            for k in range(1, degree):
                if polynomial >> (degree - k) & 1:
                    new ^= found[digit - k] << k
            found.append(new)
        row[:] = found[:_COLUMNS]
    return numbers << np.arange(_COLUMNS - 1, -1, -1, dtype=np.uint64)


def _first_direction_numbers(dimensions: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Polynomials (dimension,), as bits, and odd numbers (dimension, degree) of Joe and Kuo (2008)."""
    package = find_spec("scipy")
    assert package is not None
    assert package.origin is not None
    with np.load(Path(package.origin).parent / "stats" / "_sobol_direction_numbers.npz") as data:
        return data["poly"][:dimensions].astype(np.int64), data["vinit"][:dimensions].astype(np.int64)


# ---------------------------------------------------------------- Latin hypercubes

_LARGEST_BASE = 2**15
"""Of a digit; the sum of two digits has 16 bits."""
MAX_LATIN_TOTAL = _LARGEST_BASE**2 * REPLICATES
"""Draws of a Latin hypercube, whose points are numbered with two digits."""
_FEW = 256
"""Points of a hypercube whose order is listed: digits of few values mix slowly."""


@lru_cache(maxsize=8)
def _latin_hypercube(names: tuple[str, ...], seed: int, total: int) -> Luck:
    """Draw i is point p = i // 16 of hypercube i % 16, in stratum shuffle(p), somewhere inside it.

    A shuffled list would have to be held whole; this is a cipher on 0 .. size - 1 instead, whose every element can be
    had alone. Numbers are written with two digits, of base a and b with a b barely above the size; in turn, each is
    moved by a hash of the other, which can be undone and so is a permutation. What falls outside is moved again. Luck
    inside the stratum is word p % 4 of the hash of (p // 4, i % 16).

    References
    ----------
    Black, Rogaway (2002), Ciphers with arbitrary finite domains, doi:10.1007/3-540-45760-7_9.
    """
    sizes = np.array([max(1, (total - r + REPLICATES - 1) // REPLICATES) for r in range(REPLICATES)], dtype=np.uint64)
    largest = int(sizes.max())
    streams = [f"latin_hypercube:{name}" for name in names]
    few = largest <= _FEW
    orders = [_order(seed, stream, sizes) for stream in streams if few]
    keys = [_shuffle_keys(seed, stream) for stream in streams if not few]
    bases = _bases(largest)
    # Stratum and place inside it together have less than 53 bits, so no rounding moves a point over an edge.
    return _luck(
        LATIN_HYPERCUBE,
        seed,
        _words([_hashed(stream) for stream in streams]).reshape(-1, 2),
        keys=np.array(keys, dtype=np.uint16).reshape(len(names), -1 if keys else 0),
        few=np.array(orders, dtype=np.uint32).reshape(len(names), largest if orders else 0, REPLICATES),
        last=np.concatenate(np.divmod(sizes - np.uint64(1), np.uint64(bases[1]))).astype(np.uint16),
        shares=1.0 / sizes,
        bases=bases,
        bits=min(32, 48 - largest.bit_length()),
    )


def _bases(size: int) -> tuple[np.uint16, np.uint16]:
    """Of the two digits of numbers below `size`: near its root, with a product that is as little larger as may be."""
    root = math.isqrt(size - 1) + 1
    a = np.arange(max(1, root * 3 // 4), root + 1)
    b = -(-size // a)
    waste = np.where(b <= _LARGEST_BASE, a * b - size, size)
    best = int(np.argmin(waste))
    return np.uint16(a[best]), np.uint16(b[best])


def _shuffle_keys(seed: int, stream: str) -> Words:
    """(turn, key, replicate): to any luck, and any odd number, of 16 bits."""
    # Keys have numbers that no draw has.
    words = random_words(seed, stream, np.uint64(2**63) + np.arange(TURNS * REPLICATES, dtype=np.uint64))
    low, odd = words & np.uint64(0xFFFF), words >> np.uint64(16) & np.uint64(0xFFFF) | np.uint64(1)
    return np.stack([low.reshape(TURNS, REPLICATES), odd.reshape(TURNS, REPLICATES)], axis=1)


def _order(seed: int, stream: str, sizes: Words) -> Words:
    """(point, replicate): places of the few points of each hypercube, all orders as probable as one another."""
    n = int(sizes.max())
    words = random_words(seed, stream, np.uint64(2**63) + np.arange(n * REPLICATES, dtype=np.uint64))
    words = words.reshape(n, REPLICATES)
    # Places beyond a hypercube's own size come last, to be asked for by nobody.
    words[np.arange(n)[:, None] >= sizes] = np.uint64(2**64 - 1)
    return np.argsort(np.argsort(words, axis=0, kind="stable"), axis=0, kind="stable").astype(np.uint64)
