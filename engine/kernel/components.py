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

from engine.kernel.options import SWITCHES, compiled

NEAR = 16_384
"""Numbers of a table that are transformed together along the inner axes (128 kB)."""
WIDE = 128
"""Numbers side by side along the outer axes."""


@njit(inline="always", **SWITCHES)
def _transform(flat, base, stride, run, k, matrix, room):  # type: ignore[no-untyped-def]
    """In place: k runs of numbers, `stride` apart, become k combinations of them."""
    if k == 2:
        a, b = flat[base : base + run], flat[base + stride : base + stride + run]
        p, q, r, s = matrix[0, 0], matrix[0, 1], matrix[1, 0], matrix[1, 1]
        for j in range(run):
            x, y = a[j], b[j]
            a[j] = p * x + q * y
            b[j] = r * x + s * y
    elif k == 3:
        a, b = flat[base : base + run], flat[base + stride : base + stride + run]
        c = flat[base + 2 * stride : base + 2 * stride + run]
        p, q, r = matrix[0, 0], matrix[0, 1], matrix[0, 2]
        s, t, u = matrix[1, 0], matrix[1, 1], matrix[1, 2]
        v, w, o = matrix[2, 0], matrix[2, 1], matrix[2, 2]
        for j in range(run):
            x, y, z = a[j], b[j], c[j]
            a[j] = p * x + q * y + r * z
            b[j] = s * x + t * y + u * z
            c[j] = v * x + w * y + o * z
    else:
        for j in range(run):
            for i in range(k):
                room[i] = flat[base + i * stride + j]
            for i in range(k):
                total = 0.0
                for c in range(k):
                    total += matrix[i, c] * room[c]
                flat[base + i * stride + j] = total


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
    inner = weight_inner.shape[0]
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
                rest = (total - row[b]) / (blocks - 1)
                mean[b] += w * rest
                positive[b] += w if rest > 0.0 else 0.0
                size[b] = abs(rest) if abs(rest) > size[b] else size[b]


@compiled
def add_components(y: Any, sizes: Any, split: Any, matrices: Any, components: Any) -> None:
    """Add squared coefficients, set by set of axes, in the mean over blocks without one each, and without none.

    Parameters
    ----------
    y : (n, b) outcomes, the last axis next to one another; overwritten. sizes : (g,) alternatives of each axis.
    split : first of the inner axes.
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
        for g in range(split, axes):
            whole_run = run
            run //= sizes[g]
            for base in range(o * inner * blocks, (o + 1) * inner * blocks, whole_run):
                _transform(flat, base, run, run, sizes[g], matrices[g], room)
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
    wide = max(1, WIDE // blocks)
    for begin in range(0, inner, wide):
        end = min(begin + wide, inner)
        run = (end - begin) * blocks
        after = outer
        for g in range(split):
            after //= sizes[g]
            stride = after * inner * blocks
            for part in range(outer // (after * sizes[g])):
                for o in range(after):
                    base = ((part * sizes[g] * after + o) * inner + begin) * blocks
                    _transform(flat, base, stride, run, sizes[g], matrices[g], room)
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
                        rest = (total - row[b]) / (blocks - 1)
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
