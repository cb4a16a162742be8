import numpy as np
import pytest

from models.card import Rule
from tests.training.rules.made_rows import card_of, rows_of
from training.rules.rows import units_of


@pytest.mark.parametrize(
    ("rule", "reads", "expected"),
    [
        ({"attribute": "a", "equals": "x"}, [1.0, 0.0, np.nan], [1, 0, 0]),
        ({"event": "e", "at_least": 2}, [1.0, 2.0, np.nan], [0, 1, 0]),
        ({"event": "e", "each": True, "cap": 20}, [0.0, 1.0, 5.0], [0, 1, 2]),
        ({"event": "e", "each": True}, [0.0, 1.0, 5.0], [0, 1, 5]),
        ({"event": "e", "half_life": "7d", "cap": 15}, [0.4, 1.2, 9.0], [0.4, 1.2, 1.5]),
    ],
)
def test_units_are_how_often_a_rule_is_earned(rule, reads, expected):
    found = units_of(Rule.model_validate({"name": "r", "points": 10, **rule}), np.array(reads))
    np.testing.assert_allclose(found, expected)


def test_a_rule_moves_no_total_that_a_cap_holds():
    rows = rows_of(card_of({"a": 20, "b": 15}, cap=30), [[1, 1], [1, 0], [0, 0]], [1, 0, 0])
    assert rows.total.tolist() == [30, 20, 0]
    assert rows.free_of_caps.tolist() == [[False, False], [True, True], [True, True]]


def test_a_rule_that_all_or_none_meet_cannot_be_tested():
    rows = rows_of(card_of({"a": 20, "b": 15, "c": 5}), [[1, 0, 0], [1, 0, 1]], [1, 0])
    assert rows.testable.tolist() == [False, False, True]


def test_a_part_is_weighed_to_its_own_leads():
    rows = rows_of(card_of({"a": 20}), [[1], [0], [1], [0]], [1, 0, 0, 1])
    part = rows.take(np.array([True, False, True, False]))
    assert part.weight.sum() == pytest.approx(2)
    assert part.account.tolist() == [0, 1]
