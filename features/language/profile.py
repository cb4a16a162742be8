"""What a dataset holds: its event kinds, channels, campaigns and attributes, and their types by their looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from features.facts.dataset import Dataset
    from features.language.attributes import Entity

#: An attribute is a number where at least this share of its values reads as one.
NUMERIC_SHARE = 0.98


@dataclass(frozen=True)
class KnownKind:
    """An event kind of a dataset, and whether its events carry values."""

    name: str
    has_value: bool


@dataclass(frozen=True)
class KnownAttribute:
    """An attribute of a dataset: whose it is, its type by its values, how many distinct ones.

    ``usable`` is false where nearly every entity has a value of its own, as an id or a name has:
    such text cannot be learnt from as a category. ``changes`` tells whether its source keeps a history and any
    value ever changed.
    """

    name: str
    entity: Entity
    type: Literal["number", "category"]
    distinct: int
    usable: bool
    changes: bool = False


@dataclass(frozen=True)
class Profile:
    """Kinds by name, attributes sorted by entity and name, channels and campaigns with the most frequent first."""

    kinds: dict[str, KnownKind]
    attributes: tuple[KnownAttribute, ...]
    channels: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()


def profile_dataset(dataset: Dataset, before: int | None = None) -> Profile:
    """Return what ``dataset`` holds, or held ``before`` a moment (microseconds UTC); reads its tables once."""
    known = "true" if before is None else f"known_at < make_timestamptz({int(before)}::BIGINT)"
    kinds = dataset.rows(f"SELECT kind, count(value) > 0 FROM events WHERE {known} GROUP BY kind ORDER BY kind")
    attributes = dataset.rows(
        f"""SELECT entity, name, count(value), count(DISTINCT value), count(DISTINCT entity_id),
            count(TRY_CAST(value AS DOUBLE)), count(*)
        FROM attributes WHERE {known} GROUP BY entity, name ORDER BY entity, name"""
    )
    untracked = set(dataset.manifest.current_only)
    return Profile(
        kinds={kind: KnownKind(kind, has_value) for kind, has_value in kinds},
        attributes=tuple(
            KnownAttribute(
                name=name,
                entity=entity,
                type="number" if _is_number(filled, numeric) else "category",
                distinct=distinct,
                usable=filled > 0 and (_is_number(filled, numeric) or not _identifies(distinct, entities)),
                changes=versions > entities and name not in untracked,
            )
            for entity, name, filled, distinct, entities, numeric, versions in attributes
        ),
        channels=_by_frequency(dataset, "channel", known),
        campaigns=_by_frequency(dataset, "campaign", known),
    )


def _by_frequency(dataset: Dataset, column: str, known: str) -> tuple[str, ...]:
    found = dataset.rows(
        f"""SELECT {column} FROM events WHERE {column} IS NOT NULL AND {known}
        GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1000"""
    )
    return tuple(name for (name,) in found)


def _is_number(filled: int, numeric: int) -> bool:
    return filled > 0 and numeric >= NUMERIC_SHARE * filled


def _identifies(distinct: int, entities: int) -> bool:
    return distinct > 50 and distinct > 0.5 * entities
