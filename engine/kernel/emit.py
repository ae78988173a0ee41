"""A program as vector code: one LLVM value holds one operation for `LANES` draws.

Values stay in registers over all cycles; nothing is allocated, nothing raised. No fast-math flags and only explicit
`fma`, so that results depend on neither the CPU's vector width nor a draw's place in a block.

Why this and not generated Python source or an interpreter over operations: measured against hand-written C with
AVX-512 on three models, this reached 0.8-1.08 of its speed and compiled in 0.1-0.5 s; generated source reached
0.5-0.85 and took 3-17 s to compile, an interpreter 0.2-0.33.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from llvmlite import ir

from engine.kernel.layout import LANES, NAME, NAME_OF_PARTS, TILE, Operation, Program, needed, needed_in_loop, padded

_DOUBLE, _INT, _BIT = ir.DoubleType(), ir.IntType(64), ir.IntType(1)
_MASK = ir.IntType(LANES)
_VECTOR, _INTS, _BITS = ir.VectorType(_DOUBLE, LANES), ir.VectorType(_INT, LANES), ir.VectorType(_BIT, LANES)

# exp: x = (k / 16) ln 2 + r, |r| <= ln 2 / 32; e^x = 2^(k >> 4) T[k & 15] (1 + r + r^2 p(r)), p of degree 4 through
# Chebyshev's points (relative error 2.8e-17; 2.1 ulp in all). ln 2 is split in two so that r keeps all its digits (Cody
# & Waite 1980); the table is Tang's (1989, ACM Trans. Math. Software 15). Without it, by a polynomial of degree 12 in
# Estrin's order and selects for the ends of the range: 25 operations instead of 17, all of R1 1.3 times slower.
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_EXP = [0.5, 0.16666666665301144, 0.041666666664959766, 0.008333449724528355, 0.0013889034377693012]
_PARTS = 4  # bits of k that choose from the table
_POWERS = [float.fromhex(f"0x1.{digits}p+0") for digits in (
    "0000000000000", "0b5586cf9890f", "172b83c7d517b", "2387a6e756238", "306fe0a31b715", "3dea64c123422",
    "4bfdad5362a27", "5ab07dd485429", "6a09e667f3bcd", "7a11473eb0187", "8ace5422aa0db", "9c49182a3f090",
    "ae89f995ad3ad", "c199bdd85529c", "d5818dcfba487", "ea4afa2a490da")]  # fmt: skip
"""T: 2^(i / 16)."""
_LOWEST, _HIGHEST = -709.0895657128241, 709.79
"""Below, 2^(k >> 4) has the bits of 0; above, of infinity."""
# 2^x = 2^(k >> 4) T[k & 15] p(r) with x = k / 16 + r: three sums give r exactly, and p takes one multiplication more
# (relative error 1.5e-17). 13 operations, of which 8 multiply, for the 19 and 11 of exp with its limits.
_EXP2 = [float.fromhex(h) for h in (
    "0x1.62e42fefa39f3p-1", "0x1.ebfbdff82c590p-3", "0x1.c6b08d6f2a288p-5", "0x1.3b2ab6fb41213p-7",
    "0x1.5d897e5261296p-10", "0x1.430a1d08efe4dp-13")]  # fmt: skip
_ROUND = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer that then stands in the low bits
_EXPM1 = [1.0 / math.factorial(i + 2) for i in range(12)]
_EXP_LOWEST, _EXP_HIGHEST = -708.0, 709.0  # of expm1; beyond: -1 and infinity
# log: x = 2^e m, sqrt(1/2) <= m < sqrt(2); ln m = 2 atanh(s), s = (m - 1) / (m + 1), as a polynomial in s^2 through
# Chebyshev's points (relative error 4.7e-18; 1.8 ulp in all). The series itself takes ten terms.
_LOG = [0.666666666666667, 0.39999999999899444, 0.2857142862600327, 0.22222211130259878, 0.18182889455674947,
        0.15331710618210773, 0.14616585424888623]  # fmt: skip
_LOG2 = [float.fromhex(h) for h in (
    "0x1.ec709dc3a0421p-1", "0x1.2776c50ee4ab8p-1", "0x1.a61762e943fb2p-2", "0x1.484aeda70c6d4p-2",
    "0x1.0ca513cf24eb0p-2", "0x1.c3940e0f4411bp-3", "0x1.beb26065cb8ecp-3")]  # fmt: skip
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_SMALLEST_NORMAL = 2.2250738585072014e-308

_AS_SET = ir.Constant(ir.IntType(32), 4)  # rounding as the processor is set: no suppressing of exceptions
_COMPARE = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=="}


class Emitter:
    """Vector arithmetic on an IR builder."""

    def __init__(self, builder: Any, *, wide: bool) -> None:
        self.b = builder
        self.wide = wide
        """Whether the processor chooses from 16 numbers in one instruction (AVX-512)."""

    def const(self, x: float) -> Any:
        return ir.Constant(_VECTOR, [float(x)] * LANES)

    def ints(self, x: int) -> Any:
        return ir.Constant(_INTS, [x] * LANES)

    def splat(self, scalar: Any) -> Any:
        i32 = ir.IntType(32)
        one = self.b.insert_element(ir.Constant(_VECTOR, ir.Undefined), scalar, ir.Constant(i32, 0))
        mask = ir.Constant(ir.VectorType(i32, LANES), [0] * LANES)
        return self.b.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), mask)

    def intrinsic(self, name: str, *arguments: Any) -> Any:
        return self.call(f"{name}.v{LANES}f64", _VECTOR, *arguments)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        return self.intrinsic("llvm.fma", a, b, c)

    def reduced(self, x: Any) -> tuple[Any, Any]:
        """x = n ln 2 + r: r, and n moved to where a number's exponent stands."""
        b, f = self.b, self.fma
        shifted = f(x, self.const(_LOG2_E), self.const(_ROUND))
        n = b.fsub(shifted, self.const(_ROUND))
        r = f(n, self.const(-_LN2_LOW), f(n, self.const(-_LN2_HIGH), x))
        return r, b.shl(b.bitcast(shifted, _INTS), self.ints(52))

    def exp(self, x: Any, *, negated: bool = False) -> Any:
        """e^x, or e^-x."""
        b, f, const = self.b, self.fma, self.const
        low, high = (-_HIGHEST, -_LOWEST) if negated else (_LOWEST, _HIGHEST)
        x = self.limited(x, low, high)
        if negated:
            x = b.fneg(x)  # into the fma's, at no cost
        unit = const(_ROUND / 2**_PARTS)
        shifted = f(x, const(_LOG2_E), unit)
        n = b.fsub(shifted, unit)
        r = f(n, const(-_LN2_LOW), f(n, const(-_LN2_HIGH), x))
        p = const(_EXP[-1])
        for coefficient in [*reversed(_EXP[:-1]), 1.0, 1.0]:
            p = f(p, r, const(coefficient))
        return b.fmul(self.power(shifted), p)

    def power(self, shifted: Any) -> Any:
        """2^(k / 16), with k in the low bits of `shifted`."""
        b = self.b
        k = b.bitcast(shifted, _INTS)
        return b.bitcast(b.add(b.bitcast(self.chosen(k), _INTS), b.shl(k, self.ints(52 - _PARTS))), _VECTOR)

    def exp2(self, x: Any, *, negated: bool = False) -> Any:
        """2^x, or 2^-x."""
        b, const = self.b, self.const
        unit = const(_ROUND / 2**_PARTS)
        shifted = b.fsub(unit, x) if negated else b.fadd(unit, x)
        n = b.fsub(shifted, unit)
        r = b.fadd(x, n) if negated else b.fsub(x, n)  # or -r, whose sign the coefficients take
        signs = [-1.0, 1.0] if negated else [1.0, 1.0]
        p = const(_EXP2[-1] * signs[len(_EXP2) % 2 - 1])
        for i in range(len(_EXP2) - 1, 0, -1):
            p = self.fma(p, r, const(_EXP2[i - 1] * signs[i % 2 - 1]))
        return b.fmul(self.power(shifted), self.fma(p, r, const(1.0)))

    def extreme(self, name: str, a: Any, b: Any) -> Any:
        """The smaller or larger; nan where one is, as numpy does."""
        if isinstance(b, ir.Constant):
            a, b = b, a
        if isinstance(a, ir.Constant) and not math.isnan(a.constant[0].constant):  # one instruction, not three
            if self.wide:
                return self.call(f"llvm.x86.avx512.{name}.pd.512", _VECTOR, a, b, _AS_SET)
            return self.b.select(self.b.fcmp_ordered("<" if name == "min" else ">", a, b), a, b)
        return self.intrinsic("llvm.minimum" if name == "min" else "llvm.maximum", a, b)

    def limited(self, x: Any, low: float, high: float) -> Any:
        """x within the limits; nan stays. llvm.minimum and llvm.maximum are three instructions each."""
        b = self.b
        if self.wide:  # by name, since LLVM makes masks of the second of the selects
            for name, limit in (("min", high), ("max", low)):
                # the second operand where either is nan
                x = self.call(f"llvm.x86.avx512.{name}.pd.512", _VECTOR, self.const(limit), x, _AS_SET)
            return x
        x = b.select(b.fcmp_ordered("<", self.const(high), x), self.const(high), x)
        return b.select(b.fcmp_ordered(">", self.const(low), x), self.const(low), x)

    def call(self, name: str, result: Any, *arguments: Any) -> Any:
        """A function of LLVM's own."""
        module = self.b.module
        kind = ir.FunctionType(result, [a.type for a in arguments])
        return self.b.call(module.globals.get(name) or ir.Function(module, kind, name), arguments)

    def chosen(self, k: Any) -> Any:
        """T[k & 15], less what the shift of k puts beside the exponent."""
        b, values = self.b, [_lowered(v, i << (52 - _PARTS)) for i, v in enumerate(_POWERS)]
        if self.wide:  # looks at the low four bits only
            halves = [ir.Constant(_VECTOR, values[at : at + LANES]) for at in (0, LANES)]
            return self.call("llvm.x86.avx512.vpermi2var.pd.512", _VECTOR, halves[0], k, halves[1])
        table = _table(b.module, values)
        index, result = b.and_(k, self.ints(2**_PARTS - 1)), ir.Constant(_VECTOR, ir.Undefined)
        for lane in range(LANES):
            place = ir.Constant(ir.IntType(32), lane)
            at = b.gep(table, [ir.Constant(_INT, 0), b.extract_element(index, place)])
            result = b.insert_element(result, b.load(at), place)
        return result

    def expm1(self, x: Any) -> Any:
        """2^n (e^r - 1) + (2^n - 1), with e^r - 1 = r + r^2 (1/2 + r/6 + ..): a small x keeps its digits."""
        b, f, c = self.b, self.fma, [self.const(v) for v in _EXPM1]
        r, power = self.reduced(x)
        r2 = b.fmul(r, r)
        r4 = b.fmul(r2, r2)
        r8 = b.fmul(r4, r4)
        q = [f(r, c[i + 1], c[i]) for i in range(0, 12, 2)]
        p = f(r8, f(r2, q[5], q[4]), f(r4, f(r2, q[3], q[2]), f(r2, q[1], q[0])))
        scale = b.bitcast(b.add(b.bitcast(self.const(1.0), _INTS), power), _VECTOR)
        value = f(scale, f(r2, p, r), b.fsub(scale, self.const(1.0)))
        high = b.select(b.fcmp_ordered("<=", x, self.const(_EXP_HIGHEST)), value, b.fadd(x, self.const(math.inf)))
        return b.select(b.fcmp_ordered("<", x, self.const(_EXP_LOWEST)), self.const(-1.0), high)

    def log1p(self, x: Any) -> Any:
        """log(u) + e / u, with u + e = 1 + x exactly (the sum of two numbers and its rounding error, Knuth 1969)."""
        b, one = self.b, self.const(1.0)
        u = b.fadd(one, x)
        seen = b.fsub(u, one)
        error = b.fadd(b.fsub(one, b.fsub(u, seen)), b.fsub(x, seen))
        log = self.log(u)
        # infinite or nan is the logarithm itself
        whole = b.fcmp_ordered("<", self.intrinsic("llvm.fabs", log), self.const(math.inf))
        return b.select(whole, b.fadd(log, b.fdiv(error, u)), log)

    def log(self, x: Any) -> Any:
        b, f = self.b, self.fma
        e, s, z = self.split(x)
        p = self.polynomial(_LOG, z)
        tail = f(b.fmul(s, z), p, b.fmul(e, self.const(_LN2_LOW)))
        return self.ends_of_log(x, f(e, self.const(_LN2_HIGH), f(self.const(2.0), s, tail)))

    def log2(self, x: Any, *, normal: bool = False) -> Any:
        """`normal`: x is nan, or neither negative nor so small that it counts as 0."""
        e, s, z = self.split(x)
        whole = self.fma(s, self.const(2.0 * _LOG2_E), e)
        value = self.fma(self.b.fmul(s, z), self.polynomial(_LOG2, z), whole)
        return self.ends_of_log(x, value, normal=normal)

    def split(self, x: Any) -> tuple[Any, Any, Any]:
        """x = 2^e m: e, s = (m - 1) / (m + 1) and its square."""
        b = self.b
        bits = b.bitcast(x, _INTS)
        exponent = b.ashr(b.sub(bits, self.ints(_SQRT_HALF_BITS)), self.ints(52))
        m = b.bitcast(b.sub(bits, b.shl(exponent, self.ints(52))), _VECTOR)
        s = b.fdiv(b.fsub(m, self.const(1.0)), b.fadd(m, self.const(1.0)))
        # the exponent as a float: by the bits of 1.5 * 2^52 + e, which AVX2 can do and a conversion it cannot
        e = b.fsub(b.bitcast(b.add(exponent, b.bitcast(self.const(_ROUND), _INTS)), _VECTOR), self.const(_ROUND))
        return e, s, b.fmul(s, s)

    def polynomial(self, coefficients: list[float], z: Any) -> Any:
        p = self.const(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            p = self.fma(z, p, self.const(coefficient))
        return p

    def ends_of_log(self, x: Any, value: Any, *, normal: bool = False) -> Any:
        b = self.b
        ordinary = b.select(b.fcmp_ordered("<", x, self.const(math.inf)), value, x)  # inf and nan stay
        if normal:
            return ordinary
        zero = b.fcmp_ordered("<", x, self.const(_SMALLEST_NORMAL))  # subnormals count as 0
        negative = b.fcmp_ordered("<", x, self.const(0.0))
        low = b.select(negative, self.const(math.nan), self.const(-math.inf))
        return b.select(zero, low, ordinary)

    def apply(self, name: str, a: list[Any]) -> Any:
        b = self.b
        match name:
            case "add":
                return b.fadd(*a)
            case "sub":
                return b.fsub(*a)
            case "mul":
                return b.fmul(*a)
            case "div":
                return b.fdiv(*a)
            case "neg":
                return b.fneg(*a)
            case "fma":
                return self.fma(*a)
            case "abs":
                return self.intrinsic("llvm.fabs", *a)
            case "sqrt":
                return self.intrinsic("llvm.sqrt", *a)
            case "floor":
                return self.intrinsic("llvm.floor", *a)
            case "min" | "max":
                return self.extreme(name, *a)
            case "exp":
                return self.exp(*a)
            case "expm1":
                return self.expm1(*a)
            case "exp2":
                return self.exp2(*a)
            case "log":
                return self.log(*a)
            case "log2":
                return self.log2(*a)
            case "log1p":
                return self.log1p(*a)
            case "ne":
                return b.fcmp_unordered("!=", *a)
            case "and":
                return b.and_(*a)
            case "or":
                return b.or_(*a)
            case "not":
                return b.not_(*a)
            case "where":
                return b.select(*a)
            case comparison:
                return b.fcmp_ordered(_COMPARE[comparison], *a)


def _lowered(value: float, bits: int) -> float:
    (whole,) = struct.unpack("<q", struct.pack("<d", value))
    return float(*struct.unpack("<d", struct.pack("<q", whole - bits)))


def _table(module: Any, values: list[float]) -> Any:
    """The numbers as a constant of the module."""
    name, kind = "powers", ir.ArrayType(_DOUBLE, len(values))
    if name not in module.globals:
        table = ir.GlobalVariable(module, kind, name)
        table.linkage, table.global_constant, table.initializer = "internal", True, ir.Constant(kind, values)
    return module.globals[name]


class Arrays(NamedTuple):
    """Base pointers of a block's arrays, as the code has them."""

    row: Any
    """Draws that a row of totals and yearly holds (i64)."""
    cycles: Any
    """Cycles that are run (i64); read only where the program `stops`, since others are quicker with a number known."""
    inputs: Any
    offsets: Any
    """Where each input's row starts after `inputs`, in numbers (i64*)."""
    series: Any
    totals: Any
    yearly: Any
    status: Any
    counted: Any
    sums: Any
    kept: Any


def emit_module(program: Program, *, wide: bool = False) -> str:
    """The program as a module of LLVM's language: a function that runs all draws of a block, and one that does so part
    by part, with offsets of its own for each.

    Parameters
    ----------
    wide : whether the code may use AVX-512 by name; results are the same bits.
    """
    doubles, ints = _DOUBLE.as_pointer(), _INT.as_pointer()
    module = ir.Module(name="program")
    kinds = [_INT, _INT, _INT, doubles, ints, doubles, doubles, doubles, ints, ints, doubles, doubles]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), NAME)
    for argument in function.args[3:]:
        argument.add_attribute("noalias")
    # Otherwise spilled vectors stand across two cache lines wherever the caller's stack is not a multiple of 64, which
    # made three processes of four 5-25 % slower than the fourth.
    function.attributes.add("nounwind")  # llvmlite writes no attribute where this one is alone
    function.attributes.add("noinline")  # into the other, which would double what is to be compiled
    function.attributes.alignstack = 64
    n, arrays = function.args[0], Arrays(*function.args[1:])
    b = ir.IRBuilder(function.append_basic_block("entry"))
    before = b.block
    vector, done = b.append_basic_block("vector"), b.append_basic_block("return")
    b.cbranch(b.icmp_signed("<", ir.Constant(_INT, 0), n), vector, done)
    b.position_at_end(vector)
    first = b.phi(_INT)
    first.add_incoming(ir.Constant(_INT, 0), before)
    emit_vector(b, program, arrays, first, wide=wide)
    following = b.add(first, ir.Constant(_INT, LANES))
    first.add_incoming(following, b.block)
    b.cbranch(b.icmp_signed("<", following, n), vector, done)
    b.position_at_end(done)
    b.ret_void()
    _emit_parts(module, function, program.n_inputs)
    return str(module)


def _emit_parts(module: Any, run: Any, n_inputs: int) -> None:
    """Write the function that runs parts of a block one after the other: how many, then the arguments of `run`.

    `n` is of a part; offsets, and whatever belongs to a draw, follow one another.
    """
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [_INT, *(a.type for a in run.args)]), NAME_OF_PARTS)
    function.attributes.add("nounwind")
    parts, n, *rest = function.args
    arrays = Arrays(*rest)
    b = ir.IRBuilder(function.append_basic_block("entry"))
    before = b.block
    part, done = b.append_basic_block("part"), b.append_basic_block("return")
    b.cbranch(b.icmp_signed("<", ir.Constant(_INT, 0), parts), part, done)
    b.position_at_end(part)
    number = b.phi(_INT)
    number.add_incoming(ir.Constant(_INT, 0), before)
    draw, offset = b.mul(number, n), b.mul(number, ir.Constant(_INT, n_inputs))
    moved = {name: b.gep(getattr(arrays, name), [draw]) for name in ("totals", "yearly", "status", "counted")}
    own = arrays._replace(offsets=b.gep(arrays.offsets, [offset]), **moved)
    b.call(run, [n, *own])
    following = b.add(number, ir.Constant(_INT, 1))
    number.add_incoming(following, b.block)
    b.cbranch(b.icmp_signed("<", following, parts), part, done)
    b.position_at_end(done)
    b.ret_void()


def emit_vector(builder: Any, program: Program, arrays: Arrays, first: Any, *, wide: bool) -> None:
    """Write the code that runs `LANES` draws, from draw `first` (i64), through all cycles and stores their results."""
    e, b = Emitter(builder, wide=wide), builder

    def i64(v: int) -> Any:
        return ir.Constant(_INT, v)

    def vector_at(base: Any, offset: Any, vector: Any) -> Any:
        return b.bitcast(b.gep(base, [b.add(offset, first)]), vector.as_pointer())

    def address(base: Any, row: Any, vector: Any) -> Any:
        return vector_at(base, b.mul(row, arrays.row), vector)

    def computed(operation: Operation, known: Mapping[int, Any]) -> Any:
        if operation.name in ("exp", "exp2"):
            inner = program.operations[operation.arguments[0]]
            if inner.name == "neg" and inner.arguments[0] in known:
                function = e.exp if operation.name == "exp" else e.exp2
                return function(known[inner.arguments[0]], negated=True)
        if operation.name == "log2":
            inner = program.operations[operation.arguments[0]]
            limits = [program.operations[a] for a in inner.arguments]
            normal = inner.name == "max" and any(o.name == "const" and o.constant > 1e-307 for o in limits)
            return e.log2(known[operation.arguments[0]], normal=normal)
        return e.apply(operation.name, [known[a] for a in operation.arguments])

    values: dict[int, Any] = {}
    for position, operation in enumerate(program.operations):
        if operation.in_loop:
            continue
        if operation.name == "const":
            values[position] = e.const(operation.constant)
        elif operation.name == "input":
            offset = b.load(b.gep(arrays.offsets, [i64(operation.row)]))
            values[position] = b.load(vector_at(arrays.inputs, offset, _VECTOR), align=8)
        else:
            values[position] = computed(operation, values)

    def failing(condition: Any, bit: int, status: Any) -> Any:
        return b.or_(status, b.select(condition, e.ints(0), e.ints(1 << bit)))

    status = e.ints(0)
    for check in program.checks:
        if not program.operations[check.condition].in_loop:
            status = failing(values[check.condition], check.bit, status)

    before = b.block
    loop, done = b.append_basic_block("cycle"), b.append_basic_block("done")
    b.branch(loop)
    b.position_at_end(loop)
    cycle = b.phi(_INT)
    cycle.add_incoming(i64(0), before)
    in_loop = [check for check in program.checks if program.operations[check.condition].in_loop]
    met_in = [b.phi(_MASK) for _ in in_loop]
    parts = [_conjuncts(program, check.condition) for check in in_loop]
    with b.goto_block(before):
        for phi, conditions in zip(met_in, parts, strict=True):
            met = ir.Constant(_MASK, -1)
            for position in conditions:
                if not program.operations[position].in_loop:
                    met = b.and_(met, b.bitcast(values[position], _MASK))
            phi.add_incoming(met, before)
    carried = {}
    for row, c in enumerate(program.carried):
        if c.loop == 0:
            carried[row] = b.phi(_VECTOR)
            carried[row].add_incoming(values[c.initial], before)

    outside = dict(values)
    leaving = _leaving(program)
    for write, row in leaving.get(_OUTSIDE, ()):
        write(builder, program, arrays, first, cycle, values, row)
    for position in needed_in_loop(program):
        operation = program.operations[position]
        if operation.name == "carried":
            values[position] = carried[operation.row]
        elif operation.name == "series":
            at = b.add(i64(operation.row * program.n_cycles), cycle)
            values[position] = e.splat(b.load(b.gep(arrays.series, [at])))
        else:
            values[position] = computed(operation, values)
        for write, row in leaving.get(position, ()):
            write(builder, program, arrays, first, cycle, values, row)
    # as bits of a byte, on the scalar side, which has nothing to do: 3-5 % faster than a vector of statuses
    met_out = []
    for phi, conditions in zip(met_in, parts, strict=True):
        met = None
        for position in conditions:
            if program.operations[position].in_loop:
                met = values[position] if met is None else b.and_(met, values[position])
        met_out.append(b.and_(phi, b.bitcast(met, _MASK)))
    height = len(program.yearly)
    for row, position in enumerate(program.yearly):
        if program.by_vector:
            at = b.add(b.mul(first, i64(height * program.n_cycles)), b.mul(cycle, i64(height * LANES)))
            place = b.bitcast(b.gep(arrays.yearly, [b.add(at, i64(row * LANES))]), _VECTOR.as_pointer())
        else:
            place = address(arrays.yearly, b.add(i64(row * program.n_cycles), cycle), _VECTOR)
        b.store(values[position], place, align=8)

    following = b.add(cycle, i64(1))
    cycle.add_incoming(following, b.block)
    for phi, met in zip(met_in, met_out, strict=True):
        phi.add_incoming(met, b.block)
    final = {row: values[program.carried[row].following] for row in carried}
    for row, phi in carried.items():
        phi.add_incoming(final[row], b.block)
    b.cbranch(b.icmp_signed("<", following, _cycles(program, arrays)), loop, done)
    b.position_at_end(done)
    for number in sorted({c.loop for c in program.carried} - {0}):
        final |= _later_loop(e, program, arrays, outside, number)

    ends: dict[int, Any] = {}

    def after_loop(position: int) -> Any:
        operation = program.operations[position]
        if operation.name == "carried":
            return final[operation.row]
        if not operation.in_loop:
            return outside[position]
        if position not in ends:
            ends[position] = e.apply(operation.name, [after_loop(a) for a in operation.arguments])
        return ends[position]

    for row, position in enumerate(program.totals):
        b.store(after_loop(position), address(arrays.totals, i64(row), _VECTOR), align=8)
    for check, met in zip(in_loop, met_out, strict=True):
        status = failing(b.bitcast(met, _BITS), check.bit, status)
    b.store(status, b.bitcast(b.gep(arrays.status, [first]), _INTS.as_pointer()), align=8)


def _cycles(program: Program, arrays: Arrays) -> Any:
    """How many are run."""
    return arrays.cycles if program.stops else ir.Constant(_INT, program.n_cycles)


def _conjuncts(program: Program, condition: int) -> list[int]:
    """Conditions that must all be true for one to be: those that are the same in all cycles are tested once."""
    operation = program.operations[condition]
    if operation.name != "and":
        return [condition]
    found = [c for argument in operation.arguments for c in _conjuncts(program, argument)]
    return list(dict.fromkeys(found))


_OUTSIDE = -1
"""In place of an operation of the loop, for rows that need none."""
_Write: TypeAlias = Callable[[Any, Program, Arrays, Any, Any, dict[int, Any], int], None]


def _leaving(program: Program) -> dict[int, list[tuple[_Write, int]]]:
    """What is written for good once an operation of the first loop is known: rows of `kept`, and of sums, whole vectors
    at a time. Written at the end of the cycle instead, their values take registers from others until then, which cost
    half as much again as sums and pay-back in a model of 8 states.
    """
    found: dict[int, list[tuple[_Write, int]]] = {}
    for row, position in enumerate(program.kept):
        found.setdefault(program.operations[position].arguments[0], []).append((_keep, row))
    for row in range(0, len(program.sums), LANES):
        group = [p for p in program.sums[row : row + LANES] if program.operations[p].in_loop]
        found.setdefault(max(group, default=_OUTSIDE), []).append((_add_to_sums, row))
    return found


def _add_to_sums(
    builder: Any, program: Program, arrays: Arrays, first: Any, cycle: Any, values: dict[int, Any], row: int
) -> None:
    """Add a vector's worth of rows in a cycle, summed over lanes, to the sums of the tile that the draws lie in.

    Sums by lane, added over lanes at the end, need fewer operations and eight times the memory: with the values kept
    for later loops they no longer fit into the nearest cache, and cost twice as much.
    """
    b = builder

    def i64(v: int) -> Any:
        return ir.Constant(_INT, v)

    counted = b.load(b.bitcast(b.gep(arrays.counted, [first]), _INTS.as_pointer()), align=8)
    counts = b.icmp_signed("!=", counted, ir.Constant(_INTS, [0] * LANES))
    group = [values[p] for p in program.sums[row : row + LANES]]
    group += [ir.Constant(_VECTOR, [0.0] * LANES)] * (LANES - len(group))
    line = b.add(b.mul(b.udiv(first, i64(TILE)), i64(program.n_cycles)), cycle)
    at = b.add(b.mul(line, i64(padded(len(program.sums)))), i64(row))
    place = b.bitcast(b.gep(arrays.sums, [at]), _VECTOR.as_pointer())
    b.store(b.fadd(b.load(place, align=8), _over_lanes(b, group, counts)), place, align=8)


def _over_lanes(b: Any, group: list[Any], counts: Any) -> Any:
    """A vector with the sums of `LANES` vectors over those of their lanes that count: halves are added, then quarters,
    and so on, of two vectors at a time."""
    half = LANES // 2
    while half:
        lanes = [lane for lane in range(LANES) if lane % (2 * half) < half]

        def side(a: Any, c: Any, move: int, half: int = half, lanes: list[int] = lanes) -> Any:
            places = []
            for start in range(0, LANES // 2, half):  # a run of lanes of one vector, then of the other
                run = [lane + move for lane in lanes[start : start + half]]
                places += [*run, *(lane + LANES for lane in run)]
            mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), places)
            moved = b.shuffle_vector(a, c, mask)
            if half < LANES // 2:
                return moved
            return b.select(b.shuffle_vector(counts, counts, mask), moved, ir.Constant(_VECTOR, [0.0] * LANES))

        pairs = zip(group[: len(group) // 2], group[len(group) // 2 :], strict=True)
        group = [b.fadd(side(a, c, 0), side(a, c, half)) for a, c in pairs]
        half //= 2
    return group[0]


def _place_of_kept(builder: Any, program: Program, arrays: Arrays, row: int, cycle: Any) -> Any:
    b = builder
    at = b.mul(b.add(ir.Constant(_INT, row * program.n_cycles), cycle), ir.Constant(_INT, LANES))
    return b.bitcast(b.gep(arrays.kept, [at]), _VECTOR.as_pointer())


def _keep(
    builder: Any, program: Program, arrays: Arrays, first: Any, cycle: Any, values: dict[int, Any], row: int
) -> None:
    """Write a value that later loops read."""
    (value,) = program.operations[program.kept[row]].arguments
    builder.store(values[value], _place_of_kept(builder, program, arrays, row, cycle), align=8)


def _later_loop(e: Emitter, program: Program, arrays: Arrays, outside: dict[int, Any], number: int) -> dict[int, Any]:
    """One more loop over cycles, and the final values of what is carried in it, by their rows."""
    b, kept = e.b, {position: row for row, position in enumerate(program.kept)}
    rows = [row for row, c in enumerate(program.carried) if c.loop == number]
    before = b.block
    loop, done = b.append_basic_block("later"), b.append_basic_block("done")
    b.branch(loop)
    b.position_at_end(loop)
    cycle = b.phi(_INT)
    cycle.add_incoming(ir.Constant(_INT, 0), before)
    carried = {}
    for row in rows:
        carried[row] = b.phi(_VECTOR)
        carried[row].add_incoming(outside[program.carried[row].initial], before)
    values = dict(outside)
    for position in needed(program, [program.carried[row].following for row in rows], stop=kept):
        operation = program.operations[position]
        if operation.name == "carried":
            values[position] = carried[operation.row]
        elif operation.name == "series":
            at = b.add(ir.Constant(_INT, operation.row * program.n_cycles), cycle)
            values[position] = e.splat(b.load(b.gep(arrays.series, [at])))
        elif operation.name == "kept":
            values[position] = b.load(_place_of_kept(b, program, arrays, kept[position], cycle), align=8)
        else:
            values[position] = e.apply(operation.name, [values[a] for a in operation.arguments])
    final = {row: values[program.carried[row].following] for row in rows}
    following = b.add(cycle, ir.Constant(_INT, 1))
    cycle.add_incoming(following, loop)
    for row, phi in carried.items():
        phi.add_incoming(final[row], loop)
    b.cbranch(b.icmp_signed("<", following, _cycles(program, arrays)), loop, done)
    b.position_at_end(done)
    return final
