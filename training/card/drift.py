"""How far the held-out rows differ from those learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from training.material import Material

#: The usual reading of the population stability index: below the first nothing, above the second a shift.
SLIGHT, SHIFTED = 0.1, 0.25
PARTS = 10
NAMED = 5
_LEAST_SHARE = 1e-3


def stability_index(before: np.ndarray, after: np.ndarray, *, category: bool = False) -> float:
    """Return the population stability index of two samples, (n,) and (m,).

    Numbers are cut at the tenths of ``before``; unknown values are a part of their own.

    >>> stability_index(np.arange(1000.0), np.arange(1000.0))
    0.0
    >>> stability_index(np.arange(1000.0), np.arange(500.0)) > SHIFTED
    True
    """
    known = before[np.isfinite(before)]
    edges = (
        np.unique(known if category else np.quantile(known, np.linspace(0, 1, PARTS + 1)[1:-1]))
        if len(known)
        else np.empty(0)
    )
    shares = []
    for values in (before, after):
        part = np.where(np.isfinite(values), np.searchsorted(edges, values, side="left"), len(edges) + 1)
        share = np.bincount(part, minlength=len(edges) + 2) / max(1, len(values))
        shares.append(np.maximum(share, _LEAST_SHARE))
    first, second = shares
    return float(((second - first) * np.log(second / first)).sum())


def drift(material: Material, model: LeadModel) -> dict[str, Any]:
    """Return the index of the score, and of the features that the model uses and that moved most."""
    train, test = material.matrix[material.parts.train], material.matrix[material.parts.test]
    score = stability_index(model.total(train), model.total(test))
    gains = model.booster.feature_importance("gain")
    moved = [
        {"feature": feature.label, "index": stability_index(train[:, i], test[:, i], category=feature.is_category)}
        for i, feature in enumerate(model.feature_set.features[: model.width])
        if gains[i] > 0
    ]
    moved.sort(key=lambda entry: -float(str(entry["index"])))
    return {"score": score, "features": [entry for entry in moved[:NAMED] if float(str(entry["index"])) > SLIGHT]}


def drift_sentences(found: dict[str, Any]) -> list[str]:
    """Say what :func:`drift` found."""
    index = found["score"]
    what = "moved little" if index < SLIGHT else "moved somewhat" if index < SHIFTED else "clearly moved"
    lines = [
        f"Between training and the held-out period the scores {what} (stability index {index:.2f}; below "
        f"{SLIGHT} is little, above {SHIFTED} a shift)."
    ]
    if found["features"]:
        named = ", ".join(f"{entry['feature']} ({entry['index']:.2f})" for entry in found["features"])
        lines.append(f"Of the features that it uses these moved most: {named}.")
    return lines
