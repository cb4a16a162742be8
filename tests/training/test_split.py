"""The forward split: a gap of one horizon, accounts on one side only, and errors that say what to change."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest

from features.errors import ConfigError
from features.facts.clock import DAY, format_moment, parse_moment
from training.rows import Rows
from training.spec import Split
from training.split import account_folds, cluster_ids, hash_shares, keep_apart, split_rows

START = parse_moment("2025-01-01")
ACCOUNTS = 150


def history():
    """Accounts a0.. and then leads without one, as far as a split looks at a history."""
    return SimpleNamespace(
        account_ids=np.array([f"a{i}" for i in range(ACCOUNTS)], object),
        lead_ids=np.array([f"L{i}" for i in range(200)], object),
    )


def some_rows(days=200, a_day=10, undecided_from=180):
    """Ten rows a day, every fifth positive, clusters going round."""
    n = days * a_day
    number = np.arange(n)
    as_of = START + (number // a_day) * DAY
    label = (number % 5 == 0).astype(np.int8)
    label[number // a_day >= undecided_from] = -1
    cluster = (number * 7919) % (ACCOUNTS + 200)
    return Rows(number % 200, as_of, label, cluster.astype(np.int64), np.where(label == 1, as_of, -1))


def split(rows=None, horizon=30 * DAY, **parts):
    return split_rows(rows or some_rows(), history(), Split(**parts), horizon)


def days_of(rows, mask):
    return (rows.as_of[mask] - START) // DAY


def test_training_ends_one_horizon_before_the_test():
    rows = some_rows()
    parts = split(rows, test_from="2025-05-01", accounts="shared")
    test_day = (parse_moment("2025-05-01") - START) // DAY
    assert days_of(rows, parts.test).min() == test_day == 120
    assert days_of(rows, parts.train).max() == 90, "what is asked on day 90 is answered before day 120"
    assert parts.test_from == parse_moment("2025-05-01")
    assert parts.train.sum() == 91 * 10
    assert parts.test.sum() == 60 * 10, "undecided rows are on no side"


def test_without_a_date_the_latest_share_of_the_decided_rows_is_held_out():
    rows = some_rows()
    parts = split(rows, test_share=0.25, accounts="shared")
    assert (parts.test_from - START) / DAY == pytest.approx(0.75 * 180, abs=1)
    assert parts.test.sum() == pytest.approx(0.25 * 1800, abs=10)


def test_train_until_ends_training_earlier_and_never_later():
    rows = some_rows()
    early = split(rows, test_from="2025-05-01", train_until="2025-03-01", accounts="shared")
    assert days_of(rows, early.train).max() == 59
    late = split(rows, test_from="2025-05-01", train_until="2025-04-30", accounts="shared")
    assert days_of(rows, late.train).max() == 90


def test_the_late_part_is_the_latest_share_of_training():
    rows = some_rows()
    parts = split(rows, test_from="2025-05-01", calibration_share=0.2, accounts="shared")
    assert (parts.late <= parts.train).all()
    assert parts.late.sum() == pytest.approx(0.2 * parts.train.sum(), abs=10)
    assert rows.as_of[parts.late].min() >= parts.late_from > rows.as_of[parts.train & ~parts.late].max()


def test_no_account_stands_on_both_sides_unless_shared():
    rows = some_rows()
    apart = split(rows, test_from="2025-05-01")
    shared = split(rows, test_from="2025-05-01", accounts="shared")
    assert np.intersect1d(rows.cluster[shared.train], rows.cluster[shared.test]).size > 100
    assert np.intersect1d(rows.cluster[apart.train], rows.cluster[apart.test]).size == 0
    np.testing.assert_array_equal(apart.apart, (shared.train | shared.test) & ~apart.train & ~apart.test)
    assert apart.apart.any()
    assert shared.apart is None
    both = np.intersect1d(rows.cluster[shared.train], rows.cluster[shared.test])
    to_test = np.intersect1d(both, rows.cluster[apart.test]).size / both.size
    assert to_test == pytest.approx(1 / 3, abs=0.1)
    kept = np.union1d(rows.cluster[apart.train], rows.cluster[apart.test])
    assert set(both) <= set(kept), "every account stays, on one side"


def test_the_side_of_an_account_depends_on_its_id_alone():
    cluster = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    train, test = np.array([True, False] * 4), np.array([False, True] * 4)
    few, more = history(), history()
    more.account_ids = np.array(["new", *few.account_ids], object)
    side = keep_apart(cluster, train, test, few)
    moved = keep_apart(cluster + 1, train, test, more)
    for one, other in zip(side, moved, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (side[0][::2] ^ side[1][1::2]).all(), "one side each"


@pytest.mark.parametrize("folds", [2, 4])
def test_folds_keep_an_account_together_and_are_even(folds):
    cluster = np.repeat(np.arange(300), 3)
    found = account_folds(cluster, history(), folds)
    assert (found.reshape(300, 3) == found.reshape(300, 3)[:, :1]).all()
    counts = np.bincount(found, minlength=folds)
    assert len(counts) == folds
    assert counts.min() > 0.7 * 900 / folds


def test_cluster_ids_and_hashes():
    assert cluster_ids(np.array([0, ACCOUNTS - 1, ACCOUNTS, ACCOUNTS + 3]), history()) == [
        "a0",
        "a149",
        "L0",
        "L3",
    ]
    shares = hash_shares("x", [str(i) for i in range(2000)])
    assert ((shares >= 0) & (shares < 1)).all()
    assert np.quantile(shares, [0.25, 0.75]) == pytest.approx([0.25, 0.75], abs=0.04)
    assert hash_shares("x", ["b", "a"]).tolist() == hash_shares("x", ["a", "b"]).tolist()[::-1]
    assert hash_shares("y", ["a"])[0] != hash_shares("x", ["a"])[0]


def without_positives(days):
    rows = some_rows()
    rows.label[((rows.as_of - START) // DAY >= days[0]) & ((rows.as_of - START) // DAY < days[1])] = 0
    return rows


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (some_rows(undecided_from=0), {}, "no row is decided: every snapshot's horizon ends after the observed"),
        (some_rows(), {"test_from": "2026-01-01"}, "the test part has 0 rows with 0 opportunities"),
        (some_rows(), {"test_from": "2024-12-01"}, "the training part has 0 rows with 0 opportunities"),
        (
            some_rows(),
            {"test_from": "2025-02-01", "accounts": "shared"},
            "the training part has 20 rows with 4 opportunities",
        ),
        (
            without_positives((100, 180)),
            {"test_from": "2025-05-01", "accounts": "shared"},
            "the test part has 600 rows with 0 opportunities",
        ),
        (
            without_positives((70, 91)),
            {"test_from": "2025-05-01", "accounts": "shared", "calibration_share": 0.2},
            "the calibration part has",
        ),
    ],
)
def test_a_part_without_enough_in_it_is_an_error_with_help(rows, options, message):
    with pytest.raises(ConfigError) as caught:
        split(rows, **options)
    assert message in caught.value.message
    assert caught.value.hint


def test_the_error_says_where_the_test_begins():
    with pytest.raises(ConfigError, match=f"the test begins {format_moment(parse_moment('2026-01-01'))}"):
        split(test_from="2026-01-01")


@pytest.mark.parametrize("day", ["2026-01-01", "2024-12-01", "2025-02-01"])
def test_the_error_says_what_the_data_cover_and_what_would_work(day):
    with pytest.raises(ConfigError, match="the decided rows are of 2025-01-01 to 2025-06-29") as caught:
        split(test_from=day, accounts="shared")
    assert "training ends a horizon of 30 days before it" in caught.value.message
    first, last = re.findall(r"\d{4}-\d\d-\d\d", caught.value.hint)
    for end in (first, last):
        assert split(test_from=end, accounts="shared").test.any()
    for beyond in (parse_moment(first) - DAY, parse_moment(last) + DAY):
        with pytest.raises(ConfigError):
            split(test_from=format_moment(beyond), accounts="shared")


def test_where_no_day_would_work_the_error_says_so():
    with pytest.raises(ConfigError) as caught:
        split(horizon=170 * DAY)
    assert caught.value.hint.startswith("no split.test_from would leave 10 opportunities in every part")
