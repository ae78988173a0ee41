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

from engine.kernel.doubles import high_half, number_of, real
from engine.kernel.options import SWITCHES, compiled

REPLICATES = 16
"""Independent copies of a design whose points are not independent. Their means give an error with 15 degrees of
freedom; more copies would leave each of them too few points to be even."""
CHUNK = 512
"""Draws between two steps: 40 coordinates of them are 160 kB."""
LONGEST = CHUNK + 2 * REPLICATES
"""Draws of the whole points in which those of a step lie."""

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
    keys: NDArray[np.uint16]
    """(c, turn x key x r) of a Latin hypercube's shuffle; the second key of each turn is odd"""
    few: NDArray[np.uint32]
    """(c, p, r) places of points, where there are so few that they are listed"""
    last: NDArray[np.uint32]
    """(r,) last stratum"""
    shares: NDArray[np.float64]
    """(p, r), flat: width of a stratum, for as many points as are made at a time"""
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
    return (number_of(np.int64(word | np.uint64(0x4330000000000000))) - 4503599627370495.5) * 2.0**-52


@njit(inline="always", **SWITCHES)
def _hash(number, low, high, key0, key1):  # type: ignore[no-untyped-def]
    """Four random words of 32 bits of a number: Philox4x32-10 on the counter (number, stream)."""
    mask, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    c0, c1, c2, c3, k0, k1 = number & mask, number >> half, low, high, key0, key1
    for _ in range(10):
        p0, p1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (p1 >> half) ^ c1 ^ k0, p1 & mask, (p0 >> half) ^ c3 ^ k1, p0 & mask
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & mask, (k1 + np.uint64(0xBB67AE85)) & mask
    return c0, c1, c2, c3


@njit(inline="always", **SWITCHES)
def _philox(number, low, high, key0, key1):  # type: ignore[no-untyped-def]
    """64 random bits of a number."""
    c0, c1, _, _ = _hash(number, low, high, key0, key1)
    return c0 | (c1 << np.uint64(32))


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
def _turned(digit, by, luck, odd, base):  # type: ignore[no-untyped-def]
    """A digit moved by a hash of another, modulo its base; the hash is one of 2^31, chosen by two keys of 16 bits.

    Nine operations, all of 16 bits: 16 numbers in half a register of AVX-512, where multiplications take one clock.
    """
    h = np.uint16(np.uint16(by ^ luck) * odd)
    h = np.uint16(np.uint16(h ^ np.uint16(h >> np.uint16(8))) * np.uint16(0x9E3D))
    new = np.uint16(digit + high_half(h, base))
    less = np.uint16(new - base)  # above every digit where `new` is one
    return new if new < less else less


@njit(inline="always", **SWITCHES)
def _shuffled(left, right, keys, at, a, b):  # type: ignore[no-untyped-def]
    """The number with the digits left and right, moved by four turns of each; see `run/designs.py`.

    Written out, since the loop over replicates is widened only if there is none in it.
    """
    left = _turned(left, right, keys[at], keys[at + 16], a)
    right = _turned(right, left, keys[at + 32], keys[at + 48], b)
    left = _turned(left, right, keys[at + 64], keys[at + 80], a)
    right = _turned(right, left, keys[at + 96], keys[at + 112], b)
    left = _turned(left, right, keys[at + 128], keys[at + 144], a)
    right = _turned(right, left, keys[at + 160], keys[at + 176], b)
    left = _turned(left, right, keys[at + 192], keys[at + 208], a)
    right = _turned(right, left, keys[at + 224], keys[at + 240], b)
    return np.uint32(np.uint32(np.uint32(left) * np.uint32(b)) + np.uint32(right))


@njit(**SWITCHES)
def _shuffle(point, keys, last, a, b, places):  # type: ignore[no-untyped-def]
    """Places (p, r), flat, of points from `point` in the order of each replicate; `last` (r,) is its last stratum.

    Replicates side by side, 1.2 ns a number. Points of one replicate side by side took 2.3; hashes of 32 bits, whose
    multiplications are slow, 1.5; two points in one turn of the loop 2.0.
    """
    wide = np.uint32(b)
    left, right = np.uint16(point // wide), np.uint16(point % wide)
    for at in range(0, places.size, REPLICATES):
        row = places[at : at + REPLICATES]
        for r in range(REPLICATES):
            row[r] = _shuffled(left, right, keys, r, a, b)
        beyond = np.uint32(0)
        for r in range(REPLICATES):
            beyond |= np.uint32(row[r] > last[r])
        if beyond:
            number = np.uint32(point + np.uint64(at // REPLICATES))
            for r in range(REPLICATES):
                if number > last[r]:  # a point that nobody asks for, after the last draw
                    row[r] = last[r]
                while row[r] > last[r]:  # what falls outside is moved again: at most one in root(size)
                    row[r] = _shuffled(np.uint16(row[r] // wide), np.uint16(row[r] % wide), keys, r, a, b)
        right = np.uint16(right + np.uint16(1))
        if right == b:
            right, left = np.uint16(0), np.uint16(left + np.uint16(1))


@njit(**SWITCHES)
def _inside(group, low, high, key, words):  # type: ignore[no-untyped-def]
    """Luck of points (p, r), flat, in groups of four from `group`: a hash of 128 bits for four draws, 32 for each."""
    k0, k1, number = key[0], key[1], np.uint64(group * REPLICATES)
    for at in range(0, words.size, 4 * REPLICATES):
        one, two = words[at : at + 16], words[at + 16 : at + 32]
        three, four = words[at + 32 : at + 48], words[at + 48 : at + 64]
        for r in range(REPLICATES):
            c0, c1, c2, c3 = _hash(number + np.uint64(r), low, high, k0, k1)
            one[r] = c0
            two[r] = c1
            three[r] = c2
            four[r] = c3
        number += np.uint64(REPLICATES)


@njit(**SWITCHES)
def _latin_hypercube(first, luck, c, room, u):  # type: ignore[no-untyped-def]
    n, point = u.size // REPLICATES, first // REPLICATES
    lead, stream, places = point % 4, luck.stream[c], room.places
    _inside(point // 4, stream[0], stream[1], luck.key, room.words[: (lead + n + 3) // 4 * 4 * REPLICATES])
    if luck.few.shape[1]:
        for p in range(n):
            row = luck.few[c, min(point + p, luck.few.shape[1] - 1)]
            places[p * REPLICATES : (p + 1) * REPLICATES] = row
    else:
        _shuffle(np.uint64(point), luck.keys[c], luck.last, luck.bases[0], luck.bases[1], places[: u.size])
    drop, part, shares, words = np.uint64(32 - luck.bits), 2.0**-luck.bits, luck.shares, room.words[lead * REPLICATES :]
    for i in range(u.size):
        # Rounded twice, by 2^-52 of itself together; from the stratum's edges it is 2^-49 away or more.
        u[i] = (real(np.uint64(places[i])) + (real(words[i] >> drop) + 0.5) * part) * shares[i]


@njit(**SWITCHES)
def room_for(n):  # type: ignore[no-untyped-def]
    """Where a Latin hypercube puts what it makes n coordinates of, n a multiple of the replicates."""
    return Room(np.empty(n + 6 * REPLICATES, dtype=np.uint64), np.empty(n, dtype=np.uint32))


@njit(**SWITCHES)
def fill_coordinate(luck, c, first, room, u):  # type: ignore[no-untyped-def]
    """Coordinate c of draws from `first`; for designs of replicates both it and u's length are whole points.

    room : of `room_for` the longest u.
    """
    if luck.design == MONTE_CARLO:
        _monte_carlo(first, luck.stream[c, 0], luck.stream[c, 1], luck.key, u)
    elif luck.design == LATIN_HYPERCUBE:
        _latin_hypercube(first, luck, c, room, u)
    else:
        _sobol(first // REPLICATES, luck.shift[c], luck.columns[c], u)


@compiled
def fill_points(luck, start, out):  # type: ignore[no-untyped-def]
    """Coordinates of draws from `start`, into out (c, n)."""
    n = out.shape[1]
    parts, room = np.empty(LONGEST), room_for(LONGEST)
    lead = start % REPLICATES
    whole = lead == 0 and n % REPLICATES == 0
    for c in range(out.shape[0]):
        row = out[c]
        for low in range(0, n, CHUNK):
            size = min(CHUNK, n - low)
            part = (
                row[low : low + size] if whole else parts[: (lead + size + REPLICATES - 1) // REPLICATES * REPLICATES]
            )
            fill_coordinate(luck, c, start + low - lead, room, part)
            if not whole:
                row[low : low + size] = part[lead : lead + size]
