"""What a search leaves: its trials, and the configurations that are bagged into the model that is served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from optuna.trial import TrialState

if TYPE_CHECKING:
    from collections.abc import Sequence

    import optuna

#: So many of the best configurations share the places of a bag.
BAGGED = 3
_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True)
class Trial:
    """One finished trial: its ``loss`` over the first ``folds`` folds, and the ``best`` full loss up to it.

    ``pruned`` ones were given up. ``number`` counts finished trials from 1, the defaults' own.
    """

    number: int
    pruned: bool
    loss: float
    folds: int
    seconds: float
    best: float
    parameters: dict[str, float | int]


@dataclass(frozen=True)
class Tuned:
    """What a search found: ``configurations`` that ran through all folds, best first, and every trial in a table.

    ``losses`` are theirs: mean log loss over the folds' test rows, weighted as the training is.
    """

    configurations: list[dict[str, float | int]]
    losses: list[float]
    trials: pd.DataFrame
    default_loss: float

    @property
    def best_loss(self) -> float:
        """The least loss."""
        return self.losses[0]

    def bag(self, size: int, seed: int) -> list[dict[str, float | int]]:
        """Return parameters for :func:`training.trees.grow_trees`: the best configurations by turns, seeds apart.

        A configuration worse than the defaults has no place in it.
        """
        better = [c for c, loss in zip(self.configurations, self.losses, strict=True) if loss <= self.default_loss]
        return bag_of(better[:BAGGED], size, seed)


def bag_of(configurations: Sequence[dict[str, Any]], size: int, seed: int) -> list[dict[str, Any]]:
    """Return ``size`` sets of parameters, the configurations by turns and each with a seed of its own."""
    return [{**configurations[i % len(configurations)], "random_state": seed + i} for i in range(size)]


def finished(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """Return a study's trials that ended by themselves: whole, or given up."""
    return study.get_trials(deepcopy=False, states=_FINISHED)


def trials_of(study: optuna.Study) -> list[Trial]:
    """Return the finished trials in the order of their beginning."""
    found: list[Trial] = []
    best = np.inf
    for number, trial in enumerate(finished(study), start=1):
        steps = trial.intermediate_values
        pruned = trial.state == TrialState.PRUNED
        loss = float(steps[max(steps)])
        best = best if pruned else min(best, loss)
        seconds = 0.0 if trial.duration is None else trial.duration.total_seconds()
        found.append(Trial(number, pruned, loss, len(steps), seconds, best, dict(trial.params)))
    return found


def tuned_of(study: optuna.Study, parameters: Sequence[str]) -> Tuned:
    """Return what a study found; ``parameters`` are the columns of its table beside the figures."""
    trials = trials_of(study)
    through = sorted((trial for trial in trials if not trial.pruned), key=lambda trial: (trial.loss, trial.number))
    frame = pd.DataFrame(
        [
            {
                "trial": trial.number,
                "pruned": trial.pruned,
                "log_loss": trial.loss,
                "folds": trial.folds,
                "seconds": trial.seconds,
                **trial.parameters,
            }
            for trial in trials
        ],
        columns=["trial", "pruned", "log_loss", "folds", "seconds", *parameters],
    )
    return Tuned([t.parameters for t in through], [t.loss for t in through], frame, trials[0].loss)
