"""What a model makes of the things that a card's rules read, in points, and what it uses that no rule reads."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm

from features.language import AttributeMatch, AttributeValue, Behaviour
from features.language.attributes import AttributeChange, ColleagueAttribute, FilledShare
from features.language.behaviour import Touch
from features.language.rowwise import Derived
from models.scorer import START_GROUP
from training.comparison import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.language import Feature
    from models.lead_model import LeadModel
    from training.rules.rows import RuleRows

#: Groups that no rule reads are named up to so many, and if they move a lead by so many points on average.
MOST_LACKING, LEAST_POINTS = 5, 0.5
_WORD = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Lacking:
    """A group that the model uses and no rule reads: how many points it moves a lead on average, and its share."""

    group: str
    points: float
    share: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class ModelView:
    """What a model adds for each row: ``values`` float64 (n, features) in log-odds, of its ``features``."""

    features: tuple[Feature, ...]
    values: np.ndarray

    @classmethod
    def of(cls, model: LeadModel, matrix: np.ndarray) -> ModelView:
        """Compute a model's contributions for rows, matrix (n, model's features).

        Where its trees began from a card, what they start with is shared out among that card's rules by their
        points: it is as much what the model makes of a thing as what the trees add. Caps take nothing away here.
        """
        found = model.feature_contributions(matrix)
        own = [i for i, name in enumerate(found.groups) if name != START_GROUP]
        features, values = tuple(model.feature_set.features[: model.width]), found.values[:, own]
        if model.start is None or model.card is None:
            return cls(features, values)
        points = model.card.rule_points(matrix[:, model.card_columns])
        begun = np.delete(found.values, own, axis=1)
        per_point = _per_point(begun[:, 0], model.points(matrix))
        bound = [i for i, feature in enumerate(model.card.rule_features) if feature is not None]
        read = tuple(feature for feature in model.card.rule_features if feature is not None)
        return cls((*features, *read), np.column_stack([values, points[:, bound] * per_point[:, None]]))


def _per_point(contribution: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return the log-odds of a point in each row (n,); where it has none, those of the other rows on average."""
    some = total != 0
    if not some.any():
        return np.zeros(len(total))
    each = np.divide(contribution, total, out=np.zeros(len(total)), where=some)
    return np.where(some, each, each[some].mean())


def model_worth(rows: RuleRows, view: ModelView, scale: float) -> list[Estimate | None]:
    """Return each rule's worth in points by a model on the same n rows, or None where it reads no such thing.

    That is the mean difference of the contributions of all features that read the same attribute or kind between
    leads that meet the rule and those that do not. Where several rules read what these features read, as two
    rules on titles do, each is told apart from the others by least squares, and of a rule that repeats it is the
    worth of one event. ``scale`` is the log-odds of a point. The intervals are of 95 %, over accounts.
    """
    read = feature_things(view.features)
    wanted = [_things_of(feature) for feature in rows.card.rule_features]
    found: list[Estimate | None] = []
    for number, things in enumerate(wanted):
        shared = [i for i, other in enumerate(read) if things & other]
        if not shared or not rows.testable[number]:
            found.append(None)
            continue
        touched = set().union(*(read[i] for i in shared))
        beside = [j for j, other in enumerate(wanted) if j != number and other & touched and rows.testable[j]]
        found.append(_slope(rows, [number, *beside], view.values[:, shared].sum(axis=1) / scale))
    return found


def lacking(rows: RuleRows, view: ModelView, scale: float) -> list[Lacking]:
    """Return the model's groups of which no feature reads what a rule reads, strongest first."""
    read = feature_things(view.features)
    covered = set().union(*(_things_of(feature) for feature in rows.card.rule_features))
    groups: dict[str, list[int]] = {}
    for place, feature in enumerate(view.features):
        groups.setdefault(feature.group, []).append(place)
    size = {
        group: float(np.average(np.abs(view.values[:, own].sum(axis=1)), weights=rows.weight)) / scale
        for group, own in groups.items()
    }
    whole = sum(size.values())
    found = [
        Lacking(group, size[group], size[group] / whole)
        for group, own in groups.items()
        if size[group] >= LEAST_POINTS and not any(read[i] & covered for i in own)
    ]
    return sorted(found, key=lambda one: -one.points)[:MOST_LACKING]


def feature_things(features: Sequence[Feature]) -> list[frozenset[str]]:
    """Return what each feature reads: attributes as lead.title, events as lead:webinar (colleagues:, account:)."""
    read: dict[str, frozenset[str]] = {}
    for feature in features:
        if isinstance(feature.source, Derived):
            names = _WORD.findall(feature.source.expression)
            read[feature.name] = frozenset().union(*(read.get(name, frozenset()) for name in names))
        else:
            read[feature.name] = _things_of(feature)
    return [read[feature.name] for feature in features]


def _things_of(feature: Feature | None) -> frozenset[str]:
    source = None if feature is None else feature.source
    if isinstance(source, AttributeValue | AttributeMatch | AttributeChange):
        return frozenset({f"{source.entity}.{source.attribute}"})
    if isinstance(source, ColleagueAttribute):
        return frozenset({f"colleagues.{source.attribute}"})
    if isinstance(source, FilledShare):
        return frozenset()  # of many attributes at once: a thing of its own
    if isinstance(source, Behaviour):
        return frozenset(f"{source.scope}:{kind}" for kind in source.kinds)
    if isinstance(source, Touch):
        return frozenset(f"lead:{kind}" for kind in source.kinds)
    return frozenset()


def _slope(rows: RuleRows, rules: list[int], contribution: np.ndarray) -> Estimate:
    """Return by how much one unit of the first rule raises a contribution (n,), the other rules held."""
    design = np.column_stack([np.ones(len(rows)), rows.units[:, rules]])
    weighed = design * rows.weight[:, None]
    inverse = np.linalg.pinv(weighed.T @ design)
    beta = inverse @ (weighed.T @ contribution)
    score = np.zeros((rows.accounts, design.shape[1]))
    np.add.at(score, rows.account, weighed * (contribution - design @ beta)[:, None])
    error = float(np.sqrt((inverse @ score.T @ score @ inverse)[1, 1]))
    reach = float(norm.isf(0.025)) * error
    return Estimate(float(beta[1]), float(beta[1]) - reach, float(beta[1]) + reach)
