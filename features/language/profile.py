"""What a dataset holds: its event kinds and attributes, and of what type each attribute looks to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from features.facts.dataset import Dataset
    from features.language.feature import Entity

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
    such text cannot be learnt from as a category.
    """

    name: str
    entity: Entity
    type: Literal["number", "category"]
    distinct: int
    usable: bool


@dataclass(frozen=True)
class Profile:
    """Kinds by name, and attributes sorted by entity and name."""

    kinds: dict[str, KnownKind]
    attributes: tuple[KnownAttribute, ...]


def profile_dataset(dataset: Dataset) -> Profile:
    """Return what ``dataset`` holds; reads the kinds and values of its tables once."""
    kinds = dataset.rows("SELECT kind, count(value) > 0 FROM events GROUP BY kind ORDER BY kind")
    attributes = dataset.rows(
        """SELECT entity, name, count(value), count(DISTINCT value), count(DISTINCT entity_id),
            count(TRY_CAST(value AS DOUBLE))
        FROM attributes GROUP BY entity, name ORDER BY entity, name"""
    )
    return Profile(
        kinds={kind: KnownKind(kind, has_value) for kind, has_value in kinds},
        attributes=tuple(
            KnownAttribute(
                name=name,
                entity=entity,
                type="number" if _is_number(filled, numeric) else "category",
                distinct=distinct,
                usable=filled > 0 and (_is_number(filled, numeric) or not _identifies(distinct, entities)),
            )
            for entity, name, filled, distinct, entities, numeric in attributes
        ),
    )


def _is_number(filled: int, numeric: int) -> bool:
    return filled > 0 and numeric >= NUMERIC_SHARE * filled


def _identifies(distinct: int, entities: int) -> bool:
    return distinct > 50 and distinct > 0.5 * entities
