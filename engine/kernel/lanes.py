"""Several numbers in one value, for loops that LLVM does not widen by itself.

A `Lanes` is a vector in compiled code. Arithmetic on it is written as on numbers, and a number beside it stands for as
many equal ones. A processor takes it in parts as long as its registers: each lane has the bits that the same arithmetic
gives alone. Two or four registers' worth are taken side by side where each step waits for the one before it.

Wanted where a loop reads a table at places of its own in each lane (`four_of`), or where numbers would fit in registers
and follow one another through memory.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, lower_cast, register_model

_INDEX = ir.IntType(32)


class Lanes(types.Type):  # type: ignore[misc]
    """So many numbers of a kind, or answers to a question about each of them."""

    def __init__(self, element: Any, count: int) -> None:
        self.element = element
        self.count = count
        super().__init__(name=f"Lanes({element}, {count})")

    def can_convert_from(self, typing_context: Any, other: Any) -> Any:
        return Conversion.safe if isinstance(other, types.Number) else None

    def unify(self, typing_context: Any, other: Any) -> Any:
        return self if isinstance(other, types.Number) else None


@register_model(Lanes)
class _Model(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Lanes) -> None:
        element = manager.lookup(kind.element).get_value_type()
        super().__init__(manager, kind, ir.VectorType(element, kind.count))


def widened(*kinds: Any) -> Lanes | None:
    """The first of the types that is of several numbers."""
    return next((kind for kind in kinds if isinstance(kind, Lanes)), None)


def _mask(lanes: Lanes) -> Lanes:
    return Lanes(types.boolean, lanes.count)


def _places(places: list[int]) -> Any:
    return ir.Constant(ir.VectorType(_INDEX, len(places)), places)


def _repeated(builder: Any, scalar: Any, count: int) -> Any:
    kind = ir.VectorType(scalar.type, count)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), scalar, ir.Constant(_INDEX, 0))
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), _places([0] * count))


@lower_cast(types.Number, Lanes)
def _number_to_lanes(context: Any, builder: Any, kind: Any, to: Lanes, value: Any) -> Any:
    return _repeated(builder, context.cast(builder, value, kind, to.element), to.count)


def _known(*kinds: Any) -> bool:
    """Whether numbers stand in the code; numba asks again with those of a type only."""
    return all(isinstance(kind, types.IntegerLiteral) for kind in kinds)


def _in_order(*arrays: Any) -> bool:
    """Whether numbers of arrays follow one another in memory, as everything here takes them to do."""
    return all(array.layout == "C" for array in arrays)


# ---------------------------------------------------------------- arithmetic


def called(builder: Any, name: str, *arguments: Any, beside: tuple[Any, ...] = ()) -> Any:
    """A function of LLVM's own that takes and gives numbers, or several, of one type, and whole numbers beside them."""
    kind, module = arguments[0].type, builder.module
    lanes, element = (f"v{kind.count}", kind.element) if isinstance(kind, ir.VectorType) else ("", kind)
    full = f"llvm.{name}.{lanes}{'f64' if isinstance(element, ir.DoubleType) else element}"
    given = [*arguments, *beside]
    function = module.globals.get(full) or ir.Function(module, ir.FunctionType(kind, [a.type for a in given]), full)
    return builder.call(function, given)


_Emit = Callable[[Any, Lanes, Any, Any], Any]
"""Builder, type of the operands, operands."""


def _operator(symbol: Any, emit: _Emit, *, asks: bool = False) -> None:
    """Teach compiled code an operator of two `Lanes`, or of one and a number."""

    @infer_global(symbol)
    class Typed(AbstractTemplate):  # type: ignore[misc]
        def generic(self, arguments: Any, keywords: Any) -> Any:
            lanes = widened(*arguments)
            if lanes is None or len(arguments) != 2:
                return None
            return signature(_mask(lanes) if asks else lanes, lanes, lanes)

    @lower_builtin(symbol, Lanes, Lanes)
    def lowered(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        return emit(builder, kind.args[0], *arguments)


def _kinds(real: str, whole: str) -> _Emit:
    """One instruction for floats and another for whole numbers."""

    def emit(builder: Any, lanes: Lanes, a: Any, b: Any) -> Any:
        return getattr(builder, real if isinstance(lanes.element, types.Float) else whole)(a, b)

    return emit


def _compared(symbol: str) -> _Emit:
    def emit(builder: Any, lanes: Lanes, a: Any, b: Any) -> Any:
        if isinstance(lanes.element, types.Float):
            return builder.fcmp_ordered(symbol, a, b)
        signed = lanes.element.signed
        return (builder.icmp_signed if signed else builder.icmp_unsigned)(symbol, a, b)

    return emit


def _shifted_right(builder: Any, lanes: Lanes, a: Any, b: Any) -> Any:
    return builder.ashr(a, b) if lanes.element.signed else builder.lshr(a, b)


def _extreme(symbol: str) -> _Emit:
    """As numba's `min` and `max` of two numbers: the first where they are equal or cannot be compared."""

    def emit(builder: Any, lanes: Lanes, a: Any, b: Any) -> Any:
        return builder.select(_compared(symbol)(builder, lanes, b, a), b, a)

    return emit


_operator(operator.add, _kinds("fadd", "add"))
_operator(operator.sub, _kinds("fsub", "sub"))
_operator(operator.mul, _kinds("fmul", "mul"))
_operator(operator.truediv, _kinds("fdiv", ""))
_operator(operator.and_, _kinds("", "and_"))
_operator(operator.or_, _kinds("", "or_"))
_operator(operator.xor, _kinds("", "xor"))
_operator(operator.lshift, _kinds("", "shl"))
_operator(operator.rshift, _shifted_right)
_operator(operator.lt, _compared("<"), asks=True)
_operator(operator.le, _compared("<="), asks=True)
_operator(operator.gt, _compared(">"), asks=True)
_operator(operator.ge, _compared(">="), asks=True)
_operator(operator.eq, _compared("=="), asks=True)
_operator(min, _extreme("<"))
_operator(max, _extreme(">"))


def _function(symbol: Any, emit: Callable[[Any, Any], Any]) -> None:
    """Teach compiled code a function of one `Lanes`."""

    @infer_global(symbol)
    class Typed(AbstractTemplate):  # type: ignore[misc]
        def generic(self, arguments: Any, keywords: Any) -> Any:
            lanes = widened(*arguments)
            return lanes and signature(lanes, lanes)

    @lower_builtin(symbol, Lanes)
    def lowered(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        return emit(builder, arguments[0])


_function(operator.neg, lambda builder, a: builder.fneg(a))
_function(abs, lambda builder, a: called(builder, "fabs", a))
_function(math.sqrt, lambda builder, a: called(builder, "sqrt", a))


@intrinsic
def chosen(typing_context: Any, mask: Any, a: Any, b: Any) -> Any:
    """a where the mask says so, b elsewhere."""

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        return builder.select(*arguments)

    lanes = widened(a, b)
    return lanes and lanes(mask, lanes, lanes), generate


@intrinsic
def any_of(typing_context: Any, mask: Any) -> Any:
    """Whether the mask marks a lane."""

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        name, module = f"llvm.vector.reduce.or.v{kind.args[0].count}i1", builder.module
        answer = ir.FunctionType(ir.IntType(1), [arguments[0].type])
        return builder.call(module.globals.get(name) or ir.Function(module, answer, name), arguments)

    return types.boolean(mask), generate


@intrinsic
def widened_to(typing_context: Any, lanes: Any, like: Any) -> Any:
    """Whole numbers as longer ones, of the type of another number."""
    wide = Lanes(like, lanes.count)

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        return builder.zext(arguments[0], context.get_value_type(wide))

    return wide(lanes, like), generate


# ---------------------------------------------------------------- to and from memory


def _pointer(context: Any, builder: Any, kind: Any, array: Any, at: Any, to: Any) -> Any:
    """Where number `at` of an array stands, as a pointer to what is read from there on."""
    first = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(first, [at]), to.as_pointer())


def _loaded(context: Any, builder: Any, kind: Any, array: Any, at: Any, to: Any) -> Any:
    return builder.load(_pointer(context, builder, kind, array, at, to), align=kind.dtype.bitwidth // 8)


@intrinsic(prefer_literal=True)
def load(typing_context: Any, array: Any, at: Any, count: Any) -> Any:
    """So many numbers of a contiguous array from `at`; nothing looks whether there are as many."""
    if not (_known(count) and _in_order(array)):
        return None
    lanes = Lanes(array.dtype, count.literal_value)

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        array, at, _ = arguments
        return _loaded(context, builder, kind.args[0], array, at, context.get_value_type(lanes))

    return lanes(array, types.int64, count), generate


@intrinsic(prefer_literal=True)
def load_wide(typing_context: Any, array: Any, at: Any, count: Any) -> Any:
    """So many whole numbers of an array of shorter ones, as 64 bits."""
    if not (_known(count) and _in_order(array)):
        return None
    lanes = Lanes(types.uint64, count.literal_value)

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        array, at, _ = arguments
        short = ir.VectorType(context.get_value_type(kind.args[0].dtype), lanes.count)
        return builder.zext(_loaded(context, builder, kind.args[0], array, at, short), context.get_value_type(lanes))

    return lanes(array, types.int64, count), generate


@intrinsic(prefer_literal=True)
def load_again(typing_context: Any, array: Any, at: Any, count: Any, times: Any) -> Any:
    """So many numbers, so many times over."""
    if not (_known(count, times) and _in_order(array)):
        return None
    lanes = Lanes(array.dtype, count.literal_value * times.literal_value)

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        array, at, _, _ = arguments
        part = ir.VectorType(context.get_value_type(lanes.element), count.literal_value)
        found = _loaded(context, builder, kind.args[0], array, at, part)
        return builder.shuffle_vector(found, found, _places([*range(count.literal_value)] * times.literal_value))

    return lanes(array, types.int64, count, times), generate


@intrinsic(prefer_literal=True)
def numbers_from(typing_context: Any, first: Any, count: Any, each: Any) -> Any:
    """first, first + 1, .., of which there are `count`, `each` of them so many times."""
    if not _known(count, each):
        return None
    lanes = Lanes(first, count.literal_value * each.literal_value)

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        steps = [number for number in range(count.literal_value) for _ in range(each.literal_value)]
        first = _repeated(builder, arguments[0], lanes.count)
        return builder.add(first, ir.Constant(context.get_value_type(lanes), steps))

    return lanes(first, count, each), generate


@intrinsic
def store(typing_context: Any, array: Any, at: Any, lanes: Any) -> Any:
    """All numbers into a contiguous array from `at`; nothing looks whether there is room."""
    if not _in_order(array):
        return None

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        array, at, value = arguments
        place = _pointer(context, builder, kind.args[0], array, at, value.type)
        builder.store(value, place, align=kind.args[0].dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.int64, lanes), generate


@intrinsic
def gather(typing_context: Any, array: Any, places: Any, at: Any) -> Any:
    """Eight doubles, from the places that stand in another array from `at`."""
    if not _in_order(array, places):
        return None
    lanes = Lanes(array.dtype, 8)

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        array, listed, at = arguments
        found: Any = ir.Constant(context.get_value_type(lanes), ir.Undefined)
        for lane, place in enumerate(_listed(context, builder, kind.args[1], listed, at, lanes.count)):
            number = _loaded(context, builder, kind.args[0], array, place, context.get_value_type(lanes.element))
            found = builder.insert_element(found, number, ir.Constant(_INDEX, lane))
        return found

    return lanes(array, places, types.int64), generate


def _listed(context: Any, builder: Any, kind: Any, array: Any, at: Any, count: int) -> list[Any]:
    """So many whole numbers of an array, each by itself."""
    found = []
    for lane in range(count):
        one = _loaded(context, builder, kind, array, builder.add(at, at.type(lane)), context.get_value_type(kind.dtype))
        found.append(context.cast(builder, one, kind.dtype, types.int64))
    return found


@intrinsic
def four_of(typing_context: Any, table: Any, places: Any, at: Any) -> Any:
    """Four `Lanes` of eight: four doubles that follow one another in a table, for each lane from a place of its own,
    all of which stand in another array from `at`.

    Four are read at once and turned by 12 shuffles: 0.7 ns a number for a cubic, where reading them one by one took
    1.6. Places that come from registers, not memory, took 1.0: each must be taken out of its vector.
    """
    if not _in_order(table, places):
        return None
    lanes = Lanes(table.dtype, 8)

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        table, listed, at = arguments
        four = ir.VectorType(context.get_value_type(lanes.element), 4)
        found = [
            _loaded(context, builder, kind.args[0], table, place, four)
            for place in _listed(context, builder, kind.args[1], listed, at, lanes.count)
        ]
        # those of lanes i and i + 4 in one vector, then columns of lanes 0, 1, 4, 5 and of 2, 3, 6, 7
        pairs = [builder.shuffle_vector(found[i], found[i + 4], _places([*range(8)])) for i in range(4)]
        even = [builder.shuffle_vector(pairs[i], pairs[i + 1], _places([0, 8, 2, 10, 4, 12, 6, 14])) for i in (0, 2)]
        odd = [builder.shuffle_vector(pairs[i], pairs[i + 1], _places([1, 9, 3, 11, 5, 13, 7, 15])) for i in (0, 2)]
        low, high = _places([0, 1, 8, 9, 4, 5, 12, 13]), _places([2, 3, 10, 11, 6, 7, 14, 15])
        turned = [builder.shuffle_vector(*pair, part) for part in (low, high) for pair in (even, odd)]
        return context.make_tuple(builder, kind.return_type, turned)

    return types.UniTuple(lanes, 4)(table, places, types.int64), generate


@intrinsic
def list_marked(typing_context: Any, places: Any, n: Any, mask: Any, first: Any) -> Any:
    """Append to the n places that are listed (16 bits each) those of the marked ones of eight lanes, the first lane's
    being `first`; how many there are then. Eight numbers are written, whatever the mask.

    By a table of all masks, 2 to 4 kB: compressing instructions are in AVX-512 alone, and lane by lane it is three
    operations for each number.
    """
    if not _in_order(places):
        return None

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        places, n, mask, first = arguments
        short, whole = ir.IntType(16), ir.IntType(64)
        row = ir.VectorType(short, 8)
        bits = builder.zext(builder.bitcast(mask, ir.IntType(8)), whole)
        table = _marks(builder.module, row)
        found = builder.load(builder.gep(table, [whole(0), bits]))
        found = builder.add(found, _repeated(builder, builder.trunc(first, short), 8))
        builder.store(found, _pointer(context, builder, kind.args[0], places, n, row), align=2)
        return builder.add(n, called(builder, "ctpop", bits))

    return types.int64(places, types.int64, mask, types.int64), generate


def _marks(module: Any, row: Any) -> Any:
    """For each of 256 masks its marked lanes, rising, and then the first lane."""
    name = "insats.marked_lanes"
    if name not in module.globals:
        marks = [[lane for lane in range(8) if mask >> lane & 1] for mask in range(256)]
        rows = [ir.Constant(row, [*marked, *[0] * (8 - len(marked))]) for marked in marks]
        table = ir.GlobalVariable(module, ir.ArrayType(row, 256), name)
        table.linkage, table.global_constant = "internal", True
        table.initializer = ir.Constant(ir.ArrayType(row, 256), rows)
    return module.globals[name]
