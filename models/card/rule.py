"""One line of the card: a condition on what a lead is, on what people did, or on its account, and its points."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from features.errors import ConfigError, did_you_mean
from features.facts.clock import parse_duration
from features.language.behaviour import ALL_TIME
from features.texts import READERS
from models.card.strict import Strict

#: What a rule may be about; exactly one is given.
SUBJECTS = ("attribute", "event", "account")
_TESTS = {
    "attribute": ("equals", "in", "contains", "between", "missing"),
    "event": ("at_least", "each", "days_since", "distinct_days", "half_life"),
    "account": ("at_least", "each", "days_since"),
}
_MORE = {
    "attribute": ("entity", "read"),
    "event": ("who", "within", "cap"),
    "account": ("within", "cap"),
}
#: Keys of a rule that are not a condition.
_COMMON = ("name", "points")

Outcome = Literal["opportunity", "opportunity_won", "opportunity_lost"]
Range = tuple[float | None, float | None]


class Rule(Strict):
    """Points for one thing; exactly one of ``attribute``, ``event`` and ``account`` says what it is about.

    ``event`` is a kind of events, or several that count alike, done by the lead or (``who``) by its colleagues;
    ``account`` is what became of the account's opportunities. Both earn their points once, by ``at_least`` of them
    (1 where nothing is said), by ``distinct_days`` or by the days since the last one; or by ``each``, up to
    ``cap``. With ``half_life`` each event's points halve with that age; the sum is rounded to whole points.
    """

    name: str = Field(min_length=1, max_length=80)
    points: int = Field(ge=-1000, le=1000)
    attribute: str | None = Field(default=None, min_length=1)
    entity: Literal["lead", "account"] | None = None
    read: str | None = None
    equals: str | None = None
    one_of: list[str] | None = Field(default=None, alias="in", min_length=1)
    contains: list[str] | None = Field(default=None, min_length=1)
    between: Range | None = None
    missing: bool = False
    event: str | list[str] | None = Field(default=None, min_length=1)
    who: Literal["lead", "colleagues"] = "lead"
    account: Outcome | None = None
    within: str | None = None
    at_least: int | None = Field(default=None, ge=1)
    each: bool = False
    days_since: Range | None = None
    distinct_days: int | None = Field(default=None, ge=1)
    half_life: str | None = None
    cap: int | None = None

    @field_validator("equals", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("one_of", "contains", mode="before")
    @classmethod
    def _as_texts(cls, values: object) -> object:
        return [cls._as_text(value) for value in values] if isinstance(values, list) else values

    @field_validator("missing", "each")
    @classmethod
    def _is_true(cls, value: bool) -> bool:
        return value

    @field_validator("within", "half_life")
    @classmethod
    def _is_duration(cls, text: str | None) -> str | None:
        if text is not None and text != "all":
            try:
                parse_duration(text, where="within")
            except ConfigError as error:
                raise ValueError(error.message.removeprefix("within: ")) from error
        return text

    @field_validator("read")
    @classmethod
    def _is_reader(cls, name: str | None) -> str | None:
        if name is not None and name not in READERS:
            raise ValueError(f"no way to read texts is called that; {did_you_mean(name, READERS)}")
        return name

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

    @model_validator(mode="after")
    def _is_one_condition(self) -> Self:
        given = self._given()
        about = [subject for subject in SUBJECTS if subject in given]
        if len(about) != 1:
            seen = " and ".join(about) or "none of them"
            raise ValueError(f"rule {self.name!r}: give one of attribute, event and account; it has {seen}")
        subject = about[0]
        tests = [test for test in _TESTS[subject] if test in given]
        strange = given - {subject, *_COMMON, *_TESTS[subject], *_MORE[subject]}
        if strange:
            named, belong = ", ".join(sorted(strange)), ", ".join((*_TESTS[subject], *_MORE[subject]))
            raise ValueError(f"rule {self.name!r}: {named} cannot stand with {subject}, which takes {belong}")
        if len(tests) > 1 or (subject == "attribute" and not tests):
            wanted = ("give one of " if subject == "attribute" else "give at most one of ") + ", ".join(
                _TESTS[subject]
            )
            raise ValueError(f"rule {self.name!r}: {wanted}" + (f"; it has {', '.join(tests)}" if tests else ""))
        return self

    @model_validator(mode="after")
    def _counts_make_sense(self) -> Self:
        if self.cap is not None and not self.repeats:
            raise ValueError(f"rule {self.name!r}: a cap needs each: true or half_life, or points are given once")
        if self.cap is not None and self.cap * self.points < 0:
            raise ValueError(
                f"rule {self.name!r}: the cap {self.cap} has not the sign of the points {self.points}"
            )
        if self.half_life == "all":
            raise ValueError(f"rule {self.name!r}: points that never halve need no half_life")
        if self.within is not None and (self.half_life is not None or self.days_since is not None):
            other = "half_life" if self.half_life is not None else "days_since"
            raise ValueError(f"rule {self.name!r}: within and {other} exclude one another")
        if self.missing and self.read is not None:
            raise ValueError(f"rule {self.name!r}: nothing is read where a value is missing; leave out read")
        return self

    @model_validator(mode="after")
    def _reading_fits(self) -> Self:
        if self.read is None:
            return self
        reader = READERS[self.read]
        if reader.kind == "number" and self.between is None:
            raise ValueError(f"rule {self.name!r}: read: {self.read} gives a number; test it with between")
        if reader.kind == "category":
            if self.equals is None and self.one_of is None:
                raise ValueError(f"rule {self.name!r}: read: {self.read} gives a word; test it with equals or in")
            for text in self.texts:
                if text not in reader.levels:
                    raise ValueError(
                        f"rule {self.name!r}: read: {self.read} never gives {text!r}; "
                        f"{did_you_mean(text, reader.levels)}"
                    )
        return self

    def _given(self) -> set[str]:
        said = self.model_dump(by_alias=True, exclude_defaults=True)
        return {*said, *_COMMON}

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
    def span(self) -> int:
        """The window, or the half-life, in microseconds."""
        text = self.half_life or self.within
        return ALL_TIME if text in {None, "all"} else parse_duration(str(text), where=self.name)

    @property
    def most(self) -> int | None:
        """The most points that the rule can add, or None without limit."""
        if self.points <= 0:
            return 0
        return (self.cap if self.cap is not None else None) if self.repeats else self.points

    @property
    def least(self) -> int | None:
        """The fewest points (below 0: the most that it can take away), or None without limit."""
        if self.points >= 0:
            return 0
        return (self.cap if self.cap is not None else None) if self.repeats else self.points
