"""One lead's answer and the receipt that recomputes it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from features.facts.clock import DAY, format_moment
from models.answer import UNEXPLAINED, answer_row, lead_row
from models.reasons import LONGEST, MOST_REASONS
from serving.ledger import Input, Receipt, canonical_input, input_digest, pack_features

if TYPE_CHECKING:
    from features.payload import LeadFacts
    from models.lead_model import LeadModel
    from serving.scoring.champion import Champion

#: Keys of a full answer that stand behind the flat ones, with what each is where nothing could be scored.
DETAIL_OF_NOTHING: dict[str, Any] = {
    "log_odds": None,
    "base_log_odds": None,
    "points_per_log_odds": None,
    "groups": [],
    "rules": [],
    "horizons": [],
    "similar": "",
    **UNEXPLAINED,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """How a score was asked for: by which key, in which request, when (microseconds), and in which detail."""

    caller: str
    request_id: str
    now: int
    full: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer as JSON-ready values; ``receipt`` is None where nothing was scored or nothing is kept."""

    answer: dict[str, Any]
    receipt: Receipt | None = None


def decide(
    champion: Champion, facts: LeadFacts, asked: Asked, *, people: tuple[str, ...] = (), keep: bool
) -> Decision:
    """Score a lead; with ``keep``, make the receipt. ``people`` are the others that the facts tell of."""
    model = champion.model
    matrix = lead_row(model, facts)
    answer = answer_row(model, matrix, facts.lead_id, facts.as_of, full=asked.full, facts=facts)
    if not keep:
        return Decision(with_receipt(answer, None))
    body = canonical_input(facts)
    digest = input_digest(body)
    receipt_id = receipt_name(digest, facts.as_of, champion.digest)
    answer = with_receipt(answer, receipt_id)
    flat = answer if not asked.full else {k: v for k, v in answer.items() if k not in DETAIL_OF_NOTHING}
    receipt = Receipt(
        receipt_id=receipt_id,
        lead_id=facts.lead_id,
        scored_at=asked.now,
        as_of=facts.as_of,
        status=answer["status"],
        model_version=model.version,
        model_digest=champion.digest,
        answer=orjson.dumps(flat).decode(),
        input=Input(digest, body, people),
        features=pack_features(matrix[0]),
        card_version=answer["card_version"],
        card_digest=champion.card_digest,
        caller=asked.caller,
        request_id=asked.request_id,
        software=champion.software,
    )
    return Decision(answer, receipt)


def receipt_name(digest: str, as_of: int, model_digest: str) -> str:
    """Return the id that equal facts, moment and model have in common: asking again gives the same receipt."""
    whole = hashlib.sha256(f"{digest}\0{as_of}\0{model_digest}".encode()).digest()
    return "r" + base64.b32encode(whole[:15]).decode().lower()


def with_receipt(answer: dict[str, Any], receipt_id: str | None) -> dict[str, Any]:
    """Return the answer with its receipt and what is missing, before the details."""
    if DETAIL_OF_NOTHING.keys().isdisjoint(answer):
        return {**answer, "missing": "", "receipt_id": receipt_id}
    flat = {k: v for k, v in answer.items() if k not in DETAIL_OF_NOTHING}
    detail = {k: v for k, v in answer.items() if k in DETAIL_OF_NOTHING}
    return {**flat, "missing": "", "receipt_id": receipt_id, **detail}


def unscorable(model: LeadModel, lead_id: str, as_of: int, missing: str, why: str, *, full: bool) -> Decision:
    """Return the answer for a lead that cannot be scored: the keys of every answer, and the reason in words."""
    answer: dict[str, Any] = {
        "status": "unscorable",
        "lead_id": lead_id,
        **dict.fromkeys(("probability", "probability_low", "probability_high", "score", "grade")),
        **dict.fromkeys(("points", "points_grade", "agree")),
        **{f"reason_{i + 1}": "" for i in range(MOST_REASONS)},
        "reason_1": why[:LONGEST],
        "model_version": model.version,
        "card_version": None if model.card is None else model.card.name,
        "as_of": format_moment(as_of),
        "horizon_days": model.horizon / DAY,
        "missing": missing,
        "receipt_id": None,
    }
    return Decision(answer | DETAIL_OF_NOTHING if full else answer)
