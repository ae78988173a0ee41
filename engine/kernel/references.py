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
    """An array, or arrays in a tuple, that belong to somebody else.

    Only for an argument of the function that borrows, since a caller holds what it passes until the call is over; what
    is borrowed must not be returned.
    """

    def generate(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        return _without_owner(context, builder, kind.return_type, arguments[0])

    return given(given), generate


def _without_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder, value)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        return array._getvalue()
    if isinstance(kind, types.BaseTuple):
        parts = [_without_owner(context, builder, k, builder.extract_value(value, i)) for i, k in enumerate(kind)]
        return context.make_tuple(builder, kind, parts)
    return value
