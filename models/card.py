"""The point card that marketing and sales agreed by hand, read from commented YAML.

``models/cards/b2b_example.yaml`` is the manual of the format.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from features.errors import ConfigError
from features.facts.clock import parse_duration
from features.language.behaviour import ALL_TIME
from features.yaml_files import read_model, read_yaml

if TYPE_CHECKING:
    from pathlib import Path


_MANUAL = "see models/cards/b2b_example.yaml"


class Strict(BaseModel):
    """Base of the card's parts: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Agreement(Strict):
    """Who agreed the card, when, and from when it holds."""

    by: list[str] = Field(min_length=1)
    on: dt.date
    valid_from: dt.date | None = None
    note: str | None = None


class Rule(Strict):
    """One line of the card: a condition on an attribute or on behaviour, and its points.

    Exactly one of ``attribute`` and ``event`` is given. With ``each``, every event within the window earns the
    points, up to ``cap``; otherwise ``at_least`` events earn them once.
    """

    name: str
    points: int
    attribute: str | None = None
    entity: Literal["lead", "account"] | None = None
    equals: str | None = None
    one_of: list[str] | None = Field(default=None, alias="in", min_length=1)
    contains: list[str] | None = Field(default=None, min_length=1)
    between: tuple[float | None, float | None] | None = None
    event: str | None = None
    within: str | None = None
    at_least: int | None = Field(default=None, ge=1)
    each: bool = False
    cap: int | None = None

    @field_validator("equals", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("within")
    @classmethod
    def _is_duration(cls, text: str | None) -> str | None:
        if text is not None and text != "all":
            try:
                parse_duration(text, where="within")
            except ConfigError as error:
                raise ValueError(error.message) from error
        return text

    @model_validator(mode="after")
    def _is_one_condition(self) -> Self:
        if (self.attribute is None) == (self.event is None):
            raise ValueError(f"rule {self.name!r}: give either an attribute or an event")
        tests = [self.equals, self.one_of, self.contains, self.between]
        given = sum(test is not None for test in tests)
        if self.attribute is not None and given != 1:
            raise ValueError(f"rule {self.name!r}: give one of equals, in, contains, between")
        if self.event is not None and given:
            raise ValueError(f"rule {self.name!r}: equals, in, contains and between are for attributes")
        behavioural = {
            "within": self.within,
            "at_least": self.at_least,
            "each": self.each or None,
            "cap": self.cap,
        }
        misplaced = [name for name, value in behavioural.items() if value is not None]
        if self.attribute is not None and misplaced:
            raise ValueError(f"rule {self.name!r}: {', '.join(misplaced)} are for events")
        if self.cap is not None and not self.each:
            raise ValueError(f"rule {self.name!r}: a cap needs each: true, or the points are given only once")
        if self.each and self.at_least is not None:
            raise ValueError(f"rule {self.name!r}: each and at_least exclude one another")
        return self

    @model_validator(mode="after")
    def _range_is_a_range(self) -> Self:
        if self.between is not None:
            low, high = self.between
            if low is None and high is None:
                raise ValueError(f"rule {self.name!r}: between needs a lower or an upper end")
            if low is not None and high is not None and low > high:
                raise ValueError(f"rule {self.name!r}: between {low:g} and {high:g} holds nothing")
        return self

    @property
    def span(self) -> int:
        """Window of an event rule in microseconds."""
        return ALL_TIME if self.within in {None, "all"} else parse_duration(str(self.within), where=self.name)


class GradeCuts(Strict):
    """Least points for the grades A, B and C; what lies below is D."""

    A: int
    B: int
    C: int

    @model_validator(mode="after")
    def _descend(self) -> Self:
        if not self.A > self.B > self.C:
            raise ValueError(f"grades must descend, A > B > C; these are {self.A}, {self.B}, {self.C}")
        return self

    def as_tuple(self) -> tuple[int, int, int]:
        """Return the cuts of A, B and C."""
        return self.A, self.B, self.C


class PointCard(Strict):
    """An agreed card: its rules, an optional cap on the total, grades, and the points that qualify a lead."""

    version: Literal[1]
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str | None = None
    agreed: Agreement
    rules: list[Rule] = Field(min_length=1)
    cap: int | None = Field(default=None, ge=1)
    grades: GradeCuts
    qualified: int

    @model_validator(mode="after")
    def _rule_names_are_unique(self) -> Self:
        names = [rule.name for rule in self.rules]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"rule names must be unique; repeated: {', '.join(repeated)}")
        return self

    @property
    def label(self) -> str:
        """Name and version of the card's meaning: the first hex digits of its digest."""
        return f"{self.name}@{self.digest[:8]}"

    @property
    def digest(self) -> str:
        """SHA-256 over the card's meaning; comments and layout do not count."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the text that :meth:`from_json` reads back."""
        return self.model_dump_json(by_alias=True, exclude_none=True)

    @classmethod
    def from_json(cls, text: str) -> PointCard:
        """Read a card stored with a model."""
        return cls.model_validate_json(text)


def read_card(path: Path) -> PointCard:
    """Read a card's YAML.

    Raises
    ------
    ConfigError
        The file is missing, is not YAML, or a rule cannot be understood; the message names file and key.

    """
    content = read_yaml(path, wanted="a point card in YAML", hint=_MANUAL)
    return read_model(content, PointCard, where=str(path), hint=_MANUAL)
