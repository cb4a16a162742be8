"""Where the time of an explained score goes, inside the process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import orjson

from features.history import History
from features.payload import read_lead
from models.answer import answer_row, lead_row
from serving.front.body import parse_json
from serving.ledger import canonical_input, input_digest
from serving.settings import now

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.lead_model import LeadModel

TIMES = 2_000


def parts_of_a_score(model: LeadModel, body: bytes) -> dict[str, float]:
    """Return the median microseconds of each step, done in sequence as a request does them."""
    told = parse_json(body)
    facts = read_lead(told, model.vocabulary, now())
    row = lead_row(model, facts)
    answer = answer_row(model, row, facts.lead_id, facts.as_of)
    steps: dict[str, Callable[[], object]] = {
        "JSON, strictly": lambda: parse_json(body),
        "reading the lead": lambda: read_lead(told, model.vocabulary, now()),
        "laying out its history": lambda: History.of_lead(facts, model.vocabulary),
        "history and features": lambda: lead_row(model, facts),
        "prediction, reasons, card, interval": lambda: answer_row(model, row, facts.lead_id, facts.as_of),
        "receipt's input and digest": lambda: input_digest(canonical_input(facts)),
        "writing the answer": lambda: orjson.dumps(answer),
    }
    found: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(TIMES):
        for name, step in steps.items():
            since = time.perf_counter()
            step()
            found[name].append(time.perf_counter() - since)
    return {name: float(np.median(times)) * 1e6 for name, times in found.items()}
