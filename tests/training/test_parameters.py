"""Ranges of the trees' parameters: every parameter has one, and what is outside is refused before any fit."""

from __future__ import annotations

import pytest

from models.boosted import BoostedTrees
from training.parameters import RANGES, checked_parameters


def test_every_parameter_has_a_range_that_holds_its_default():
    defaults = BoostedTrees().get_params()
    assert set(RANGES) == set(defaults)
    assert checked_parameters(defaults) == defaults


def test_counts_become_whole_numbers_and_strange_names_are_for_others_to_refuse():
    found = checked_parameters({"num_leaves": 8.0, "num_leafs": float("nan")})
    assert isinstance(found["num_leaves"], int)
    assert "num_leafs" in found


@pytest.mark.parametrize("name", sorted(RANGES))
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), -2])
def test_no_parameter_takes_what_is_not_finite_or_negative(name, value):
    with pytest.raises(ValueError, match=f"^{name} is {value}; expected a "):
        checked_parameters({name: value})
