"""Asking the processor for memory before it is needed, from within a numba kernel.

Numba freezes what a kernel imports and does not notice when it changes: whoever changes this file removes the
compiled kernels (find . -name '*.nb?' -delete).
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic

_INT = ir.IntType(32)
#: LLVM's arguments: for reading, to be kept in every cache, data.
_READ, _KEEP, _DATA = 0, 3, 1


@intrinsic
def prefetch(_context: Any, array: Any, index: Any) -> Any:  # noqa: ANN401 - numba's own types, which have no stubs
    """Begin to load ``array[index]`` of a flat array; the program goes on, and nothing is checked."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, _INT, _INT, _INT])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        address = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        builder.call(function, [address, *(ir.Constant(_INT, flag) for flag in (_READ, _KEEP, _DATA))])
        return context.get_dummy_value()

    return types.void(array, index), generate
