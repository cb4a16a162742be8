"""Times in the forms that callers write."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.facts.clock import DAY, HOUR, parse_moment
from serving.adapters.moments import FORMS, read_moment
from serving.adapters.values import BadValueError

NOW = parse_moment("2026-06-01T12:00:00Z")


@pytest.mark.parametrize(
    ("given", "form", "zone", "expected"),
    [
        ("2026-05-04T08:00:00Z", "iso", "UTC", "2026-05-04T08:00:00Z"),
        ("2026-05-04T08:00:00.000+0000", "iso", "UTC", "2026-05-04T08:00:00Z"),
        ("2026-05-04 08:00:00", "iso", "America/New_York", "2026-05-04T12:00:00Z"),
        ("2026-01-04 08:00:00", "iso", "America/New_York", "2026-01-04T13:00:00Z"),
        ("2026-05-04T08:00:00+02:00", "iso", "America/New_York", "2026-05-04T06:00:00Z"),
        (1777881600000, "epoch_ms", "UTC", "2026-05-04T08:00:00Z"),
        ("1777881600000", "epoch_ms", "UTC", "2026-05-04T08:00:00Z"),
        (1777881600000.0, "epoch_ms", "UTC", "2026-05-04T08:00:00Z"),
        (1777881600, "epoch_s", "UTC", "2026-05-04T08:00:00Z"),
        ("5/4/2026 8:00 AM", "us", "UTC", "2026-05-04T08:00:00Z"),
        ("05/04/2026, 12:30:15 am", "us", "UTC", "2026-05-04T00:30:15Z"),
        ("5/4/2026 12:00 PM", "us", "UTC", "2026-05-04T12:00:00Z"),
        ("5/4/2026 20:15", "us", "Europe/Berlin", "2026-05-04T18:15:00Z"),
        ("04.05.2026 08:00", "%d.%m.%Y %H:%M", "UTC", "2026-05-04T08:00:00Z"),
        # When clocks go back, an hour comes twice: the first of the two counts.
        ("2025-10-26 02:30:00", "iso", "Europe/Berlin", "2025-10-26T00:30:00Z"),
    ],
)
def test_form_is_read(given, form, zone, expected):
    moment = read_moment(given, (form,), zone, NOW)
    assert moment == (parse_moment(expected), parse_moment(expected))


@pytest.mark.parametrize(("given", "form"), [("2026-05-04", "iso"), ("2026-05-04", "date"), ("5/4/2026", "us")])
def test_day_is_known_at_its_end(given, form):
    start = parse_moment("2026-05-04T04:00:00Z")
    assert read_moment(given, (form,), "America/New_York", NOW) == (start, start + DAY)


def test_day_that_is_not_over_is_known_now():
    assert read_moment("2026-06-01", ("date",), "UTC", NOW) == (NOW - 12 * HOUR, NOW)


@pytest.mark.parametrize("given", [None, "", "  ", 0, "0", 0.0])
def test_nothing_is_no_moment(given):
    assert read_moment(given, FORMS, "UTC", NOW) is None


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ("1777881600000", "iso"),
        ("2026-05-04T08:00:00Z", "epoch_ms"),
        ("2026-05-04T08:00:00Z", "date"),
        ("2026-W18", "iso"),
        ("4/5/26", "us"),
        ("13/4/2026", "us"),
        ("5/4/2026 13:00 PM", "us"),
        ("2/30/2026", "us"),
        (1.5, "epoch_ms"),
        ("1e12", "epoch_ms"),
        ("\u0661\u0662", "epoch_s"),
        (True, "epoch_s"),
        ([1], "epoch_s"),
        ({}, "iso"),
        (-5, "epoch_s"),
        ("99999999999999999999", "epoch_ms"),
        ("2026-06-02T00:00:00Z", "iso"),
        (1777881600000, "epoch_s"),
    ],
)
def test_other_forms_are_refused(given, form):
    with pytest.raises(BadValueError):
        read_moment(given, (form,), "UTC", NOW)


def test_clock_a_little_ahead_is_let_be():
    ahead = NOW + 4 * 60 * 1_000_000
    assert read_moment(ahead // 1000, ("epoch_ms",), "UTC", NOW).at == ahead


@given(
    given=st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.lists(st.none()),
    forms=st.lists(st.sampled_from([*FORMS, "%d.%m.%Y"]), min_size=1, unique=True),
    zone=st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"]),
)
def test_nothing_else_comes_of_it(given, forms, zone):
    with suppress(BadValueError):
        moment = read_moment(given, tuple(forms), zone, NOW)
        assert moment is None or 0 <= moment.at <= moment.known_at
