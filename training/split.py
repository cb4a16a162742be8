"""A forward split: fit, calibrate, test, with a gap of one horizon and accounts on one side only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ConfigError
from features.facts.clock import format_moment, parse_moment

if TYPE_CHECKING:
    from features.history import History
    from training.rows import Rows
    from training.spec import Split

#: Fewer positives than this on a side say nothing.
FEWEST_POSITIVES = 10
# Of the accounts with rows on both sides, this share is tested on.
_SPANNING_TO_TEST = 1 / 3


@dataclass(frozen=True)
class Parts:
    """Masks over the rows, each bool (n,): ``fit`` and ``calibration`` make up training, ``test`` is held out.

    ``test_from`` and ``calibration_from`` are where these parts begin, in microseconds.
    """

    fit: np.ndarray
    calibration: np.ndarray
    test: np.ndarray
    test_from: int
    calibration_from: int

    @property
    def train(self) -> np.ndarray:
        """Rows to learn from, calibration included."""
        return self.fit | self.calibration


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
    if split.accounts == "disjoint":
        train, test = keep_apart(rows.cluster, train, test, history, "test", _SPANNING_TO_TEST)
    _check(rows, train, "training", test_from)
    _check(rows, test, "test", test_from)
    calibration_from = int(np.quantile(rows.as_of[train], 1 - split.calibration_share))
    late = train & (rows.as_of >= calibration_from)
    early, late = keep_apart(rows.cluster, train & ~late, late, history, "calibration", 0.5)
    _check(rows, early, "fitting", test_from)
    _check(rows, late, "calibration", test_from)
    return Parts(early, late, test, test_from, calibration_from)


def keep_apart(
    cluster: np.ndarray, early: np.ndarray, late: np.ndarray, history: History, salt: str, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Drop rows so that no cluster stands on both sides.

    A cluster with rows on both stays on the late side with probability ``share``, by a hash of its id: the same
    account falls on the same side in every run and on every later export.
    """
    both = np.intersect1d(cluster[early], cluster[late])
    ids = cluster_ids(both, history)
    to_late = np.array([_hash_share(salt, i) < share for i in ids], bool)
    in_late = np.isin(cluster, both[to_late]) if len(both) else np.zeros(len(cluster), bool)
    in_early = np.isin(cluster, both[~to_late]) if len(both) else np.zeros(len(cluster), bool)
    return early & ~in_late, late & ~in_early


def cluster_ids(clusters: np.ndarray, history: History) -> list[str]:
    """Return the account or lead id behind each cluster number."""
    accounts = len(history.account_ids)
    return [str(history.account_ids[c] if c < accounts else history.lead_ids[c - accounts]) for c in clusters]


def _hash_share(salt: str, text: str) -> float:
    digest = hashlib.blake2b(f"{salt}:{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def _check(rows: Rows, part: np.ndarray, name: str, test_from: int) -> None:
    positives = int((rows.label[part] == 1).sum())
    if positives < FEWEST_POSITIVES or positives == part.sum():
        raise ConfigError(
            f"the {name} part has {int(part.sum())} rows with {positives} opportunities; at least "
            f"{FEWEST_POSITIVES} and some rows without are needed (the test begins {format_moment(test_from)})",
            hint="a shorter --horizon, another split.test_from, or a longer history",
        )
