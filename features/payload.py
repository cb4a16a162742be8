"""One lead as a scoring request tells it, read strictly: a doubt is an error that names the field."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from features.errors import PayloadError, did_you_mean
from features.facts.clock import MINUTE, format_moment, parse_moment
from features.numbers import parse_number

if TYPE_CHECKING:
    from features.language import Entity

#: Longest id of a lead or colleague, in characters.
LONGEST_ID = 200
#: Longest text of an attribute, in characters, and most versions of one: more is a mistake or an attack.
LONGEST_VALUE = 1_000
MOST_VERSIONS = 500
#: How far ahead of our clock a caller's clock may run.
CLOCK_SKEW = 5 * MINUTE

_LEAD_KEYS = (
    *("lead_id", "created_at", "as_of", "attributes", "account_attributes", "events"),
    *("colleagues", "account_opportunities"),
)
_EVENT_KEYS = ("kind", "at", "known_at", "value", "event_id", "channel", "campaign")
_COLLEAGUE_KEYS = ("lead_id", "created_at", "events", "attributes")
_DEAL_KEYS = ("opportunity_id", "created_at", "closed_at", "won")
_VERSION_KEYS = ("value", "known_at")

#: (at, kind, known_at, value, channel, campaign); value NaN where there is none.
Event = tuple[int, str, int, float, str | None, str | None]
#: (known_at, text), None for an empty value.
Version = tuple[int, str | None]
#: (created_at, closed_at, won) of an opportunity.
Deal = tuple[int, int | None, bool | None]


@dataclass(frozen=True)
class Vocabulary:
    """What a model knows by name: its data's event kinds, and attributes with their entity and type.

    ``observed_from`` gives, per kind, the first moment from which the training data observed it.
    """

    kinds: tuple[str, ...]
    observed_from: dict[str, int]
    attributes: dict[tuple[Entity, str], Literal["number", "category"]]

    @cached_property
    def places(self) -> dict[str, int]:
        """The number of each kind."""
        return {kind: i for i, kind in enumerate(self.kinds)}


@dataclass(frozen=True)
class Colleague:
    """Another lead of the same account: when it was created, what it did, and its own attributes by name."""

    created_at: int
    events: list[Event]
    versions: dict[str, list[Version]] = field(default_factory=dict)


@dataclass(frozen=True)
class LeadFacts:
    """What a request says of one lead; times in microseconds since 1970 UTC.

    ``colleagues`` holds the account's other leads, or None where nothing is known of an account; ``deals`` its
    earlier opportunities in the same way. ``untracked`` names attributes that came as a plain value: how often
    they changed is unknown.
    """

    lead_id: str
    created_at: int
    as_of: int
    events: list[Event]
    versions: dict[tuple[Entity, str], list[Version]] = field(default_factory=dict)
    colleagues: list[Colleague] | None = None
    deals: list[Deal] | None = None
    untracked: frozenset[tuple[Entity, str]] = frozenset()


def read_lead(payload: object, vocabulary: Vocabulary, now: int) -> LeadFacts:
    """Read one lead from decoded JSON.

    ``now`` is the service's clock in microseconds; without ``as_of`` the lead is seen as of now.

    Raises
    ------
    PayloadError
        A key is unknown, missing or of the wrong type, a number is not finite, a time lies in the future, or
        an attribute or event kind is one that the model has never seen. ``field`` names the key.

    """
    lead = _object(payload, "lead", _LEAD_KEYS)
    as_of = _moment(lead["as_of"], "as_of", now) if lead.get("as_of") is not None else now
    created_at = _required_moment(lead, "created_at", "", now)
    if created_at >= as_of:
        raise PayloadError("created_at", f"{format_moment(created_at)} is not before as_of {format_moment(as_of)}")
    versions: dict[tuple[Entity, str], list[Version]] = {}
    plain: set[tuple[Entity, str]] = set()
    for key, entity in (("attributes", "lead"), ("account_attributes", "account")):
        plain |= _read_attributes(lead.get(key), key, entity, vocabulary, created_at, now, versions)  # type: ignore[arg-type]
    return LeadFacts(
        lead_id=_id(lead, "lead_id", ""),
        created_at=created_at,
        as_of=as_of,
        events=_events(lead.get("events"), "events", vocabulary, now),
        versions=versions,
        colleagues=_colleagues(lead.get("colleagues"), _id(lead, "lead_id", ""), vocabulary, now),
        deals=_deals(lead.get("account_opportunities"), now),
        untracked=frozenset(plain),
    )


def _object(value: object, field: str, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PayloadError(field, f"expected an object, got {_kind_of(value)}")
    for key in value:
        if key not in keys:
            path = key if field == "lead" else f"{field}.{key}"
            raise PayloadError(path, "no such field", hint=did_you_mean(str(key), keys))
    return value


def _list(value: object, field: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise PayloadError(field, f"expected a list, got {_kind_of(value)}")
    return value


def _kind_of(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise PayloadError(field, f"expected text, got {_kind_of(value)}")
    return value


def _moment(value: object, field: str, now: int) -> int:
    if not isinstance(value, str):
        raise PayloadError(field, f"expected a time as text, got {_kind_of(value)}")
    try:
        moment = parse_moment(value)
    except (ValueError, OverflowError):
        raise PayloadError(field, f"{value[:40]!r} is not an ISO 8601 time") from None
    if moment < 0:
        raise PayloadError(field, f"{value[:40]!r} lies before 1970")
    if moment > now + CLOCK_SKEW:
        raise PayloadError(field, f"{value!r} lies in the future; it is now {format_moment(now)}")
    return min(moment, now)


def _required_moment(holder: dict[str, Any], key: str, prefix: str, now: int) -> int:
    if holder.get(key) is None:
        raise PayloadError(f"{prefix}{key}", "is missing; expected an ISO 8601 time")
    return _moment(holder[key], f"{prefix}{key}", now)


def _number(value: object, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PayloadError(field, f"expected a number, got {_kind_of(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise PayloadError(field, f"expected a finite number, got {value}")
    return number


def _events(value: object, field: str, vocabulary: Vocabulary, now: int) -> list[Event]:
    seen: dict[str, int] = {}
    found = []
    for i, item in enumerate(_list(value, field)):
        place = f"{field}[{i}]"
        event = _object(item, place, _EVENT_KEYS)
        found.append(_event(event, place, vocabulary, now))
        event_id = event.get("event_id")
        if event_id is not None and seen.setdefault(_text(event_id, f"{place}.event_id"), i) != i:
            raise PayloadError(f"{place}.event_id", f"{event_id!r} repeats {field}[{seen[event_id]}]")
    return found


def _event(event: dict[str, Any], place: str, vocabulary: Vocabulary, now: int) -> Event:
    kind = _text(event.get("kind"), f"{place}.kind")
    channel, campaign = (_label(event, key, place) for key in ("channel", "campaign"))
    if kind not in vocabulary.places:
        hint = did_you_mean(kind, vocabulary.kinds)
        raise PayloadError(f"{place}.kind", f"{kind[:60]!r} is no event kind of this model", hint=hint)
    at = _required_moment(event, "at", f"{place}.", now)
    known_at = at if event.get("known_at") is None else _moment(event["known_at"], f"{place}.known_at", now)
    if known_at < at:
        raise PayloadError(f"{place}.known_at", "is before the event's own time")
    value = event.get("value")
    number = math.nan if value is None else _number(value, f"{place}.value")
    return at, kind, known_at, number, channel, campaign


def _label(event: dict[str, Any], key: str, place: str) -> str | None:
    given = event.get(key)
    if given is None or given == "":
        return None
    text = _text(given, f"{place}.{key}")
    if len(text) > LONGEST_VALUE:
        raise PayloadError(f"{place}.{key}", f"is longer than {LONGEST_VALUE:,} characters")
    return text


def _id(holder: dict[str, Any], key: str, prefix: str) -> str:
    text = _text(holder.get(key, ""), f"{prefix}{key}")
    if len(text) > LONGEST_ID:
        raise PayloadError(f"{prefix}{key}", f"is longer than {LONGEST_ID} characters")
    return text


def _colleagues(value: object, lead_id: str, vocabulary: Vocabulary, now: int) -> list[Colleague] | None:
    if value is None:
        return None
    seen = {lead_id: "the lead itself"}
    found = []
    for i, item in enumerate(_list(value, "colleagues")):
        place = f"colleagues[{i}]"
        colleague = _object(item, place, _COLLEAGUE_KEYS)
        other = _id(colleague, "lead_id", f"{place}.")
        if other and seen.setdefault(other, place) != place:
            raise PayloadError(f"{place}.lead_id", f"{other!r} is {seen[other]}: its events would count twice")
        created_at = _required_moment(colleague, "created_at", f"{place}.", now)
        events = _events(colleague.get("events"), f"{place}.events", vocabulary, now)
        versions: dict[tuple[Entity, str], list[Version]] = {}
        field = f"{place}.attributes"
        _read_attributes(colleague.get("attributes"), field, "lead", vocabulary, created_at, now, versions)
        for entity, name in versions:
            if entity == "account":
                hint = "it belongs in account_attributes"
                raise PayloadError(f"{field}.{name}", "is an attribute of the account", hint=hint)
        own = {name: texts for (_, name), texts in versions.items()}
        found.append((other, Colleague(created_at, events, own)))
    # The dataset's order, so that sums over colleagues agree with it to the last bit.
    found.sort(key=lambda named: (named[0], named[1].created_at))
    return [colleague for _, colleague in found]


def _deals(value: object, now: int) -> list[Deal] | None:
    if value is None:
        return None
    seen: dict[str, int] = {}
    found = []
    for i, item in enumerate(_list(value, "account_opportunities")):
        place = f"account_opportunities[{i}]"
        deal = _object(item, place, _DEAL_KEYS)
        opportunity_id = _id(deal, "opportunity_id", f"{place}.")
        if opportunity_id and seen.setdefault(opportunity_id, i) != i:
            earlier = f"account_opportunities[{seen[opportunity_id]}]"
            raise PayloadError(f"{place}.opportunity_id", f"{opportunity_id!r} repeats {earlier}")
        created_at = _required_moment(deal, "created_at", f"{place}.", now)
        closed_at = (
            None if deal.get("closed_at") is None else _moment(deal["closed_at"], f"{place}.closed_at", now)
        )
        if closed_at is not None and closed_at < created_at:
            raise PayloadError(f"{place}.closed_at", "is before the opportunity was created")
        won = deal.get("won")
        if won is not None and not isinstance(won, bool):
            raise PayloadError(f"{place}.won", f"expected true or false, got {_kind_of(won)}")
        if won and closed_at is None:
            raise PayloadError(f"{place}.closed_at", "is missing, although won is true: since when is it won?")
        found.append((created_at, closed_at, won))
    return found


def _read_attributes(
    value: object,
    field: str,
    entity: Entity,
    vocabulary: Vocabulary,
    created_at: int,
    now: int,
    into: dict[tuple[Entity, str], list[Version]],
) -> set[tuple[Entity, str]]:
    """Read attributes into ``into``; return those that came as a plain value, without versions."""
    plain: set[tuple[Entity, str]] = set()
    if value is None:
        return plain
    if not isinstance(value, dict):
        raise PayloadError(field, f"expected an object, got {_kind_of(value)}")
    for name, given in value.items():
        key = _attribute_key(name, field, entity, vocabulary)
        place = f"{field}.{name}"
        if key in into:
            raise PayloadError(place, "is given twice, in attributes and account_attributes")
        into[key] = _versions(given, place, vocabulary.attributes[key], created_at, now)
        if not isinstance(given, list):
            plain.add(key)
    return plain


def _attribute_key(name: str, field: str, entity: Entity, vocabulary: Vocabulary) -> tuple[Entity, str]:
    # A caller need not know whose attribute it is, unless lead and account both have one of that name.
    if (entity, name) in vocabulary.attributes:
        return entity, name
    if entity == "lead" and ("account", name) in vocabulary.attributes:
        return "account", name
    if entity == "account" and ("lead", name) in vocabulary.attributes:
        raise PayloadError(f"{field}.{name}", "is an attribute of leads", hint="it belongs in attributes")
    hint = did_you_mean(name, {known for _, known in vocabulary.attributes})
    raise PayloadError(f"{field}.{name}", "is no attribute of this model", hint=hint)


def _versions(
    given: object, place: str, kind: Literal["number", "category"], created_at: int, now: int
) -> list[Version]:
    # A plain value has no history: it counts as known since the lead was created, as the import does it.
    if not isinstance(given, list):
        return [(created_at, _value(given, place, kind))]
    if len(given) > MOST_VERSIONS:
        raise PayloadError(place, f"has {len(given):,} versions; at most {MOST_VERSIONS} are read")
    found = []
    for i, item in enumerate(given):
        version = _object(item, f"{place}[{i}]", _VERSION_KEYS)
        known_at = _required_moment(version, "known_at", f"{place}[{i}].", now)
        found.append((known_at, _value(version.get("value"), f"{place}[{i}].value", kind)))
    found.sort(key=lambda pair: pair[0])
    if len({known_at for known_at, _ in found}) < len(found):
        raise PayloadError(place, "two versions are known at the same time; which one holds?")
    return found


def _value(value: object, field: str, kind: Literal["number", "category"]) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, int | float):
        _number(value, field)
        text = str(value)
    else:
        text = _text(value, field).strip()
        if len(text) > LONGEST_VALUE:
            raise PayloadError(field, f"is longer than {LONGEST_VALUE:,} characters")
    if text and kind == "number" and math.isnan(parse_number(text)):
        raise PayloadError(field, f"{text[:40]!r} is not a number")
    return text or None
