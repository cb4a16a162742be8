"""Intervals from resampling accounts, the same resamples for everything that is compared.

Leads of one account share a buying decision, and one lead gives several rows at several ages, so rows are not
independent; accounts nearly are. Each replicate draws accounts with replacement, keeping all rows of an account
together (the cluster bootstrap: Davison & Hinkley 1997, section 3.8; Field & Welsh 2007, JRSS B 69:369). A draw is
kept as counts per account, never as copied rows, and is made again from ``(seed, replicate)`` when it is needed:
memory does not grow with the number of replicates, the order of work does not change a figure, and two arms
measured under the same seed are measured on the same draws, which is what makes their difference paired.

Intervals are percentiles (Efron & Tibshirani 1993, chapter 13), chosen by simulation and not by habit.
Clustered rows, a model against a rounded card, nine measures and their nine paired differences, 400 repeats of 500
replicates each, nominal 95 %; the lowest and the mean coverage over the eighteen:

=============================  ==========  ==========  ==========  ==========  ==========
rows with an opportunity       percentile  basic       normal      BC          BCa
=============================  ==========  ==========  ==========  ==========  ==========
47 (3.9 % of rows)             93.2  94.9  90.0  94.0  92.2  95.1  89.0  93.5  88.2  93.3
107 (8.8 %)                    92.5  95.3  91.2  94.2  93.2  95.3  91.0  94.2  90.5  94.1
57 (1.6 %)                     91.0  94.0  90.5  93.6  92.2  94.7  91.2  93.4  89.8  93.2
19 (3.9 %)                     89.8  93.2  87.8  92.2  90.8  94.0  80.8  91.6  79.8  91.4
=============================  ==========  ==========  ==========  ==========  ==========

BCa, the textbook's choice, does worst where we need it most: captures and average precision jump when one positive
crosses a cut, and its bias correction then reads the lumps of the bootstrap distribution as bias. Normal intervals
cover a shade better than percentiles, but leave the range of a measure and are symmetric where it is not. What
is printed are expanded percentiles (:func:`expanded_interval`), which come nearest to what they claim:
``python -m benchmarks.coverage``. Below some twenty positives every method is too narrow, and
``Comparison.verdict`` says so.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from training.metrics import TOP_SHARES, Ranking, log_odds, ranking_kernel, row_losses, slope_kernel

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]
    Mask = NDArray[np.bool_]

MOST_UNDEFINED = 0.05
"""An interval is NaN when more than this share of replicates is: what is left would be a selected sample."""


def account_codes(clusters: ArrayLike, lead_ids: ArrayLike) -> Codes:
    """Number the accounts 0, 1, ... in order of appearance: shape (n,).

    A row whose account is missing (None, NaN, NA) counts under its lead, so that a lead without an account is an
    account of its own.

    >>> account_codes(["a", None, "a", None, None], ["x", "y", "z", "y", "w"])
    array([0, 1, 0, 1, 2])
    """
    accounts, known = pd.factorize(_objects(clusters), use_na_sentinel=True)
    leads, _ = pd.factorize(_objects(lead_ids))
    if len(accounts) != len(leads):
        raise ValueError(
            f"clusters has {len(accounts)} rows and lead_ids {len(leads)}; one each per row is needed"
        )
    codes, _ = pd.factorize(np.where(accounts >= 0, accounts, len(known) + leads))
    return codes.astype(np.int64)


def _objects(values: ArrayLike) -> NDArray[np.object_]:
    return np.asarray(values, dtype=object)


def account_counts(n_accounts: int, replicate: int, seed: int) -> Floats:
    """Return how often each account is drawn in this replicate: shape (n_accounts,), sum n_accounts."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(replicate,))))
    return np.bincount(rng.integers(0, n_accounts, n_accounts), minlength=n_accounts).astype(np.float64)


def resample(
    statistic: Callable[[Floats], Floats],
    n_accounts: int,
    replicates: int,
    seed: int,
    threads: int | None = None,
) -> Floats:
    """Return ``statistic`` of each replicate's account counts: shape (replicates, k).

    ``statistic`` takes counts (n_accounts,) and gives (k,); to be fast it should spend its time in code that
    lets go of the interpreter lock. Everything that is to be compared belongs into one statistic.
    """

    def one(replicate: int) -> Floats:
        return statistic(account_counts(n_accounts, replicate, seed))

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        return np.array(list(pool.map(one, range(replicates))))


def expanded_interval(draws: Floats, units: int, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the ends of an interval whose percentiles lie further out, the fewer ``units`` there are.

    Resampling n things gives a spread that is too small by (n - 1) / n, and normal tails where Student's are due;
    percentiles at Phi(-sqrt(n / (n - 1)) t) mend both for a mean of n (Hesterberg 2015, The American Statistician
    69:371, section 4.1). Here ``units`` are the accounts with an opportunity, which are what is scarce.

    >>> low, high = expanded_interval(np.arange(1001.0), units=20)
    >>> round(float(low)), round(float(high))
    (16, 984)
    """
    n = max(units, 3)
    tail = norm.cdf(-np.sqrt(n / (n - 1)) * t.ppf(0.5 + level / 2, n - 1))
    return percentile_interval(draws, 1 - 2 * float(tail))


def percentile_interval(draws: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the ends of the percentile interval over the first axis of ``draws`` (replicates, ...).

    Replicates where the measure does not exist (NaN) are left out while they are at most 5 %; above that the
    interval is NaN.

    >>> low, high = percentile_interval(np.arange(101.0))
    >>> round(float(low), 9), round(float(high), 9)
    (2.5, 97.5)
    """
    undefined = np.isnan(draws)
    usable = (undefined.mean(axis=0) <= MOST_UNDEFINED) & ~undefined.all(axis=0)
    tail = (1.0 - level) / 2.0
    filled = np.where(usable, draws, 0.0)  # keeps numpy from warning of columns that are all NaN
    ends = np.nanquantile(filled, [tail, 1.0 - tail], axis=0)
    low, high = np.where(usable, ends, np.nan)
    return low, high


class ArmStatistic:
    """Every metric of one arm as a function of account counts, with all that can be done once done once.

    All arguments are (n,): ``picked`` marks the rows that a team calls, each counted as one whatever it weighs;
    ``weight`` is what a row counts in every other metric, 1 without it.
    """

    def __init__(
        self,
        score: Floats,
        probability: Floats,
        positive: Mask,
        codes: Codes,
        picked: Mask,
        weight: Floats | None = None,
    ) -> None:
        own = np.ones(len(codes)) if weight is None else weight
        self._ranking = Ranking.of(score, positive)
        self._ranked_weight = own[self._ranking.order]
        self._ranked_codes = codes[self._ranking.order]
        self._shares = np.array(TOP_SHARES)
        # Means and sums over rows need only each account's own sum.
        columns = (np.ones(len(codes)), *row_losses(probability, positive), positive, probability)
        weighed = [own * column for column in columns]
        sums = [np.bincount(codes, weights=column) for column in (*weighed, picked & positive)]
        self._sums = np.column_stack(sums)
        # Rows of one account stand together: the walk is then sequential and skips accounts that were not drawn.
        together = np.argsort(codes, kind="stable")
        self._logit, self._weight = log_odds(probability)[together], own[together]
        self._positive, self._codes = positive[together], codes[together]
        self._start = self._fit(np.ones(len(self._sums)), (0.0, 1.0))
        if np.isnan(self._start[1]):
            self._start = (0.0, 1.0)

    def _fit(self, counts: Floats, start: tuple[float, float]) -> tuple[float, float]:
        return slope_kernel(self._logit, self._positive, self._weight, self._codes, counts, *start, 1e-7)

    def __call__(self, counts: Floats) -> Floats:
        """Return the metrics in the order of ``metrics.METRICS`` for account counts (n_accounts,)."""
        rows, loss, squared, seen, expected, hits = counts @ self._sums
        ranking = self._ranking
        ranked = ranking_kernel(
            ranking.positive, ranking.tie_end, self._ranked_weight, self._ranked_codes, counts, rows, self._shares
        )
        slope = self._fit(counts, self._start)[1]
        ratio = seen / expected if expected > 0 else np.nan
        return np.array([*ranked[:2], loss / rows, squared / rows, slope, ratio, *ranked[2:], hits])
