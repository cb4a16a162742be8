"""A trained model as it is kept and served: trees, calibration, features, card and manifest, all text and JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from features.errors import ConfigError
from features.facts.clock import DAY
from features.payload import Vocabulary
from features.plan import Plan, compile_plan
from models.boosted import raw_log_odds, tree_contributions
from models.calibration import Calibration, LogitLine, VennAbersBand, from_log_odds
from models.calibration.bend import carry
from models.model_files import read_parts, write_model
from models.reasons.desk import Desk
from models.scorer import START_GROUP, Contributions, grade_letters
from models.shap import TreeShap, UnsupportedTreesError
from models.similar import Similar, SimilarLeads, find_similar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import lightgbm as lgb

    from features.language import Entity, FeatureSet
    from models.card import CardScorer
    from models.card.table import RuleTable
    from models.manifest import Manifest, Scale
    from models.typical import Typical


@dataclass(frozen=True)
class LeadModel:
    """A scorer made of boosted trees and a calibration, with the card that stands beside it.

    ``feature_set`` starts with the trees' features; those that only the card reads follow. The rest is optional:

    ``horizons`` holds what each horizon (microseconds) adds to the main one's log-odds; ``band`` the interval of
    the probability; ``past`` what became of similar leads; ``typical`` what leads are usually like. With ``start``
    the trees began from the card: the raw total is theirs plus ``start.log_odds(points)``, and what the points
    added is a group of its own, after those of the trees, measured from a lead without points.
    """

    booster: lgb.Booster
    feature_set: FeatureSet
    calibration: Calibration
    scale: Scale
    manifest: Manifest
    card: CardScorer | None = None
    version: str = "unregistered"
    start: LogitLine | None = None
    horizons: Mapping[int, float] = field(default_factory=dict)
    band: VennAbersBand | None = None
    past: SimilarLeads | None = None
    typical: Typical | None = None

    def __post_init__(self) -> None:
        """Refuse trees that began from a card that is not there."""
        if self.start is not None and self.card is None:
            raise ValueError("the trees began from a card, and the model has none")

    @property
    def name(self) -> str:
        """The model's version."""
        return f"model {self.version}"

    @property
    def horizon(self) -> int:
        """Length of the period after ``as_of`` that the probability speaks of, in microseconds."""
        return self.manifest.horizon

    @cached_property
    def width(self) -> int:
        """Number of features that the trees read."""
        return int(self.booster.num_feature())

    @cached_property
    def shap(self) -> TreeShap | None:
        """The trees' explainer, prepared at its first use; None for trees that LightGBM itself must explain."""
        try:
            return TreeShap.of(self.booster)
        except UnsupportedTreesError:
            return None

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Kinds and attributes that a scoring request may name."""
        attributes: dict[tuple[Entity, str], Literal["number", "category"]] = {
            (entry.entity, entry.name): entry.type for entry in self.manifest.attributes
        }
        return Vocabulary(self.manifest.kinds, self.manifest.observed_from, attributes)

    @cached_property
    def plan(self) -> Plan:
        """The compiled features for single leads; batches compile their own for the dataset's kinds."""
        return compile_plan(self.feature_set, self.manifest.kinds, self.manifest.observed_from)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Names of the feature groups, in the order of their first feature."""
        own = dict.fromkeys(f.group for f in self.feature_set.features[: self.width])
        return tuple(own | {START_GROUP: None} if self.start is not None else own)

    @cached_property
    def group_of(self) -> np.ndarray:
        """Number of each contribution's group, int64 (width,); with a start one more, for the agreed points."""
        place = {group: i for i, group in enumerate(self.groups)}
        own = [place[f.group] for f in self.feature_set.features[: self.width]]
        return np.array([*own, place[START_GROUP]] if self.start is not None else own)

    @cached_property
    def group_members(self) -> list[list[int]]:
        """Numbers of each group's features."""
        return [np.flatnonzero(self.group_of == number).tolist() for number in range(len(self.groups))]

    @cached_property
    def desk(self) -> Desk:
        """What its reasons are written and tested with, prepared at their first use."""
        return Desk.of(self)

    @cached_property
    def card_columns(self) -> list[int]:
        """Columns of the matrix that the card reads, in its own order."""
        return [] if self.card is None else [self.feature_set.position(n) for n in self.card.feature_set.names]

    def raw_total(self, matrix: np.ndarray) -> np.ndarray:
        """Return log-odds before calibration, float64 (n,): the trees' and, where they began so, the card's."""
        own = matrix[:, : self.width]
        trees = raw_log_odds(self.booster, own) if self.shap is None else self.shap.raw(own)
        return trees if self.start is None else trees + self.start.log_odds(self.points(matrix))

    def points(self, matrix: np.ndarray) -> np.ndarray:
        """Return the card's points, float64 (n,).

        Raises
        ------
        ValueError
            There is no card.

        """
        if self.card is None or self._card_table is None:
            raise ValueError("this model has no card")
        return self.card.total_at(np.ascontiguousarray(matrix, np.float64), self._card_table)

    @cached_property
    def _card_table(self) -> RuleTable | None:
        position = {name: i for i, name in enumerate(self.feature_set.names)}
        return None if self.card is None else self.card.table_at(position)

    def total(self, matrix: np.ndarray) -> np.ndarray:
        """Return calibrated log-odds, float64 (n,)."""
        return self.calibration.log_odds(self.raw_total(matrix))

    def probability(self, matrix: np.ndarray) -> np.ndarray:
        """Return the probability of an opportunity within the horizon, float64 (n,)."""
        return from_log_odds(self.total(matrix))

    def probability_at(self, matrix: np.ndarray, horizon: int) -> np.ndarray:
        """Return the probability within another horizon (microseconds), float64 (n,).

        Raises
        ------
        ConfigError
            The model was not trained for that horizon.

        """
        return self.within(self.total(matrix), horizon)

    def within(self, total: np.ndarray, horizon: int) -> np.ndarray:
        """Return the probability within a horizon (microseconds) from calibrated log-odds (n,), float64 (n,).

        A longer horizon never has a smaller probability.

        Raises
        ------
        ConfigError
            The model was not trained for that horizon; the message names those that it knows.

        """
        shifts = self.all_horizons
        if horizon not in shifts:
            known = ", ".join(f"{known / DAY:g}" for known in shifts)
            message = f"{self.name}: no probability within {horizon / DAY:g} days; it knows {known} days"
            raise ConfigError(message, hint="train again with this one among horizons")
        return from_log_odds(total + shifts[horizon])

    @cached_property
    def all_horizons(self) -> dict[int, float]:
        """What each horizon adds to the main one's log-odds, in ascending order, the main one's 0 included."""
        return dict(sorted({**self.horizons, self.horizon: 0.0}.items()))

    def interval(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the bounds of the 90 % interval of the probability, both float64 (n,); None without a band.

        The probability itself is never outside it.
        """
        return None if self.band is None else self.bounds(self.raw_total(matrix))

    def bounds(self, raw_total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return :meth:`interval` from raw totals (n,)."""
        if self.band is None:
            raise ValueError("this model has no band")
        low, high = self.band.interval(raw_total)
        probability = from_log_odds(self.calibration.log_odds(raw_total))
        return np.minimum(low, probability), np.maximum(high, probability)

    def similar(self, row: np.ndarray) -> Similar | None:
        """Return how many past leads were like one, row (f,), and what became of them; None without counts."""
        return None if self.past is None else self.similar_to(row, str(self.grades(row[None, :])[0]))

    def similar_to(self, row: np.ndarray, grade: str) -> Similar | None:
        """Return :meth:`similar` where the grade is known already."""
        if self.past is None:
            return None
        segment = None
        if self.past.feature is not None:
            place = self.feature_set.position(self.past.feature)
            value = row[place]
            segment = None if np.isnan(value) else self.feature_set.features[place].levels[int(value)]
        return find_similar(self.past, grade, segment)

    def feature_contributions(self, matrix: np.ndarray) -> Contributions:
        """Return what each feature added in calibrated log-odds, exactly.

        The trees' part is theirs (:mod:`models.shap`, or :func:`tree_contributions` for trees that it does not
        take), carried through the calibration (:mod:`models.calibration.bend`). Where the trees began from the
        card, the agreed points follow as last.
        """
        own = matrix[:, : self.width]
        values, base = tree_contributions(self.booster, own) if self.shap is None else self.shap.contributions(own)
        if self.start is not None:
            points = self.start.log_odds(self.points(matrix)) - self.start.intercept
            values, base = np.column_stack([values, points]), base + self.start.intercept
        # A line needs no total. Next to a step, the sum of contributions could round to the other side of it.
        raw = values[:, 0] if isinstance(self.calibration, LogitLine) else self.raw_total(matrix)
        return Contributions(self._parts, *carry(self.calibration, values, base, raw))

    @cached_property
    def _parts(self) -> tuple[str, ...]:
        """What contributes: the features of the trees and, where they began from it, the card."""
        own = tuple(self.feature_set.names[: self.width])
        return own if self.start is None else (*own, START_GROUP)

    def contributions(self, matrix: np.ndarray) -> Contributions:
        """Return what each feature group added in calibrated log-odds."""
        return self.by_group(self.feature_contributions(matrix))

    def by_group(self, single: Contributions) -> Contributions:
        """Sum the contributions of single features by their group."""
        values = np.zeros((len(single.values), len(self.groups)))
        np.add.at(values.T, self.group_of, single.values.T)
        return Contributions(self.groups, values, single.base)

    def grades(self, matrix: np.ndarray) -> np.ndarray:
        """Return the grade letters (n,)."""
        return grade_letters(self.probability(matrix), self.scale.cuts)

    def score(self, probability: np.ndarray) -> np.ndarray:
        """Return 0-100: the percentage of the reference leads whose probability is lower, int64 (n,)."""
        below = self._quantiles.searchsorted(probability, side="left") / (len(self._quantiles) - 1)
        return np.minimum(np.round(100 * below), 100).astype(np.int64)

    @cached_property
    def _quantiles(self) -> np.ndarray:
        return np.asarray(self.scale.quantiles, np.float64)

    def with_version(self, version: str) -> LeadModel:
        """Return the model under a registered version."""
        return replace(self, version=version)

    def save(self, folder: Path) -> None:
        """Write the model as text and JSON files; no pickle."""
        write_model(self, folder)

    @classmethod
    def load(cls, folder: Path, version: str = "unregistered") -> LeadModel:
        """Read a saved model.

        Raises
        ------
        DatasetError
            A file is missing, damaged, or the parts do not fit one another.

        """
        return cls(**read_parts(folder), version=version)
