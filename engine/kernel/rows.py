"""Rows of inputs: which are alike, and how they stand in blocks.

Letters: n rows, i inputs, o outcomes. A block has its draws last, (i, draw), a table of inputs its inputs, (n, i).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.kernel.options import compiled

_TOGETHER = 256


@compiled
def distinct_rows(values: Any, columns: Any, first: Any, which: Any, slots: Any) -> Any:
    """Find rows that are alike, to the last bit, in some columns.

    Parameters
    ----------
    values : (n, i) bits of the inputs, as unsigned whole numbers of 64 bits.
    columns : those compared.
    first : (n,) written: the first row of each kind, in the order of their coming.
    which : (n,) written: the kind of each row.
    slots : (2^k,) with 2^k at least 2 n, filled with -1; overwritten.

    Returns
    -------
    How many kinds there are.
    """
    n = values.shape[0]
    mask = np.uint64(slots.shape[0] - 1)
    count = 0
    for row in range(n):
        # multiply and rotate, as in FxHash; 20 columns take about as long as fetching them
        mixed = np.uint64(0)
        for column in columns:
            mixed = ((mixed << np.uint64(5)) | (mixed >> np.uint64(59))) ^ values[row, column]
            mixed *= np.uint64(0x9E3779B97F4A7C15)
        place = (mixed >> np.uint64(20)) & mask
        while True:
            kind = slots[place]
            if kind < 0:
                slots[place] = count
                first[count] = row
                which[row] = count
                count += 1
                break
            same = True
            other = first[kind]
            for column in columns:
                if values[row, column] != values[other, column]:
                    same = False
                    break
            if same:
                which[row] = kind
                break
            place = (place + np.uint64(1)) & mask
    return count


@compiled
def fill_columns(values: Any, rows: Any, columns: Any, out: Any) -> None:
    """Write inputs (n, i) of some rows into a block (i, draw), lanes beyond them with the last row; of some columns."""
    last = rows.shape[0] - 1
    for draw in range(out.shape[1]):
        row = rows[min(draw, last)]
        for column in columns:
            out[column, draw] = values[row, column]


@compiled
def fill_block(values: Any, start: Any, stop: Any, columns: Any, sums: Any, which: Any, at: Any, out: Any) -> None:
    """Write inputs of rows `start` to `stop` - 1 into a block (i, draw), and the sums of their kinds below.

    Parameters
    ----------
    values : (n, i). columns : those that are read.
    sums : (o, kind). which : (n,) kind of each row.
    at : row of the block at which the sums begin.
    """
    for draw in range(out.shape[1]):
        row = min(start + draw, stop - 1)
        for column in columns:
            out[column, draw] = values[row, column]
    for o in range(sums.shape[0]):
        for draw in range(out.shape[1]):
            out[at + o, draw] = sums[o, which[min(start + draw, stop - 1)]]


@compiled
def fill_sources(
    stack: Any,
    source: Any,
    owner: Any,
    start: Any,
    stop: Any,
    columns: Any,
    sums: Any,
    which: Any,
    kind: Any,
    at: Any,
    out: Any,
) -> None:
    """As `fill_block`, of runs that are not written out: their inputs come from several sets of values.

    Run r is draw r modulo m of mixture r // m.

    Parameters
    ----------
    stack : (set, i, m) values of each set in all draws.
    source : (mixture, group) set that a group of inputs is taken from. owner : (i,) group of an input.
    kind : (mixture,) mixtures alike in what the sums are made of. which : (kind m,) column of a draw's sums.
    """
    m = stack.shape[2]
    lane, run = 0, start
    while run < stop:
        mixture = run // m
        draw = run - mixture * m
        count = min(m - draw, stop - run)
        for column in columns:
            values = stack[source[mixture, owner[column]], column]
            row = out[column]
            for j in range(count):
                row[lane + j] = values[draw + j]
        first = kind[mixture] * m + draw
        for o in range(sums.shape[0]):
            values, row = sums[o], out[at + o]
            for j in range(count):
                row[lane + j] = values[which[first + j]]
        lane += count
        run += count
    for fill in range(lane, out.shape[1]):
        for column in columns:
            out[column, fill] = out[column, lane - 1]
        for o in range(sums.shape[0]):
            out[at + o, fill] = out[at + o, lane - 1]


@compiled
def take_rows(block: Any, begin: Any, n: Any, start: Any, out: Any) -> None:
    """Copy outcomes (o, draw), from outcome `begin` on and of the first n draws, to rows (n, o) from `start` on."""
    columns = out.shape[1]
    flat = out.reshape(-1)
    # some draws at a time, so that what is written stays near (13 outcomes of a draw: 9 ns; draw after draw 19)
    for low in range(0, n, _TOGETHER):
        high = min(low + _TOGETHER, n)
        for o in range(columns):
            row = block[begin + o]
            at = (start + low) * columns + o
            for draw in range(low, high):
                flat[at] = row[draw]
                at += columns


@compiled
def put_columns(rows: Any, start: Any, out: Any) -> None:
    """Copy rows (n, o) to columns (o, all), from `start` on."""
    n, columns = rows.shape
    for low in range(0, n, _TOGETHER):
        high = min(low + _TOGETHER, n)
        for o in range(columns):
            to = out[o]
            for row in range(low, high):
                to[start + row] = rows[row, o]
