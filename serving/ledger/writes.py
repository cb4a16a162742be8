"""What can be asked of the ledger's writer, one class a kind of write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from serving.ledger.errors import LedgerRefused
from serving.ledger.facts import fault_of, text_fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.ledger.facts import Fact

_LONGEST_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class Input:
    """What was scored: canonical JSON and its digest, and the ids of the other people that it tells of."""

    digest: str
    body: bytes
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What recomputes one score.

    ``features`` is :func:`pack_features`, ``answer`` the JSON that was answered, ``software`` what made it
    (:func:`serving.software.this_software`).
    """

    receipt_id: str
    lead_id: str
    scored_at: int
    as_of: int
    status: str
    model_version: str
    model_digest: str
    answer: str | None
    input: Input | None = None
    features: bytes | None = None
    card_version: str | None = None
    card_digest: str | None = None
    caller: str = ""
    request_id: str = ""
    software: str | None = None


@dataclass(frozen=True, slots=True)
class ShadowScore:
    """What a challenger would have answered in a receipt's place."""

    receipt_id: str
    model_version: str
    probability: float
    grade: str
    points: float | None
    scored_at: int


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """Add facts; the result is a status for each, in their order."""

    items: Sequence[Fact]
    caller: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class RecordReceipts:
    """Add receipts with their inputs; a receipt that is there already stays as it is. The result is None."""

    receipts: Sequence[Receipt]


@dataclass(frozen=True, slots=True)
class RecordShadow:
    """Add shadow scores; one that is there already stays as it is. The result is None."""

    scores: Sequence[ShadowScore]


@dataclass(frozen=True, slots=True)
class AddKey:
    """Add an API key, of which only the hash is kept. The result tells whether ``key_id`` was new."""

    key_id: str
    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    created_at: int
    per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """Revoke an API key. The result tells whether there was such a key, not revoked before."""

    key_id: str
    revoked_at: int


@dataclass(frozen=True, slots=True)
class Forget:
    """Erase a person. The result is a :class:`Forgotten`."""

    lead_id: str
    forgotten_at: int


@dataclass(frozen=True, slots=True)
class Prune:
    """Delete features and inputs of the receipts with these ``seqs``, scored before ``before``.

    An input that a younger receipt needs stays. The result is a :class:`Pruned`.
    """

    seqs: Sequence[int]
    before: int


@dataclass(frozen=True, slots=True)
class TryWriting:
    """Write something that leaves nothing behind, to see whether that can be done. The result is None."""


Write: TypeAlias = RecordFacts | RecordReceipts | RecordShadow | AddKey | RevokeKey | Forget | Prune | TryWriting


@dataclass(frozen=True)
class Forgotten:
    """What went when a person was forgotten, in rows.

    ``receipts`` are those of the person, now without features and answer; ``receipts_of_others`` those of
    colleagues whose input told of the person and is gone, so that they can no longer be computed again.
    ``log_held``: somebody who reads the ledger holds SQLite's log, and in it what was erased.
    """

    facts: dict[str, int] = field(default_factory=dict)
    inputs: int = 0
    receipts: int = 0
    receipts_of_others: int = 0
    log_held: bool = False


@dataclass(frozen=True)
class Pruned:
    """How many receipts lost their features, and how many inputs were deleted."""

    receipts: int = 0
    inputs: int = 0

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(self.receipts + other.receipts, self.inputs + other.inputs)


def pack_features(features: np.ndarray) -> bytes:
    """Return one row of features as little-endian float64, NaN where missing."""
    return np.ascontiguousarray(features, "<f8").tobytes()


def unpack_features(packed: bytes) -> np.ndarray:
    """Return the row that :func:`pack_features` wrote, the same to the last bit."""
    return np.frombuffer(packed, "<f8")


def check_write(write: Write) -> None:
    """Refuse, before it waits in the queue, what no database could keep.

    Raises
    ------
    LedgerRefused
        ``field`` says where: ``items[3].value``.

    """
    match write:
        case RecordFacts():
            _check_facts(write)
        case RecordReceipts():
            for i, receipt in enumerate(write.receipts):
                _check_texts(f"receipts[{i}].", receipt, _RECEIPT_TEXTS)
                if receipt.input is not None:
                    for person in receipt.input.people:
                        _refuse(f"receipts[{i}].people", text_fault(person))
        case RecordShadow():
            for i, score in enumerate(write.scores):
                _check_texts(f"scores[{i}].", score, ("receipt_id", "model_version", "grade"))
        case AddKey():
            _check_texts("", write, ("key_id", "name", "secret_hash"))
        case Forget() if write.lead_id == "":
            raise LedgerRefused("lead_id", "is empty")


_RECEIPT_TEXTS = ("receipt_id", "lead_id", "status", "model_version", "answer", "caller", "request_id")


def _check_facts(write: RecordFacts) -> None:
    for i, fact in enumerate(write.items):
        if (found := fault_of(fact)) is not None:
            name, why = found
            raise LedgerRefused(f"items[{i}].{name}", why)
    _refuse("caller", text_fault(write.caller))


def _check_texts(where: str, holder: object, names: tuple[str, ...]) -> None:
    for name in names:
        if (text := getattr(holder, name)) is not None:
            _refuse(f"{where}{name}", text_fault(text, _LONGEST_TEXT))


def _refuse(where: str, why: str | None) -> None:
    if why is not None:
        raise LedgerRefused(where, why)
