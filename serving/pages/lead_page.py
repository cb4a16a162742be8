"""One lead: its score, why, what the card says, what happened, who else is there, and what sales said."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import orjson

from features.facts.clock import DAY
from models.answer import answer_row, lead_row
from serving.ledger import from_canonical
from serving.pages.happened import read_events, read_said, read_verdicts
from serving.pages.judging import CHOICES
from serving.pages.pictures.timeline import timeline
from serving.pages.pictures.waterfall import Part, waterfall
from serving.pages.today import called, company_of, owner_of
from serving.scoring.history import describe_scores

if TYPE_CHECKING:
    import numpy as np

    from models.lead_model import LeadModel
    from serving.ledger import StoredReceipt
    from serving.pages.book import Entry
    from serving.pages.site import Site

#: Bars of the waterfall; what is smaller is one bar together.
BARS = 8
MOST_SCORES, MOST_PEOPLE = 100, 12
#: Scores of the history that are written out.
_WRITTEN = 8


def gather(site: Site, entry: Entry, *, may_judge: bool) -> dict[str, Any]:
    """Return the page's content."""
    book, ledger, now = site.book, site.ledger, site.desk.clock()
    history = ledger.receipts_of(entry.lead_id, MOST_SCORES)
    receipt = next((one for one in history if entry.score and one.receipt_id == entry.score.receipt_id), None)
    if receipt is None and entry.score is not None:
        receipt = ledger.receipt(entry.score.receipt_id)
    answer, why_not = explain(site, receipt)
    events = ledger.read(lambda c: read_events(c, (entry.lead_id,)))
    verdicts = ledger.read(lambda c: read_verdicts(c, entry.lead_id))
    account = entry.account_id
    colleagues = [] if account is None else [e for e in book.people_of(account) if e is not entry]
    scores = sorted(
        (one.as_of, told["score"], told["grade"])
        for one in history
        if one.answer is not None and (told := orjson.loads(one.answer))["score"] is not None
    )
    return {
        "entry": entry,
        "name": called(entry),
        "company": company_of(book, entry),
        "owner": owner_of(book, entry),
        "said": ledger.read(lambda c: read_said(c, "lead", entry.lead_id)),
        "company_said": [] if account is None else ledger.read(lambda c: read_said(c, "account", account)),
        "answer": answer,
        "why_not": why_not,
        "receipt": receipt,
        "picture": None if answer is None else _waterfall(answer),
        "timeline": timeline(events, scores, [(v.at, v.verdict) for v in verdicts], entry.created_at, now),
        "n_events": len(events),
        "colleagues": colleagues[:MOST_PEOPLE],
        "n_colleagues": len(colleagues),
        "names": {e.lead_id: called(e) for e in colleagues[:MOST_PEOPLE]},
        "history": _told(site, history)[:_WRITTEN],
        "n_scores": len(history),
        "verdicts": verdicts,
        "choices": CHOICES if may_judge else {},
        "form": secrets.token_urlsafe(12),
        "is_old": receipt is not None and now - receipt.as_of > 2 * DAY,
    }


def explain(site: Site, receipt: StoredReceipt | None) -> tuple[dict[str, Any] | None, str]:
    """Return a receipt's answer with all that explains it, else the answer as it was given, and why.

    The facts that were kept are computed again, so that the page shows what was answered and not another score.
    """
    if receipt is None or receipt.answer is None:
        return None, ""
    champion = site.desk.champion
    flat: dict[str, Any] = orjson.loads(receipt.answer)
    body = None if receipt.input_digest is None else site.ledger.input(receipt.input_digest)
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
    return {**full, **{name: flat[name] for name in ("probability", "score", "grade", "points")}}, ""


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
    return told
