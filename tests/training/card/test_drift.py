"""The stability index by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.card.drift import SHIFTED, SLIGHT, drift, drift_sentences, stability_index


def test_two_halves_by_hand():
    before = np.array([0.0, 1.0] * 50)
    after = np.array([0.0] * 80 + [1.0] * 20)
    expected = (0.8 - 0.5) * np.log(0.8 / 0.5) + (0.2 - 0.5) * np.log(0.2 / 0.5)
    assert stability_index(before, after, category=True) == pytest.approx(expected)


def test_unknown_values_are_a_part():
    before = np.arange(100.0)
    after = np.where(np.arange(100) < 50, np.nan, before)
    assert stability_index(before, after) > SHIFTED
    # The highest values became unknown: no other part changed.
    assert stability_index(before, np.where(before >= 90, np.nan, before)) > SLIGHT
    assert stability_index(np.full(9, np.nan), np.full(5, np.nan)) == 0.0


def test_sentences_follow_the_index(registered):
    found = drift(registered.trained.material, registered.trained.model)
    assert np.isfinite(found["score"])
    assert all(entry["index"] > SLIGHT for entry in found["features"])
    said = [drift_sentences({"score": score, "features": []})[0] for score in (0.05, 0.2, 0.3)]
    assert ["moved little" in said[0], "moved somewhat" in said[1], "clearly moved" in said[2]] == [True] * 3
