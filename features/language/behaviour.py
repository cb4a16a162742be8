"""Features of what people did: measures over events, and the order in which they touched us."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from features.language.frozen import Frozen
from features.language.hours import parse_hours

Measure = Literal[
    "count",
    "sum",
    "max",
    "last",
    "active_days",
    "campaigns",
    "people",
    "decayed",
    "decayed_sum",
    "since_last",
    "since_first",
    "trend",
    "burst",
    "share",
]
Scope = Literal["lead", "colleagues", "account"]

#: Span of a measure that looks back without limit.
ALL_TIME = 2**62
#: A decayed sum looks back this many half-lives: what lies beyond weighs less than half a percent.
DECAY_REACH = 8
#: The events of scope ``account``: what became of the account's opportunities.
ACCOUNT_KINDS = ("opportunity", "opportunity_lost", "opportunity_won")
#: Measures that read an event's value.
VALUE_MEASURES = frozenset({"sum", "max", "last", "decayed_sum"})


class Behaviour(Frozen):
    """A measure over some events of the lead, of its account's other leads, or over its account's opportunities.

    The events are those of ``kinds`` and, where given, of ``channels`` and ``campaigns``. ``span`` in microseconds
    is the window's length; for ``decayed`` the half-life, for ``trend`` the length of the recent window and of the
    one before it, for ``burst`` the length of the window with the most events. ``share`` is the part of a
    window's events that fall into ``hours`` of the week.
    """

    of: Literal["behaviour"] = "behaviour"
    scope: Scope
    kinds: tuple[str, ...]
    measure: Measure
    span: int = Field(default=ALL_TIME, gt=0)
    channels: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    hours: str | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if (self.measure == "share") != (self.hours is not None):
            raise ValueError("share needs hours, and only share has them")
        if self.hours is not None:
            parse_hours(self.hours)
        if self.scope == "account" and not set(self.kinds) <= set(ACCOUNT_KINDS):
            raise ValueError(f"an account's events are {', '.join(ACCOUNT_KINDS)}")
        return self

    @property
    def reach(self) -> int:
        """How far back the feature looks, in microseconds."""
        if self.measure in {"since_last", "since_first", "last", "burst"}:
            return ALL_TIME
        if self.measure in {"decayed", "decayed_sum"}:
            return self.span * DECAY_REACH
        return 2 * self.span if self.measure == "trend" else self.span


class Touch(Frozen):
    """The kind or channel of one of the lead's touches, as a category.

    ``place`` 1 is the last touch, 2 the one before it, -1 the first. A channel's places count only events that
    have a channel.
    """

    of: Literal["touch"] = "touch"
    kinds: tuple[str, ...]
    what: Literal["kind", "channel"]
    place: Literal[-1, 1, 2, 3] = 1


class LeadAge(Frozen):
    """Days since the lead was created."""

    of: Literal["age"] = "age"
