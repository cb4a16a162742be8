"""The commented YAML in which people declare features, read into small strict models.

``models/feature_sets/manual.yaml`` is the manual of this language: each key is explained there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from features.errors import ConfigError, did_you_mean
from features.facts.clock import SECOND, parse_duration
from features.language.behaviour import ALL_TIME
from features.language.hours import parse_hours
from features.texts import READERS
from features.yaml_files import read_model, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

_MANUAL = "see models/feature_sets/manual.yaml"
_NAME = r"^[a-z][a-z0-9_]*$"


def _span(text: str | float) -> int:
    return ALL_TIME if text == "all" else parse_duration(text, where="feature set")


def _is_window(text: str | float) -> str | float:
    try:
        span = _span(text)
    except ConfigError as error:
        raise ValueError(error.message.removeprefix("feature set: ")) from error
    if span < SECOND:
        raise ValueError("a window is at least one second long")
    return text


def _is_duration(text: str | float) -> str | float:
    if text == "all":
        raise ValueError("expected a duration, as in 14d, not all")
    return _is_window(text)


def _is_star_or_list(given: object) -> object:
    if given == "*" or (isinstance(given, list) and given and all(isinstance(one, str) for one in given)):
        return given
    raise ValueError('expected "*" or a list of names')


Name = Annotated[str, Field(pattern=_NAME)]
Some = Annotated[list[Annotated[str, Field(pattern=r"\S")]], Field(min_length=1)]
Names = Annotated[Literal["*"] | Some, BeforeValidator(_is_star_or_list)]
Windows = list[Annotated[str | float, AfterValidator(_is_window)]]
Durations = list[Annotated[str | float, AfterValidator(_is_duration)]]
Direction = Literal["rises", "falls", "any"]


class Strict(BaseModel):
    """Base of the declaration's parts: an unknown key is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BehaviourBlock(Strict):
    """Measures over each of ``kinds``, or over each channel or campaign, or over all events ``together``."""

    kinds: Names
    per: Literal["kind", "channel", "campaign"] = "kind"
    most: int = Field(default=12, ge=1, le=200)
    together: Name | None = None
    channels: list[str] = []
    campaigns: list[str] = []
    count: Windows = []
    sum: Windows = []
    max: Windows = []
    active_days: Windows = []
    distinct_campaigns: Windows = []
    people: Windows = []
    decayed: Durations = []
    decayed_sum: Durations = []
    trend: Durations = []
    burst: Durations = []
    share: Windows = []
    hours: dict[Name, str] = {}
    last_value: bool = False
    since: list[Literal["last", "first"]] = []
    direction: Direction = "any"
    group: str | None = None
    label: str | None = None

    @field_validator("hours")
    @classmethod
    def _hours_are_readable(cls, hours: dict[str, str]) -> dict[str, str]:
        for text in hours.values():
            parse_hours(text)
        return hours

    def spans(self, key: str) -> list[int]:
        """Return the declared windows of a measure in microseconds, shortest first."""
        return sorted({_span(text) for text in getattr(self, key)})


class SequenceBlock(Strict):
    """The order of a lead's touches: the last kinds, and the channels of the first and the last touch."""

    kinds: Names
    together: Name = "touch"
    last_kinds: int = Field(default=0, ge=0, le=3)
    first_channel: bool = False
    last_channel: bool = False
    label: str | None = None
    group: str | None = None


class AttributeBlock(Strict):
    """One attribute by name, or every attribute that no other block names (``*``)."""

    name: str
    entity: Literal["lead", "account"] | None = None
    type: Literal["number", "category"] | None = None
    label: str | None = None
    group: str | None = None
    unit: str | None = None
    direction: Direction = "any"
    read: list[str] = []
    flags: dict[str, Some] = {}
    changes: list[Literal["count", "days_since"]] = []
    colleagues_distinct: bool = False
    colleagues_count: dict[Name, Some] = {}
    optional: bool = False
    leave_out: bool = False

    @field_validator("read")
    @classmethod
    def _readers_exist(cls, readers: list[str]) -> list[str]:
        for reader in readers:
            if reader not in READERS:
                raise ValueError(f"no reader {reader!r}; {did_you_mean(reader, READERS)}")
        return readers


class DerivedBlock(Strict):
    """A column computed from those before it."""

    name: Name
    expression: str
    label: str | None = None
    unit: str = "number"
    group: str | None = None
    direction: Direction = "any"
    optional: bool = False


class FunctionBlock(Strict):
    """A column computed by a registered Python function, given as ``module:name``."""

    name: Name
    function: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    label: str | None = None
    unit: str = "number"
    group: str | None = None
    direction: Direction = "any"


class Declaration(Strict):
    """A declared feature set, before it meets a dataset's kinds and attributes."""

    version: Literal[1]
    name: str = Field(pattern=_NAME)
    age: bool = True
    behaviour: list[BehaviourBlock] = []
    sequence: list[SequenceBlock] = []
    colleagues: list[BehaviourBlock] = []
    account: list[BehaviourBlock] = []
    attributes: list[AttributeBlock] = []
    filled: dict[Name, Names] = {}
    derived: list[DerivedBlock] = []
    functions: list[FunctionBlock] = []
    labels: dict[str, str] = {}


def read_declaration(path: Path) -> Declaration:
    """Read a feature set's YAML.

    Raises
    ------
    ConfigError
        The file is missing, is not YAML, or a key or value is not part of the language.

    """
    content = read_yaml(path, wanted="a feature set in YAML", hint=_MANUAL)
    return read_model(content, Declaration, where=str(path), hint=_MANUAL)
