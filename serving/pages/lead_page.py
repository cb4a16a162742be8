"""One lead: its score, why, what the card says, what happened, who else is there, and what sales said."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import orjson

from features.facts.clock import DAY
from models.answer import answer_row, lead_row
from serving.ledger import from_canonical, reads
from serving.pages.happened import read_events, read_said, read_verdicts, readable
from serving.pages.judging import CHOICES
from serving.pages.pictures.timeline import timeline
from serving.pages.pictures.waterfall import Part, waterfall
from serving.scoring.history import describe_scores

if TYPE_CHECKING:
    import numpy as np
    from sqlalchemy import Connection

    from models.lead_model import LeadModel
    from serving.ledger import StoredReceipt
    from serving.pages.book import Book, Entry
    from serving.pages.happened import Happened, Judged, Said
    from serving.pages.site import Site

#: Bars of the waterfall; what is smaller is one bar together.
BARS = 8
MOST_SCORES, MOST_PEOPLE = 100, 12
#: Scores of the history that are written out.
_WRITTEN = 8
#: What moved the score by fewer points is not named.
_WORTH = 0.5


def gather(site: Site, book: Book, entry: Entry, *, may_judge: bool) -> dict[str, Any]:
    """Return the page's content."""
    now, label, account = site.desk.clock(), entry.label, entry.account_id
    kept = site.ledger.read(lambda connection: _Kept.read(connection, entry))
    answer, why_not = explain(site, kept.receipt, kept.body)
    colleagues = [] if account is None else [e for e in book.people_of(account) if e is not entry]
    scores = sorted(
        (one.as_of, told["score"], told["grade"])
        for one in kept.history
        if one.answer is not None and (told := orjson.loads(one.answer))["score"] is not None
    )
    words = site.desk.champion.model.vocabulary
    decided = [(said.at, said.verdict) for said in kept.verdicts]
    return {
        "entry": entry,
        "name": label.name,
        "company": label.company,
        "owner": label.owner,
        "said": readable(kept.said, words, "lead"),
        "company_said": readable(kept.company_said, words, "account"),
        "answer": answer,
        "why_not": why_not,
        "receipt": kept.receipt,
        "picture": None if answer is None else _waterfall(answer),
        "timeline": timeline(kept.events, scores, decided, entry.created_at, now),
        "colleagues": colleagues[:MOST_PEOPLE],
        "n_colleagues": len(colleagues),
        "since": _since(site, entry, kept),
        "history": _told(site, kept.history),
        "n_scores": len(kept.history),
        "most_scores": MOST_SCORES,
        "verdicts": kept.verdicts,
        "choices": CHOICES if may_judge else {},
        "form": secrets.token_urlsafe(12),
        "is_old": kept.receipt is not None and now - kept.receipt.as_of > 2 * DAY,
    }


@dataclass(frozen=True)
class _Kept:
    """What the ledger holds of a lead at one moment; ``history`` has the newest score first."""

    history: list[StoredReceipt]
    receipt: StoredReceipt | None
    body: bytes | None
    events: list[Happened]
    verdicts: list[Judged]
    said: list[Said]
    company_said: list[Said]

    @classmethod
    def read(cls, connection: Connection, entry: Entry) -> Self:
        score, account = entry.score, entry.account_id
        history = reads.read_receipts_of(connection, entry.lead_id, MOST_SCORES, None)
        # By the moment that a score is of: one of the past that was asked for today is no news.
        history.sort(key=lambda one: (one.as_of, one.scored_at, one.seq), reverse=True)
        receipt = next((one for one in history if score is not None and one.receipt_id == score.receipt_id), None)
        if receipt is None and score is not None:
            receipt = reads.read_receipt(connection, score.receipt_id)
        digest = None if receipt is None else receipt.input_digest
        return cls(
            history,
            receipt,
            None if digest is None else reads.read_input(connection, digest),
            read_events(connection, (entry.lead_id,)),
            read_verdicts(connection, entry.lead_id),
            read_said(connection, "lead", entry.lead_id),
            [] if account is None else read_said(connection, "account", account),
        )


def explain(site: Site, receipt: StoredReceipt | None, body: bytes | None) -> tuple[dict[str, Any] | None, str]:
    """Return a receipt's answer with all that explains it, else the answer as it was given, and why.

    The facts that were kept are computed again for what the answer did not hold: lists, groups, rules.
    """
    if receipt is None or receipt.answer is None:
        return None, ""
    champion = site.desk.champion
    flat: dict[str, Any] = orjson.loads(receipt.answer)
    if receipt.model_digest != champion.digest:
        here = champion.model.version
        return (
            flat,
            f"Model {receipt.model_version} scored this lead, model {here} is in service: score it anew.",
        )
    if body is None:
        return flat, "What this score was made of was deleted by retention: score the lead anew."
    facts = from_canonical(body, receipt.as_of)
    row = lead_row(champion.model, facts)
    full = answer_row(champion.model, row, receipt.lead_id, receipt.as_of, full=True, facts=facts)
    full["card_groups"] = _card_points(champion.model, row[0])
    # What was answered stands as it was; the lists beside it are in the words of today's software.
    return full | flat, ""


def _card_points(model: LeadModel, row: np.ndarray) -> dict[str, int]:
    """Return the card's points by the group of features that is about the same thing; "" for rules of none."""
    if model.card is None:
        return {}
    points = model.card.rule_points(row[None, model.card_columns])[0]
    found = {group: int(points[rules].sum()) for group, rules in model.desk.rules.items()}
    placed = {rule for rules in model.desk.rules.values() for rule in rules}
    rest = [i for i in range(len(points)) if i not in placed]
    return {**found, "": int(points[rest].sum())}


def _waterfall(answer: dict[str, Any]) -> Any:  # noqa: ANN401 - markup
    if "groups" not in answer:
        return None
    card: dict[str, int] = answer["card_groups"]
    groups = [(g["group"], g["points"]) for g in answer["groups"]]
    # A thing that the card gives points for stands there, though it moves the model little.
    weight = {name: max(abs(points), abs(card.get(name, 0))) for name, points in groups}
    shown = sorted(groups, key=lambda g: -weight[g[0]])[:BARS]
    parts = [Part(name, points, card.get(name)) for name, points in sorted(shown, key=lambda g: -abs(g[1]))]
    names = {name for name, _ in shown}
    rest = [(points, card.get(name, 0)) for name, points in groups if name not in names]
    other = sum(given for _, given in rest) + card.get("", 0)
    parts.append(Part(f"{len(rest)} other things", sum(p for p, _ in rest), other if card else None))
    return waterfall(parts, answer["points"])


def _told(site: Site, history: list[StoredReceipt]) -> list[dict[str, Any]]:
    """Return the newest scores with what changed, receipts of what is forgotten left out."""
    kept = [receipt for receipt in history[: _WRITTEN + 1] if receipt.answer is not None]
    told = describe_scores(kept, site.desk.champion)
    for one, receipt in zip(told, kept, strict=True):
        one["at"] = receipt.as_of
    return told[:_WRITTEN]


def _since(site: Site, entry: Entry, kept: _Kept) -> dict[str, Any] | None:
    """Return what changed since the score that the trend is held against, None where there is none."""
    before, score = entry.before, entry.score
    if before is None or score is None or kept.receipt is None:
        return None
    same = (one for one in kept.history if one.model_version == score.version and one.as_of == before[0])
    old = next((one for one in same if one.answer is not None), None)
    if old is None:
        return None
    told = describe_scores([kept.receipt, old], site.desk.champion)[0]
    parts = [(part["group"], part["points"]) for part in told["changed"] or () if abs(part["points"]) >= _WORTH]
    return {
        "at": old.as_of,
        "from": before[1],
        "to": score.score,
        "why": told["why"],
        "parts": parts,
    }
