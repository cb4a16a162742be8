"""The point card that marketing and sales agreed by hand.

``models/cards/b2b_example.yaml`` is the manual of the format.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from models.card.letters import plain_name
from models.card.rule import MOST_POINTS, Rule
from models.card.strict import Strict

AXES = ("fit", "engagement")
#: Who agreed a card that nobody agreed yet.
NOBODY = "nobody yet"

Cut = Annotated[int, Field(ge=-MOST_POINTS, le=MOST_POINTS)]
Cap = Annotated[int, Field(ge=1, le=MOST_POINTS)]
Names = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]


class Agreement(Strict):
    """Who agreed the card, when, from when it holds, and the label of the card that it replaces."""

    by: Names = Field(
        description="Who agreed it: people or roles.", examples=[["Head of Marketing", "Head of Sales"]]
    )
    on: dt.date = Field(description="The day on which it was agreed.", examples=["2025-03-03"])
    valid_from: dt.date | None = Field(
        default=None, description="The day from which it holds; the day of the agreement where nothing is said."
    )
    replaces: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z0-9_]*@[0-9a-f]{8}$",
        description="The label of the card before it, as leadquality card show prints it.",
        examples=["b2b_2024@1a2b3c4d"],
    )
    note: str | None = Field(default=None, description="Anything worth knowing about how it was agreed.")


class Axis(Strict):
    """One of the two things that a card weighs: its rules, and the most that they give together."""

    cap: Cap | None = Field(default=None, description="The most points that the rules of this axis give together.")
    rules: list[Rule] = Field(default=[], description="What gives or takes points.")


class GradeCuts(Strict):
    """Least points for the grades A, B and C; what lies below is D."""

    A: Cut = Field(description="Least points for an A.")
    B: Cut = Field(description="Least points for a B.")
    C: Cut = Field(description="Least points for a C; what lies below is D.")

    @model_validator(mode="after")
    def _descend(self) -> Self:
        if not self.A > self.B > self.C:
            raise ValueError(f"must descend, A > B > C; seen {self.A}, {self.B}, {self.C}")
        return self

    def as_tuple(self) -> tuple[int, int, int]:
        """Return the cuts of A, B and C."""
        return self.A, self.B, self.C


class NumberCuts(Strict):
    """Least engagement points for the numbers 1, 2 and 3; what lies below is 4."""

    first: Cut = Field(alias="1", description="Least points for a 1.")
    second: Cut = Field(alias="2", description="Least points for a 2.")
    third: Cut = Field(alias="3", description="Least points for a 3; what lies below is 4.")

    @model_validator(mode="before")
    @classmethod
    def _keys_are_text(cls, given: object) -> object:
        return {str(key): value for key, value in given.items()} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _descend(self) -> Self:
        if not self.first > self.second > self.third:
            raise ValueError(f"must descend, 1 > 2 > 3; seen {', '.join(map(str, self.as_tuple()))}")
        return self

    def as_tuple(self) -> tuple[int, int, int]:
        """Return the cuts of 1, 2 and 3."""
        return self.first, self.second, self.third


class Grid(Strict):
    """The grid from A1 to D4: a letter for the points of fit, a number for those of engagement."""

    fit: GradeCuts = Field(description="Least fit points for each letter.")
    engagement: NumberCuts = Field(description="Least engagement points for each number.")


class Actions(Strict):
    """What happens to a lead of each grade."""

    A: str = Field(min_length=1, description="What happens to an A.", examples=["sales call within a day"])
    B: str = Field(min_length=1, description="What happens to a B.", examples=["sales call within the week"])
    C: str = Field(min_length=1, description="What happens to a C.", examples=["nurture by mail"])
    D: str = Field(min_length=1, description="What happens to a D.", examples=["leave alone"])


class Signature(Strict):
    """Who signed, when, and the digest of what was signed; ``leadquality card sign`` writes it."""

    by: Names = Field(description="Who signed.")
    on: dt.date = Field(description="The day of the signature.")
    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 over what the card means.")


class CardFields(Strict):
    """The keys of a card, each on its own as it should be; :class:`PointCard` holds the rules to each other."""

    version: Literal[2] = Field(description="Of this format: 2.")
    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$",
        max_length=60,
        description="Short: small letters, digits and underscores; answers carry it with the card's digest.",
        examples=["b2b_2025"],
    )
    title: str | None = Field(
        default=None, description="What people call the card.", examples=["Lead points 2025"]
    )
    agreed: Agreement = Field(description="Who agreed the card, when, and from when it holds.")
    fit: Axis = Field(default=Axis(), description="What a lead is.")
    engagement: Axis = Field(default=Axis(), description="What people did.")
    cap: Cap | None = Field(default=None, description="The most points that a lead can have.")
    grades: GradeCuts = Field(description="Least points for each grade.", examples=[{"A": 60, "B": 40, "C": 20}])
    grid: Grid | None = Field(default=None, description="A letter for fit and a number for engagement: A1 to D4.")
    qualified: Cut = Field(description="From so many points on, marketing hands the lead to sales.", examples=[40])
    actions: Actions | None = Field(default=None, description="What happens to the leads of each grade.")
    signed: Signature | None = Field(default=None, description="Written by leadquality card sign; never by hand.")

    @field_validator("version", mode="before")
    @classmethod
    def _is_this_format(cls, version: object) -> object:
        if version == 1:
            raise ValueError(
                "1 had one list of rules; write version: 2, and put the rules under fit: and engagement:"
            )
        return version

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, those of fit before those of engagement."""
        return (*self.fit.rules, *self.engagement.rules)

    @property
    def axes(self) -> dict[str, Axis]:
        """Both axes by name."""
        return {"fit": self.fit, "engagement": self.engagement}


class PointCard(CardFields):
    """An agreed card: two axes of rules, caps, grades, and the points that qualify a lead.

    The total is the sum of both axes, each no more than its own ``cap``, and no more than ``cap``.
    """

    @model_validator(mode="after")
    def _rules_have_names_of_their_own(self) -> Self:
        names = [rule.name for rule in self.rules]
        if not names:
            raise ValueError("a card needs a rule, under fit or under engagement")
        counts = Counter(map(plain_name, names))
        repeated = sorted({name for name in names if counts[plain_name(name)] > 1})
        if repeated:
            raise ValueError(f"rule names must be unique; repeated: {', '.join(repeated)}")
        return self

    @property
    def label(self) -> str:
        """Name and version of the card's meaning: the first hex digits of its digest."""
        return f"{self.name}@{self.digest[:8]}"

    @property
    def digest(self) -> str:
        """SHA-256 over the card's meaning: neither comments, layout and title count nor the signature itself."""
        meaning = self.model_copy(update={"signed": None, "title": None})
        return hashlib.sha256(meaning.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the text that :meth:`from_json` reads back."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True)

    @classmethod
    def from_json(cls, text: str) -> PointCard:
        """Read a card stored with a model."""
        return cls.model_validate_json(text)
