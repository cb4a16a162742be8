"""Expressions: what can be written, what cannot, and that the machine computes what Python means."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.kernel import run_program
from features.language.expression import DEEPEST, parse_expression
from features.reference_expressions import plain_expression

NAMES = ("x", "y", "z")
OPERATORS = ("+", "-", "*", "/", "**", "<", "<=", ">", ">=", "==", "!=")
numbers = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e300, -1e300, math.nan]), st.floats(-1e3, 1e3)
)


def compute(text, **row):
    expression = parse_expression(text, NAMES)
    program = expression.program(NAMES.index)
    matrix = np.array([[row.get(name, math.nan) for name in NAMES]])
    out = np.empty(1)
    run_program(program.codes, program.constants, program.columns, matrix, out)
    return float(out[0])


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("x + y * 2", {"x": 1, "y": 3}, 7),
        ("(x + y) * 2", {"x": 1, "y": 3}, 8),
        ("x / y", {"x": 1, "y": 0}, math.nan),
        ("x ** 2 - -y", {"x": 3, "y": 1}, 10),
        ("log(x)", {"x": -1}, math.nan),
        ("sqrt(x) + abs(y)", {"x": 9, "y": -2}, 5),
        ("min(x, y, z)", {"x": 3, "y": 1, "z": 2}, 1),
        ("max(x, y, z)", {"x": 3, "y": 1}, math.nan),
        ("coalesce(x, y, 7)", {"y": 2}, 2),
        ("coalesce(x, y, 7)", {}, 7),
        ("is_missing(x) + is_missing(y)", {"y": 1}, 1),
        ("1 if x > 2 else 0", {"x": 3}, 1),
        ("1 if x > 2 else 0", {}, math.nan),
        ("y if x else z", {"x": 1, "y": 5}, 5),
        ("x < 1 or y >= 2 and not z == 0", {"x": 3, "y": 2, "z": 1}, 1),
        ("x != y", {"x": 3, "y": 3}, 0),
        ("exp(x)", {"x": 1000}, math.nan),
        ("1e300 * x * 0", {"x": 1e300}, math.nan),
    ],
)
def test_values_by_hand(text, row, expected):
    value = compute(text, **row)
    assert value == expected or (math.isnan(value) and math.isnan(expected))


@st.composite
def expressions(draw, depth=3):  # noqa: PLR0911 - one form each
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([*NAMES, "0", "2", "0.5", "1e3"]))
    part = expressions(depth - 1)
    form = draw(st.integers(0, 5))
    if form == 0:
        return f"({draw(part)} {draw(st.sampled_from(OPERATORS))} {draw(part)})"
    if form == 1:
        return f"({draw(part)} {draw(st.sampled_from(['and', 'or']))} {draw(part)})"
    if form == 2:
        return f"({draw(st.sampled_from(['-', 'not ']))}{draw(part)})"
    if form == 3:
        return f"({draw(part)} if {draw(part)} else {draw(part)})"
    if form == 4:
        return f"{draw(st.sampled_from(['min', 'max', 'coalesce']))}({draw(part)}, {draw(part)})"
    return f"{draw(st.sampled_from(['abs', 'sqrt', 'log', 'log1p', 'exp', 'is_missing']))}({draw(part)})"


@settings(max_examples=300, deadline=None)
@given(text=expressions(), row=st.fixed_dictionaries(dict.fromkeys(NAMES, numbers)))
def test_the_machine_agrees_with_plain_python_to_the_bit(text, row):
    value, expected = compute(text, **row), plain_expression(text, row)
    assert math.isnan(expected) == math.isnan(value)
    assert math.isnan(expected) or value.hex() == expected.hex()
    assert not math.isinf(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x +", "is not an expression"),
        ("", "is not an expression"),
        ("w + 1", "no feature 'w' stands before it"),
        ("xx + 1", "did you mean 'x'?"),
        ("__import__('os').system('true')", "is not part of the language"),
        ("x.real", "is not part of the language"),
        ("x[0]", "is not part of the language"),
        ("'text'", "is not a finite number"),
        ("True", "is not a finite number"),
        ("1e999", "is not a finite number"),
        ("1" + "0" * 400, "is not a finite number"),
        ("open(x)", "no function 'open'"),
        ("maxx(x, y)", "did you mean 'max'?"),
        ("sqrt(x, y)", "sqrt takes 1 arguments, 2 given"),
        ("min(x)", "min takes 2 or more arguments, 1 given"),
        ("min(x, key=y)", "is not part of the language"),
        ("x < y < z", "is not part of the language"),
        ("x // y", "is not part of the language"),
        ("[x for x in y]", "is not part of the language"),
        ("lambda: x", "is not part of the language"),
        ("-" * 1500 + "x", "too deeply"),
        ("+".join(["x"] * 1500), "at most 2,000 are read"),
    ],
)
def test_what_is_not_of_the_language_is_refused_in_words(text, message):
    with pytest.raises(ValueError, match=r".") as caught:
        parse_expression(text, NAMES)
    assert message in str(caught.value)


def test_the_deepest_expression_that_is_read_fits_the_stack():
    """One operand more on the stack than it has room for would write past its end."""
    text = "x" + "".join(f"-({name}" for name in "y" * (DEEPEST - 1)) + ")" * (DEEPEST - 1)
    assert math.isfinite(compute(text, x=1, y=1))
    with pytest.raises(ValueError, match="too deeply"):
        parse_expression(text.replace("y)", "y-(y-(y)))", 1), NAMES)


def test_names_are_listed_once():
    assert parse_expression("x + y * x", NAMES).names == ("x", "y")
