"""The facts that the ledger is told, one class a table, and what of their texts and times no database could keep.

They mean what :mod:`features.facts.schema` says; ``known_at`` is when a fact could first have been used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from features.payload import LONGEST_ID, LONGEST_VALUE

if TYPE_CHECKING:
    from features.language import Entity

Verdict: TypeAlias = Literal["accepted", "rejected", "recycled"]
Status: TypeAlias = Literal["accepted", "duplicate", "conflict", "forgotten"]

#: The caller of what was told from a dataset: its ``recorded_at`` is when it was loaded, not when it was known.
LOADED = "ledger load"

#: The first microsecond that a date can no longer name.
_END_OF_TIME = 253_402_300_800_000_000


@dataclass(frozen=True, slots=True)
class LeadFact:
    """A lead as it was known from ``known_at`` on.

    ``says_account`` False: nothing was said of its account, and what is kept is the one last known by then;
    ``account_id`` counts only where the ledger knows none.
    """

    lead_id: str
    account_id: str | None
    created_at: int
    known_at: int
    says_account: bool = True


@dataclass(frozen=True, slots=True)
class AttributeFact:
    """The value of an attribute of a lead or account from ``known_at`` on; None where it became empty."""

    entity: Entity
    entity_id: str
    name: str
    value: str | None
    known_at: int


@dataclass(frozen=True, slots=True)
class EventFact:
    """Something that happened to or was done by a lead."""

    event_id: str
    lead_id: str
    kind: str
    at: int
    known_at: int
    channel: str | None = None
    campaign: str | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class OpportunityFact:
    """An opportunity as it was known from ``known_at`` on."""

    opportunity_id: str
    created_at: int
    known_at: int
    closed_at: int | None = None
    won: bool | None = None
    amount: float | None = None
    lead_id: str | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class VerdictFact:
    """What sales said of a lead."""

    verdict_id: str
    lead_id: str
    at: int
    verdict: Verdict
    reason: str | None = None


Fact: TypeAlias = LeadFact | AttributeFact | EventFact | OpportunityFact | VerdictFact

_IDS = ("lead_id", "account_id", "entity_id", "event_id", "opportunity_id", "verdict_id", "kind", "name")
_TEXTS = ("value", "channel", "campaign", "reason")
_TIMES = ("created_at", "known_at", "at", "closed_at")
_OPTIONAL = ("account_id", "closed_at", "channel", "campaign", "reason", "value", "amount", "won")


def fault_of(fact: Fact) -> tuple[str, str] | None:
    """Return the field at fault and why, None for a fact that can be kept.

    >>> fault_of(LeadFact("L1", None, 5, 5))
    >>> fault_of(LeadFact("L1 ", None, 5, 5))
    ('lead_id', 'begins or ends with white space')
    """
    for name in fact.__slots__:
        value = getattr(fact, name)
        if value is None:
            if name in _OPTIONAL or (name == "lead_id" and isinstance(fact, OpportunityFact)):
                continue
            return name, "is missing"
        if (why := _field_fault(name, value)) is not None:
            return name, why
    return _relation_fault(fact)


def _field_fault(name: str, value: object) -> str | None:
    if name in _TIMES:
        if type(value) is not int:
            return "expected a time in whole microseconds since 1970 UTC"
        return None if 0 <= value < _END_OF_TIME else "lies before 1970 or after 9999"
    if name in _IDS:
        return id_fault(value)
    if name in _TEXTS and isinstance(value, str):
        return text_fault(value)
    if name in {"value", "amount"}:
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return None if number else "expected a finite number"
    return None


def text_fault(value: object, longest: int = LONGEST_VALUE) -> str | None:
    """Return why a text cannot be kept, None if it can."""
    if not isinstance(value, str):
        return "expected text"
    if len(value) > longest:
        return f"is longer than {longest:,} characters"
    if "\0" in value:
        return "holds the character NUL, which PostgreSQL cannot keep"
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return "holds half of a character (a lone surrogate)"
    return None


def id_fault(value: object) -> str | None:
    """Return why a text cannot be an id or a name, None if it can."""
    fault = text_fault(value, LONGEST_ID)
    if fault is not None:
        return fault
    text = str(value)
    if not text:
        return "is empty"
    # An import trims its texts, so that such an id would become another one in a dataset.
    return "begins or ends with white space" if text != text.strip() else None


def _relation_fault(fact: Fact) -> tuple[str, str] | None:  # noqa: PLR0911 - one case a rule
    match fact:
        case AttributeFact() if fact.entity not in {"lead", "account"}:
            return "entity", "is none of lead, account"
        case AttributeFact() if fact.value is not None and not isinstance(fact.value, str):
            return "value", "expected text"
        case EventFact() if isinstance(fact.value, str):
            return "value", "expected a finite number"
        case EventFact() if fact.known_at < fact.at:
            return "known_at", "is before the event's own time"
        case VerdictFact() if fact.verdict not in get_args(Verdict):
            return "verdict", f"is none of {', '.join(get_args(Verdict))}"
        case OpportunityFact():
            return _opportunity_fault(fact)
    return None


def _opportunity_fault(fact: OpportunityFact) -> tuple[str, str] | None:
    if fact.lead_id is None and fact.account_id is None:
        return "lead_id", "neither lead nor account is given"
    if fact.closed_at is not None and fact.closed_at < fact.created_at:
        return "closed_at", "is before the opportunity was created"
    if fact.won is not None and not isinstance(fact.won, bool):
        return "won", "expected true or false"
    if fact.won and fact.closed_at is None:
        return "closed_at", "is missing, although won is true"
    return None
