"""The point card that marketing and sales agreed by hand.

``models/cards/b2b_example.yaml`` is the manual of the format.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from models.card.rule import Rule
from models.card.strict import Strict

AXES = ("fit", "engagement")


class Agreement(Strict):
    """Who agreed the card, when, from when it holds, and the label of the card that it replaces."""

    by: list[str] = Field(min_length=1)
    on: dt.date
    valid_from: dt.date | None = None
    replaces: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*@[0-9a-f]{8}$")
    note: str | None = None


class Axis(Strict):
    """One of the two things that a card weighs: its rules, and the most that they give together."""

    cap: int | None = Field(default=None, ge=1)
    rules: list[Rule] = Field(default=[])


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


class NumberCuts(Strict):
    """Least engagement points for the numbers 1, 2 and 3; what lies below is 4."""

    first: int = Field(alias="1")
    second: int = Field(alias="2")
    third: int = Field(alias="3")

    @model_validator(mode="before")
    @classmethod
    def _keys_are_text(cls, given: object) -> object:
        return {str(key): value for key, value in given.items()} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _descend(self) -> Self:
        if not self.first > self.second > self.third:
            raise ValueError(f"numbers must descend, 1 > 2 > 3; these are {', '.join(map(str, self.as_tuple()))}")
        return self

    def as_tuple(self) -> tuple[int, int, int]:
        """Return the cuts of 1, 2 and 3."""
        return self.first, self.second, self.third


class Grid(Strict):
    """The grid from A1 to D4: a letter for the points of fit, a number for those of engagement."""

    fit: GradeCuts
    engagement: NumberCuts


class Actions(Strict):
    """What happens to a lead of each grade."""

    A: str = Field(min_length=1)
    B: str = Field(min_length=1)
    C: str = Field(min_length=1)
    D: str = Field(min_length=1)


class Signature(Strict):
    """Who signed, when, and the digest of what was signed."""

    by: list[str] = Field(min_length=1)
    on: dt.date
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class PointCard(Strict):
    """An agreed card: two axes of rules, caps, grades, and the points that qualify a lead.

    The total is the sum of both axes, each no more than its own ``cap``, and no more than ``cap``.
    """

    version: Literal[2]
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str | None = None
    agreed: Agreement
    fit: Axis = Axis()
    engagement: Axis = Axis()
    cap: int | None = Field(default=None, ge=1)
    grades: GradeCuts
    grid: Grid | None = None
    qualified: int
    actions: Actions | None = None
    signed: Signature | None = None

    @field_validator("version", mode="before")
    @classmethod
    def _is_this_format(cls, version: object) -> object:
        if version == 1:
            raise ValueError(
                "version 1 had one list of rules; write version: 2, and put the rules under fit: and engagement:"
            )
        return version

    @model_validator(mode="after")
    def _rules_have_names_of_their_own(self) -> Self:
        names = [rule.name for rule in self.rules]
        if not names:
            raise ValueError("a card needs a rule, under fit or under engagement")
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"rule names must be unique; repeated: {', '.join(repeated)}")
        return self

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, those of fit before those of engagement."""
        return (*self.fit.rules, *self.engagement.rules)

    @property
    def axes(self) -> dict[str, Axis]:
        """Both axes by name."""
        return {"fit": self.fit, "engagement": self.engagement}

    @property
    def label(self) -> str:
        """Name and version of the card's meaning: the first hex digits of its digest."""
        return f"{self.name}@{self.digest[:8]}"

    @property
    def digest(self) -> str:
        """SHA-256 over the card's meaning: neither comments, layout and title count nor the signature itself."""
        return hashlib.sha256(
            self.model_copy(update={"signed": None, "title": None}).to_json().encode()
        ).hexdigest()

    def to_json(self) -> str:
        """Return the text that :meth:`from_json` reads back."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True)

    @classmethod
    def from_json(cls, text: str) -> PointCard:
        """Read a card stored with a model."""
        return cls.model_validate_json(text)
