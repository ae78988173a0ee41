"""Variance components of tables of mixtures: a transform along every axis, and what it says of sets of axes.

A table is held for all blocks of draws side by side (lanes), so that every step is one over vectors. It is walked twice
and not once for each axis: all inner axes of a part that fits the near cache, then all outer axes of a few columns at a
time. In NumPy, axis by axis, tables of 23 MB went through memory forty times: twelve times as long.

Letters: n mixtures, g axes (assumptions), b blocks (lanes), m a set of axes, whose bits say which.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.kernel.axes import LANES, along_2, along_3, along_4, along_22, along_222
from engine.kernel.doubles import fma
from engine.kernel.options import SWITCHES, compiled

NEAR = 16_384
"""Numbers of a table that are transformed together along the inner axes (128 kB)."""
WIDE = 128
"""Numbers side by side along the outer axes."""


@njit(inline="always", **SWITCHES)
def _transform(flat, base, stride, run, k, matrix, room):  # type: ignore[no-untyped-def]
    """In place: k runs of numbers, `stride` apart, become k combinations of them."""
    for j in range(run):
        for i in range(k):
            room[i] = flat[base + i * stride + j]
        for i in range(k):
            total = matrix[i, 0] * room[0]
            for c in range(1, k):
                total = fma(matrix[i, c], room[c], total)
            flat[base + i * stride + j] = total


@njit(inline="always", **SWITCHES)
def _along(flat, base, stride, run, kind, axis, k, matrices, room):  # type: ignore[no-untyped-def]
    """In place along a group of axes: runs of numbers, of which those next to each other along its innermost axis stand
    `stride` apart."""
    if kind == 0:
        for j in range(base, base + run, LANES):
            along_222(flat, j, stride, matrices, axis)
    elif kind == 1:
        for j in range(base, base + run, LANES):
            along_22(flat, j, stride, matrices, axis)
    elif kind == 2:
        for j in range(base, base + run, LANES):
            along_2(flat, j, stride, matrices, axis)
    elif kind == 3:
        for j in range(base, base + run, LANES):
            along_3(flat, j, stride, matrices, axis)
    elif kind == 4:
        for j in range(base, base + run, LANES):
            along_4(flat, j, stride, matrices, axis)
    else:
        _transform(flat, base, stride, run, k, matrices[axis], room)


@compiled
def left_out_means(y: Any, weight_outer: Any, weight_inner: Any, mean: Any, positive: Any, size: Any) -> None:
    """Of the mean over blocks without one each, and without none: mean over mixtures, share above 0, and largest size.

    Parameters
    ----------
    y : (n, b) outcomes; one block is left in.
    weight_outer, weight_inner : probability of a mixture, the product of two; the inner ones follow one another.
    mean, positive, size : (b + 1,) written; the last without none.
    """
    n, blocks = y.shape
    inner, share = weight_inner.shape[0], 1.0 / max(blocks - 1, 1)
    mean[:], positive[:], size[:] = 0.0, 0.0, 0.0
    for i in range(n):
        w = weight_outer[i // inner] * weight_inner[i % inner]
        row = y[i]
        total = 0.0
        for b in range(blocks):
            total += row[b]
        whole = total / blocks
        mean[blocks] += w * whole
        positive[blocks] += w if whole > 0.0 else 0.0
        size[blocks] = max(size[blocks], abs(whole))
        if blocks > 1:
            for b in range(blocks):
                rest = (total - row[b]) * share
                mean[b] += w * rest
                positive[b] += w if rest > 0.0 else 0.0
                size[b] = abs(rest) if abs(rest) > size[b] else size[b]


@compiled
def add_components(y: Any, sizes: Any, split: Any, groups: Any, matrices: Any, components: Any) -> None:
    """Add squared coefficients, set by set of axes, in the mean over blocks without one each, and without none.

    Parameters
    ----------
    y : (n, b) outcomes, the last axis next to one another; overwritten. sizes : (g,) alternatives of each axis.
    split : first of the inner axes.
    groups : (group, 3) first axis, number of axes and kind, see `axes.grouped`; none across `split`.
    matrices : (g, k, k) alternatives along an axis -> coefficients, the first that of the constant.
    components : (m, b + 1) changed; bit j of m is axis j. The last without none.
    """
    n, blocks = y.shape
    axes = sizes.shape[0]
    flat = y.reshape(n * blocks)
    room = np.empty(matrices.shape[1])
    inner = 1
    for g in range(split, axes):
        inner *= sizes[g]
    outer = n // inner
    # about the first mixture, so that a small variance of large amounts keeps its digits
    first = y[0].copy()
    for o in range(outer):
        for i in range(o * inner, (o + 1) * inner):
            for b in range(blocks):
                y[i, b] -= first[b]
        run = inner * blocks
        for group in range(groups.shape[0]):
            axis, kind = groups[group, 0], groups[group, 2]
            if axis >= split:
                whole_run = run
                for g in range(axis, axis + groups[group, 1]):
                    run //= sizes[g]
                for base in range(o * inner * blocks, (o + 1) * inner * blocks, whole_run):
                    _along(flat, base, run, run, kind, axis, sizes[axis], matrices, room)
    masks_outer, masks_inner = np.zeros(outer, dtype=np.int64), np.zeros(inner, dtype=np.int64)
    for o in range(outer):
        left = o
        for g in range(split - 1, -1, -1):
            if left % sizes[g]:
                masks_outer[o] |= 1 << g
            left //= sizes[g]
    for i in range(inner):
        left = i
        for g in range(axes - 1, split - 1, -1):
            if left % sizes[g]:
                masks_inner[i] |= 1 << g
            left //= sizes[g]
    wide, share = max(1, WIDE // blocks), 1.0 / max(blocks - 1, 1)
    for begin in range(0, inner, wide):
        end = min(begin + wide, inner)
        run = (end - begin) * blocks
        after = outer
        for group in range(groups.shape[0]):
            axis, kind = groups[group, 0], groups[group, 2]
            if axis < split:
                before = after
                for g in range(axis, axis + groups[group, 1]):
                    after //= sizes[g]
                for part in range(0, outer, before):
                    for o in range(part, part + after):
                        base = (o * inner + begin) * blocks
                        stride = after * inner * blocks
                        _along(flat, base, stride, run, kind, axis, sizes[axis], matrices, room)
        for o in range(outer):
            for i in range(begin, end):
                row, found = y[o * inner + i], components[masks_outer[o] | masks_inner[i]]
                total = 0.0
                for b in range(blocks):
                    total += row[b]
                whole = total / blocks
                found[blocks] += whole * whole
                if blocks > 1:
                    for b in range(blocks):
                        rest = (total - row[b]) * share
                        found[b] += rest * rest


@compiled
def add_by_member(components: Any, total: Any, equal: Any) -> None:
    """Add components (m, b) to those of every axis in the set: whole (g, b), and in equal parts (g, b)."""
    for m in range(1, components.shape[0]):
        members, left = 0.0, m
        while left:
            members += float(left & 1)
            left >>= 1
        row, share = components[m], 1.0 / members
        for g in range(total.shape[0]):
            if m >> g & 1:
                all_, part = total[g], equal[g]
                for b in range(row.shape[0]):
                    all_[b] += row[b]
                    part[b] += row[b] * share
