"""Where the model must not be used: segments that it is wrong about, or has hardly learnt of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.reliability import MOST_LEVELS, REST, Scored, by_segment, segment_texts
from training.weights import row_weights

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    import pandas as pd

    from models.lead_model import LeadModel
    from training.material import Material
    from training.spec import TrainingSpec

#: Clearly off: the whole interval of seen per one expected lies beyond these.
LEAST, MOST = 2 / 3, 3 / 2
#: Fewer leads with an opportunity than this teach nothing of a segment.
FEWEST = 10
#: Features that the card's pages have a line for, and values that a line names; the rest is counted.
MOST_LINES, MOST_VALUES = 10, 3
_FEW = "Learnt from"
RULE = (
    "A segment is one value of a category that the model reads with at most {levels} values, rare ones together. "
    "The model must not be used where, on the held-out rows, the whole 95 % interval of opportunities seen per "
    "one expected lies below {least:.2f} or above {most:.2f}; nor where fewer than {fewest} leads with an "
    "opportunity were there to learn from. The intervals are not widened for the number of segments: all of one "
    "must lie beyond these bounds, and not only off 1, which is what stands against chance."
)


def places(material: Material, model: LeadModel, spec: TrainingSpec) -> dict[str, Any]:
    """Return the rule, how many segments were ``checked``, and those to ``avoid`` with the reason for each."""
    avoid, checked = [], 0
    for feature, frame, learnt in _segments(material, model, spec):
        for row in frame.to_dict(orient="records"):
            checked += 1
            why = reason(row, learnt.get(str(row["group"]), 0))
            if why:
                avoid.append(
                    {
                        "feature": feature,
                        "value": row["group"],
                        "leads": row["leads"],
                        "opportunities": row["opportunities"],
                        "why": why,
                    }
                )
    rule = RULE.format(levels=MOST_LEVELS, least=LEAST, most=MOST, fewest=FEWEST)
    return {"rule": rule, "checked": checked, "avoid": avoid}


def grouped(avoid: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return segments to avoid as a line for each feature, and how many features and segments are beyond the last.

    Features that the model is wrong about come before those that it has hardly learnt of, and so do their values.

    >>> few = {"feature": "size", "leads": 3, "why": "Learnt from 1 lead with an opportunity."}
    >>> grouped([few | {"value": "S"}, few | {"value": "M"}])["lines"][0]["why"]
    'S: Learnt from 1 lead with an opportunity. M: Learnt from 1 lead with an opportunity.'
    """
    by_feature: dict[str, list[Mapping[str, Any]]] = {}
    for place in sorted(avoid, key=lambda place: str(place["why"]).startswith(_FEW)):
        by_feature.setdefault(place["feature"], []).append(place)
    groups = list(by_feature.items())
    rest = groups[MOST_LINES:]
    return {
        "lines": [_line(feature, found) for feature, found in groups[:MOST_LINES]],
        "more_features": len(rest),
        "more_segments": sum(len(found) for _, found in rest),
    }


def _line(feature: str, found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    shown, more = found[:MOST_VALUES], len(found) - MOST_VALUES
    values = ", ".join(str(place["value"]) for place in shown)
    why = " ".join(f"{place['value']}: {place['why']}" for place in shown) if len(found) > 1 else found[0]["why"]
    if more > 0:
        values, why = f"{values} and {more} more", f"{why} And {more} more."
    return {"feature": feature, "value": values, "leads": sum(place["leads"] for place in found), "why": why}


def reason(row: Mapping[Hashable, Any], learnt: int) -> str:
    """Return in a sentence why a segment, a row of :func:`training.reliability.reliability`, is to be avoided.

    ``learnt`` counts the leads with an opportunity that were there to learn from. Empty where nothing speaks
    against the segment.

    >>> row = {"expected": 0.04, "seen": 0.1, "ratio": 2.5, "ratio_low": 1.6, "ratio_high": 3.5}
    >>> reason(row, 40)
    'Of 100 leads 4.0 are promised and 10.0 were seen: 2.50 per one expected, 1.60 to 3.50.'
    >>> reason(row | {"ratio_low": 1.4}, 40)
    ''
    >>> reason(row | {"ratio_low": 1.4}, 3)
    'Learnt from 3 leads with an opportunity.'
    """
    if row["ratio_low"] > MOST or row["ratio_high"] < LEAST:
        return (
            f"Of 100 leads {100 * row['expected']:.1f} are promised and {100 * row['seen']:.1f} were seen: "
            f"{row['ratio']:.2f} per one expected, {row['ratio_low']:.2f} to {row['ratio_high']:.2f}."
        )
    if learnt < FEWEST:
        return f"{_FEW} {learnt} lead{'' if learnt == 1 else 's'} with an opportunity."
    return ""


def _segments(
    material: Material, model: LeadModel, spec: TrainingSpec
) -> Iterator[tuple[str, pd.DataFrame, dict[str, int]]]:
    """Yield each category's label, how its values held, and the leads with an opportunity learnt from by value."""
    rows, parts = material.rows, material.parts
    test = rows.take(parts.test)
    scored = Scored.of(model.probability(material.matrix[parts.test]), test, row_weights(test, spec))
    won = np.flatnonzero(parts.train & (rows.label == 1))
    for feature in model.feature_set.features[: model.width]:
        if not feature.is_category or not 2 <= len(feature.levels) <= MOST_LEVELS:
            continue
        frame = by_segment(scored, model.feature_set, material.matrix[parts.test], feature.name)
        texts = segment_texts(model.feature_set, material.matrix[won], feature.name)
        if REST in set(frame["group"]):
            texts = np.where(np.isin(texts, frame["group"].to_numpy()), texts, REST)
        pairs = set(zip(texts.tolist(), rows.lead[won].tolist(), strict=True))
        learnt: dict[str, int] = {}
        for text, _ in pairs:
            learnt[text] = learnt.get(text, 0) + 1
        yield feature.label, frame, learnt
