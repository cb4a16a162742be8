"""Safe arithmetic over the features of a row: parsed once, then run by a small compiled machine.

The language is Python's own notation, cut down: numbers, names of features, ``+ - * / **``, comparisons,
``and``, ``or``, ``not``, ``a if condition else b``, and the functions ``min``, ``max``, ``abs``, ``sqrt``,
``log``, ``log1p``, ``exp``, ``coalesce(a, b)`` (b where a is missing) and ``is_missing(a)``. Nothing else is
read, so nothing else can be run. Truth is 1 and 0. What has no finite result (a division by zero, the logarithm
of a negative number) is missing, and what is made of a missing number is missing too, but for ``coalesce``,
``is_missing`` and the branch not taken.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.errors import did_you_mean
from features.kernel.expressions import CODES, DEEPEST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_BINARY: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}
_COMPARE: dict[type[ast.AST], str] = {
    ast.Lt: "less",
    ast.LtE: "at_most",
    ast.Gt: "greater",
    ast.GtE: "at_least",
    ast.Eq: "equal",
    ast.NotEq: "unequal",
}
_ARGUMENTS = {
    "abs": 1,
    "sqrt": 1,
    "log": 1,
    "log1p": 1,
    "exp": 1,
    "is_missing": 1,
    "coalesce": 2,
    "min": 2,
    "max": 2,
}


@dataclass(frozen=True)
class Program:
    """A compiled expression in postfix order: ``codes`` int64 (n,), ``constants`` float64, ``columns`` int64."""

    codes: np.ndarray
    constants: np.ndarray
    columns: np.ndarray


@dataclass(frozen=True)
class Expression:
    """A parsed expression; ``steps`` are (operation, number or name or None) in postfix order."""

    text: str
    steps: tuple[tuple[str, float | str | None], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features that it reads, each once."""
        return tuple(dict.fromkeys(str(what) for operation, what in self.steps if operation == "column"))

    def program(self, place: Callable[[str], int]) -> Program:
        """Compile for columns that ``place`` numbers."""
        return Program(
            np.array([CODES[operation] for operation, _ in self.steps], np.int64),
            np.array([w if op == "constant" else 0.0 for op, w in self.steps], np.float64),
            np.array([place(str(w)) if op == "column" else -1 for op, w in self.steps], np.int64),
        )


def parse_expression(text: str, known: Sequence[str]) -> Expression:
    """Parse an expression over the names ``known``. Raises ValueError that says what cannot be read."""
    if len(text) > 2000:
        raise ValueError(f"the expression has {len(text):,} characters; at most 2,000 are read")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        raise ValueError(f"{text[:60]!r} is not an expression: {getattr(error, 'msg', error)}") from error
    steps: list[tuple[str, float | str | None]] = []
    too_deep = f"{text[:60]!r}: nested too deeply; split it into several derived features"
    try:
        _emit(tree, steps, known)
    except RecursionError:
        raise ValueError(too_deep) from None
    if _depth(steps) > DEEPEST:
        raise ValueError(too_deep)
    return Expression(text, tuple(steps))


def _emit(node: ast.AST, steps: list[tuple[str, float | str | None]], known: Sequence[str]) -> None:
    parts, operation = _parts(node)
    if operation == "column":
        name = ast.unparse(node)
        if name not in known:
            raise ValueError(f"no feature {name!r} stands before it; {did_you_mean(name, known)}")
        steps.append(("column", name))
        return
    if operation == "constant":
        steps.append(("constant", _constant(node)))
        return
    _emit(parts[0], steps, known)
    if len(parts) == 1:
        steps.append((operation, None))
    elif operation == "choose":
        _emit(parts[1], steps, known)
        _emit(parts[2], steps, known)
        steps.append((operation, None))
    else:
        for part in parts[1:]:
            _emit(part, steps, known)
            steps.append((operation, None))


def _parts(node: ast.AST) -> tuple[list[ast.AST], str]:  # noqa: PLR0911 - one case a piece of syntax
    """Return a node's operands in the order in which they are computed, and its operation."""
    match node:
        case ast.Constant():
            return [], "constant"
        case ast.Name():
            return [], "column"
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return [left, right], _BINARY[type(op)]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return [operand], "negate"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [operand], "not"
        case ast.BoolOp(op=op, values=values):
            return list(values), "and" if isinstance(op, ast.And) else "or"
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            return [left, right], _COMPARE[type(op)]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return [test, body, orelse], "choose"
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return list(arguments), _function(name, len(arguments))
    raise ValueError(f"{ast.unparse(node)[:60]!r} is not part of the language of expressions")


def _function(name: str, arguments: int) -> str:
    if name not in _ARGUMENTS:
        raise ValueError(f"no function {name!r}; {did_you_mean(name, _ARGUMENTS)}")
    least = _ARGUMENTS[name]
    if arguments < least or (least == 1 and arguments > 1):
        raise ValueError(f"{name} takes {least}{'' if least == 1 else ' or more'} arguments, {arguments} given")
    return name


def _constant(node: ast.AST) -> float:
    value = node.value if isinstance(node, ast.Constant) else None
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
    except OverflowError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{ast.unparse(node)[:60]!r} is not a finite number")
    return number


def _depth(steps: Sequence[tuple[str, float | str | None]]) -> int:
    depth = deepest = 0
    for operation, _ in steps:
        if operation in {"constant", "column"}:
            depth += 1
        elif operation == "choose":
            depth -= 2
        elif operation not in {"negate", "not", "abs", "sqrt", "log", "log1p", "exp", "is_missing"}:
            depth -= 1
        deepest = max(deepest, depth)
    return deepest
