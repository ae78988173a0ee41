"""Draw numbers -> points of the unit cube: the loops of the designs.

Each coordinate is a function of the draw's number alone; what designs are is in `run/designs.py`.

c coordinate · r replicate · i draw (lane)

References
----------
Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, doi:10.1145/2063384.2063405.
Antonov, Saleev (1979), An economic method of computing LP-tau sequences, doi:10.1016/0041-5553(79)90085-5.
Black, Rogaway (2002), Ciphers with arbitrary finite domains, doi:10.1007/3-540-45760-7_9.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.kernel.doubles import ROUND, bits_of, number_of, real
from engine.kernel.options import SWITCHES, compiled

REPLICATES = 16
"""Independent copies of a design whose points are not independent. Their means give an error with 15 degrees of
freedom; more copies would leave each of them too few points to be even."""
CHUNK = 512
"""Draws between two steps: 40 coordinates of them are 160 kB."""

MONTE_CARLO, LATIN_HYPERCUBE, SOBOL = range(3)

Words = NDArray[np.uint64]


class Luck(NamedTuple):
    """A design: what its coordinates are made from. Arrays that a design does not need are empty."""

    design: int
    key: Words
    """(2,) Philox key, from the seed."""
    stream: Words
    """(c, 2) last two words of a coordinate's counters"""
    shift: Words
    """(c, r) of 52 bits"""
    columns: Words
    """(c, digit, r) sums of the columns of a Sobol' sequence up to a digit"""
    keys: Words
    """(c, round, r) of a Latin hypercube's shuffle"""
    sizes: Words
    """(r,) strata"""
    bits: int
    """Bits of a place inside a stratum."""


@njit(inline="always", **SWITCHES)
def _unit(word):  # type: ignore[no-untyped-def]
    """52 bits k -> (k + 1/2) 2^-52; every step is exact."""
    return (number_of(np.int64(word | np.uint64(0x4330000000000000))) - 4503599627370495.5) * 2.0**-52


@njit(inline="always", **SWITCHES)
def _philox(number, low, high, key0, key1):  # type: ignore[no-untyped-def]
    """64 random bits of a number: Philox4x32-10 on the counter (number, stream)."""
    mask, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    c0, c1, c2, c3, k0, k1 = number & mask, number >> half, low, high, key0, key1
    for _ in range(10):
        p0, p1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (p1 >> half) ^ c1 ^ k0, p1 & mask, (p0 >> half) ^ c3 ^ k1, p0 & mask
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & mask, (k1 + np.uint64(0xBB67AE85)) & mask
    return c0 | (c1 << half)


@njit(**SWITCHES)
def _monte_carlo(first, low, high, key, u):  # type: ignore[no-untyped-def]
    k0, k1, start = key[0], key[1], np.uint64(first)
    for i in range(u.size):
        u[i] = _unit(_philox(start + np.uint64(i), low, high, k0, k1) >> np.uint64(12))


@njit(**SWITCHES)
def _sobol(point, shift, columns, u):  # type: ignore[no-untyped-def]
    """From a point to the next, digits 0 to j change, where j is the last digit that is 1: one sum of columns."""
    word = np.empty(REPLICATES, dtype=np.uint64)
    for r in range(REPLICATES):
        word[r] = shift[r]
    rest, digit = point, 0
    while rest:
        if rest & 1:
            for r in range(REPLICATES):
                word[r] ^= columns[digit, r]
                if digit:
                    word[r] ^= columns[digit - 1, r]
        rest >>= 1
        digit += 1
    for i in range(0, u.size, REPLICATES):
        for r in range(REPLICATES):
            u[i + r] = _unit(word[r])
        point += 1
        digit = 0
        while not (point >> digit) & 1:
            digit += 1
        if digit < columns.shape[0]:
            for r in range(REPLICATES):
                word[r] ^= columns[digit, r]


@njit(inline="always", **SWITCHES)
def _scatter(digit, key, base):  # type: ignore[no-untyped-def]
    """A hash of digit and key, below `base`: the finisher of splitmix64 (Steele, Lea, Flood 2014)."""
    mixed = digit * np.uint64(0x9E3779B97F4A7C15) + key
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed >> np.uint64(32)) * base) >> np.uint64(32)


@njit(inline="always", **SWITCHES)
def _quotient(number, base):  # type: ignore[no-untyped-def]
    """Whole part; a quotient of whole numbers below 2^53 never rounds up to the next whole number."""
    quotient = real(number) / real(base)
    whole = (quotient + ROUND) - ROUND
    whole -= 1.0 if whole > quotient else 0.0
    return np.uint64(bits_of(whole + 4503599627370496.0)) & np.uint64(0xFFFFFFFFFFFFF)


@njit(inline="always", **SWITCHES)
def _turned(digit, by, key, base):  # type: ignore[no-untyped-def]
    new = digit + _scatter(by, key, base)
    return new - base if new >= base else new


@njit(**SWITCHES)
def _shuffle(number, size, keys, r, left, right):  # type: ignore[no-untyped-def]
    """Places of numbers in the order of replicate r, into `left`; see `run/designs.shuffle`.

    Round by round for many points of one replicate: with the rounds inside, nothing is widened (74 ns a number); with
    the replicates side by side, each with its own bases and keys, it took 15.
    """
    a = np.uint64(math.ceil(math.sqrt(float(size))))
    b = (size + a - np.uint64(1)) // a
    for p in range(number.size):
        left[p] = _quotient(number[p], b)
        right[p] = number[p] - left[p] * b
    for turn in range(0, keys.shape[0], 2):
        one, other = keys[turn, r], keys[turn + 1, r]
        for p in range(number.size):
            left[p] = _turned(left[p], right[p], one, a)
            right[p] = _turned(right[p], left[p], other, b)
    for p in range(number.size):
        left[p] = left[p] * b + right[p]
    for p in range(number.size):
        while left[p] >= size:  # what falls outside is moved again: one in root(size)
            high = _quotient(left[p], b)
            low = left[p] - high * b
            for turn in range(0, keys.shape[0], 2):
                high = _turned(high, low, keys[turn, r], a)
                low = _turned(low, high, keys[turn + 1, r], b)
            left[p] = high * b + low


@compiled
def fill_places(numbers, sizes, keys, out):  # type: ignore[no-untyped-def]
    """Places (point, replicate) of numbers in one random order of 0 .. size - 1 for each replicate."""
    n = numbers.shape[0]
    own, left, right = np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.uint64)
    for r in range(REPLICATES):
        own[:] = numbers[:, r]
        _shuffle(own, sizes[r], keys, r, left, right)
        out[:, r] = left


@njit(**SWITCHES)
def _latin_hypercube(first, low, high, key, keys, sizes, bits, u):  # type: ignore[no-untyped-def]
    n = u.size // REPLICATES
    number, left, right = np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.uint64)
    k0, k1, start, drop, part = key[0], key[1], np.uint64(first), np.uint64(64 - bits), 2.0**-bits
    for i in range(u.size):
        u[i] = (real(_philox(start + np.uint64(i), low, high, k0, k1) >> drop) + 0.5) * part
    point = np.uint64(first // REPLICATES)
    for r in range(REPLICATES):
        for p in range(n):
            # Beyond the last draw a point is filled up with what nobody asks for.
            number[p] = min(point + np.uint64(p), sizes[r] - np.uint64(1))
        _shuffle(number, sizes[r], keys, r, left, right)
        strata = real(sizes[r])
        for p in range(n):
            u[p * REPLICATES + r] = (real(left[p]) + u[p * REPLICATES + r]) / strata


@njit(**SWITCHES)
def fill_coordinate(luck, c, first, u):  # type: ignore[no-untyped-def]
    """Coordinate c of draws from `first`; for designs of replicates both it and u's length are whole points."""
    if luck.design == MONTE_CARLO:
        _monte_carlo(first, luck.stream[c, 0], luck.stream[c, 1], luck.key, u)
    elif luck.design == LATIN_HYPERCUBE:
        stream = luck.stream[c]
        _latin_hypercube(first, stream[0], stream[1], luck.key, luck.keys[c], luck.sizes, luck.bits, u)
    else:
        _sobol(first // REPLICATES, luck.shift[c], luck.columns[c], u)


@compiled
def fill_points(luck, start, out):  # type: ignore[no-untyped-def]
    """Coordinates of draws from `start`, into out (c, n)."""
    n = out.shape[1]
    room = np.empty(CHUNK + 2 * REPLICATES)
    lead = start % REPLICATES
    whole = lead == 0 and n % REPLICATES == 0
    for c in range(out.shape[0]):
        row = out[c]
        for low in range(0, n, CHUNK):
            size = min(CHUNK, n - low)
            if whole:
                fill_coordinate(luck, c, start + low, row[low : low + size])
            else:
                part = room[: (lead + size + REPLICATES - 1) // REPLICATES * REPLICATES]
                fill_coordinate(luck, c, start + low - lead, part)
                row[low : low + size] = part[lead : lead + size]
