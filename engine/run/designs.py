"""Draw numbers -> points of the unit cube. The only place where luck is made.

Every design is a pure function of (seed, name or dimension, draw number): there is no state to hand on, so any part
can be computed alone, by anyone, in any order, with the same bits. All luck comes from Philox4x32-10, a hash that
turns a counter and a key into 128 bits that cannot be told from chance.

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
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError

DESIGNS = ("monte_carlo", "latin_hypercube", "sobol")
REPLICATES = 16
"""Independent copies of a design whose points are not independent. Their means give an error with 15 degrees of
freedom; more copies would leave each of them too few points to be even."""
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
    UsageError : an unknown design, draws that do not lie in the design, a repeated name, too many names for Sobol'.
    """
    replicates(design)
    if not 0 <= start <= stop <= total <= MAX_TOTAL:
        raise UsageError(f"draws {start} to {stop} of {total}: must rise, from 0 to at most {MAX_TOTAL}")
    if len(set(names)) != len(names):
        raise UsageError(f"a name stands twice among the uncertain parameters: {', '.join(sorted(names)[:20])}")
    if design == "sobol":
        return _sobol(names, seed, start, stop)
    if design == "latin_hypercube":
        return _latin_hypercube(names, seed, start, stop, total)
    return _monte_carlo(names, seed, start, stop)


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


def _centred(words: Words) -> Array:
    """Numbers below 2^52 -> midpoints of as many equal parts of the unit interval."""
    return (words.astype(np.float64) + 0.5) * 2.0**-_BITS


def _chunks(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    """Cuts at multiples of `size`: temporary arrays stay in the cache, and small whatever is asked for."""
    while start < stop:
        end = min(stop, (start // size + 1) * size)
        yield start, end
        start = end


# ---------------------------------------------------------------- the designs


def _monte_carlo(names: Sequence[str], seed: int, start: int, stop: int) -> Array:
    out = np.empty((len(names), stop - start))
    for low, high in _chunks(start, stop, 8192):
        draws = np.arange(low, high, dtype=np.uint64)
        for row, name in enumerate(names):
            words = random_words(seed, f"parameter:{name}", draws)
            out[row, low - start : high - start] = _centred(words >> np.uint64(64 - _BITS))
    return out


_COLUMNS = 32
"""Binary digits of a point's number."""


def _sobol(names: Sequence[str], seed: int, start: int, stop: int) -> Array:
    """Point p of a sequence is the sum, digit by digit modulo 2, of a column for each binary digit of p.

    So any point can be had without those before it. A run of points shares its leading digits: their columns are summed
    once, those of the last digits stand in a table.
    """
    if len(names) > MAX_SOBOL_NAMES:
        raise UsageError(f"{len(names)} uncertain parameters, and a sobol design has {MAX_SOBOL_NAMES} dimensions")
    out = np.empty((len(names), stop - start))
    if out.size == 0:
        return out
    ranks = np.argsort(np.argsort(np.array(names)))
    columns, shift = _scrambled(seed, len(names))
    columns, shift = columns[ranks], shift[ranks]
    first, last = start // REPLICATES, (stop - 1) // REPLICATES
    # At most 256 points at a time; the table must not be longer than what it is for.
    digits = min(8, (last - first + 1).bit_length())
    table = shift[:, None, :]
    for digit in range(digits):
        table = np.concatenate([table, table ^ columns[:, digit, None, :]], axis=1)
    for low, high in _chunks(first, last + 1, 2**digits):
        leading = [digit for digit in range(digits, _COLUMNS) if low >> digit & 1]
        common = np.bitwise_xor.reduce(columns[:, leading], axis=1)
        offset = low % 2**digits
        words = table[:, offset : offset + high - low] ^ common[:, None, :]
        block = _centred(words).reshape(len(names), -1)
        # The first and last point may belong to the asked-for draws with some of their replicates only.
        begin, end = max(start, low * REPLICATES), min(stop, high * REPLICATES)
        out[:, begin - start : end - start] = block[:, begin - low * REPLICATES : end - low * REPLICATES]
    return out


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

    scipy carries them, and shows them in a private attribute only; its public interface walks through a sequence from
    the beginning, which would cost each block the work of all before it.
    """
    from scipy.stats import qmc

    engine: Any = qmc.Sobol(dimensions, scramble=False, bits=_COLUMNS)
    return np.asarray(engine._sv, dtype=np.uint64)


# ---------------------------------------------------------------- Latin hypercubes

_ROUNDS = 12
_ROUNDS_SMALL = 24
"""Half rounds of the shuffle, and those where a hypercube has at most 256 points. Digits of few values mix slowly: over
48 000 orders of 5 strata, chi-square on 119 degrees of freedom was 1166 after 8, 193 after 12 and 127 after 24."""


def _latin_hypercube(names: Sequence[str], seed: int, start: int, stop: int, total: int) -> Array:
    """Draw i is point p = i // 16 of hypercube i % 16, in stratum shuffle(p), somewhere inside it."""
    out = np.empty((len(names), stop - start))
    sizes = np.array([max(1, (total - r + REPLICATES - 1) // REPLICATES) for r in range(REPLICATES)], dtype=np.uint64)
    # Stratum and place inside it together have less than 53 bits, so no rounding moves a point over an edge.
    bits = min(32, 48 - int(sizes.max()).bit_length())
    for low, high in _chunks(start // REPLICATES, -(-stop // REPLICATES), 1024):
        points = np.arange(low, high, dtype=np.uint64)[:, None]
        draws = np.arange(low * REPLICATES, high * REPLICATES, dtype=np.uint64).reshape(-1, REPLICATES)
        # Beyond the last draw a row of replicates is filled up with what is cut off below.
        numbers: Words = np.minimum(points, sizes - np.uint64(1), dtype=np.uint64)
        begin, end = max(start, low * REPLICATES), min(stop, high * REPLICATES)
        for row, name in enumerate(names):
            strata = shuffle(seed, f"latin_hypercube:{name}", numbers, sizes)
            inside = random_words(seed, f"latin_hypercube:{name}", draws) >> np.uint64(64 - bits)
            place = (strata.astype(np.float64) + (inside.astype(np.float64) + 0.5) * 2.0**-bits) / sizes
            flat = place.reshape(-1)
            out[row, begin - start : end - start] = flat[begin - low * REPLICATES : end - low * REPLICATES]
    return out


def shuffle(seed: int, stream: str, numbers: Words, sizes: Words) -> Words:
    """Place of each number in a random order of 0 .. size - 1, one order for each replicate.

    A shuffled list would have to be held whole; this is a cipher on 0 .. size - 1 instead, whose every element can be
    had alone. Numbers are written with two digits, of base a and b with a b barely above the size; in turn, each is
    moved by a hash of the other, which can be undone and so is a permutation. What falls outside is moved again.

    Parameters
    ----------
    numbers : (point, replicate), each below its `sizes`.
    sizes : (replicate,), at most 2^32.

    References
    ----------
    Black, Rogaway (2002), Ciphers with arbitrary finite domains, doi:10.1007/3-540-45760-7_9.
    """
    # Keys have numbers that no draw has.
    rounds = _ROUNDS if sizes.max() > 256 else _ROUNDS_SMALL
    keys = random_words(seed, stream, np.uint64(2**63) + np.arange(rounds * REPLICATES, dtype=np.uint64))
    keys = keys.reshape(rounds, REPLICATES)
    a = np.ceil(np.sqrt(sizes.astype(np.float64))).astype(np.uint64)
    b = (sizes + a - np.uint64(1)) // a
    moved = _move(numbers, a, b, keys)
    where = np.nonzero(moved >= sizes)
    while where[0].size:
        replicate = where[1]
        moved[where] = _move(moved[where], a[replicate], b[replicate], keys[:, replicate])
        outside = moved[where] >= sizes[replicate]
        where = (where[0][outside], where[1][outside])
    return moved


def _move(numbers: Words, a: Words, b: Words, keys: Words) -> Words:
    left, right = numbers // b, numbers % b
    for turn in range(len(keys)):
        if turn % 2 == 0:
            left = left + _scatter(right, keys[turn], a)
            left = np.where(left >= a, left - a, left)
        else:
            right = right + _scatter(left, keys[turn], b)
            right = np.where(right >= b, right - b, right)
    return left * b + right


def _scatter(digit: Words, key: Words, base: Words) -> Words:
    """A hash of digit and key, below `base`: the finisher of splitmix64 (Steele, Lea, Flood 2014)."""
    mixed = digit * np.uint64(0x9E3779B97F4A7C15) + key
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed >> _HALF) * base) >> _HALF
