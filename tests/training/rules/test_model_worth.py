from types import SimpleNamespace

import numpy as np
import pytest

from features.language import AttributeMatch, Feature
from models.scorer import START_GROUP, Contributions
from tests.training.rules.made_rows import card_of, drawn, rows_of
from training.rules import ModelView, judge_rules
from training.rules.model_worth import lacking, model_worth


def feature(name, attribute):
    source = AttributeMatch(entity="lead", attribute=attribute, texts=("yes",), whole=True)
    return Feature(name=name, unit="match", group=attribute, label=attribute, source=source)


FEATURES = (feature("one", "a"), feature("two", "a"), feature("other", "region"))


def test_a_rule_is_worth_the_mean_difference_of_the_features_that_read_the_same():
    reads = np.array([[1, 0], [1, 1], [0, 0], [0, 1]], float)
    rows = rows_of(card_of({"a": 20, "b": 10}), reads, [1, 0, 0, 1])
    values = np.array([[0.6, 0.5, 9], [0.4, 0.3, 9], [-0.1, 0.0, 9], [-0.2, -0.1, 9]])
    found = model_worth(rows, ModelView(FEATURES, values), 0.05)
    # (1.1 + 0.7) / 2 - (-0.1 - 0.3) / 2 = 1.1 in log-odds.
    assert found[0].value == pytest.approx(1.1 / 0.05)
    assert found[0].low < found[0].value < found[0].high
    assert found[1] is None


def test_what_no_rule_reads_is_named_with_its_points():
    rows = rows_of(card_of({"a": 20, "b": 10}), [[1, 0], [0, 1]], [1, 0])
    values = np.array([[0.1, 0.2, 0.5], [0.1, 0.2, -0.5]])
    found = lacking(rows, ModelView(FEATURES, values), 0.05)
    assert [(one.group, one.points) for one in found] == [("region", pytest.approx(10))]
    assert found[0].share == pytest.approx(0.5 / 0.8)


def test_two_rules_on_one_attribute_are_told_apart():
    # Three kinds of leads: rule a, rule a2, neither; by plain means a's others would be half a2's.
    reads = np.array([[1, 0]] * 10 + [[0, 1]] * 10 + [[0, 0]] * 10, float)
    card = card_of({"a": 20, "b": 10})
    both = card.fit.rules[1].model_copy(update={"attribute": "a", "equals": "perhaps"})
    card = card.model_copy(update={"fit": card.fit.model_copy(update={"rules": [card.fit.rules[0], both]})})
    rows = rows_of(card, reads, np.arange(30) % 2)
    values = np.column_stack([[1.0] * 10 + [0.5] * 10 + [0.0] * 10, np.zeros(30), np.zeros(30)])
    found = model_worth(rows, ModelView(FEATURES, values), 0.05)
    assert [one.value for one in found] == [pytest.approx(20), pytest.approx(10)]


def test_a_view_of_other_rows_is_refused():
    rows = drawn({"a": 20, "b": 10, "c": 5}, {"a": 20, "b": 10, "c": 5}, n=50)
    with pytest.raises(ValueError, match="3 rows"):
        judge_rules(rows, ModelView(FEATURES, np.zeros((3, 3))))


def begun_from(card, reads, trees, slope):
    """Return a model whose trees began from a card at ``slope`` log-odds a point."""
    points = card.total(reads)
    return SimpleNamespace(
        feature_contributions=lambda matrix: Contributions(
            (*(one.name for one in FEATURES), START_GROUP), np.column_stack([trees, slope * points]), -2.0
        ),
        feature_set=SimpleNamespace(features=FEATURES),
        width=len(FEATURES),
        start=object(),
        card=card,
        card_columns=[0, 1],
        points=card.total,
    )


def test_what_trees_began_with_is_the_model_s_too():
    """The trees add 5 points to rule a and nothing to b: the model gives 20 + 5, and 10."""
    reads = np.array([[1, 0], [1, 1], [0, 0], [0, 1]], float)
    rows = rows_of(card_of({"a": 20, "b": 10}), reads, [1, 0, 0, 1])
    trees = np.column_stack([0.25 * reads[:, 0], np.zeros(4), [9.0, -9.0, 9.0, -9.0]])
    view = ModelView.of(begun_from(rows.card, reads, trees, 0.05), reads)
    assert [one.value for one in model_worth(rows, view, 0.05)] == pytest.approx([25, 10])
    assert [one.group for one in lacking(rows, view, 0.05)] == ["region"]


def test_trees_that_began_from_a_card_of_no_points_add_theirs_alone():
    reads = np.zeros((4, 2))
    rows = rows_of(card_of({"a": 20, "b": 10}), reads, [1, 0, 0, 1])
    view = ModelView.of(begun_from(rows.card, reads, np.ones((4, 3)), 0.05), reads)
    assert view.values.tolist() == [[1, 1, 1, 0, 0]] * 4
