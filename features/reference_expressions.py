"""What an expression means, in plain Python over Python's own syntax tree: what the machine is held to."""

from __future__ import annotations

import ast
import functools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_ARITHMETIC: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: lambda x, y: x + y,
    ast.Sub: lambda x, y: x - y,
    ast.Mult: lambda x, y: x * y,
    ast.Div: lambda x, y: x / y,
    ast.Pow: math.pow,
    ast.Lt: lambda x, y: float(x < y),
    ast.LtE: lambda x, y: float(x <= y),
    ast.Gt: lambda x, y: float(x > y),
    ast.GtE: lambda x, y: float(x >= y),
    ast.Eq: lambda x, y: float(x == y),
    ast.NotEq: lambda x, y: float(x != y),
    ast.And: lambda x, y: float(x != 0 and y != 0),
    ast.Or: lambda x, y: float(x != 0 or y != 0),
}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "sqrt": math.sqrt,
    "log": math.log,
    "log1p": math.log1p,
    "exp": math.exp,
}


def plain_expression(text: str, row: dict[str, float]) -> float:
    """Return an expression's value on a row, NaN where it has no finite one."""
    return _value(ast.parse(text.strip(), mode="eval").body, row)


def _value(node: ast.AST, row: dict[str, float]) -> float:
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return row[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _finite(_ARITHMETIC[type(op)], _value(left, row), _value(right, row))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _finite(_ARITHMETIC[type(op)], _value(left, row), _value(right, row))
        case ast.BoolOp(op=op, values=values):
            combine = functools.partial(_finite, _ARITHMETIC[type(op)])
            return functools.reduce(combine, [_value(value, row) for value in values])
        case ast.UnaryOp(op=op, operand=operand):
            x = _value(operand, row)
            return x if math.isnan(x) else (-x if isinstance(op, ast.USub) else float(x == 0))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            condition = _value(test, row)
            return math.nan if math.isnan(condition) else _value(body if condition != 0 else orelse, row)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, [_value(argument, row) for argument in arguments])
    raise ValueError(ast.unparse(node))


def _call(name: str, values: list[float]) -> float:
    if name == "is_missing":
        return float(math.isnan(values[0]))
    if name == "coalesce":
        return next((value for value in values if not math.isnan(value)), math.nan)
    if len(values) > 1:
        return functools.reduce(lambda x, y: _finite(_FUNCTIONS[name], x, y), values)
    return _finite(_FUNCTIONS[name], values[0])


def _finite(function: Callable[..., float], *values: float) -> float:
    if any(math.isnan(value) for value in values):
        return math.nan
    try:
        result = function(*values)
    except (ValueError, ZeroDivisionError, OverflowError):
        return math.nan
    return result if math.isfinite(result) else math.nan
