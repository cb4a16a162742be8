"""What the readers of told facts have in common: ids, the moment of knowing, and what the model does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.errors import PayloadError
from features.payload.values import kind_of, read_id, read_moment, read_object
from serving.ledger import fault_of
from serving.ledger.facts import id_fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.ledger import Fact


@dataclass(frozen=True, slots=True)
class Told:
    """The facts of one item; ``unknown`` names what of it the model in service cannot use."""

    facts: Sequence[Fact]
    unknown: tuple[str, ...] = ()


def read_item(item: object, what: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return an item with none but these keys; ``what`` says what it is: "event"."""
    if not isinstance(item, dict):
        raise PayloadError(what, f"expected an object, got {kind_of(item)}")
    return read_object(item, "lead", keys)


def required_id(item: dict[str, Any], key: str) -> str:
    """Return an id that must be there."""
    found = optional_id(item, key)
    if found is None:
        raise PayloadError(key, "is missing")
    return found


def optional_id(item: dict[str, Any], key: str) -> str | None:
    """Return an id, None where it is missing, null or empty."""
    found = "" if item.get(key) is None else read_id(item, key, "")
    if found and (fault := id_fault(found)) is not None:
        raise PayloadError(key, fault)
    return found or None


def known_from(item: dict[str, Any], now: int) -> int:
    """Return when an item was known: what does not say so was known when it arrived.

    Never earlier: a score of yesterday must not change by what was told today.
    """
    return now if item.get("known_at") is None else read_moment(item["known_at"], "known_at", now)


def check_fact(fact: Fact, fields: dict[str, str] | None = None) -> None:
    """Refuse what no database could keep; ``fields`` gives the item's key for a field of the fact.

    Raises
    ------
    PayloadError
        A text holds what cannot be kept, an id is too long, a time is none.

    """
    if (fault := fault_of(fact)) is not None:
        name, why = fault
        raise PayloadError((fields or {}).get(name, name), why)
