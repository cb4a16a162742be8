"""Where a model must not be used."""

from __future__ import annotations

import numpy as np
import pytest

from training.card.places import FEWEST, MOST_LEVELS, MOST_LINES, MOST_VALUES, grouped, places, reason
from training.reliability import REST, segment_texts

ROW = {"expected": 0.1, "seen": 0.2, "ratio": 2.0, "ratio_low": 1.0, "ratio_high": 3.0}


@pytest.mark.parametrize(
    ("low", "high", "learnt", "said"),
    [
        (1.49, 3.0, FEWEST, ""),
        (1.51, 3.0, FEWEST, "Of 100 leads 10.0 are promised and 20.0 were seen"),
        (0.1, 0.66, FEWEST, "Of 100 leads 10.0 are promised and 20.0 were seen"),
        (0.1, 0.67, FEWEST, ""),
        (0.5, 2.0, FEWEST - 1, f"Learnt from {FEWEST - 1} leads with an opportunity."),
        (0.5, 2.0, 1, "Learnt from 1 lead with an opportunity."),
    ],
)
def test_the_rule(low, high, learnt, said):
    found = reason({**ROW, "ratio_low": low, "ratio_high": high}, learnt)
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_segments_are_counted_by_leads_and_not_by_rows(registered):
    material, model = registered.trained.material, registered.trained.model
    found = places(material, model, registered.spec)
    assert found["checked"] >= len(found["avoid"]) > 0
    rows, train = material.rows, material.parts.train
    by_label = {feature.label: feature for feature in model.feature_set.features[: model.width]}
    seen = 0
    for entry in found["avoid"]:
        feature = by_label[entry["feature"]]
        assert 2 <= len(feature.levels) <= MOST_LEVELS
        if entry["value"] == REST or not entry["why"].startswith("Learnt"):
            continue
        texts = segment_texts(model.feature_set, material.matrix, feature.name)
        won = train & (rows.label == 1) & (texts == entry["value"])
        leads = len(np.unique(rows.lead[won]))
        assert entry["why"].startswith(f"Learnt from {leads} lead")
        assert leads < FEWEST
        seen += 1
    assert seen


def place(feature, value, why="Learnt from 2 leads with an opportunity."):
    return {"feature": feature, "value": value, "leads": 7, "opportunities": 1, "why": why}


def test_segments_are_grouped_by_feature_and_the_rest_is_counted():
    many = [place(f"f{number}", value) for number in range(MOST_LINES + 2) for value in "abcde"]
    off = place("f11", "z", "Of 100 leads 4.0 are promised and 10.0 were seen: 2.50 per one expected, 1.6 to 3.5.")
    found = grouped([*many, off])
    assert len(found["lines"]) == MOST_LINES
    assert (found["more_features"], found["more_segments"]) == (2, 10)
    first, second = found["lines"][:2]
    assert first["feature"] == "f11", "where the model is wrong comes first"
    assert first["value"].startswith("z, a, b and 3 more")
    assert first["why"].startswith("z: Of 100 leads")
    assert first["leads"] == 6 * 7
    assert second["why"].count("Learnt from") == MOST_VALUES
    assert second["why"].endswith(" And 2 more.")


def test_one_segment_keeps_its_own_words():
    [line] = grouped([place("size", "S")])["lines"]
    assert (line["value"], line["why"]) == ("S", "Learnt from 2 leads with an opportunity.")
    assert grouped([]) == {"lines": [], "more_features": 0, "more_segments": 0}
