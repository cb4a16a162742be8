"""Fit every arm at every origin, score the time after it, and measure fold by fold and pooled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import format_moment
from features.facts.publish import silent
from training.arms.fit import fit_arms, starts_from_card
from training.comparison import Arm, Comparison
from training.side_by_side import compare_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from training.backtest.folds import Fold, Folds
    from training.material import Material
    from training.spec import TrainingSpec

#: Resamples for the interval of one fold; the pooled figures have more.
_FOLD_REPLICATES = 200


@dataclass(frozen=True)
class Backtest:
    """What every arm would have said at each origin.

    ``rows`` (m,) are the numbers of the predicted rows, fold after fold, ``fold_of`` (m,) the fold of each and
    ``arms`` their scores by every arm. ``by_fold`` and ``pooled`` compare the arms on them.
    """

    folds: Folds
    rows: np.ndarray
    fold_of: np.ndarray
    arms: Mapping[str, Arm]
    by_fold: tuple[Comparison, ...]
    pooled: Comparison

    def to_dict(self) -> dict[str, Any]:
        """Return plain types for JSON."""
        return {
            "left_out": list(self.folds.left_out),
            "pooled": self.pooled.to_dict(),
            "folds": [
                {
                    "number": fold.number,
                    "known_until": format_moment(fold.parts.test_from),
                    "predicted_until": format_moment(fold.until),
                    "training_rows": int(fold.parts.train.sum()),
                    "comparison": comparison.to_dict(),
                }
                for fold, comparison in zip(self.folds.folds, self.by_fold, strict=True)
            ],
        }


def run_backtest(
    material: Material,
    spec: TrainingSpec,
    folds: Folds,
    configurations: Sequence[Mapping[str, Any]] | None = None,
    step: Callable[[str], None] = silent,
) -> Backtest | None:
    """Return the backtest, or None where no fold can be used.

    ``configurations`` are those of the trees that are served. Features are those of the whole training: what was
    left out of them, and the categories that were kept, was decided with sight of all training rows.
    """
    if not folds.folds:
        return None
    found, from_card = [], starts_from_card(material)
    wanted = len(folds.folds) + len(folds.left_out)
    for fold in folds.folds:
        step(f"backtest: origin {fold.number} of {wanted}, {format_moment(fold.parts.test_from)[:10]}")
        found.append(_score(material, spec, fold, configurations, from_card))
    by_fold = tuple(
        compare_rows(material, spec, fold.parts.test, arms, replicates=_FOLD_REPLICATES)
        for fold, arms in zip(folds.folds, found, strict=True)
    )
    rows = np.concatenate([np.flatnonzero(fold.parts.test) for fold in folds.folds])
    fold_of = np.repeat([fold.number for fold in folds.folds], [int(f.parts.test.sum()) for f in folds.folds])
    pooled = {name: _join([arms[name] for arms in found]) for name in found[0]}
    return Backtest(folds, rows, fold_of, pooled, by_fold, compare_rows(material, spec, rows, pooled))


def _score(
    material: Material,
    spec: TrainingSpec,
    fold: Fold,
    configurations: Sequence[Mapping[str, Any]] | None,
    from_card: bool,
) -> dict[str, Arm]:
    then = replace(material, parts=fold.parts)
    return {arm.name: arm.predict(fold.parts.test) for arm in fit_arms(then, spec, from_card, configurations).arms}


def _join(parts: list[Arm]) -> Arm:
    return Arm(
        np.concatenate([np.asarray(part.score) for part in parts]),
        np.concatenate([np.asarray(part.probability) for part in parts]),
    )
