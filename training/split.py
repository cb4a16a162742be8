"""A forward split: fit, calibrate, test, with a gap of one horizon and accounts on one side only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ConfigError
from features.facts.clock import DAY, format_moment, parse_moment

if TYPE_CHECKING:
    from features.history import History
    from training.rows import Rows
    from training.spec import Split

#: Fewer positives than this on a side say nothing.
FEWEST_POSITIVES = 10
# Of the accounts with rows on both sides, this share is tested on: opportunities to learn from are what is scarce.
_SPANNING_TO_TEST = 1 / 4


@dataclass(frozen=True)
class Parts:
    """Masks over the rows, each bool (n,): ``train`` is learnt from, ``test`` is held out.

    ``late`` is the latest part of ``train``, on which models are stopped and calibrated. ``young`` are the rows
    after ``train`` and before the test, of accounts that are not tested on: their horizon had not passed when the
    test began, so only what came of them until then may be learnt from. ``test_from`` and ``late_from`` are where
    these parts begin, in microseconds. ``apart`` are decided rows of the time of ``train`` or ``test`` that are in
    neither, since their account stands on the other side; None where accounts are shared.
    """

    train: np.ndarray
    late: np.ndarray
    young: np.ndarray
    test: np.ndarray
    test_from: int
    late_from: int
    apart: np.ndarray | None = None


def split_rows(rows: Rows, history: History, split: Split, horizon: int) -> Parts:
    """Split decided rows forward in time.

    Training rows end a horizon before the test begins, so that every outcome that they teach was known by then.

    Raises
    ------
    ConfigError
        A part has too few rows or positives; the message says which and what to change.

    """
    decided = rows.label >= 0
    if not decided.any():
        raise ConfigError(
            "no row is decided: every snapshot's horizon ends after the observed period",
            hint="choose a shorter --horizon, or import a longer history",
        )
    test_from = (
        parse_moment(split.test_from)
        if split.test_from is not None
        else int(np.quantile(rows.as_of[decided], 1 - split.test_share))
    )
    train_until = test_from - horizon
    if split.train_until is not None:
        train_until = min(train_until, parse_moment(split.train_until))
    test = decided & (rows.as_of >= test_from)
    train = decided & (rows.as_of <= train_until)
    apart = None
    if split.accounts == "disjoint":
        either = train | test
        train, test = keep_apart(rows.cluster, train, test, history)
        apart = either & ~train & ~test
    for part, name in ((train, "training"), (test, "test")):
        _check(rows, part, name, test_from, split, horizon)
    parts = replace(make_parts(rows, train, test, test_from, split), apart=apart)
    _check(rows, parts.late, "calibration", test_from, split, horizon)
    return parts


def make_parts(rows: Rows, train: np.ndarray, test: np.ndarray, test_from: int, split: Split) -> Parts:
    """Return the parts of masks ``train`` and ``test`` (n,), with the late and the young rows found."""
    late_from = int(np.quantile(rows.as_of[train], 1 - split.calibration_share))
    late = train & (rows.as_of >= late_from)
    young = ~train & (rows.as_of > rows.as_of[train].max()) & (rows.as_of < test_from)
    if split.accounts == "disjoint":
        young &= ~np.isin(rows.cluster, rows.cluster[test])
    return Parts(train, late, young, test, test_from, late_from)


def keep_apart(
    cluster: np.ndarray, train: np.ndarray, test: np.ndarray, history: History, salt: str = "test"
) -> tuple[np.ndarray, np.ndarray]:
    """Drop rows so that no cluster stands on both sides.

    Of the clusters with rows on both, a quarter stays with the test, by a hash of its id: the same account falls
    on the same side in every run. ``salt`` goes into the hash: two splits of the same rows that
    share it would send the same accounts the same way.
    """
    both = np.intersect1d(cluster[train], cluster[test])
    to_test = hash_shares(salt, cluster_ids(both, history)) < _SPANNING_TO_TEST
    return train & ~np.isin(cluster, both[to_test]), test & ~np.isin(cluster, both[~to_test])


def account_folds(cluster: np.ndarray, history: History, folds: int, salt: str = "fold") -> np.ndarray:
    """Return each row's fold, int64 (n,), by a hash of its account's id; another salt cuts across these folds."""
    distinct, where = np.unique(cluster, return_inverse=True)
    shares = hash_shares(salt, cluster_ids(distinct, history))
    return (shares * folds).astype(np.int64)[where]


def cluster_ids(clusters: np.ndarray, history: History) -> list[str]:
    """Return the account or lead id behind each cluster number."""
    accounts = len(history.account_ids)
    return [str(history.account_ids[c] if c < accounts else history.lead_ids[c - accounts]) for c in clusters]


def cluster_names(cluster: np.ndarray, history: History) -> np.ndarray:
    """Return the account id of each row's cluster (n,), or the lead's where it has none, object (n,)."""
    distinct, where = np.unique(cluster, return_inverse=True)
    return np.array(cluster_ids(distinct, history), object)[where]


def hash_shares(salt: str, texts: list[str]) -> np.ndarray:
    """Return a number in [0, 1) for each text that depends on nothing but it and the salt, float64 (n,)."""
    digests = [hashlib.blake2b(f"{salt}:{text}".encode(), digest_size=8).digest() for text in texts]
    return np.array([int.from_bytes(digest) / 2**64 for digest in digests], np.float64)


def _check(rows: Rows, part: np.ndarray, name: str, test_from: int, split: Split, horizon: int) -> None:
    positives = int((rows.label[part] == 1).sum())
    if positives < FEWEST_POSITIVES or positives == part.sum():
        decided = rows.as_of[rows.label >= 0]
        first, last = (format_moment(int(end))[:10] for end in (decided.min(), decided.max()))
        raise ConfigError(
            f"the {name} part has {int(part.sum())} rows with {positives} opportunities; at least "
            f"{FEWEST_POSITIVES} and some rows without are needed (the test begins {format_moment(test_from)}, "
            f"training ends a horizon of {horizon / DAY:g} days before it, and the decided rows are of {first} to "
            f"{last})",
            hint=_what_would_do(rows, split, horizon),
        )


def _what_would_do(rows: Rows, split: Split, horizon: int) -> str:
    """Say from which days a test may begin so that there are opportunities enough in every part."""
    if split.accounts == "disjoint" and len(np.unique(rows.cluster)) == 1:
        return "all rows are of one account, which stands on one side: split.accounts: shared, or more accounts"
    decided = np.sort(rows.as_of[rows.label >= 0])
    positive = np.sort(rows.as_of[rows.label == 1])
    days = np.arange(decided[0] // DAY, decided[-1] // DAY + 1) * DAY
    ends = (
        days - horizon
        if split.train_until is None
        else np.minimum(days - horizon, parse_moment(split.train_until))
    )
    learnt = np.searchsorted(decided, ends, side="right")
    late = decided[np.ceil((1 - split.calibration_share) * np.maximum(learnt - 1, 0)).astype(np.int64)]
    to_calibrate = np.searchsorted(positive, ends, side="right") - np.searchsorted(positive, late)
    to_test = len(positive) - np.searchsorted(positive, days)
    good = days[(to_calibrate >= FEWEST_POSITIVES) & (to_test >= FEWEST_POSITIVES)]
    otherwise = "a shorter --horizon, or a longer history"
    if not len(good):
        return f"no split.test_from would leave {FEWEST_POSITIVES} opportunities in every part: {otherwise}"
    fewer = ", fewer where accounts stand on both sides" if split.accounts == "disjoint" else ""
    return (
        f"a split.test_from between {format_moment(int(good[0]))[:10]} and {format_moment(int(good[-1]))[:10]} "
        f"leaves {FEWEST_POSITIVES} opportunities in every part{fewer}; else {otherwise}"
    )
