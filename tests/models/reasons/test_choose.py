"""Reasons: short plain sentences, strongest first, on the card's own scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.language import AttributeValue, Feature
from models.reasons import LONGEST, MOST_REASONS, describe, reasons_for

NAN = np.nan


@pytest.fixture
def plain(model):
    """Return the small model at one point per log-odds unit, so that sizes read off the contributions."""
    return replace(model, scale=model.scale.model_copy(update={"points_per_log_odds": 1.0}))


@pytest.mark.parametrize(
    ("row", "contributions", "sentences"),
    [
        # visits, days since, employees, title, chief
        (
            [3, 2.5, 800, 1, 1],
            [2.0, 1.0, -5.0, 0.3, 0.9],
            [
                "Company size: 800 people (-5 points)",
                "3 visits in the last 30 days (+3 points)",
                "Title says chief (+1 point)",
            ],
        ),
        # The feature that did most in the group's own direction speaks for it.
        ([3, 2.5, 800, 1, 0], [-4.0, 9.0, 0, 0, 0], ["Last visit 2 days ago (+5 points)"]),
        ([3, 2.5, 800, 1, 0], [4.0, -9.0, 0, 0, 0], ["Last visit 2 days ago (-5 points)"]),
        (
            [NAN, NAN, NAN, NAN, NAN],
            [0, -2, 3, 0.6, 0],
            [
                "Company size: not known (+3 points)",
                "No visit on record (-2 points)",
                "Title: not known, or not to the model (+1 point)",
            ],
        ),
        ([0, NAN, 1e6, 2, 1], [0.49, 0, -0.49, 0.2, 0.2], []),
        ([0, NAN, 1234567, 2, 1], [0, 0, -0.51, 0, 0], ["Company size: 1,234,567 people (-1 point)"]),
        ([1, 0.2, 5, 2, 1], [0, 0, 0, 7, 1], ["Title: CTO (+8 points)"]),
    ],
)
def test_sentences_by_hand(plain, row, contributions, sentences):
    row = [*row, *([NAN] * (len(plain.feature_set.features) - 5))]
    found = reasons_for(plain, np.array(row, float), np.array(contributions, float))
    assert [reason.sentence for reason in found] == sentences


def test_sizes_are_in_points_and_in_log_odds(model):
    row = np.full(len(model.feature_set.features), NAN)
    [reason] = reasons_for(model, row, np.array([0.0, 0.0, 2.0, 0.0, 0.0]))
    assert (reason.group, reason.log_odds, reason.points) == ("company", 2.0, 25.0)
    assert (reason.direction, reason.feature) == ("for", 2)
    assert reason.sentence == "Company size: not known (+25 points)"


def test_only_so_many_are_given_strongest_first(model, matrix):
    values = model.feature_contributions(matrix).values
    for i in range(0, 500, 7):
        all_of_them = reasons_for(model, matrix[i], values[i])
        sizes = [abs(reason.points) for reason in all_of_them]
        assert sizes == sorted(sizes, reverse=True)
        assert min(sizes, default=1) >= 0.5
        assert len(all_of_them) <= MOST_REASONS
        assert reasons_for(model, matrix[i], values[i], most=1) == all_of_them[:1]
        for reason in all_of_them:
            assert ("(+" in reason.sentence) == (reason.points > 0)


@pytest.mark.parametrize("length", [1, 40, 200, 5000])
def test_no_sentence_is_longer_than_a_text_field(plain, length):
    long = [
        f.model_copy(update={"label": "z" * length, "levels": ("y" * length,) if f.is_category else ()})
        for f in plain.feature_set.features
    ]
    wordy = replace(plain, feature_set=plain.feature_set.model_copy(update={"features": tuple(long)}))
    row = np.array([1.0, 1.0, 1.0, 0.0, 1.0] + [NAN] * (len(long) - 5))
    found = reasons_for(wordy, row, np.array([0.0, 0.0, -123456.0, 9.0, 0.0]))
    assert [len(reason.sentence) <= LONGEST for reason in found] == [True] * 2
    assert all(reason.sentence.endswith(" points)") for reason in found)
    assert found[0].sentence.startswith("Z")
    if length >= 200:
        assert "\N{HORIZONTAL ELLIPSIS} (" in found[0].sentence


def _feature(unit, kind="number", levels=()):
    source = AttributeValue(entity="lead", attribute="x", type=kind)
    return Feature(name="x", unit=unit, group="x", label="x", source=source, levels=levels)


@pytest.mark.parametrize(
    ("feature", "value", "text"),
    [
        (_feature("times"), 3.0, "3"),
        (_feature("times"), 0.04, "0.0"),
        (_feature("times"), -2.5, "-2.5"),
        (_feature("people"), 99.96, "100.0"),
        (_feature("people"), 1234.5, "1,234"),
        (_feature("days"), 2.5, "2.5 days"),
        (_feature("yes or no"), 1.0, "yes"),
        (_feature("yes or no"), 0.0, "no"),
        (_feature("category", "category", ("a", "b")), 1.0, "b"),
        (_feature("category", "category", ("a", "b")), NAN, "not known"),
        (_feature("days"), NAN, "not known"),
    ],
)
def test_values_as_people_read_them(feature, value, text):
    assert describe(feature, value) == text
