"""One line of the card: a condition on what a lead is, on what people did, or on its account, and its points."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, field_validator, model_validator

from features.errors import ConfigError, did_you_mean
from features.facts.clock import parse_duration
from features.language.behaviour import ALL_TIME
from features.texts import READERS
from models.card.rule_sense import SUBJECTS, contradictions
from models.card.strict import Strict

Outcome = Literal["opportunity", "opportunity_won", "opportunity_lost"]
#: Minus zero is zero: the two are equal but would be written, and so signed, as different texts.
Finite = Annotated[float, Field(allow_inf_nan=False), AfterValidator(lambda value: value + 0.0)]
Range = tuple[Finite | None, Finite | None]

#: No rule's cap and no cut lies further from 0.
MOST_POINTS = 100_000

#: For editors: texts may be written as numbers, and durations as plain days.
_TEXTS: dict[str, JsonValue] = {
    "anyOf": [{"type": "array", "minItems": 1, "items": {"type": ["string", "number"]}}]
}
_DURATION = r"[0-9]+(\.[0-9]+)?\s*[smhdwSMHDW]?"


class RuleFields(Strict):
    """The keys of a rule, each on its own as it should be; :class:`Rule` holds them to each other."""

    name: str = Field(min_length=1, max_length=80, description="What people call the rule; no two share a name.")
    points: int = Field(
        ge=-1000,
        le=1000,
        description="Whole points that the rule gives; below 0 it takes them.",
        examples=[10, -30],
    )
    attribute: str | None = Field(
        default=None,
        min_length=1,
        description="Name of an attribute of the data, with one of equals, in, contains, between and missing.",
        examples=["title", "employees", "industry"],
    )
    entity: Literal["lead", "account"] | None = Field(
        default=None,
        description="Whose attribute it is; needed only where lead and account both have one of that name.",
    )
    read: str | None = Field(
        default=None,
        description="The attribute's text is read first, as docs/texts.md says.",
        json_schema_extra={"enum": [*READERS]},
    )
    equals: str | None = Field(
        default=None,
        description="The text, whatever its case.",
        examples=["Trade Show"],
        json_schema_extra={"anyOf": [{"type": "string"}, {"type": "number"}]},
    )
    one_of: list[str] | None = Field(
        default=None,
        alias="in",
        min_length=1,
        description="One of these texts, whatever their case.",
        examples=[["Software", "Financial Services"]],
        json_schema_extra=_TEXTS,
    )
    contains: list[str] | None = Field(
        default=None,
        min_length=1,
        description="One of these stands in the text as whole words: vp is not in mvp.",
        examples=[["director", "vp", "vice president"]],
        json_schema_extra=_TEXTS,
    )
    between: Range | None = Field(
        default=None,
        description="The value is a number from the first to the second, both included; null: no such end.",
        examples=[[200, 5000], [1000, None]],
    )
    missing: bool = Field(default=False, description="true: nothing is known of the attribute.")
    event: str | list[str] | None = Field(
        default=None,
        min_length=1,
        description="An event kind of the data, or several that count alike.",
        examples=["webinar", ["email_open", "email_click"]],
    )
    who: Literal["lead", "colleagues"] = Field(
        default="lead", description="colleagues: the account's other people did it, not the lead."
    )
    account: Outcome | None = Field(
        default=None, description="What became of the account's earlier opportunities, instead of an event."
    )
    within: str | None = Field(
        default=None,
        description="Only so recent events count, as in 30d, 2w or 36h; all: ever.",
        examples=["30d", "90d", "all"],
        json_schema_extra={"anyOf": [{"type": "string", "pattern": rf"^(all|{_DURATION})$"}, {"type": "number"}]},
    )
    at_least: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="The points are given once, by so many events; 1 where nothing is said.",
    )
    each: bool = Field(default=False, description="true: every event gives the points, up to cap.")
    days_since: Range | None = Field(
        default=None,
        description="The points are given while the last event is so many days old.",
        examples=[[None, 7], [8, 30]],
    )
    distinct_days: int | None = Field(
        default=None, ge=1, le=36_525, description="The points are given by events on so many different days."
    )
    half_life: str | None = Field(
        default=None,
        description="Every event gives the points, and half of them after so long; whole points, up to cap.",
        examples=["14d"],
        json_schema_extra={"anyOf": [{"type": "string", "pattern": rf"^{_DURATION}$"}, {"type": "number"}]},
    )
    cap: int | None = Field(
        default=None,
        ge=-MOST_POINTS,
        le=MOST_POINTS,
        description="The most (below 0: the fewest) points that each or half_life gives.",
    )

    @field_validator("equals", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("one_of", "contains", mode="before")
    @classmethod
    def _as_texts(cls, values: object) -> object:
        return [cls._as_text(value) for value in values] if isinstance(values, list) else values

    @field_validator("equals")
    @classmethod
    def _says_something(cls, text: str | None) -> str | None:
        if text is not None and not text.strip():
            raise ValueError("an empty text is never met; for what is not known write missing: true")
        return text

    @field_validator("one_of", "contains")
    @classmethod
    def _say_something(cls, texts: list[str] | None) -> list[str] | None:
        for text in texts or []:
            cls._says_something(text)
        return texts

    @field_validator("event", mode="before")
    @classmethod
    def _are_kinds(cls, given: object) -> object:
        kinds = given if isinstance(given, list) else [given]
        if given is not None and not (kinds and all(isinstance(kind, str) and kind for kind in kinds)):
            raise ValueError("expected an event kind, or a list of them, as in [email_open, email_click]")
        return given

    @field_validator("within", "half_life", mode="before")
    @classmethod
    def _is_duration(cls, given: object) -> object:
        # A bare number is days, as everywhere.
        text = cls._as_text(given)
        if isinstance(text, str) and text != "all":
            try:
                parse_duration(text or "?", where="within")
            except ConfigError as error:
                raise ValueError(error.message.removeprefix("within: ")) from error
        return text

    @field_validator("read")
    @classmethod
    def _is_reader(cls, name: str | None) -> str | None:
        if name is not None and name not in READERS:
            raise ValueError(f"no way to read texts is called {name!r}; {did_you_mean(name, READERS)}")
        return name

    @field_validator("between", "days_since", mode="before")
    @classmethod
    def _is_pair(cls, given: object) -> object:
        if given is not None and not (isinstance(given, list | tuple) and len(given) == 2):
            raise ValueError("expected [low, high], as in [200, 5000], with null for no such end")
        return given

    @field_validator("between", "days_since")
    @classmethod
    def _is_range(cls, ends: Range | None) -> Range | None:
        if ends is not None:
            low, high = ends
            if low is None and high is None:
                raise ValueError("a range needs a lower or an upper end")
            if low is not None and high is not None and low > high:
                raise ValueError(f"a range from {low:g} to {high:g} holds nothing")
        return ends

    @property
    def given(self) -> frozenset[str]:
        """The keys that say something beside name and points."""
        return frozenset(self.model_dump(by_alias=True, exclude_defaults=True)) - {"name", "points"}

    @property
    def subject(self) -> str:
        """What the rule is about: attribute, event or account."""
        return next(subject for subject in SUBJECTS if getattr(self, subject) is not None)

    @property
    def repeats(self) -> bool:
        """Whether each event earns points."""
        return self.each or self.half_life is not None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The event kinds, or the account's outcome, that are counted; none for an attribute."""
        if self.account is not None:
            return (self.account,)
        if self.event is None:
            return ()
        return tuple(dict.fromkeys([self.event] if isinstance(self.event, str) else self.event))

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that an attribute is held against; none for a range or a missing value."""
        return tuple(self.contains or self.one_of or ([] if self.equals is None else [self.equals]))

    @property
    def ends(self) -> Range | None:
        """The ends that a number or the days since the last event must lie between, if that is the condition."""
        return self.between or self.days_since

    @property
    def span(self) -> int:
        """The window, or the half-life, in microseconds."""
        text = self.half_life or self.within
        return ALL_TIME if text in {None, "all"} else parse_duration(str(text), where=self.name)

    @property
    def most(self) -> int | None:
        """The most points that the rule can add, or None without limit."""
        if self.points <= 0:
            return 0
        return self.cap if self.repeats else self.points

    @property
    def least(self) -> int | None:
        """The fewest points (below 0: the most that it can take away), or None without limit."""
        if self.points >= 0:
            return 0
        return self.cap if self.repeats else self.points


class Rule(RuleFields):
    """Points for one thing; exactly one of ``attribute``, ``event`` and ``account`` says what it is about.

    ``event`` is a kind of events, or several that count alike, done by the lead or (``who``) by its colleagues;
    ``account`` is what became of the account's opportunities. Both earn their points once, by ``at_least`` of them
    (1 where nothing is said), by ``distinct_days`` or by the days since the last one; or by ``each``, up to
    ``cap``. With ``half_life`` each event's points halve with that age; the sum is rounded to whole points.
    """

    @model_validator(mode="after")
    def _is_one_condition(self) -> Self:
        for found in contradictions(self):
            raise ValueError(f"rule {self.name!r}: {found.what}")
        return self
