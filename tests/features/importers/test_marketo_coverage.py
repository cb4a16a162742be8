"""Holes and cliffs are told from chance."""

from __future__ import annotations

import pytest

from features.importers.marketo.coverage import Silence, silences

WORKDAYS = [day for day in range(400) if day % 7 < 5]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([5], [], id="one day"),
        pytest.param(list(range(400)), [], id="daily"),
        pytest.param(WORKDAYS, [], id="workdays"),
        pytest.param([d for d in WORKDAYS if not 150 <= d < 164], [], id="two weeks of holidays"),
        pytest.param([d for d in WORKDAYS if not 147 <= d < 177], [Silence(144, 177)], id="a month of workdays"),
        pytest.param([d for d in range(400) if not 100 <= d < 128], [Silence(99, 128)], id="a february"),
        pytest.param(list(range(0, 400, 14)), [], id="a webinar every fortnight"),
        pytest.param(
            [*range(5), *range(95, 100), *range(190, 195), *range(285, 290), *range(380, 385)], [], id="fairs"
        ),
        pytest.param(
            [d for d in range(400) if not 100 <= d < 130 and not 200 <= d < 231],
            [Silence(99, 130), Silence(199, 231)],
            id="two months missing",
        ),
        pytest.param([0, 30, 60, 200], [], id="too few to tell"),
    ],
)
def test_silences(days, expected):
    assert silences(days) == expected


@pytest.mark.parametrize(
    ("other", "shared"),
    [(Silence(0, 5), False), (Silence(0, 12), True), (Silence(12, 14), True), (Silence(20, 30), False)],
)
def test_silences_overlap_where_they_share_a_day(other, shared):
    assert Silence(4, 20).overlaps(other) is shared
    assert other.overlaps(Silence(4, 20)) is shared


def test_a_silence_is_told_by_its_first_and_last_silent_day():
    assert Silence(0, 3).text == "1970-01-02 to 1970-01-03"
