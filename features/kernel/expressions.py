"""The machine that runs derived columns: a stack, and one operation after another.

Its operations are written out here rather than left to numpy's vector loops, whose last bits may depend on the
number of rows; a single lead and a batch must agree.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

#: Operations of the machine, in the order of their codes. They stand beside the compiled code that they are frozen
#: into: numba recompiles when this file changes, and for no other.
OPERATIONS = (
    *("constant", "column", "add", "subtract", "multiply", "divide", "power", "negate"),
    *("less", "at_most", "greater", "at_least", "equal", "unequal", "and", "or", "not"),
    *("choose", "min", "max", "abs", "sqrt", "log", "log1p", "exp", "coalesce", "is_missing"),
)
CODES = {name: code for code, name in enumerate(OPERATIONS)}
#: Deepest stack that a program may need.
DEEPEST = 64

# Bound to plain names, as numba freezes them into the compiled code.
_CONSTANT, _COLUMN = CODES["constant"], CODES["column"]
_ADD, _SUBTRACT, _MULTIPLY = CODES["add"], CODES["subtract"], CODES["multiply"]
_DIVIDE, _POWER, _NEGATE = CODES["divide"], CODES["power"], CODES["negate"]
_LESS, _AT_MOST, _GREATER, _AT_LEAST = CODES["less"], CODES["at_most"], CODES["greater"], CODES["at_least"]
_EQUAL, _UNEQUAL = CODES["equal"], CODES["unequal"]
_AND, _OR, _NOT, _CHOOSE = CODES["and"], CODES["or"], CODES["not"], CODES["choose"]
_MIN, _MAX, _ABS, _SQRT = CODES["min"], CODES["max"], CODES["abs"], CODES["sqrt"]
_LOG, _LOG1P, _EXP = CODES["log"], CODES["log1p"], CODES["exp"]
_COALESCE, _IS_MISSING = CODES["coalesce"], CODES["is_missing"]
_DEEPEST = DEEPEST


@njit(nogil=True, cache=True)
def _one(code, x):
    """Compute an operation of one operand, which is not missing but for ``is_missing``."""
    if code == _NEGATE:
        return -x
    if code == _NOT:
        return 1.0 if x == 0.0 else 0.0
    if code == _ABS:
        return abs(x)
    if code == _SQRT:
        return math.sqrt(x) if x >= 0.0 else np.nan
    if code == _LOG:
        return math.log(x) if x > 0.0 else np.nan
    if code == _LOG1P:
        return math.log1p(x) if x > -1.0 else np.nan
    return math.exp(x)


@njit(nogil=True, cache=True)
def _two(code, x, y):
    """Compute an operation of two operands, neither of which is missing."""
    if code == _ADD:
        return x + y
    if code == _SUBTRACT:
        return x - y
    if code == _MULTIPLY:
        return x * y
    if code == _DIVIDE:
        return x / y if y != 0.0 else np.nan
    if code == _POWER:
        # A negative number to a broken power has no real result, zero to a negative one no finite result.
        if (x < 0.0 and y != math.floor(y)) or (x == 0.0 and y < 0.0):
            return np.nan
        return math.pow(x, y)
    if code == _MIN:
        return y if y < x else x
    if code == _MAX:
        return y if y > x else x
    truth = False
    if code == _LESS:
        truth = x < y
    elif code == _AT_MOST:
        truth = x <= y
    elif code == _GREATER:
        truth = x > y
    elif code == _AT_LEAST:
        truth = x >= y
    elif code == _EQUAL:
        truth = x == y
    elif code == _UNEQUAL:
        truth = x != y
    elif code == _AND:
        truth = x != 0.0 and y != 0.0
    elif code == _OR:
        truth = x != 0.0 or y != 0.0
    return 1.0 if truth else 0.0


@njit(nogil=True, cache=True)
def run_program(codes, constants, columns, matrix, out):
    """Fill ``out`` (rows,) with a program's result for each row of ``matrix`` (rows, features)."""
    stack = np.empty(_DEEPEST + 1)
    for row in range(matrix.shape[0]):
        top = -1
        for step in range(codes.size):
            code = codes[step]
            if code in (_CONSTANT, _COLUMN):
                top += 1
                stack[top] = constants[step] if code == _CONSTANT else matrix[row, columns[step]]
            elif code == _IS_MISSING:
                stack[top] = 1.0 if math.isnan(stack[top]) else 0.0
            elif code == _COALESCE:
                top -= 1
                if math.isnan(stack[top]):
                    stack[top] = stack[top + 1]
            elif code == _CHOOSE:
                top -= 2
                condition = stack[top]
                if not math.isnan(condition):
                    stack[top] = stack[top + 1] if condition != 0.0 else stack[top + 2]
            elif code in (_NEGATE, _NOT, _ABS, _SQRT, _LOG, _LOG1P, _EXP):
                if not math.isnan(stack[top]):
                    stack[top] = _one(code, stack[top])
            else:
                top -= 1
                if math.isnan(stack[top]) or math.isnan(stack[top + 1]):
                    stack[top] = np.nan
                else:
                    stack[top] = _two(code, stack[top], stack[top + 1])
            if math.isinf(stack[top]):
                stack[top] = np.nan
        out[row] = stack[0]
