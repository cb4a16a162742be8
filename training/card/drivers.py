"""What drives the score: feature groups by importance, and which way each one's main feature pulls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.reasons import describe
from models.scorer import START_GROUP

if TYPE_CHECKING:
    from features.language import Feature
    from models.lead_model import LeadModel

#: Groups that are drawn, parts of a number's distribution, and levels of a category.
SHOWN, PARTS, LEVELS = 12, 8, 6
UNKNOWN = "not known"


def drivers(model: LeadModel, matrix: np.ndarray, most: int = SHOWN) -> list[dict[str, Any]]:
    """Return the groups that move scores most, strongest first, on rows (n, f).

    ``points`` is the mean absolute contribution of a group, ``share`` its part of all groups' sum. ``curve`` has
    the mean contribution of the whole group, in points, over the values of the ``feature`` of it that does
    most: from low to high in parts of about equal size, or by level with the commonest first.
    """
    single = model.feature_contributions(matrix)
    groups = model.by_group(single)
    scale = model.scale.points_per_log_odds
    size = np.abs(groups.values).mean(axis=0) * scale
    alone = np.abs(single.values).mean(axis=0)
    found = []
    for number in np.argsort(-size, kind="stable")[:most]:
        if size[number] <= 0:
            break
        members = model.group_members[number]
        main = max(members, key=alone.__getitem__)
        label, curve = _curve(model, matrix, main, groups.values[:, number] * scale)
        found.append(
            {
                "group": groups.groups[number],
                "points": float(size[number]),
                "share": float(size[number] / size.sum()),
                "features": len(members),
                "feature": label,
                "ordered": main == model.width or not model.feature_set.features[main].is_category,
                "curve": curve,
            }
        )
    return found


def _curve(
    model: LeadModel, matrix: np.ndarray, main: int, points: np.ndarray
) -> tuple[str, list[dict[str, Any]]]:
    if main == model.width:  # the trees began from the card, whose points follow their features
        values = model.points(matrix)
        return START_GROUP, _by_part(values, points, lambda value: f"{value:.0f}")
    feature = model.feature_set.features[main]
    values = matrix[:, main]
    if feature.is_category:
        return feature.label, _by_level(feature, values, points)
    return feature.label, _by_part(values, points, lambda value: describe(feature, value))


def _by_part(values: np.ndarray, points: np.ndarray, say: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a function
    known = np.isfinite(values)
    parts = []
    if known.any():
        edges = np.unique(np.quantile(values[known], np.linspace(0, 1, PARTS + 1)[1:-1]))
        part = np.searchsorted(edges, values, side="left")
        for number in np.unique(part[known]):
            member = known & (part == number)
            parts.append(_point(say(float(np.median(values[member]))), points[member]))
    return _with_unknown(_merged(parts), points[~known])


def _merged(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put neighbours together that read alike, as two parts around 0 may."""
    found: list[dict[str, Any]] = []
    for part in parts:
        if found and found[-1]["at"] == part["at"]:
            last = found[-1]
            rows = last["rows"] + part["rows"]
            last["points"] = (last["points"] * last["rows"] + part["points"] * part["rows"]) / rows
            last["rows"] = rows
        else:
            found.append(part)
    return found


def _by_level(feature: Feature, values: np.ndarray, points: np.ndarray) -> list[dict[str, Any]]:
    known = np.isfinite(values)
    codes, count = np.unique(values[known], return_counts=True)
    commonest = codes[np.argsort(-count, kind="stable")][:LEVELS]
    parts = [_point(feature.levels[int(code)], points[values == code]) for code in commonest]
    return _with_unknown(parts, points[~known])


def _with_unknown(parts: list[dict[str, Any]], points: np.ndarray) -> list[dict[str, Any]]:
    return [*parts, _point(UNKNOWN, points)] if len(points) else parts


def _point(at: str, points: np.ndarray) -> dict[str, Any]:
    return {"at": at, "points": float(points.mean()), "rows": len(points)}
