"""One lead as a scoring request tells it, read strictly: a doubt is an error that names the field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.errors import PayloadError, UnscorableError
from features.facts.clock import format_moment
from features.payload.attributes import read_attributes
from features.payload.events import read_events
from features.payload.lead_facts import Colleague, LeadFacts
from features.payload.order import in_order
from features.payload.values import kind_of, read_id, read_list, read_moment, read_object, required_moment

if TYPE_CHECKING:
    from features.language import Entity
    from features.payload.lead_facts import Deal, Version, Vocabulary

LEAD_KEYS = (
    *("lead_id", "created_at", "as_of", "attributes", "account_attributes", "events"),
    *("colleagues", "account_opportunities"),
)
COLLEAGUE_KEYS = ("lead_id", "created_at", "events", "attributes")
DEAL_KEYS = ("opportunity_id", "created_at", "closed_at", "won")


def read_lead(payload: object, vocabulary: Vocabulary, now: int) -> LeadFacts:
    """Read one lead from decoded JSON.

    ``now`` is the service's clock in microseconds; without ``as_of`` the lead is seen as of now.

    Raises
    ------
    PayloadError
        A key is unknown, missing or of the wrong type, a number is not finite, a time lies in the future, or
        an attribute or event kind is one that the model has never seen. ``field`` names the key.

    """
    lead = read_object(payload, "lead", LEAD_KEYS)
    as_of = read_moment(lead["as_of"], "as_of", now) if lead.get("as_of") is not None else now
    lead_id = read_id(lead, "lead_id", "")
    if lead.get("created_at") is None:
        raise UnscorableError("created_at", "is missing; expected an ISO 8601 time")
    created_at = read_moment(lead["created_at"], "created_at", now)
    if created_at >= as_of:
        message = f"{format_moment(created_at)} is not before as_of {format_moment(as_of)}: it was no lead yet"
        raise UnscorableError("created_at", message)
    versions: dict[tuple[Entity, str], list[Version]] = {}
    plain: set[tuple[Entity, str]] = set()
    for key, entity in (("attributes", "lead"), ("account_attributes", "account")):
        plain |= read_attributes(lead.get(key), key, entity, vocabulary, created_at, now, versions)  # type: ignore[arg-type]
    return LeadFacts(
        lead_id=lead_id,
        created_at=created_at,
        as_of=as_of,
        events=in_order(read_events(lead.get("events"), "events", vocabulary, now)),
        versions=versions,
        colleagues=_colleagues(lead.get("colleagues"), lead_id, vocabulary, now),
        deals=_deals(lead.get("account_opportunities"), now),
        untracked=frozenset(plain),
    )


def _colleagues(value: object, lead_id: str, vocabulary: Vocabulary, now: int) -> list[Colleague] | None:
    if value is None:
        return None
    seen = {lead_id: "the lead itself"}
    found = []
    for i, item in enumerate(read_list(value, "colleagues")):
        place = f"colleagues[{i}]"
        colleague = read_object(item, place, COLLEAGUE_KEYS)
        other = read_id(colleague, "lead_id", f"{place}.")
        if other and seen.setdefault(other, place) != place:
            raise PayloadError(f"{place}.lead_id", f"{other!r} is {seen[other]}: its events would count twice")
        created_at = required_moment(colleague, "created_at", f"{place}.", now)
        events = read_events(colleague.get("events"), f"{place}.events", vocabulary, now)
        versions: dict[tuple[Entity, str], list[Version]] = {}
        field = f"{place}.attributes"
        read_attributes(colleague.get("attributes"), field, "lead", vocabulary, created_at, now, versions)
        for entity, name in versions:
            if entity == "account":
                hint = "it belongs in account_attributes"
                raise PayloadError(f"{field}.{name}", "is an attribute of the account", hint=hint)
        own = {name: texts for (_, name), texts in versions.items()}
        found.append((other, Colleague(created_at, in_order(events), own)))
    # The dataset's order, so that sums over colleagues agree with it to the last bit.
    found.sort(key=lambda named: (named[0], named[1].created_at))
    return [colleague for _, colleague in found]


def _deals(value: object, now: int) -> list[Deal] | None:
    if value is None:
        return None
    seen: dict[str, int] = {}
    found = []
    for i, item in enumerate(read_list(value, "account_opportunities")):
        place = f"account_opportunities[{i}]"
        deal = read_object(item, place, DEAL_KEYS)
        opportunity_id = read_id(deal, "opportunity_id", f"{place}.")
        if opportunity_id and seen.setdefault(opportunity_id, i) != i:
            earlier = f"account_opportunities[{seen[opportunity_id]}]"
            raise PayloadError(f"{place}.opportunity_id", f"{opportunity_id!r} repeats {earlier}")
        found.append(read_deal(deal, f"{place}.", now))
    return found


def read_deal(deal: dict[str, Any], prefix: str, now: int) -> Deal:
    """Return one opportunity's creation, end and outcome; ``prefix`` stands before its keys in an error's field.

    Raises
    ------
    PayloadError
        A time or the outcome is of the wrong type, or they contradict one another.

    """
    created_at = required_moment(deal, "created_at", prefix, now)
    closed_at = (
        None if deal.get("closed_at") is None else read_moment(deal["closed_at"], f"{prefix}closed_at", now)
    )
    if closed_at is not None and closed_at < created_at:
        raise PayloadError(f"{prefix}closed_at", "is before the opportunity was created")
    won = deal.get("won")
    if won is not None and not isinstance(won, bool):
        raise PayloadError(f"{prefix}won", f"expected true or false, got {kind_of(won)}")
    if won and closed_at is None:
        raise PayloadError(f"{prefix}closed_at", "is missing, although won is true: since when is it won?")
    return created_at, closed_at, won
