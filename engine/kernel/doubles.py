"""Arithmetic that is the same on every processor, however many lanes it has, for loops that are to be widened.

No loop of the sampler calls a library's exp, log or erfc: their last bit may differ between vector and scalar code.
Products and sums are fused where it is written (`fma`) and nowhere else. Whole numbers and reals go over into each
other by their bits, as AVX2 has no conversions of 64 bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from engine.kernel.lanes import Lanes, called, widened
from engine.kernel.options import SWITCHES


@intrinsic
def fma(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """a b + c, rounded once, on every processor."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return called(builder, "fma", *arguments)

    kind = widened(a, b, c) or types.float64
    return kind(kind, kind, kind), generate


@intrinsic
def bits_of(typing_context: Any, x: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(signature.return_type))

    if isinstance(x, Lanes):
        return Lanes(types.int64, x.count)(x), generate
    return types.int64(types.float64), generate


@intrinsic
def number_of(typing_context: Any, x: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(signature.return_type))

    if isinstance(x, Lanes):
        return Lanes(types.float64, x.count)(x), generate
    return types.float64(types.int64), generate


@intrinsic
def trailing_zeros(typing_context: Any, word: Any) -> Any:
    """Of the binary digits of a whole number of 64 bits; 64 of 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return called(builder, "cttz", *arguments, beside=(ir.Constant(ir.IntType(1), 0),))

    return types.int64(types.uint64), generate


@intrinsic
def high_half(typing_context: Any, a: Any, b: Any) -> Any:
    """Upper 16 bits of the product of two whole numbers of 16 bits.

    LLVM has it as the product of fractions, which it widens as one instruction; written as a product of 32 bits that
    is shifted, each number goes to 32 bits and back.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return called(builder, "umul.fix", *arguments, beside=(ir.Constant(ir.IntType(32), 16),))

    kind = widened(a, b) or types.uint16
    return kind(kind, kind), generate


_LN2_HIGH, _LN2_LOW, _LOG2_E = 6.93147180369123816490e-01, 1.90821492927058770002e-10, 1.4426950408889634
ROUND = 6755399441055744.0
"""1.5 * 2^52: added to a number, it leaves the nearest integer in the last bits."""
ROUND_BITS = 0x4338000000000000
_ROOT_HALF = 0x3FE6A09E667F3BCD


@njit(inline="always", **SWITCHES)
def exp(x):  # type: ignore[no-untyped-def]
    x = min(max(x, -708.0), 709.0)
    shifted = fma(x, _LOG2_E, ROUND)
    n = shifted - ROUND
    r = fma(n, -_LN2_LOW, fma(n, -_LN2_HIGH, x))
    p = 1.0 / 479001600.0
    p = fma(p, r, 1.0 / 39916800.0)
    p = fma(p, r, 1.0 / 3628800.0)
    p = fma(p, r, 1.0 / 362880.0)
    p = fma(p, r, 1.0 / 40320.0)
    p = fma(p, r, 1.0 / 5040.0)
    p = fma(p, r, 1.0 / 720.0)
    p = fma(p, r, 1.0 / 120.0)
    p = fma(p, r, 1.0 / 24.0)
    p = fma(p, r, 1.0 / 6.0)
    p = fma(p, r, 0.5)
    p = fma(p, r, 1.0)
    p = fma(p, r, 1.0)
    return number_of(bits_of(p) + (bits_of(shifted) << np.int64(52)))


@njit(inline="always", **SWITCHES)
def minus_log(p):  # type: ignore[no-untyped-def]
    """-log p of a positive number that is not subnormal."""
    bits = bits_of(p)
    e = (bits - np.int64(_ROOT_HALF)) >> np.int64(52)
    m = number_of(bits - (e << np.int64(52)))
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    q = fma(2.0 / 21, z, 2.0 / 19)
    q = fma(q, z, 2.0 / 17)
    q = fma(q, z, 2.0 / 15)
    q = fma(q, z, 2.0 / 13)
    q = fma(q, z, 2.0 / 11)
    q = fma(q, z, 2.0 / 9)
    q = fma(q, z, 2.0 / 7)
    q = fma(q, z, 2.0 / 5)
    q = fma(q, z, 2.0 / 3)
    # An integer of few bits, by its bits: AVX2 has no conversion.
    k = number_of(e + np.int64(ROUND_BITS)) - ROUND
    return -fma(k, _LN2_HIGH, fma(s, 2.0, fma(s * z, q, k * _LN2_LOW)))


@njit(inline="always", **SWITCHES)
def real(word):  # type: ignore[no-untyped-def]
    """A whole number below 2^52, as a float."""
    return number_of(word | np.uint64(0x4330000000000000)) - 4503599627370496.0
