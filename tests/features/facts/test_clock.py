"""Moments and durations, from text and back."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from features.errors import ConfigError
from features.facts.clock import (
    DAY,
    HOUR,
    SECOND,
    format_duration,
    format_moment,
    is_date_only,
    parse_duration,
    parse_moment,
)


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("7d", 7 * DAY),
        ("36h", 36 * HOUR),
        ("2w", 14 * DAY),
        ("30m", 1800 * SECOND),
        ("10s", 10 * SECOND),
        ("1.5d", 36 * HOUR),
        (" 7 D ", 7 * DAY),
        (90, 90 * DAY),
        ("90", 90 * DAY),
        (0.5, 12 * HOUR),
    ],
)
def test_durations(text, microseconds):
    assert parse_duration(text, where="x") == microseconds


@pytest.mark.parametrize("text", ["", "d", "0d", "7y", "-7d", "7d2h", "1e3d", "seven days", -1, float("nan")])
def test_what_is_no_duration_is_an_error_that_says_what_one_is(text):
    with pytest.raises(
        ConfigError, match=r"^windows: .* is not a duration; expected a number above 0 and s, m, h, d or w"
    ):
        parse_duration(text, where="windows")


@pytest.mark.parametrize("text", ["36526d", "99999999d", "1000000000", 40_000, "876601h"])
def test_a_duration_beyond_a_hundred_years_is_called_too_long(text):
    with pytest.raises(ConfigError, match=r"^windows: .* is longer than 36,525 days; expected no more, as in 30d"):
        parse_duration(text, where="windows")


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (14 * DAY, "14d"),
        (36 * HOUR, "36h"),
        (90 * 60 * SECOND, "90m"),
        (90 * SECOND, "90s"),
        (SECOND // 2, "0.5s"),
    ],
)
def test_durations_are_written_short_and_read_back(microseconds, text):
    assert format_duration(microseconds) == text
    assert parse_duration(text, where="x") == microseconds


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("2026-03-01", "2026-03-01T00:00:00Z"),
        (" 2026-03-01T02:30:00+02:00 ", "2026-03-01T00:30:00Z"),
        ("2026-03-01T00:00:00.25Z", "2026-03-01T00:00:00.250000Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        (date(2026, 3, 1), "2026-03-01T00:00:00Z"),
        (datetime(2026, 3, 1, 5, tzinfo=UTC), "2026-03-01T05:00:00Z"),
        (datetime(2026, 3, 1, 5), "2026-03-01T05:00:00Z"),
    ],
)
def test_moments(given, text):
    assert format_moment(parse_moment(given)) == text


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "2026-03-01T25:00", "1772323200", "2026-W01"])
def test_what_is_no_moment_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        parse_moment(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026-03-01", True), (" 2026-03-01\n", True), ("2026-03-01T00:00", False), ("20260301", False)],
)
def test_a_date_alone_is_told_from_a_moment(text, expected):
    assert is_date_only(text) is expected
