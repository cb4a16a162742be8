"""What a request says of one lead, and what a model knows by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from features.language import Entity

#: (at, kind, known_at, value, channel, campaign); value NaN where there is none.
Event = tuple[int, str, int, float, str | None, str | None]
#: (known_at, text), None for an empty value.
Version = tuple[int, str | None]
#: (created_at, closed_at, won) of an opportunity.
Deal = tuple[int, int | None, bool | None]


@dataclass(frozen=True)
class Vocabulary:
    """What a model knows by name: its data's event kinds, and attributes with their entity and type.

    ``observed_from`` gives, per kind, the first moment from which the training data observed it.
    """

    kinds: tuple[str, ...]
    observed_from: dict[str, int]
    attributes: dict[tuple[Entity, str], Literal["number", "category"]]

    @cached_property
    def places(self) -> dict[str, int]:
        """The number of each kind."""
        return {kind: i for i, kind in enumerate(self.kinds)}

    def owner_of(self, entity: Entity, name: str) -> tuple[Entity, str]:
        """Return whose attribute it is: the account's where the model knows the name only of accounts."""
        key: tuple[Entity, str] = ("account", name)
        return key if (entity, name) not in self.attributes and key in self.attributes else (entity, name)


@dataclass(frozen=True)
class Colleague:
    """Another lead of the same account: when it was created, what it did, and its own attributes by name."""

    created_at: int
    events: list[Event]
    versions: dict[str, list[Version]] = field(default_factory=dict)


@dataclass(frozen=True)
class LeadFacts:
    """What a request says of one lead; times in microseconds since 1970 UTC.

    ``colleagues`` holds the account's other leads, or None where nothing is known of an account; ``deals`` its
    earlier opportunities in the same way. ``untracked`` names attributes that came as a plain value: how often
    they changed is unknown.
    """

    lead_id: str
    created_at: int
    as_of: int
    events: list[Event]
    versions: dict[tuple[Entity, str], list[Version]] = field(default_factory=dict)
    colleagues: list[Colleague] | None = None
    deals: list[Deal] | None = None
    untracked: frozenset[tuple[Entity, str]] = frozenset()
