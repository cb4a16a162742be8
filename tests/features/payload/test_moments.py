"""Many moments at once against one by one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.facts.clock import parse_moment
from features.payload.moments import plain_moments

TIMES = st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31, 23, 59, 59))


@settings(deadline=None)  # the first run compiles
@given(st.lists(TIMES, max_size=20))
def test_the_same_as_one_by_one(times):
    texts = [time.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z") for time in times]
    assert plain_moments(texts) == [parse_moment(text) for text in texts]


@given(st.text(alphabet="0123456789-:TZ. +", min_size=19, max_size=28))
def test_whatever_is_read_is_read_by_the_clock_too(text):
    found = plain_moments([text])
    if found is not None:
        assert found == [parse_moment(text)]


@pytest.mark.parametrize(
    "text",
    [
        *("2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z"),
        *("2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "0000-01-01T00:00:00Z"),
        *("2026-01-01 00:00:00Z", "2026-01-01T00:00:00z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z"),
        *("2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00,5Z"),
        *("2026-01-01T00:00:0٣Z", "", "2026-01-01"),
    ],
)
def test_what_is_not_of_that_form_is_left_to_others(text):
    assert plain_moments([text]) is None


def test_two_wrong_lengths_that_add_up_are_not_taken():
    assert plain_moments(["2026-01-01T00:00:00", "Z2026-01-01T00:00:00Z"]) is None


@pytest.mark.parametrize("digits", ["5", "25", "125", "0625", "03125", "015625"])
def test_fractions_of_any_length(digits):
    text = f"2026-01-01T00:00:00.{digits}Z"
    assert plain_moments([text, "2026-01-01T00:00:00Z"]) == [parse_moment(text), parse_moment("2026-01-01")]


def test_a_leap_day():
    assert plain_moments(["2024-02-29T12:00:00Z"]) == [parse_moment("2024-02-29T12:00:00Z")]
