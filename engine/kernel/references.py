"""Arrays whose references nobody counts.

Compiled code counts references to an array at each slice and call, by an atomic operation that takes some 20 clocks:
with rows of 512 draws, a quarter of a nanosecond for each number.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def borrowed(typing_context: Any, given: Any) -> Any:
    """An array, or arrays in a tuple, that belong to somebody else; not to be returned.

    The caller holds a function's arguments until it is over. What a function makes itself is gone once it is not
    mentioned any more, and so must be `held`.
    """

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        return _without_owner(context, builder, kind.return_type, arguments[0])

    return given(given), generate


@intrinsic
def held(typing_context: Any, given: Any) -> Any:
    """Until here, what it was borrowed from is there."""

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        return context.get_dummy_value()

    return types.void(given), generate


def _without_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder, value)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        return array._getvalue()
    if isinstance(kind, types.BaseTuple):
        parts = [_without_owner(context, builder, k, builder.extract_value(value, i)) for i, k in enumerate(kind)]
        return context.make_tuple(builder, kind, parts)
    return value
