"""The agreed card as people read it, with what the duel said of it, and the model beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.facts.clock import DAY, parse_moment
from models.card.words import condition_words

if TYPE_CHECKING:
    from models.card.card import PointCard
    from serving.pages.papers import Papers
    from serving.pages.site import Site

_AXES = {"fit": "Fit: what a lead is", "engagement": "Engagement: what people did"}


def gather(site: Site, *, is_admin: bool) -> dict[str, Any]:
    """Return the page's content; figures of the service itself are for admins."""
    model, papers = site.desk.champion.model, site.papers()
    card = None if model.card is None else model.card.card
    # What was said of another card is nothing about this one.
    verdicts = papers.rules if card is not None and papers.judged == card.label else {}
    return {
        "card": card,
        "axes": [] if card is None else _axes(card, verdicts),
        "has_verdicts": bool(verdicts),
        "duel": _duel(papers),
        "horizon": model.horizon / DAY,
        "trained_at": parse_moment(model.manifest.trained_at),
        "cuts": list(zip("ABC", model.scale.cuts, strict=True)),
        "groups": model.groups,
        "has_model_card": bool(papers.model_card),
        "counts": site.ledger.counts() if is_admin else None,
        "place": site.ledger.place if is_admin else "",
    }


def _axes(card: PointCard, verdicts: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "heading": _AXES[name],
            "cap": axis.cap,
            "rules": [
                {
                    "name": rule.name,
                    "points": rule.points,
                    "each": rule.each,
                    "says": condition_words(rule),
                    "verdict": verdicts.get(rule.name),
                }
                for rule in axis.rules
            ],
        }
        for name, axis in card.axes.items()
        if axis.rules
    ]


def _duel(papers: Papers) -> list[str]:
    """Return what the duel said, in its own sentences."""
    said = [papers.duel.get("sentence", ""), *papers.duel.get("sentences", [])]
    return list(dict.fromkeys(one for one in said if isinstance(one, str) and one))[:6]
