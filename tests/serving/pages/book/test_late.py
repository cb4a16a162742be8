"""Rows that become visible below those that were read."""

from __future__ import annotations

from serving.pages.book.late import IN_FLIGHT, LASTS, Late


def test_what_was_not_seen_is_missing_until_its_transaction_must_be_over():
    late = Late(0)
    late.note([1, 2, 5], 5, 0.0)
    assert late.missing([1, 2, 3, 4, 5]) == [3, 4]
    late.note([3], 5, 1.0)
    assert late.missing([1, 2, 3, 4, 5]) == [4]
    late.note([6], 6, LASTS - 1)
    assert late.floor == 0
    late.note([], 6, LASTS + 0.5)
    assert late.floor == 5
    assert late.missing([6, 7]) == [7]


def test_it_begins_not_far_below_the_last():
    assert Late(10).floor == 0
    assert Late(IN_FLIGHT + 10).floor == 10
