"""What would have been different, had the version in shadow answered."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from sqlalchemy import func, select

from features.errors import LeadQualityError
from features.facts.clock import DAY
from serving.ledger import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from serving.ledger import Ledger

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
GRADES = ("A", "B", "C", "D")
#: Probabilities closer than this are the same.
_SAME = 1e-12
_CHUNK = 5_000
_PLACES = 6


@dataclass
class Outcomes:
    """Leads whose time is up: how many, how many became opportunities, and each version's losses, summed."""

    leads: int = 0
    became: int = 0
    answered_loss: float = 0.0
    shadow_loss: float = 0.0

    def add(self, answered: float, shadow: float, *, became: bool) -> None:
        """Count a lead."""
        self.leads += 1
        self.became += became
        self.answered_loss += log_loss(answered, became=became)
        self.shadow_loss += log_loss(shadow, became=became)


@dataclass
class Comparison:
    """Receipts that both versions scored: ``grades`` counts (grade answered, grade in shadow)."""

    version: str
    receipts: int
    differences: np.ndarray = field(default_factory=lambda: np.empty(0))
    grades: Counter[tuple[str, str]] = field(default_factory=Counter)
    outcomes: dict[tuple[str, str], Outcomes] = field(default_factory=dict)
    answered_by: Counter[str] = field(default_factory=Counter)

    @property
    def compared(self) -> int:
        """How many receipts both scored."""
        return len(self.differences)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values."""
        n = self.compared
        regraded = sum(count for (answered, shadow), count in self.grades.items() if answered != shadow)
        return {
            "shadow": self.version,
            "answered_by": dict(self.answered_by),
            "receipts": self.receipts,
            "compared": n,
            "other_probability": int((np.abs(self.differences) > _SAME).sum()),
            "other_grade": regraded,
            "difference_quantiles": {
                f"{q:g}": round(float(np.quantile(self.differences, q)), _PLACES) for q in QUANTILES if n
            },
            "grades": [
                {"answered": answered, "shadow": shadow, "receipts": self.grades[answered, shadow]}
                for answered in GRADES
                for shadow in GRADES
                if self.grades[answered, shadow]
            ],
            "outcomes": [
                {
                    "answered": answered,
                    "shadow": shadow,
                    "leads": found.leads,
                    "opportunities": found.became,
                    "log_loss_answered": round(found.answered_loss / found.leads, _PLACES),
                    "log_loss_shadow": round(found.shadow_loss / found.leads, _PLACES),
                }
                for (answered, shadow), found in sorted(self.outcomes.items())
            ],
        }


def log_loss(probability: float, *, became: bool) -> float:
    """Return the loss of a probability, kept finite."""
    right = probability if became else 1 - probability
    return -math.log(max(right, 1e-15))


def compare_shadow(ledger: Ledger, version: str | None, now: int) -> Comparison:
    """Compare what was answered with what a version would have; None takes the only one that scored in shadow.

    Outcomes are of receipts whose horizon is over, each lead once, by its first receipt.

    Raises
    ------
    LeadQualityError
        Nothing was scored in shadow, or by several versions and none is named.

    """
    version = _chosen(ledger, version)
    found = Comparison(version, ledger.counts()["receipts"])
    differences: list[float] = []
    seen: set[str] = set()
    for row in _rows(ledger, version):
        answer = orjson.loads(row.answer)
        if answer["probability"] is None:
            continue
        differences.append(row.probability - answer["probability"])
        pair = (answer["grade"], row.grade)
        found.grades[pair] += 1
        found.answered_by[row.model_version] += 1
        horizon = round(answer["horizon_days"] * DAY)
        if row.as_of + horizon <= now and row.lead_id not in seen:
            seen.add(row.lead_id)
            became = row.opportunity_at is not None and row.opportunity_at < row.as_of + horizon
            own = found.outcomes.setdefault(pair, Outcomes())
            own.add(answer["probability"], row.probability, became=became)
    found.differences = np.array(differences)
    return found


def _chosen(ledger: Ledger, version: str | None) -> str:
    shadow = tables.shadow_scores

    def read(connection: Connection) -> list[str]:
        return [str(name) for (name,) in connection.execute(select(shadow.c.model_version).distinct())]

    known = sorted(ledger.read(read))
    if not known:
        message = f"{ledger.place}: nothing was scored in shadow"
        raise LeadQualityError(message, hint="leadquality serve --shadow VERSION scores beside the champion")
    if version is None and len(known) > 1:
        raise LeadQualityError("several versions scored in shadow", hint=f"--version, one of {', '.join(known)}")
    if version is not None and version not in known:
        raise LeadQualityError(f"version {version} scored nothing in shadow", hint=f"there are {', '.join(known)}")
    return version or known[0]


def _rows(ledger: Ledger, version: str) -> Iterator[Any]:
    """Yield receipts with both scores, and the lead's first opportunity after the moment that was asked of."""
    receipts, shadow, deals = tables.receipts, tables.shadow_scores, tables.opportunity_facts
    first = (
        select(func.min(deals.c.created_at))
        .where(deals.c.lead_id == receipts.c.lead_id, deals.c.created_at >= receipts.c.as_of)
        .scalar_subquery()
    )
    columns = (receipts.c.seq, receipts.c.lead_id, receipts.c.as_of, receipts.c.answer, receipts.c.model_version)
    after = 0
    while True:
        query = (
            select(*columns, shadow.c.probability, shadow.c.grade, first.label("opportunity_at"))
            .join(shadow, shadow.c.receipt_id == receipts.c.receipt_id)
            .where(shadow.c.model_version == version, receipts.c.seq > after, receipts.c.answer.is_not(None))
            .order_by(receipts.c.seq)
            .limit(_CHUNK)
        )
        rows = ledger.read(lambda connection, query=query: connection.execute(query).all())  # type: ignore[misc]
        yield from rows
        if len(rows) < _CHUNK:
            return
        after = rows[-1].seq
