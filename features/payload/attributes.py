"""The attributes of a request: plain values, or versions with the moment from which each was known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from features.errors import PayloadError, did_you_mean
from features.numbers import parse_number
from features.payload.values import (
    LONGEST_VALUE,
    kind_of,
    read_number,
    read_object,
    read_text,
    required_moment,
)

if TYPE_CHECKING:
    from features.language import Entity
    from features.payload.lead_facts import Version, Vocabulary

#: Most versions of one attribute: more is a mistake or an attack.
MOST_VERSIONS = 500

VERSION_KEYS = ("value", "known_at")


def read_attributes(
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
        raise PayloadError(field, f"expected an object, got {kind_of(value)}")
    for name, given in value.items():
        key = _attribute_key(name, field, entity, vocabulary)
        place = f"{field}.{name}"
        if key in into:
            raise PayloadError(place, "is given twice, in attributes and account_attributes")
        # Known since the lead was created, as the import does it.
        into[key] = read_versions(given, place, vocabulary.attributes[key], created_at, now)
        if not isinstance(given, list):
            plain.add(key)
    return plain


def _attribute_key(name: str, field: str, entity: Entity, vocabulary: Vocabulary) -> tuple[Entity, str]:
    # A caller need not know whose attribute it is, unless lead and account both have one of that name.
    key = vocabulary.owner_of(entity, name)
    if key in vocabulary.attributes:
        return key
    if entity == "account" and ("lead", name) in vocabulary.attributes:
        raise PayloadError(f"{field}.{name}", "is an attribute of leads", hint="it belongs in attributes")
    hint = did_you_mean(name, {known for _, known in vocabulary.attributes})
    raise PayloadError(f"{field}.{name}", "is no attribute of this model", hint=hint)


def read_versions(
    given: object, place: str, kind: Literal["number", "category"], since: int, now: int
) -> list[Version]:
    """Return an attribute's versions by time; a plain value has no history, and counts as known from ``since`` on.

    Raises
    ------
    PayloadError
        A value is of the wrong type, or two versions are known at one moment.

    """
    if not isinstance(given, list):
        return [(since, _value(given, place, kind))]
    if len(given) > MOST_VERSIONS:
        raise PayloadError(place, f"has {len(given):,} versions; at most {MOST_VERSIONS} are read")
    found = []
    for i, item in enumerate(given):
        version = read_object(item, f"{place}[{i}]", VERSION_KEYS)
        known_at = required_moment(version, "known_at", f"{place}[{i}].", now)
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
        read_number(value, field)
        text = str(value)
    else:
        text = read_text(value, field).strip()
        if len(text) > LONGEST_VALUE:
            raise PayloadError(field, f"is longer than {LONGEST_VALUE:,} characters")
    if text and kind == "number" and math.isnan(parse_number(text)):
        raise PayloadError(field, f"{text[:40]!r} is not a number")
    return text or None
