"""From contributions to plain sentences: what was seen, and what it added on the card's own scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.scorer import START_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.language import Feature
    from models.lead_model import LeadModel

#: No sentence is longer: CRM text fields cut or refuse what is.
LONGEST = 160
MOST_REASONS = 5


@dataclass(frozen=True)
class Reason:
    """One feature group's part in a score; ``log_odds`` and ``points`` say the same on two scales."""

    group: str
    sentence: str
    log_odds: float
    points: float


def reasons_for(
    model: LeadModel, row: np.ndarray, contributions: np.ndarray, most: int = MOST_REASONS
) -> list[Reason]:
    """Return the groups that moved one lead's score most, strongest first.

    ``row`` (f,) holds the lead's features, ``contributions`` (f,) what each added in log-odds. A group speaks
    through that one of its features which did most in the group's own direction. Groups whose part rounds
    to no point are left out.
    """
    features = model.feature_set.features
    totals = np.bincount(model.group_of, weights=contributions, minlength=len(model.groups))
    points = (totals * model.scale.points_per_log_odds).tolist()
    parts = contributions.tolist()
    found = []
    for number in sorted(range(len(points)), key=lambda group: -abs(points[group]))[:most]:
        if round(abs(points[number])) == 0:
            break
        loudest = _loudest(model.group_members[number], parts, points[number])
        if loudest == model.width:  # the trees began from the card, whose points follow their features
            seen = f"{START_GROUP}: {model.points(row[None, :])[0]:.0f}"
        else:
            seen = f"{features[loudest].label}: {describe(features[loudest], row[loudest])}"
        sentence = _sentence(seen, points[number])
        found.append(Reason(model.groups[number], sentence, float(totals[number]), float(points[number])))
    return found


def _loudest(members: Sequence[int], parts: Sequence[float], direction: float) -> int:
    """Return the feature that did most in the direction of its group, the first of equals."""
    return (max if direction > 0 else min)(members, key=parts.__getitem__)


def _sentence(seen: str, points: float) -> str:
    size = f"{points:+.0f} point{'' if round(abs(points)) == 1 else 's'}".replace("-", "−")
    ending = f" ({size})"
    room = LONGEST - len(ending)
    if len(seen) > room:
        seen = seen[: room - 1] + "…"
    return seen[0].upper() + seen[1:] + ending


def describe(feature: Feature, value: float) -> str:
    """Return a feature's value as people read it: "not known", a category's text, or a number with its unit."""
    if value != value:  # noqa: PLR0124 - not a number is not itself, and this is asked often
        return "not known"
    if feature.is_category:
        return feature.levels[int(value)]
    if feature.unit == "yes or no":
        return "yes" if value else "no"
    number = f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:.1f}"
    return f"{number} days" if feature.unit == "days" else number
