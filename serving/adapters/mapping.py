"""The YAML that says where in a caller's record the facts of a lead stand.

``serving/adapters/mappings/hubspot.yaml`` is the manual: each key is explained there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from models.card.strict import Strict
from serving.adapters.moments import FORMS, zone_of
from serving.adapters.paths import parse_path
from serving.adapters.values import IdType, ValueType
from serving.ledger.facts import id_fault

#: Most records of one body, as many as the batch route takes.
MOST_RECORDS = 300


def _is_path(text: str) -> str:
    parse_path(text)
    return text


def _is_form(text: str) -> str:
    if text in FORMS:
        return text
    if "%" not in text:
        known = ", ".join(FORMS)
        raise ValueError(f"{text!r} is no form of times; known are {known}, or a pattern as %d.%m.%Y %H:%M")
    try:
        datetime.strptime("", text)
    except ValueError as error:
        if "format" not in str(error) or "directive" in str(error) or "stray" in str(error):
            raise ValueError(f"{text!r} is no pattern of times: {error}") from error
    return text


def _is_zone(text: str) -> str:
    zone_of(text)
    return text


def _is_name(text: str) -> str:
    if (fault := id_fault(text)) is not None:
        raise ValueError(f"{text[:60]!r} {fault}")
    return text


def _listed(given: object) -> object:
    return given if isinstance(given, list | tuple) else [given]


def _by_path(given: object) -> object:
    """Let a path stand alone where nothing else is said."""
    return {"path": given} if isinstance(given, str | list) else given


def _as_kind(given: object) -> object:
    """Let a kind stand alone where it is always the same."""
    return {"const": given} if isinstance(given, str) else given


OnePath = Annotated[str, AfterValidator(_is_path)]
Paths = Annotated[tuple[OnePath, ...], BeforeValidator(_listed), Field(min_length=1)]
Form = Annotated[str, AfterValidator(_is_form)]
Forms = Annotated[tuple[Form, ...], BeforeValidator(_listed), Field(min_length=1)]
Zone = Annotated[str, AfterValidator(_is_zone)]
Short = Annotated[str, AfterValidator(_is_name)]


class TimeField(Strict):
    """Where a time stands and how it is written."""

    path: Paths = Field(description="Where it stands; of several the first that is there and not empty.")
    format: Forms = Field(default=("iso",), description="How it is written: iso, date, us, epoch_ms, epoch_s.")
    zone: Zone = Field(default="UTC", description="Of times that name no offset.")


class IdField(Strict):
    """Where an id stands."""

    path: Paths = Field(description="Where it stands; of several the first that is there and not empty.")
    type: IdType = Field(default="text", description="How it is read.")
    prefix: str = Field(default="", max_length=40, description="Put before it.")


class ValueField(Strict):
    """Where a value stands, or what it always is."""

    path: Paths | None = Field(default=None, description="Where it stands.")
    const: str | int | float | None = Field(default=None, description="What it always is.")
    type: ValueType = Field(default="text", description="How it is read.")
    values: dict[str, str] | None = Field(default=None, description="Other words for some values.")
    default: str | None = Field(default=None, description="What an empty value stands for.")

    @model_validator(mode="after")
    def _one_of_two(self) -> ValueField:
        if (self.path is None) == (self.const is None):
            raise ValueError("say either path or const")
        return self


class AttributeField(ValueField):
    """An attribute of the lead or of its account."""

    entity: Literal["lead", "account"] = Field(default="lead", description="Whose attribute it is.")


class KindField(Strict):
    """The kind of an event: always the same, or read from the record and translated."""

    const: Short | None = Field(default=None, description="Always this kind.")
    path: Paths | None = Field(default=None, description="Where the caller's word for it stands.")
    values: dict[str, Short] = Field(default_factory=dict, description="Kind for each of the caller's words.")

    @model_validator(mode="after")
    def _one_of_two(self) -> KindField:
        if (self.path is None) == (self.const is None):
            raise ValueError("name the kind, or say where it stands under path")
        if self.path is not None and not self.values:
            raise ValueError("a kind with a path needs values: the caller's words and what each is here")
        return self


Times = Annotated[TimeField, BeforeValidator(_by_path)]
Ids = Annotated[IdField, BeforeValidator(_by_path)]
Values = Annotated[ValueField, BeforeValidator(_by_path)]


class EventRule(Strict):
    """Events that a record tells of: one for each item of a list, or one of the record itself."""

    each: OnePath | None = Field(default=None, description="The list; paths below are then inside its items.")
    kind: Annotated[KindField, BeforeValidator(_as_kind)] = Field(description="What happened.")
    at: Times = Field(description="When it happened.")
    known_at: Times | None = Field(default=None, description="When it could first be known, if not at once.")
    event_id: Ids | None = Field(default=None, description="What tells it from all other events.")
    value: Values | None = Field(default=None, description="How much, a number.")
    channel: Values | None = Field(default=None, description="By which channel it came.")
    campaign: Values | None = Field(default=None, description="The campaign that it belonged to.")


class Boxed(Strict):
    """How a caller wraps values: ``{"value": ..., "versions": [{"value": ..., "timestamp": ...}]}``."""

    value: Short = Field(description="The key of the value itself.")
    versions: Short | None = Field(default=None, description="The key of the list of earlier and present values.")
    known_at: Short | None = Field(default=None, description="The key of the time from which a value was known.")
    format: Forms = Field(default=("iso",), description="How that time is written.")


class Mapping(Strict):
    """A caller's records, read as facts of leads."""

    version: Literal[1] = Field(description="Of this format: 1.")
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="In the path: POST /v1/mapped/NAME.")
    title: str = Field(default="", max_length=200, description="For people.")
    remember: bool = Field(default=True, description="Whether the facts are kept where there is a ledger.")
    records: OnePath | None = Field(default=None, description="The list of records; without it a body is one.")
    most: int = Field(default=MOST_RECORDS, ge=1, le=MOST_RECORDS, description="Most records of one body.")
    organization_id: Short | None = Field(default=None, description="Salesforce: whom to listen to alone.")
    boxed: Boxed | None = Field(default=None, description="How values are wrapped into objects.")
    lead_id: Ids = Field(description="What tells the lead from all others.")
    created_at: Times = Field(description="When the lead was created.")
    as_of: Times | None = Field(default=None, description="When the record was as it is; it is scored as of then.")
    account_id: Ids | None = Field(default=None, description="What tells its company from all others.")
    attributes: dict[Short, Annotated[AttributeField, BeforeValidator(_by_path)]] = Field(
        default_factory=dict, description="Attributes by the model's names."
    )
    events: tuple[EventRule, ...] = Field(default=(), description="What the record says of things that happened.")

    def all_paths(self) -> list[tuple[str | int, ...]]:
        """Return every path from the record inwards that this mapping looks at."""
        fields: list[Any] = [self.lead_id, self.created_at, self.as_of, self.account_id, *self.attributes.values()]
        for rule in self.events:
            if rule.each is not None:
                fields.append(IdField(path=(rule.each,)))
            else:
                fields += [rule.kind, rule.at, rule.known_at, rule.event_id]
                fields += [rule.value, rule.channel, rule.campaign]
        return [parse_path(path) for each in fields if each is not None for path in each.path or ()]

    def kinds(self) -> set[str]:
        """Return every kind of event that records can tell of."""
        named = {rule.kind.const for rule in self.events if rule.kind.const is not None}
        return named | {kind for rule in self.events for kind in rule.kind.values.values()}
