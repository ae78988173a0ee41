"""Sums and counts over draws, row by row: what remains of draws that are not kept.

Draw i of a row belongs to lane i modulo `TALLY_LANES`: sums are kept apart by lane, so that each is added in the order
of the draws, whatever the width of vectors, and so that the replicates of a design can be told apart. Blocks begin at a
lane 0.
"""

from __future__ import annotations

import numpy as np

from engine.kernel.grid import ATOMS, BINS, PART, SEGMENTS, TALLY_LANES
from engine.kernel.options import compiled


@compiled
def add_moments(x, origin, count, total, squares, low, high, positive, infinite):  # type: ignore[no-untyped-def]
    """Add a block of draws to what is known of those before.

    Parameters
    ----------
    x : (row, d); nan counts for nothing, and infinity in `infinite` and `positive` only.
    origin : (row,) what is taken off before values are added and squared.
    count, total, squares : (row, lane), changed.
    low, high, positive, infinite : (row,), changed.
    """
    lanes = TALLY_LANES
    rows, n = x.shape
    whole = n // lanes * lanes
    smallest, largest = np.empty(lanes), np.empty(lanes)
    above, beyond = np.empty(lanes, dtype=np.int64), np.empty(lanes, dtype=np.int64)
    for r in range(rows):
        o = origin[r]
        smallest[:], largest[:] = np.inf, -np.inf
        above[:], beyond[:] = 0, 0
        for start in range(0, whole, lanes):
            for lane in range(lanes):
                v = x[r, start + lane]
                finite = abs(v) < np.inf
                d = v - o if finite else 0.0
                total[r, lane] += d
                squares[r, lane] += d * d
                count[r, lane] += 1 if finite else 0
                smallest[lane] = v if finite and v < smallest[lane] else smallest[lane]
                largest[lane] = v if finite and v > largest[lane] else largest[lane]
                above[lane] += 1 if v > 0.0 else 0
                beyond[lane] += 1 if abs(v) == np.inf else 0
        for i in range(whole, n):
            lane = i - whole
            v = x[r, i]
            finite = abs(v) < np.inf
            d = v - o if finite else 0.0
            total[r, lane] += d
            squares[r, lane] += d * d
            count[r, lane] += 1 if finite else 0
            smallest[lane] = v if finite and v < smallest[lane] else smallest[lane]
            largest[lane] = v if finite and v > largest[lane] else largest[lane]
            above[lane] += 1 if v > 0.0 else 0
            beyond[lane] += 1 if abs(v) == np.inf else 0
        for lane in range(lanes):
            low[r] = min(low[r], smallest[lane])
            high[r] = max(high[r], largest[lane])
            positive[r] += above[lane]
            infinite[r] += beyond[lane]


@compiled
def add_counts(x, edges, atoms, bins, at_atom):  # type: ignore[no-untyped-def]
    """Add a block of draws to counts by value; a bin holds its upper edge, and infinity and nan are in none.

    Parameters
    ----------
    x : (row, d).
    edges : (row, SEGMENTS + 1) rising or equal; each segment is parted into PART bins of one width.
    atoms : (row, ATOMS) single values counted apart, rising, filled up with nan.
    bins, at_atom : (row, BINS), (row, ATOMS) of uint32, changed.
    """
    rows, n = x.shape
    scale = np.empty(SEGMENTS)
    for r in range(rows):
        known = 0
        while known < ATOMS and atoms[r, known] == atoms[r, known]:
            known += 1
        for s in range(SEGMENTS):
            width = edges[r, s + 1] - edges[r, s]
            scale[s] = PART / width if width > 0.0 else 0.0
        for i in range(n):
            v = x[r, i]
            if not abs(v) < np.inf:
                continue
            if known > 0:
                place = 0
                for step in (32, 16, 8, 4, 2, 1):
                    if place + step < known and atoms[r, place + step] <= v:
                        place += step
                if atoms[r, place] == v:
                    at_atom[r, place] += np.uint32(1)
                    continue
            segment = 0
            for s in range(SEGMENTS + 1):
                segment += 1 if v > edges[r, s] else 0
            if segment == 0:
                bins[r, 0] += np.uint32(1)
            elif segment > SEGMENTS:
                bins[r, BINS - 1] += np.uint32(1)
            else:
                place = min(PART - 1, int((v - edges[r, segment - 1]) * scale[segment - 1]))
                bins[r, 1 + (segment - 1) * PART + place] += np.uint32(1)
