"""What is not known of a lead and moves its score all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.reasons.choose import sentence_of
from models.reasons.reason import MOST_REASONS

if TYPE_CHECKING:
    from models.lead_model import LeadModel

#: Kinds of features of which a missing value means that nobody knows, not that there was nothing.
_UNKNOWN = {
    *("attribute", "category", "says", "whether_or_not", "percent", "filled", "changes", "colleagues_distinct"),
    *("count", "active_days", "active_days_of_people", "campaigns", "people", "whether", "decayed", "trend"),
    *("burst", "sum", "decayed_sum", "age"),
}


def not_known(
    model: LeadModel, row: np.ndarray, contributions: np.ndarray, most: int = MOST_REASONS
) -> list[dict[str, Any]]:
    """Return the groups with missing values that moved a lead's score most by being missing, JSON-ready.

    ``row`` (f,), ``contributions`` (c,). ``points`` are those of the group's missing values alone.
    """
    desk, scale = model.desk, model.scale.points_per_log_odds
    missing = [i for i in np.flatnonzero(np.isnan(row[: model.width])).tolist() if desk.voices[i].kind in _UNKNOWN]
    by_group: dict[int, list[int]] = {}
    for i in missing:
        by_group.setdefault(int(model.group_of[i]), []).append(i)
    sums = {group: float(contributions[members].sum()) * scale for group, members in by_group.items()}
    found = []
    for group in sorted(sums, key=lambda g: -abs(sums[g]))[:most]:
        if round(abs(sums[group])) == 0:
            break
        loudest = max(by_group[group], key=lambda i: abs(contributions[i]))
        sentence = sentence_of(desk.voices[loudest], float("nan"), sums[group])
        found.append({"group": model.groups[group], "sentence": sentence, "points": sums[group]})
    return found
