"""A card bound to a dataset's attributes and kinds: points by rule for any feature rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ConfigError
from features.language import FeatureSet
from models.card.card import AXES
from models.card.rule_features import rule_feature
from models.card.table import card_totals, points_by_rule, rule_table
from models.scorer import Contributions, grade_letters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from features.language import Entity, Feature
    from models.calibration import LogitLine
    from models.card.card import PointCard
    from models.card.rule import Rule
    from models.card.table import RuleTable

#: Groups of what caps take away.
CAP_GROUPS = ("cap on fit", "cap on engagement", "cap on the total")
#: The cells of the grid: A1 to A4, then B1 to D4.
CELLS = np.array([letter + number for letter in "ABCD" for number in "1234"])


@dataclass(frozen=True)
class CardScorer:
    """A card as a scorer: its total is the points, each rule is a group of contributions.

    ``rule_features`` holds what each rule reads, None where the dataset has nothing of it: such a rule gives no
    points. ``calibration`` turns points into a probability; it is fitted beside a model's, on the same rows, since
    the card itself says nothing of probability.
    """

    card: PointCard
    rule_features: tuple[Feature | None, ...]
    calibration: LogitLine | None = None

    @cached_property
    def name(self) -> str:
        """The card's label."""
        return self.card.label

    @cached_property
    def feature_set(self) -> FeatureSet:
        """The features that the rules read; two rules may share one."""
        return FeatureSet(name=self.card.name, features=()).union(feature for _, feature in self.bound)

    @cached_property
    def bound(self) -> tuple[tuple[Rule, Feature], ...]:
        """The rules that the dataset can speak of, each with what it reads."""
        pairs = zip(self.card.rules, self.rule_features, strict=True)
        return tuple((rule, feature) for rule, feature in pairs if feature is not None)

    @cached_property
    def unbound(self) -> tuple[Rule, ...]:
        """The rules that the dataset has nothing of; they never give points."""
        pairs = zip(self.card.rules, self.rule_features, strict=True)
        return tuple(rule for rule, feature in pairs if feature is None)

    def rule_values(self, matrix: np.ndarray) -> np.ndarray:
        """Return what each rule reads, float64 (n, rules); NaN in the columns of unbound rules."""
        position = {name: i for i, name in enumerate(self.feature_set.names)}
        out = np.full((len(matrix), len(self.rule_features)), np.nan)
        for number, feature in enumerate(self.rule_features):
            if feature is not None:
                out[:, number] = matrix[:, position[feature.name]]
        return out

    def rule_points(self, matrix: np.ndarray) -> np.ndarray:
        """Return the points of each rule, int64 (n, rules), before any cap on an axis or the total."""
        out = np.empty((len(matrix), len(self.rule_features)), np.int64)
        points_by_rule(np.ascontiguousarray(matrix, np.float64), self._table, out)
        return out

    @cached_property
    def _table(self) -> RuleTable:
        return self.table_at({name: i for i, name in enumerate(self.feature_set.names)})

    def axis_points(self, matrix: np.ndarray) -> np.ndarray:
        """Return the points of fit and of engagement, int64 (n, 2), each capped as the card says."""
        return self.axes_of(self.rule_points(matrix))

    def total(self, matrix: np.ndarray) -> np.ndarray:
        """Return the points, float64 (n,), capped as the card says."""
        return self.total_at(np.ascontiguousarray(matrix, np.float64), self._table)

    def table_at(self, position: Mapping[str, int]) -> RuleTable:
        """Return the rules' table for matrices in which each feature has this column."""
        columns = [None if feature is None else position[feature.name] for feature in self.rule_features]
        return rule_table(self.card.rules, columns)

    def total_at(self, matrix: np.ndarray, table: RuleTable) -> np.ndarray:
        """Return :meth:`total` of a matrix, float64 (n, f), whose columns are those of :meth:`table_at`."""
        out = np.empty(len(matrix))
        card_totals(matrix, table, len(self.card.fit.rules), self._caps, out)
        return out

    @cached_property
    def _caps(self) -> np.ndarray:
        caps = (self.card.fit.cap, self.card.engagement.cap, self.card.cap)
        return np.array([np.inf if cap is None else cap for cap in caps], np.float64)

    def total_of(self, rule_points: np.ndarray) -> np.ndarray:
        """Return the total, float64 (n,), of given points by rule (n, rules), with all caps."""
        total = self.axes_of(rule_points).sum(axis=1).astype(np.float64)
        return total if self.card.cap is None else np.minimum(total, self.card.cap)

    def probability(self, matrix: np.ndarray) -> np.ndarray:
        """Return the calibrated probability of a card's total, float64 (n,)."""
        if self.calibration is None:
            raise ValueError(f"card {self.name} is not calibrated: it has points, but no probability")
        return self.calibration.probability(self.total(matrix))

    def contributions(self, matrix: np.ndarray) -> Contributions:
        """Return the points of each rule under its name, and what each cap of the card takes away."""
        points = self.rule_points(matrix)
        axes = self.axes_of(points)
        split = len(self.card.fit.rules)
        cuts = {
            CAP_GROUPS[0]: (self.card.fit.cap, axes[:, 0] - points[:, :split].sum(axis=1)),
            CAP_GROUPS[1]: (self.card.engagement.cap, axes[:, 1] - points[:, split:].sum(axis=1)),
            CAP_GROUPS[2]: (self.card.cap, self.total_of(points) - axes.sum(axis=1)),
        }
        kept = {name: cut for name, (cap, cut) in cuts.items() if cap is not None}
        names = (*(rule.name for rule in self.card.rules), *kept)
        return Contributions(names, np.column_stack([points, *kept.values()]).astype(np.float64), 0.0)

    def grades(self, matrix: np.ndarray) -> np.ndarray:
        """Return the agreed grades (n,)."""
        return self.grades_of(self.rule_points(matrix))

    def grades_of(self, rule_points: np.ndarray) -> np.ndarray:
        """Return the grades (n,) of given points by rule (n, rules)."""
        return grade_letters(self.total_of(rule_points), self.card.grades.as_tuple())

    def cells(self, matrix: np.ndarray) -> np.ndarray:
        """Return the cell of the grid, A1 to D4 (n,).

        Raises
        ------
        ValueError
            The card has no grid.

        """
        return self.cells_of(self.rule_points(matrix))

    def cells_of(self, rule_points: np.ndarray) -> np.ndarray:
        """Return the cell of the grid (n,) of given points by rule (n, rules); ValueError without a grid."""
        if self.card.grid is None:
            raise ValueError(f"card {self.name} has no grid")
        axes = self.axes_of(rule_points)
        fit = _steps(axes[:, 0], self.card.grid.fit.as_tuple())
        engagement = _steps(axes[:, 1], self.card.grid.engagement.as_tuple())
        return CELLS[4 * fit + engagement]

    def axes_of(self, rule_points: np.ndarray) -> np.ndarray:
        """Return the points of fit and of engagement, int64 (n, 2), of given points by rule (n, rules), capped."""
        split = len(self.card.fit.rules)
        found = np.column_stack([rule_points[:, :split].sum(axis=1), rule_points[:, split:].sum(axis=1)])
        for place, axis in enumerate(AXES):
            cap = self.card.axes[axis].cap
            if cap is not None:
                found[:, place] = np.minimum(found[:, place], cap)
        return found

    @property
    def said_unbound(self) -> str | None:
        """A sentence on the rules that the data have nothing of, for people; None where there are none."""
        if not self.unbound:
            return None
        count, names = len(self.unbound), ", ".join(rule.name for rule in self.unbound)
        verbs = (
            "speaks of what these data do not have and gives"
            if count == 1
            else ("speak of what these data do not have and give")
        )
        return f"{count} of {len(self.card.rules)} rules {verbs} no points: {names}"


def _steps(points: np.ndarray, cuts: tuple[int, int, int]) -> np.ndarray:
    """Return 0 to 3 for points (n,): how many of the descending cuts they miss."""
    return (points[:, None] < np.array(cuts)).sum(axis=1)


def bind_card(card: PointCard, attributes: Collection[tuple[Entity, str]], kinds: Collection[str]) -> CardScorer:
    """Find each rule's attribute or event kind among those of a dataset.

    Raises
    ------
    ConfigError
        A rule nearly names something that the dataset has, or could mean two things; or the dataset has nothing
        that any rule speaks of.

    """
    found = _names_of_their_own(
        rule_feature(rule, number, f"card {card.name}, rule {rule.name!r}", attributes, kinds)
        for number, rule in enumerate(card.rules)
    )
    if all(feature is None for feature in found):
        wanted = sorted({str(rule.attribute) if rule.attribute else ", ".join(rule.kinds) for rule in card.rules})
        raise ConfigError(
            f"card {card.name}: the dataset has nothing that any of its {len(found)} rules speaks of "
            f"({', '.join(wanted[:6])}{', ...' if len(wanted) > 6 else ''})",
            hint="leadquality features DATASET --describe lists what it has; write a card for these data",
        )
    return CardScorer(card, found)


def _names_of_their_own(found: Iterable[Feature | None]) -> tuple[Feature | None, ...]:
    """Tell apart what differs by more than a column's name can say, as the kinds a-b and a_b."""
    sources: dict[str, object] = {}
    kept: list[Feature | None] = []
    for number, feature in enumerate(found):
        if feature is not None and sources.setdefault(feature.name, feature.source) != feature.source:
            feature = feature.model_copy(update={"name": f"{feature.name}_rule_{number + 1}"})  # noqa: PLW2901
        kept.append(feature)
    return tuple(kept)
