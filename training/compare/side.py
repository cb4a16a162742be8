"""One of the two scorers of a comparison, with its features of the held-out rows and of the open leads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from features.language import FeatureSet
from features.plan import compile_plan
from models.calibration import LogitLine
from models.scorer import Contributions
from training.comparison import Arm
from training.material import bound_card
from training.weights import row_weights

if TYPE_CHECKING:
    from models.card import CardScorer
    from models.lead_model import LeadModel
    from training.compare.ground import Ground
    from training.rows import Rows


@dataclass(frozen=True)
class BaseRate:
    """What is left to beat where there is neither a champion nor a card: the same probability for every lead."""

    rate: float

    @property
    def feature_set(self) -> FeatureSet:
        """It reads nothing."""
        return FeatureSet(name="base_rate", features=())

    def total(self, matrix: np.ndarray) -> np.ndarray:
        """Return 0 for every row, float64 (n,)."""
        return np.zeros(len(matrix))

    def probability(self, matrix: np.ndarray) -> np.ndarray:
        """Return the rate for every row, float64 (n,)."""
        return np.full(len(matrix), self.rate)

    def contributions(self, matrix: np.ndarray) -> Contributions:
        """Return no groups: nothing adds to it."""
        return Contributions((), np.zeros((len(matrix), 0)), 0.0)

    def grades(self, matrix: np.ndarray) -> np.ndarray:
        """Return D for every row (n,)."""
        return np.full(len(matrix), "D")


@dataclass(frozen=True)
class Side:
    """A scorer under the name that tables give it; ``held`` and ``opened`` are its matrices, (rows, features)."""

    label: str
    scorer: LeadModel | CardScorer | BaseRate
    held: np.ndarray
    opened: np.ndarray

    @cached_property
    def arm(self) -> Arm:
        """Its scores and probabilities of the held-out rows."""
        return Arm(self.scorer.total(self.held), self.scorer.probability(self.held))

    @property
    def score(self) -> np.ndarray:
        """What it ranks the held-out rows by, float64 (held,)."""
        return np.asarray(self.arm.score)

    @property
    def probability(self) -> np.ndarray:
        """Its probabilities of the held-out rows, float64 (held,)."""
        return np.asarray(self.arm.probability)

    @cached_property
    def grades(self) -> np.ndarray:
        """Its grades of the open leads (opened,)."""
        return self.scorer.grades(self.opened)


def take_side(
    label: str, scorer: LeadModel | CardScorer | BaseRate, ground: Ground, like: Side | None = None
) -> Side:
    """Compute a scorer's features of all rows at once; those of ``like`` serve where both read the same."""
    if like is not None and like.scorer.feature_set.features == scorer.feature_set.features:
        return Side(label, scorer, like.held, like.opened)
    lead = np.concatenate([ground.held.lead, ground.opened])
    as_of = np.concatenate([ground.held.as_of, np.full(len(ground.opened), ground.now, np.int64)])
    matrix = _matrix(scorer, ground, lead, as_of)
    return Side(label, scorer, matrix[: len(ground.held)], matrix[len(ground.held) :])


def calibrated_card(name: str, ground: Ground) -> CardScorer:
    """Return a card by its name, with a probability for its points from the training rows."""
    card = bound_card(name, ground.profile)
    learn: Rows = ground.learn
    points = card.total(_matrix(card, ground, learn.lead, learn.as_of))
    return replace(card, calibration=LogitLine.fit(points, learn.label, row_weights(learn, ground.spec)))


def _matrix(
    scorer: LeadModel | CardScorer | BaseRate, ground: Ground, lead: np.ndarray, as_of: np.ndarray
) -> np.ndarray:
    if not scorer.feature_set.features:
        return np.zeros((len(lead), 0))
    history = ground.history
    return compile_plan(scorer.feature_set, history.kinds, history.observed_from).run(history, lead, as_of)
