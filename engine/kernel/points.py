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

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.kernel.doubles import high_half, number_of, real, trailing_zeros
from engine.kernel.lanes import any_of, chosen, load, load_again, load_wide, numbers_from, store, widened_to
from engine.kernel.options import SWITCHES, compiled
from engine.kernel.references import borrowed, held

REPLICATES = 16
"""Independent copies of a design whose points are not independent. Their means give an error with 15 degrees of
freedom; more copies would leave each of them too few points to be even."""
CHUNK = 512
"""Draws between two steps: 40 coordinates of them are 160 kB."""
LONGEST = CHUNK + 2 * REPLICATES
"""Draws of the whole points in which those of a step lie."""

MONTE_CARLO, LATIN_HYPERCUBE, SOBOL = range(3)

TURNS = 8
"""Of a Latin hypercube's shuffle, each of one digit. Over 400 000 orders of 257 to 10^6 strata, places of two points
and differences of them were uniform after 8 (chi-square at most 3.4 standard deviations too large, the worst of 100 for
each size), after 6 nearly (6.8); inside one order, or between two, nothing told 8 turns from NumPy's shuffle."""
SIDE = 8
"""Points that are shuffled side by side, of all replicates; less than the base of a digit."""
_ABREAST = SIDE * REPLICATES

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
    keys: NDArray[np.uint16]
    """(c, turn x key x r) of a Latin hypercube's shuffle; the second key of each turn is odd"""
    few: NDArray[np.uint32]
    """(c, p, r) places of points, where there are so few that they are listed"""
    last: NDArray[np.uint16]
    """(digit x r) of the last stratum"""
    shares: NDArray[np.float64]
    """(r,) width of a stratum"""
    bases: tuple[np.uint16, np.uint16]
    """Of the two digits that a point's number is written with."""
    bits: int
    """Bits of a place inside a stratum."""


class Room(NamedTuple):
    """Where a Latin hypercube puts what it makes coordinates of."""

    words: Words
    """(p, r), flat, from a point whose number is a multiple of four"""
    places: NDArray[np.uint32]
    """(p, r), flat"""


@njit(inline="always", **SWITCHES)
def _unit(word):  # type: ignore[no-untyped-def]
    """52 bits k -> (k + 1/2) 2^-52; every step is exact."""
    return (number_of(word | np.uint64(0x4330000000000000)) - 4503599627370495.5) * 2.0**-52


@njit(inline="always", **SWITCHES)
def _hash(number, low, high, key0, key1):  # type: ignore[no-untyped-def]
    """Four random words of 32 bits of a number: Philox4x32-10 on the counter (number, stream).

    What stands above 32 bits is cut off where it is multiplied, at no cost (one instruction multiplies the low halves),
    and nowhere before.
    """
    mask, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    c0, c1, c2, c3, k0, k1 = number, number >> half, low, high, key0, key1
    for _ in range(10):
        p0, p1 = (c0 & mask) * np.uint64(0xD2511F53), (c2 & mask) * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (p1 >> half) ^ c1 ^ k0, p1, (p0 >> half) ^ c3 ^ k1, p0
        k0, k1 = k0 + np.uint64(0x9E3779B9), k1 + np.uint64(0xBB67AE85)
    return c0 & mask, c1 & mask, c2 & mask, c3 & mask


@njit(inline="always", **SWITCHES)
def _philox(number, low, high, key0, key1):  # type: ignore[no-untyped-def]
    """64 random bits of a number."""
    c0, c1, _, _ = _hash(number, low, high, key0, key1)
    return c0 | (c1 << np.uint64(32))


@njit(**SWITCHES)
def _monte_carlo(first, n, stream, key, wanted, u, at):  # type: ignore[no-untyped-def]
    """Philox is all of it, 1.5 ns a number; see `decisions.md`. Sixteen draws side by side take 1.4, and with AVX2,
    whose registers do not hold them, 3.6 for 2.5."""
    k0, k1, start = key[0], key[1], np.uint64(first)
    for c in range(wanted.size):
        if wanted[c]:
            low, high, row = stream[c, 0], stream[c, 1], u[c]
            for i in range(0, n, 8):
                word = _philox(numbers_from(start + np.uint64(i), 8, 1), low, high, k0, k1)
                store(row, at + i, _unit(word >> np.uint64(12)))


@njit(**SWITCHES)
def _sobol(point, n, shift, columns, wanted, u, at):  # type: ignore[no-untyped-def]
    """From a point to the next, digits 0 to j change, where j is the last digit that is 1: one sum of columns."""
    digits = columns.shape[1]
    last = digits - 1
    for c in range(wanted.size):
        if wanted[c]:
            row, here, top = u[c], point, c * digits
            word = load(shift, c * REPLICATES, REPLICATES)
            rest = point ^ (point >> np.uint64(1))  # each digit that is not the next one
            while rest:
                word = word ^ load(columns, (top + trailing_zeros(rest)) * REPLICATES, REPLICATES)
                rest &= rest - np.uint64(1)
            for i in range(0, n, REPLICATES):
                store(row, at + i, _unit(word))
                here += np.uint64(1)
                word = word ^ load(columns, (top + min(trailing_zeros(here), last)) * REPLICATES, REPLICATES)


@njit(inline="always", **SWITCHES)
def _turned(digit, by, keys, k, base):  # type: ignore[no-untyped-def]
    """A digit moved by a hash of another, modulo its base; the hash is one of 2^31, chosen by two keys of 16 bits.

    Nine operations, all of 16 bits, whose multiplications take one clock.
    """
    h = (by ^ load_again(keys, k, REPLICATES, SIDE)) * load_again(keys, k + REPLICATES, REPLICATES, SIDE)
    h = (h ^ (h >> np.uint16(8))) * np.uint16(0x9E3D)
    new = digit + high_half(h, base)
    return min(new, new - base)  # the second is above every digit where the first is one


@njit(inline="always", **SWITCHES)
def _shuffled(left, right, keys, k, a, b):  # type: ignore[no-untyped-def]
    """The numbers with the digits left and right, moved by four turns of each; see `run/designs.py`."""
    for turn in range(k, k + 2 * TURNS * REPLICATES, 4 * REPLICATES):
        left = _turned(left, right, keys, turn, a)
        right = _turned(right, left, keys, turn + 2 * REPLICATES, b)
    return left, right


@njit(inline="always", **SWITCHES)
def _beyond(left, right, last):  # type: ignore[no-untyped-def]
    """Which numbers are beyond the last stratum."""
    end = load_again(last, 0, REPLICATES, SIDE)
    return (left > end) | (left == end) & (right > load_again(last, REPLICATES, REPLICATES, SIDE))


@njit(**SWITCHES)
def _shuffle(point, n, keys, k, last, a, b, places):  # type: ignore[no-untyped-def]
    """Places (p, r), flat, of n points from `point` in the order of each replicate, with the keys from k on.

    All replicates of `SIDE` points side by side, 0.6 ns a number: each turn waits for the one before, so that four
    points side by side took 0.75, one after the other 1.2. Points of one replicate side by side took 2.3; hashes of 32
    bits, whose multiplications are slow, 1.5.
    """
    wide = np.uint64(b)
    left = numbers_from(np.uint16(point // wide), 1, _ABREAST)
    right = numbers_from(np.uint16(point % wide), SIDE, REPLICATES)
    for i in range(0, n, SIDE):
        over = right >= b
        left, right = chosen(over, left + np.uint16(1), left), chosen(over, right - b, right)
        new_left, new_right = _shuffled(left, right, keys, k, a, b)
        outside = _beyond(new_left, new_right, last)
        if any_of(outside):
            # Points that nobody asks for, after the last draw, would never come back.
            nobody = _beyond(left, right, last)
            new_left = chosen(nobody, np.uint16(0), new_left)
            outside = _beyond(new_left, new_right, last)
            while any_of(outside):  # moved again: at most one in root(size)
                next_left, next_right = _shuffled(new_left, new_right, keys, k, a, b)
                new_left, new_right = chosen(outside, next_left, new_left), chosen(outside, next_right, new_right)
                outside = _beyond(new_left, new_right, last)
        store(
            places,
            i * REPLICATES,
            widened_to(new_left, np.uint32(0)) * np.uint32(b) + widened_to(new_right, np.uint32(0)),
        )
        right = right + np.uint16(SIDE)


@njit(**SWITCHES)
def _inside(group, n, low, high, key, words):  # type: ignore[no-untyped-def]
    """Luck of n points (p, r), flat, in groups of four from `group`: a hash of 128 bits for four draws, 32 for each."""
    k0, k1, number = key[0], key[1], np.uint64(group * REPLICATES)
    for i in range(0, n * REPLICATES, 4 * REPLICATES):
        c0, c1, c2, c3 = _hash(numbers_from(number, REPLICATES, 1), low, high, k0, k1)
        store(words, i, c0)
        store(words, i + REPLICATES, c1)
        store(words, i + 2 * REPLICATES, c2)
        store(words, i + 3 * REPLICATES, c3)
        number += np.uint64(REPLICATES)


@njit(**SWITCHES)
def _latin_hypercube(point, n, luck, wanted, room, u, at):  # type: ignore[no-untyped-def]
    lead, places, words, few = point % 4, room.places, room.words, luck.few
    drop, part = np.uint64(32 - luck.bits), 2.0**-luck.bits
    stream, key, keys, last, a, b = luck.stream, luck.key, luck.keys, luck.last, luck.bases[0], luck.bases[1]
    share = load(luck.shares, 0, REPLICATES)
    for c in range(wanted.size):
        if wanted[c]:
            row = u[c]
            _inside(point // 4, lead + n, stream[c, 0], stream[c, 1], key, words)
            if few.shape[1]:
                for p in range(n):
                    places[p * REPLICATES : (p + 1) * REPLICATES] = few[c, min(point + p, few.shape[1] - 1)]
            else:
                _shuffle(np.uint64(point), n, keys, c * 2 * TURNS * REPLICATES, last, a, b, places)
            for i in range(0, n * REPLICATES, REPLICATES):
                # Rounded twice, by 2^-52 of itself together; from the stratum's edges it is 2^-49 away or more.
                inside = (real(load(words, lead * REPLICATES + i, REPLICATES) >> drop) + 0.5) * part
                store(row, at + i, (real(load_wide(places, i, REPLICATES)) + inside) * share)


@njit(**SWITCHES)
def room_for(n):  # type: ignore[no-untyped-def]
    """Where a Latin hypercube puts what it makes n coordinates of, n a multiple of the replicates."""
    more = n + (SIDE + 4) * REPLICATES
    return Room(np.empty(more, dtype=np.uint64), np.empty(more, dtype=np.uint32))


@njit(**SWITCHES)
def fill_coordinates(luck, wanted, first, n, room, u, at):  # type: ignore[no-untyped-def]
    """Wanted coordinates of n draws from `first`, both multiples of the replicates, into u (c, ..) from column `at`.

    All in one call: references to what a design consists of are counted at each, 0.2 ns a number where each coordinate
    is a call.

    room : of `room_for` the largest n.
    """
    if luck.design == MONTE_CARLO:
        _monte_carlo(first, n, luck.stream, luck.key, wanted, u, at)
    elif luck.design == LATIN_HYPERCUBE:
        _latin_hypercube(first // REPLICATES, n // REPLICATES, luck, wanted, room, u, at)
    else:
        _sobol(np.uint64(first // REPLICATES), n, luck.shift, luck.columns, wanted, u, at)


@njit(inline="always", **SWITCHES)
def whole_points(draws):  # type: ignore[no-untyped-def]
    """Draws of as many points of all replicates as hold so many."""
    return (draws + REPLICATES - 1) // REPLICATES * REPLICATES


@compiled
def fill_points(luck, start, out):  # type: ignore[no-untyped-def]
    """Coordinates of draws from `start`, into out (c, n)."""
    (coordinates, n), lead = out.shape, start % REPLICATES
    whole = lead == 0 and n % REPLICATES == 0
    own = (np.ones(coordinates, dtype=np.bool_), np.empty((coordinates, LONGEST)), room_for(LONGEST))
    wanted, parts, room = borrowed(own)
    luck, out = borrowed(luck), borrowed(out)
    for low in range(0, n, CHUNK):
        size = min(CHUNK, n - low)
        here, at = (out, low) if whole else (parts, 0)
        fill_coordinates(luck, wanted, start + low - lead, whole_points(lead + size), room, here, at)
        if not whole:
            for c in range(coordinates):
                out[c, low : low + size] = parts[c, lead : lead + size]
    held(own)
