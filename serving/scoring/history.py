"""A lead's scores, by the moments that they are of, latest first, and what moved each from the one before."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from features.facts.clock import format_moment
from serving.ledger import unpack_features

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.ledger import Ledger, StoredReceipt
    from serving.scoring.champion import Champion

#: What of an answer a history shows.
SHOWN = ("probability", "score", "grade", "points", "points_grade")
_NOTHING = "there is no earlier score"
_NO_FEATURES = "the features of one of both were deleted by retention"


@dataclass(frozen=True, slots=True)
class Page:
    """Scores as JSON-ready values; before ``next_before`` (microseconds) begins the next page, None at the end."""

    scores: list[dict[str, Any]]
    next_before: int | None


def read_history(ledger: Ledger, champion: Champion, lead_id: str, limit: int, before: int | None) -> Page:
    """Return a lead's latest scores as of before a moment (microseconds).

    A page ends between two moments, since ``before`` could not divide one. So it holds no more than ``limit``, but
    where more were scored as of a single moment.
    """
    while True:
        found = ledger.receipts_of(lead_id, limit + 1, before)
        size = len(found)
        if size > limit:
            size = sum(receipt.as_of > found[-1].as_of for receipt in found)
        if size or not found:
            break
        limit *= 2
    scores = describe_scores(found[: size + 1], champion)[:size]
    return Page(scores, found[size - 1].as_of if len(found) > size else None)


def describe_scores(receipts: Sequence[StoredReceipt], champion: Champion) -> list[dict[str, Any]]:
    """Return receipts, latest first, each with what changed since the one after it."""
    parts = _contributions(receipts, champion)
    told = [_score(receipt) for receipt in receipts]
    for i, (new, old) in enumerate(pairwise(told)):
        new.update(_trend(new, old))
        new.update(_change(receipts[i], receipts[i + 1], parts, champion))
    if told:
        told[-1].update(trend="first", score_change=None, probability_change=None, changed=None, why=_NOTHING)
    return told


def _score(receipt: StoredReceipt) -> dict[str, Any]:
    answer = {} if receipt.answer is None else orjson.loads(receipt.answer)
    return {
        "receipt_id": receipt.receipt_id,
        "scored_at": format_moment(receipt.scored_at),
        "as_of": format_moment(receipt.as_of),
        "status": receipt.status,
        **{name: answer.get(name) for name in SHOWN},
        "model_version": receipt.model_version,
        "card_version": receipt.card_version,
    }


def _trend(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    if new["probability"] is None or old["probability"] is None:
        return {"trend": "unknown", "score_change": None, "probability_change": None}
    change = new["probability"] - old["probability"]
    return {
        "trend": "up" if change > 0 else "down" if change < 0 else "same",
        "score_change": new["score"] - old["score"],
        "probability_change": change,
    }


def _change(
    new: StoredReceipt, old: StoredReceipt, parts: dict[str, np.ndarray], champion: Champion
) -> dict[str, Any]:
    """Return what each group of features added or took, exactly: together they are the change of the log-odds."""
    for receipt in (new, old):
        if receipt.features is None:
            return {"changed": None, "why": _NO_FEATURES}
        if receipt.receipt_id not in parts:
            version = receipt.model_version
            why = f"model {version} scored one of both, and {champion.model.version} is in service"
            return {"changed": None, "why": why}
    moved = parts[new.receipt_id] - parts[old.receipt_id]
    scale, groups = champion.model.scale.points_per_log_odds, champion.model.groups
    return {
        "changed": [
            {"group": groups[i], "log_odds": float(moved[i]), "points": float(moved[i] * scale)}
            for i in np.argsort(-np.abs(moved), kind="stable")
            if moved[i] != 0
        ],
        "why": "",
    }


def _contributions(receipts: Sequence[StoredReceipt], champion: Champion) -> dict[str, np.ndarray]:
    """Return each group's part, float64 (groups,), by the id of those receipts that the model in service made."""
    rows = {
        receipt.receipt_id: unpack_features(receipt.features)
        for receipt in receipts
        if receipt.features is not None and receipt.model_digest == champion.digest
    }
    if not rows:
        return {}
    values = champion.model.contributions(np.vstack(list(rows.values()))).values
    return dict(zip(rows, values, strict=True))
