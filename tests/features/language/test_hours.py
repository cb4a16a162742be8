"""Hours of the week as people write them."""

from __future__ import annotations

import pytest

from features.language.hours import parse_hours


@pytest.mark.parametrize(
    ("text", "included", "left_out"),
    [
        ("mon-fri 8-18", [8, 17, 4 * 24 + 8], [7, 18, 5 * 24 + 9]),
        ("sat-sun", [5 * 24, 6 * 24 + 23], [0, 4 * 24 + 23]),
        ("Sat 9-12, sun 0-24", [5 * 24 + 9, 6 * 24], [5 * 24 + 12]),
        ("fri-mon 22-6", [4 * 24 + 22, 5 * 24 + 5, 23, 24 + 5], [24 + 6, 4 * 24 + 6]),
        ("sun 20-4", [6 * 24 + 23, 0, 3], [4]),
    ],
)
def test_hours(text, included, left_out):
    hours = parse_hours(text)
    assert len(hours) == 168
    assert all(hours[hour] for hour in included)
    assert not any(hours[hour] for hour in left_out)


@pytest.mark.parametrize(
    "text", ["", "monday", "mon-xyz", "mon 8", "mon 8-25", "mon 24-2", "mon 8-8", "8-18", "mon;tue"]
)
def test_what_is_no_hours_is_refused(text):
    with pytest.raises(ValueError, match="hours"):
        parse_hours(text)
