"""Where a model must not be used."""

from __future__ import annotations

import numpy as np
import pytest

from training.card.places import FEWEST, MOST_LEVELS, places, reason
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
    found = places(material, model)
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
