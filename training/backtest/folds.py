"""Rolling origins before the held-out period: what was known at each teaches, what came after it is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from training.split import FEWEST_POSITIVES, Parts, account_folds, keep_apart, make_parts

if TYPE_CHECKING:
    from features.history import History
    from training.rows import Rows
    from training.spec import TrainingSpec


@dataclass(frozen=True)
class Fold:
    """One origin: ``parts`` over all rows, whose test runs from ``parts.test_from`` to ``until`` (microseconds).

    No row of the held-out period is in any part, and none of an account that is held out.
    """

    number: int
    parts: Parts
    until: int


@dataclass(frozen=True)
class Folds:
    """The folds that can be used, and why each of the others cannot."""

    folds: tuple[Fold, ...]
    left_out: tuple[str, ...] = ()


def rolling_folds(rows: Rows, history: History, frozen: Parts, spec: TrainingSpec) -> Folds:
    """Return the backtest's folds, oldest first.

    The training rows of ``frozen`` are divided: the first share of them only ever trains, and the rest are tested
    on in stretches of equally many rows. Each stretch is predicted from the rows whose horizon had passed when it
    began, without the accounts that it tests.
    """
    wanted = spec.backtest.folds
    if wanted == 0:
        return Folds(())
    moments = rows.as_of[frozen.train]
    edges = np.quantile(moments, np.linspace(spec.backtest.first_share, 1.0, wanted + 1)).astype(np.int64)
    edges[-1] = int(moments.max()) + 1
    account_fold = account_folds(rows.cluster, history, spec.folds)
    found, left_out = [], []
    for number, (start, end) in enumerate(pairwise(edges), start=1):
        train = frozen.train & (rows.as_of <= start - spec.horizon_us)
        test = frozen.train & (rows.as_of >= start) & (rows.as_of < end)
        if spec.split.accounts == "disjoint":
            train, test = keep_apart(rows.cluster, train, test, history, f"origin {number}")
        why = _too_few(rows, train, test)
        if not why:
            parts = _parts(rows, train, test, frozen, int(start), spec)
            why = _too_few(rows, parts.late, test, what="calibration") or _unstopped(
                rows, parts.late, account_fold
            )
        if why:
            left_out.append(f"fold {number}: {why}")
        else:
            found.append(Fold(number, parts, int(end)))
    return Folds(tuple(found), tuple(left_out))


def _parts(
    rows: Rows, train: np.ndarray, test: np.ndarray, frozen: Parts, start: int, spec: TrainingSpec
) -> Parts:
    parts = make_parts(rows, train, test, start, spec.split)
    young = parts.young & (frozen.train | frozen.young)
    return Parts(parts.train, parts.late, young, parts.test, parts.test_from, parts.late_from)


def _too_few(rows: Rows, train: np.ndarray, test: np.ndarray, what: str = "training") -> str:
    for name, part in ((what, train), ("test", test)):
        positives = int((rows.label[part] == 1).sum())
        if positives < FEWEST_POSITIVES or positives == part.sum():
            if positives < FEWEST_POSITIVES:
                missed = f"at least {FEWEST_POSITIVES} are needed"
            else:
                missed = "at least one row without is needed"
            return f"its {name} part has {int(part.sum()):,} rows with {positives} opportunities; {missed}"
    return ""


def _unstopped(rows: Rows, late: np.ndarray, account_fold: np.ndarray) -> str:
    """Say where trees would have no opportunity to stop on: one of the folds of accounts has none that is late."""
    folds = np.unique(account_fold)
    with_one = np.unique(account_fold[late & (rows.label == 1)])
    if len(with_one) == len(folds):
        return ""
    return (
        f"the trees are stopped on each of {len(folds)} groups of accounts in turn, by their latest rows, and "
        f"{len(folds) - len(with_one)} of these groups {'has' if len(folds) - len(with_one) == 1 else 'have'} no "
        "opportunity there; each needs at least 1"
    )
