"""What trees are shown: rows with labels, weights and starting log-odds, made from the rows of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from training.weights import training_weights

if TYPE_CHECKING:
    from training.material import Material
    from training.spec import TrainingSpec


@dataclass(frozen=True)
class Examples:
    """What is learnt from or stopped on, each field (k,).

    ``row`` int64 numbers the training's rows, and may name one several times; ``label`` is 0 or 1, ``weight`` how
    much an example counts, ``offset`` the log-odds that it starts from, or None.
    """

    row: np.ndarray
    label: np.ndarray
    weight: np.ndarray
    offset: np.ndarray | None


class Lesson(Protocol):
    """Examples for one fit: those to ``learn`` from, and those to ``stop`` on where the rounds are to be found."""

    @property
    def learn(self) -> Examples:
        """What the trees learn from."""

    @property
    def stop(self) -> Examples | None:
        """What early stopping looks at."""

    def log_odds(self, score: np.ndarray) -> np.ndarray:
        """Return log-odds of an opportunity within the horizon, (n,), from raw scores with offsets added, (n,)."""


class Lessons(Protocol):
    """Makes lessons of masks over the rows; ``learnable``, bool (n,), marks the rows that may be learnt from."""

    @property
    def learnable(self) -> np.ndarray:
        """Rows that may be learnt from, bool (n,)."""

    def teach(self, learn: np.ndarray, held: np.ndarray | None = None) -> Lesson:
        """Return what is shown of the rows ``learn``, stopped on the rows ``held``, both bool (n,)."""


@dataclass(frozen=True)
class MatureLesson:
    """Each row once; the raw score is the log-odds."""

    learn: Examples
    stop: Examples | None

    def log_odds(self, score: np.ndarray) -> np.ndarray:
        """Return the score itself."""
        return score


@dataclass(frozen=True)
class MatureLessons:
    """Rows whose horizon has passed, with what became of them: positive or not. ``offset`` (n,) is of all rows."""

    material: Material
    spec: TrainingSpec
    offset: np.ndarray | None = None

    @property
    def learnable(self) -> np.ndarray:
        """The training rows."""
        return self.material.parts.train

    def teach(self, learn: np.ndarray, held: np.ndarray | None = None) -> MatureLesson:
        """Return each row with its label."""
        return MatureLesson(self._examples(learn), None if held is None else self._examples(held))

    def _examples(self, chosen: np.ndarray) -> Examples:
        return Examples(
            np.flatnonzero(chosen),
            self.material.rows.label[chosen],
            training_weights(self.material, self.spec, chosen),
            None if self.offset is None else self.offset[chosen],
        )
