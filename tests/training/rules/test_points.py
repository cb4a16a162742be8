import pytest

from models.card import Rule
from tests.training.rules.made_rows import card_of
from training.rules.points import changed_card, on_step, steps_of, with_points


def test_the_step_is_what_all_points_are_multiples_of():
    assert steps_of(card_of({"a": 20, "b": -15, "c": 10})) == (5, 5, 5)
    assert steps_of(card_of({"a": 20, "b": 1})) == (1, 1)


def test_points_for_every_event_have_a_step_of_their_own():
    card = card_of({"a": 20, "b": -15, "c": 10})
    each = Rule.model_validate({"name": "opened", "event": "email_open", "each": True, "points": 2})
    both = card.model_copy(update={"engagement": card.engagement.model_copy(update={"rules": [each]})})
    assert steps_of(both) == (5, 5, 5, 2)


@pytest.mark.parametrize(
    ("points", "step", "ends", "expected"),
    [
        (12.4, 5, (0, 1000), 10),
        (12.6, 5, (0, 1000), 15),
        (-7, 5, (0, 1000), 0),
        (-7.6, 5, (-1000, 1000), -10),
        (7, 5, (-1000, 0), 0),
        (4000, 15, (0, 1000), 990),
    ],
)
def test_points_are_put_on_the_nearest_step_within_the_ends(points, step, ends, expected):
    assert on_step(points, step, ends) == expected


@pytest.mark.parametrize(("points", "cap"), [(5, 10), (15, 30), (-5, -10), (0, None)])
def test_a_cap_lets_as_many_events_count_as_before(points, cap):
    rule = Rule.model_validate({"name": "r", "event": "e", "each": True, "points": 10, "cap": 20})
    changed = with_points(rule, points)
    assert (changed.points, changed.cap) == (points, cap)
    assert changed.each


def test_the_changed_card_replaces_the_agreed_one_and_loses_what_is_worth_nothing():
    card = card_of({"a": 20, "b": 10, "c": 5})
    new = changed_card(card, {"a": 5, "c": 0}, {"note": "why"})
    assert {rule.name: rule.points for rule in new.rules} == {"a": 5, "b": 10}
    assert new.agreed.replaces == card.label
    assert new.agreed.note == "why"
    assert new.signed is None


def test_a_name_that_no_rule_has_is_refused():
    with pytest.raises(ValueError, match="is called z"):
        changed_card(card_of({"a": 20}), {"z": 5}, {})
