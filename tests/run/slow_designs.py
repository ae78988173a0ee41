"""The designs in plain NumPy, one step after the other: what the kernel's loops must give to the last bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.run.designs import _ROUNDS, _ROUNDS_SMALL, REPLICATES, _scrambled, random_words

Array = NDArray[np.float64]
Words = NDArray[np.uint64]
_HALF = np.uint64(32)
_BITS = 52
_COLUMNS = 32


def slow_points(design: str, names: Sequence[str], *, seed: int, start: int, stop: int, total: int) -> Array:
    """As `unit_points`."""
    if design == "sobol":
        return _sobol(names, seed, start, stop)
    if design == "latin_hypercube":
        return _latin_hypercube(names, seed, start, stop, total)
    return _monte_carlo(names, seed, start, stop)


def _centred(words: Words) -> Array:
    """Numbers below 2^52 -> midpoints of as many equal parts of the unit interval."""
    return (words.astype(np.float64) + 0.5) * 2.0**-_BITS


def _chunks(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    """Cuts at multiples of `size`: temporary arrays stay in the cache, and small whatever is asked for."""
    while start < stop:
        end = min(stop, (start // size + 1) * size)
        yield start, end
        start = end


def _monte_carlo(names: Sequence[str], seed: int, start: int, stop: int) -> Array:
    out = np.empty((len(names), stop - start))
    for low, high in _chunks(start, stop, 8192):
        draws = np.arange(low, high, dtype=np.uint64)
        for row, name in enumerate(names):
            words = random_words(seed, f"parameter:{name}", draws)
            out[row, low - start : high - start] = _centred(words >> np.uint64(64 - _BITS))
    return out


def _sobol(names: Sequence[str], seed: int, start: int, stop: int) -> Array:
    """Point p of a sequence is the sum, digit by digit modulo 2, of a column for each binary digit of p.

    So any point can be had without those before it. A run of points shares its leading digits: their columns are summed
    once, those of the last digits stand in a table.
    """
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
