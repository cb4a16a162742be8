"""Choose a calibration by what it loses on accounts that it did not see, and shift it to other horizons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import expit

from features.facts.clock import DAY
from features.facts.publish import silent
from models.calibration import BetaCurve, Calibration, LogitLine, VennAbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from training.rows import Rows

Kind = Literal["line", "beta", "venn_abers"]
#: Plainest first.
KINDS: tuple[Kind, ...] = ("line", "beta", "venn_abers")
#: Fewer positives than this do not place another horizon.
FEWEST_POSITIVES = 10
_STEPS = 100


@dataclass(frozen=True)
class Chosen:
    """The calibration, fitted on all rows, and what each candidate lost out of fold (mean log loss).

    ``errors`` holds the standard error of each one's excess over the best; ``said`` is the choice in a sentence.
    """

    calibration: Calibration
    losses: dict[Kind, float]
    errors: dict[Kind, float]
    said: str


def fit_calibration(
    kind: Kind, total: np.ndarray, label: np.ndarray, weight: np.ndarray | None = None
) -> Calibration:
    """Fit one kind of calibration to a model's log-odds (n,), labels (n,) and row weights (n,).

    Raises
    ------
    ValueError
        All labels are equal.

    """
    if kind == "line":
        return LogitLine.fit(total, label, weight, prior_slope=1.0)
    if kind == "beta":
        return BetaCurve.fit(total, label, weight)
    return VennAbers.fit(total, label, weight)


def choose_calibration(
    total: np.ndarray,
    label: np.ndarray,
    weight: np.ndarray | None,
    cluster_folds: np.ndarray,
    kind: Literal["auto"] | Kind = "auto",
) -> Chosen:
    """Return the plainest calibration within one standard error of the best, or the one that is asked for.

    Parameters
    ----------
    total
        Log-odds (n,) of rows that the model did not learn from: the latest matured ones.
    label, weight
        0/1 (n,), and what each row counts (n,), or None for equally.
    cluster_folds
        Fold of each row's account, int (n,). Each candidate is fitted on the other folds and judged on this one;
        the standard error is that of the paired difference of the folds' mean losses.
    kind
        ``auto``, or the kind to take whatever it loses; all losses are reported either way.

    Raises
    ------
    ValueError
        All labels are equal.

    """
    weights = np.ones(len(total)) if weight is None else np.asarray(weight, np.float64)
    y = np.asarray(label, np.float64)
    folds = _usable_folds(y, np.asarray(cluster_folds))
    by_fold = {name: _fold_losses(name, total, y, weights, folds) for name in KINDS}
    sizes = np.array([weights[held].sum() for held in folds])
    losses = {name: _mean(by_fold[name], sizes) for name in KINDS}
    best = min(KINDS, key=lambda name: losses[name]) if folds else KINDS[0]
    errors = {name: _error(by_fold[name] - by_fold[best], sizes) for name in KINDS}
    within = [name for name in KINDS if losses[name] - losses[best] <= errors[name]]
    taken = kind if kind != "auto" else (within[0] if folds else KINDS[0])
    calibration = fit_calibration(taken, total, y, weights)
    return Chosen(calibration, losses, errors, _sentence(taken, best, kind, losses, bool(folds)))


def _usable_folds(label: np.ndarray, fold: np.ndarray) -> list[np.ndarray]:
    """Return the masks of the folds, or none unless there are two and both outcomes remain without each."""
    masks = [fold == number for number in np.unique(fold)]
    both = all(0 < label[~held].sum() < (~held).sum() for held in masks)
    return masks if len(masks) >= 2 and both else []


def _fold_losses(
    kind: Kind, total: np.ndarray, label: np.ndarray, weight: np.ndarray, folds: list[np.ndarray]
) -> np.ndarray:
    losses = []
    for held in folds:
        p = fit_calibration(kind, total[~held], label[~held], weight[~held]).probability(total[held])
        loss = -np.where(label[held] > 0, np.log(p), np.log1p(-p))
        losses.append(float(np.average(loss, weights=weight[held])))
    return np.array(losses)


def _mean(values: np.ndarray, sizes: np.ndarray) -> float:
    return float(np.average(values, weights=sizes)) if len(values) else float("nan")


def _error(difference: np.ndarray, sizes: np.ndarray) -> float:
    """Return the standard error of a mean over folds of unlike size."""
    if len(difference) < 2:
        return float("nan")
    share = sizes / sizes.sum()
    spread = share * (difference - (share * difference).sum())
    return float(np.sqrt((spread**2).sum() * len(share) / (len(share) - 1)))


def _sentence(taken: Kind, best: Kind, asked: str, losses: Mapping[Kind, float], judged: bool) -> str:
    if asked != "auto":
        return f"Calibrated by {_WORDS[taken]}, as asked."
    if not judged:
        return f"Calibrated by {_WORDS[taken]}: too few opportunities to judge the other ways."
    if taken == best:
        return f"Calibrated by {_WORDS[taken]}: it lost least on accounts not seen ({losses[best]:.5f})."
    return (
        f"Calibrated by {_WORDS[taken]}: it lost {losses[taken]:.5f}, within one standard error of "
        f"{_WORDS[best]} ({losses[best]:.5f}), and is plainer."
    )


_WORDS: dict[str, str] = {
    "line": "a line in log-odds",
    "beta": "a beta curve",
    "venn_abers": "Venn-Abers' steps",
}


def horizon_shifts(
    log_odds: np.ndarray,
    rows: Rows,
    known_until: int,
    horizons: tuple[int, ...] | list[int],
    main: int,
    say: Callable[[str], None] = silent,
) -> dict[int, float]:
    """Return what each other horizon adds to the main one's calibrated log-odds, the main one's 0 included.

    Parameters
    ----------
    log_odds
        Calibrated log-odds of the main horizon (n,), of rows that the model did not learn from.
    rows
        Those rows.
    known_until
        Until when outcomes are known, in microseconds.
    horizons, main
        All in microseconds. A horizon is fitted on the rows that have matured for it and the main one: one
        offset for each of the two labels, and what counts is their difference, so that a good or bad stretch of
        time does not pass for a longer horizon. Every lead weighs the same, where
        the rows know their schedule.
    say
        Told in a sentence which horizons no mature rows support; they are not in the answer.

    A longer horizon never gets a smaller shift: every opportunity within 30 days is one within 90.

    """
    shifts = {main: 0.0}
    for horizon in sorted(set(horizons) - {main}):
        label, before = rows.label_at(horizon, known_until), rows.label_at(main, known_until)
        mature = (label >= 0) & (before >= 0)
        weight = rows.weights(mature) if rows.schedule is not None else np.ones(int(mature.sum()))
        why = _unsupported(label[mature], before[mature])
        if why:
            say(f"No probability within {horizon / DAY:g} days: of the rows old enough for it, {why}.")
            continue
        given = np.asarray(log_odds, np.float64)[mature]
        shifts[horizon] = _offset(given, label[mature], weight) - _offset(given, before[mature], weight)
    return in_order(shifts, main)


def _unsupported(label: np.ndarray, main_label: np.ndarray) -> str:
    for found in (label, main_label):
        positives = int((found == 1).sum())
        if positives < FEWEST_POSITIVES:
            return f"{positives} became opportunities; at least {FEWEST_POSITIVES} are needed"
        if positives == len(found):
            return "every one became an opportunity"
    return ""


def _offset(log_odds: np.ndarray, label: np.ndarray, weight: np.ndarray) -> float:
    """Return the constant that, added to log-odds (n,), makes the expected opportunities those seen."""
    seen = float(weight @ label)
    low, high = -60.0, 60.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if float(weight @ expit(log_odds + middle)) < seen else (low, middle)
    return (low + high) / 2


def in_order(shifts: dict[int, float], main: int) -> dict[int, float]:
    """Return the shifts with no longer horizon below a shorter one, from the ``main`` one outwards."""
    ordered = {main: 0.0}
    for way in (sorted(h for h in shifts if h > main), sorted((h for h in shifts if h < main), reverse=True)):
        last = 0.0
        for horizon in way:
            last = max(last, shifts[horizon]) if horizon > main else min(last, shifts[horizon])
            ordered[horizon] = last
    return dict(sorted(ordered.items()))
