"""The table of rules against what each rule says by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.card.points import points_of
from models.card.rule import Rule
from models.card.table import points_by_rule, rule_table

RULES = [
    Rule(name="missing", points=-7, attribute="title", missing=True),
    Rule(name="between", points=15, attribute="employees", between=(200, 5000)),
    Rule(name="from", points=5, attribute="employees", between=(1000, None)),
    Rule(name="up to", points=3, attribute="employees", between=(None, 10)),
    Rule(name="text", points=20, attribute="title", contains=["director"]),
    Rule(name="levels", points=4, attribute="title", read="seniority", **{"in": ["vice_president", "director"]}),
    Rule(name="once", points=10, event="webinar"),
    Rule(name="three", points=10, event="webinar", at_least=3),
    Rule(name="days", points=10, event="webinar", distinct_days=2),
    Rule(name="recent", points=8, event="webinar", days_since=(None, 7)),
    Rule(name="each", points=2, event="webinar", each=True),
    Rule(name="each capped", points=3, event="webinar", each=True, cap=10),
    Rule(name="each down", points=-3, event="webinar", each=True, cap=-10),
    Rule(name="halving", points=5, event="webinar", half_life="14d", cap=30),
]
VALUES = st.one_of(
    st.just(np.nan),
    st.integers(-3, 40).map(float),
    st.floats(-50, 6000),
    st.sampled_from([np.inf, -np.inf, 7.0, 200.0, 0.5, 0.1, 0.3, 2.5]),
)


@settings(deadline=None)  # the first run compiles
@given(st.lists(st.lists(VALUES, min_size=len(RULES), max_size=len(RULES)), min_size=1, max_size=5))
def test_the_table_gives_what_the_rules_say(rows):
    values = np.array(rows)
    # Counts and decayed counts are finite; what is infinite can only be an attribute's number.
    values[:, 10:] = np.where(np.isinf(values[:, 10:]), 1.0, values[:, 10:])
    found = np.empty((len(values), len(RULES)), np.int64)
    points_by_rule(values, rule_table(RULES, list(range(len(RULES)))), found)
    expected = np.column_stack([points_of(rule, values[:, i]) for i, rule in enumerate(RULES)])
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("column", [None, 0])
def test_a_rule_that_reads_nothing_gives_no_points(column):
    found = np.full((1, 1), 99)
    points_by_rule(np.array([[np.nan]]), rule_table([RULES[0]], [column]), found)
    assert found.tolist() == [[0 if column is None else -7]]
