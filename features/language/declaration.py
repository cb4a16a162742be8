"""The commented YAML in which people declare features, read into small strict models.

``models/feature_sets/default.yaml`` is the manual of this language: each key is explained there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from features.errors import ConfigError
from features.facts.clock import parse_duration
from features.language.feature import ALL_TIME
from features.yaml_files import read_model, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

_MANUAL = "see models/feature_sets/default.yaml"
Kinds = Literal["*"] | list[str]
Direction = Literal["rises", "falls", "any"]

DIRECTIONS: dict[str, Literal[-1, 0, 1]] = {"rises": 1, "falls": -1, "any": 0}


class Strict(BaseModel):
    """Base of the declaration's parts: an unknown key is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _span(text: str | float) -> int:
    return ALL_TIME if text == "all" else parse_duration(text, where="feature set")


class BehaviourBlock(Strict):
    """Measures over each of ``kinds``, or over all of them ``together`` under one name."""

    kinds: Kinds
    together: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*$")
    count: list[str | float] = []
    sum: list[str | float] = []
    active_days: list[str | float] = []
    people: list[str | float] = []
    decayed: list[str | float] = []
    since: list[Literal["last", "first"]] = []
    direction: Direction = "any"
    group: str | None = None
    label: str | None = None

    @field_validator("decayed")
    @classmethod
    def _half_lives_end(cls, spans: list[str | float]) -> list[str | float]:
        if "all" in spans:
            raise ValueError("a half-life is a duration, as in 14d, not all")
        return spans

    @field_validator("count", "sum", "active_days", "people", "decayed")
    @classmethod
    def _durations_are_readable(cls, spans: list[str | float]) -> list[str | float]:
        for span in spans:
            try:
                _span(span)
            except ConfigError as error:
                raise ValueError(error.message.removeprefix("feature set: ")) from error
        return spans

    def spans(self, measure: str) -> list[int]:
        """Return the declared windows of a measure in microseconds, shortest first."""
        return sorted({_span(text) for text in getattr(self, measure)})


class AttributeBlock(Strict):
    """One attribute by name, or every attribute that no other block names (``*``)."""

    name: str
    entity: Literal["lead", "account"] | None = None
    type: Literal["number", "category"] | None = None
    label: str | None = None
    group: str | None = None
    unit: str | None = None
    direction: Direction = "any"
    flags: dict[str, list[str]] = {}
    optional: bool = False
    leave_out: bool = False


class Declaration(Strict):
    """A declared feature set, before it meets a dataset's kinds and attributes."""

    version: Literal[1]
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    age: bool = True
    behaviour: list[BehaviourBlock] = []
    colleagues: list[BehaviourBlock] = []
    attributes: list[AttributeBlock] = []
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
