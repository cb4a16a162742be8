"""What a training stood on, in sentences."""

from __future__ import annotations

from dataclasses import replace

from training.describe import training_summary


def test_rules_that_the_data_have_nothing_of_are_named(registered):
    material = registered.trained.material
    assert not [line for line in training_summary(material, registered.spec) if "no points" in line]
    cut = replace(material.card, rule_features=(None, *material.card.rule_features[1:]))
    (line,) = (x for x in training_summary(replace(material, card=cut), registered.spec) if "no points" in x)
    assert "1 of 13 rules speaks of what these data do not have" in line
    assert line.endswith("gives no points: Director or above.")
