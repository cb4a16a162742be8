"""A lead as it is told of: who it is, of which account, and attributes of both with the moment of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.errors import PayloadError
from features.payload.attributes import read_versions
from features.payload.values import kind_of, required_moment
from serving.facts_in.told import Told, check_fact, known_from, optional_id, read_item, required_id
from serving.ledger import AttributeFact, LeadFact

if TYPE_CHECKING:
    from features.language import Entity
    from features.payload import Version, Vocabulary

LEAD_KEYS = ("lead_id", "created_at", "account_id", "attributes", "account_attributes", "known_at")


@dataclass(frozen=True, slots=True)
class ToldLead:
    """A lead as told; ``says_account`` False where ``account_id`` was left out, and stays what it was."""

    lead_id: str
    created_at: int
    known_at: int
    account_id: str | None
    says_account: bool
    versions: dict[tuple[Entity, str], list[Version]]


def read_told_lead(item: object, vocabulary: Vocabulary, now: int) -> ToldLead:
    """Read one lead; a plain attribute is known as of the lead's ``known_at``.

    Raises
    ------
    PayloadError
        A key is unknown, missing or of the wrong type, or a time lies in the future.

    """
    lead = read_item(item, "lead", LEAD_KEYS)
    lead_id = required_id(lead, "lead_id")
    created_at, known_at = required_moment(lead, "created_at", "", now), known_from(lead, now)
    if known_at < created_at:
        raise PayloadError("known_at", "is before the lead was created")
    account_id = optional_id(lead, "account_id")
    versions: dict[tuple[Entity, str], list[Version]] = {}
    for key, entity in (("attributes", "lead"), ("account_attributes", "account")):
        _read_attributes(lead.get(key), key, entity, vocabulary, (known_at, now), versions)  # type: ignore[arg-type]
    return ToldLead(lead_id, created_at, known_at, account_id, "account_id" in lead, versions)


def _read_attributes(
    given: object,
    field: str,
    entity: Entity,
    vocabulary: Vocabulary,
    moments: tuple[int, int],
    into: dict[tuple[Entity, str], list[Version]],
) -> None:
    if given is None:
        return
    if not isinstance(given, dict):
        raise PayloadError(field, f"expected an object, got {kind_of(given)}")
    for name, value in given.items():
        kind = vocabulary.attributes.get(vocabulary.owner_of(entity, name), "category")
        into[entity, name] = read_versions(value, f"{field}.{name}", kind, *moments)


def facts_of(lead: ToldLead, account_id: str | None, vocabulary: Vocabulary) -> Told:
    """Return a told lead as facts; ``account_id`` is the account that it is of.

    Raises
    ------
    PayloadError
        Attributes of an account are told, and the account is not known; or a text cannot be kept.

    """
    own = LeadFact(lead.lead_id, account_id, lead.created_at, lead.known_at, says_account=lead.says_account)
    check_fact(own)
    facts: list[LeadFact | AttributeFact] = [own]
    unknown = []
    for (entity, name), versions in lead.versions.items():
        field = f"{'attributes' if entity == 'lead' else 'account_attributes'}.{name}"
        owner = vocabulary.owner_of(entity, name)
        if owner not in vocabulary.attributes:
            unknown.append(field)
        if owner[0] == "account" and entity == "account" and account_id is None:
            raise PayloadError("account_id", "is missing, although account_attributes are told", hint=_WHOSE)
        if owner[0] == "account" and account_id is None:
            # Kept as it was told: read for scoring, it counts as its account's, also where there is none.
            owner = entity, name
        elif owner in lead.versions and owner != (entity, name):
            raise PayloadError(field, "is given twice, in attributes and account_attributes")
        for known_at, value in versions:
            entity_id = lead.lead_id if owner[0] == "lead" else str(account_id)
            fact = AttributeFact(owner[0], entity_id, name, value, known_at)
            check_fact(fact, {"name": field, "value": field, "entity_id": f"{owner[0]}_id", "known_at": field})
            facts.append(fact)
    return Told(facts, tuple(unknown))


_WHOSE = "tell account_id with them: they are the account's"
