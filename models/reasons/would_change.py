"""What would raise the score most of what the team can bring about: one more event now, and the lead asked again.

What may be proposed is marked in the catalogue (``within_reach``), by the words of an event kind's name: never an
attribute, never what the lead does of its own accord, never an outcome. The new probability is the model's own for
the facts with that event; it says what went with opportunities before, not what causes them.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.payload import Event, LeadFacts
    from models.lead_model import LeadModel
    from models.reasons.messages import Catalogue

MOST_CHANGES = 3
#: What raises the probability by less, absolutely, is not worth a sentence.
LEAST_GAIN = 0.0005


def within_reach(words: Catalogue, kinds: tuple[str, ...]) -> dict[str, str]:
    """Return the kinds that the team can bring about, each with what one more of it is called.

    >>> from models.reasons.messages import catalogue
    >>> within_reach(catalogue(), ("demo_request", "meeting", "opportunity_meeting", "web_visit"))
    {'meeting': 'a meeting'}
    """
    found = {}
    for kind in kinds:
        parts = re.findall(r"[a-z0-9]+", kind.lower())
        if words.out_of_reach.isdisjoint(parts):
            said = next((words.within_reach[part] for part in parts if part in words.within_reach), None)
            if said is not None:
                found[kind] = said
    return found


def would_change(
    model: LeadModel, facts: LeadFacts, probability: float, row_of: Callable[[LeadModel, LeadFacts], np.ndarray]
) -> list[dict[str, Any]]:
    """Return up to three events that would raise a lead's probability most if they came now, JSON-ready.

    ``row_of`` gives the features (1, f) of facts. Each has its ``kind``, ``sentence`` and new ``probability``.
    """
    words = model.desk.words
    reachable = within_reach(words, model.manifest.kinds)
    if not reachable:
        return []
    rows = np.vstack([row_of(model, _with_one_more(facts, kind)) for kind in reachable])
    # Two kinds of the same name for people are one proposal, the better of them.
    best: dict[str, tuple[float, str]] = {}
    for (kind, said), new in zip(reachable.items(), model.probability(rows).tolist(), strict=True):
        if new - probability >= LEAST_GAIN and new > best.get(said, (0.0, ""))[0]:
            best[said] = (new, kind)
    ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[1][1]))[:MOST_CHANGES]
    return [
        {
            "kind": kind,
            "sentence": words.would_change.format(what=said, new=_percent(new), old=_percent(probability)),
            "probability": new,
        }
        for said, (new, kind) in ranked
    ]


def _with_one_more(facts: LeadFacts, kind: str) -> LeadFacts:
    """Return the facts with an event of a kind just before the lead is looked at."""
    moment = facts.as_of - 1
    event: Event = (moment, kind, moment, math.nan, None, None)
    return replace(facts, events=[*facts.events, event])


def _percent(probability: float) -> str:
    return f"{100 * probability:.1f}"
