"""The designs in plain NumPy, one step after the other: what the kernel's loops must give to the last bit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.kernel.points import TURNS
from engine.run.designs import _FEW, REPLICATES, _hashed, _scrambled, philox, random_words

Array = NDArray[np.float64]
Words = NDArray[np.uint64]
_HALF, _LOW = np.uint64(32), np.uint64(2**32 - 1)
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
    sizes = [max(1, (total - r + REPLICATES - 1) // REPLICATES) for r in range(REPLICATES)]
    bits = min(32, 48 - max(sizes).bit_length())
    for row, name in enumerate(names):
        stream = f"latin_hypercube:{name}"
        for r in range(REPLICATES):
            draws = np.arange(start + (r - start) % REPLICATES, stop, REPLICATES)
            if draws.size:
                points = draws // REPLICATES
                strata = shuffle(seed, stream, points, r, sizes)
                place = strata + (_inside(seed, stream, points, r) >> (32 - bits)) * 2.0**-bits + 0.5 * 2.0**-bits
                out[row, draws - start] = place * (1.0 / sizes[r])
    return out


def _inside(seed: int, stream: str, points: Words, r: int) -> Words:
    """32 bits of luck: a word of the hash of a group of four points."""
    low, high = (np.array([word], dtype=np.uint64) for word in _hashed(stream))
    group = (points // 4 * REPLICATES + r).astype(np.uint64)
    words = philox((group & _LOW, group >> _HALF, low, high), _hashed(str(seed)))
    return np.choose(points % 4, words).astype(np.int64)


def shuffle(seed: int, stream: str, points: NDArray[np.int64], r: int, sizes: Sequence[int]) -> NDArray[np.int64]:
    """Place of each point in the order of hypercube r."""
    largest = max(sizes)
    if largest <= _FEW:
        words = random_words(seed, stream, np.uint64(2**63) + np.arange(largest * REPLICATES, dtype=np.uint64))
        by_luck = sorted(range(sizes[r]), key=words[r::REPLICATES].tolist().__getitem__)
        place = {point: rank for rank, point in enumerate(by_luck)}
        return np.array([place[point] for point in points.tolist()])
    words = random_words(seed, stream, np.uint64(2**63) + np.arange(TURNS * REPLICATES, dtype=np.uint64))
    keys = [(word & 0xFFFF, word >> 16 & 0xFFFF | 1) for word in words[r::REPLICATES].tolist()]
    root = math.ceil(math.sqrt(largest))
    bases = [(a, math.ceil(largest / a)) for a in range(root * 3 // 4, root + 1)]
    a, b = min((pair for pair in bases if max(pair) <= 2**15), key=math.prod)
    moved = _move(points, a, b, keys)
    while (outside := moved >= sizes[r]).any():
        moved[outside] = _move(moved[outside], a, b, keys)
    return moved


def _move(numbers: NDArray[np.int64], a: int, b: int, keys: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """Numbers with two digits, of base a and b; in turn, each is moved by a hash of the other."""
    left, right = numbers // b, numbers % b
    for turn, (luck, odd) in enumerate(keys):
        if turn % 2 == 0:
            left = (left + _hash(right, luck, odd, a)) % a
        else:
            right = (right + _hash(left, luck, odd, b)) % b
    return left * b + right


def _hash(digit: NDArray[np.int64], luck: int, odd: int, base: int) -> NDArray[np.int64]:
    """Below `base`: products modulo 2^16 with the upper half folded into the lower between them, then scaled."""
    mixed = (digit ^ luck) * odd % 2**16
    mixed = (mixed ^ mixed // 2**8) * 0x9E3D % 2**16
    return mixed * base // 2**16
