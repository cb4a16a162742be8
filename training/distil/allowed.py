"""What a distilled card may speak of: what the features read and the leak guard did not convict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.language import AttributeValue, Behaviour, profile_dataset
from features.texts import READERS
from training.quarantine import keys_read

if TYPE_CHECKING:
    from features.language.profile import KnownAttribute
    from training.material import Material

#: Readers of texts that fit an attribute by a word of its name.
_BY_NAME = {
    "title": ("seniority", "department"),
    "role": ("seniority", "department"),
    "position": ("seniority", "department"),
    "email": ("email_domain_kind",),
    "domain": ("email_domain_kind",),
    "employee": ("employees",),
    "employees": ("employees",),
    "headcount": ("employees",),
    "revenue": ("revenue",),
    "turnover": ("revenue",),
}


@dataclass(frozen=True)
class Allowed:
    """Attributes, each with the readers of texts that fit it, and kinds of events, all with names as in the data.

    ``falls`` are kinds of which the feature set says that more of them speaks against a lead; ``left_out`` are the
    keys that the guard convicted, as ``lead.tags``.
    """

    attributes: tuple[tuple[KnownAttribute, tuple[str, ...]], ...]
    kinds: tuple[str, ...]
    falls: frozenset[str]
    left_out: frozenset[str]


def what_is_allowed(material: Material) -> Allowed:
    """Return what the narrowed features and the agreed card's rules read, as known before the test began."""
    left_out = frozenset(convict.key for convict in material.guard.left_out)
    profile = profile_dataset(material.dataset, material.parts.test_from)
    features = material.feature_set.features[: material.width]
    read = {key for feature in features for key in keys_read(feature.source)}
    readers: dict[tuple[str, str], list[str]] = {}
    falls: set[str] = set()
    agreed = () if material.card is None else tuple(feature for _, feature in material.card.bound)
    for feature in (*features, *agreed):
        source = feature.source
        if isinstance(source, AttributeValue) and source.read is not None:
            readers.setdefault((source.entity, source.attribute), []).append(source.read)
        if isinstance(source, Behaviour) and feature.direction < 0:
            falls |= set(source.kinds) if _counts_one(source) else set()
    read |= {key for feature in agreed for key in keys_read(feature.source)}
    read -= left_out
    attributes = []
    for known in profile.attributes:
        if f"{known.entity}.{known.name}" in read:
            declared = readers.get((known.entity, known.name), [])
            fitting = (*declared, *_readers_of(known))
            attributes.append((known, tuple(dict.fromkeys(fitting))))
    kinds = tuple(kind for kind in profile.kinds if f"events.{kind}" in read)
    return Allowed(tuple(attributes), kinds, frozenset(falls), left_out)


def _counts_one(source: Behaviour) -> bool:
    return len(source.kinds) == 1 and source.measure not in {"since_last", "since_first"}


def _readers_of(known: KnownAttribute) -> list[str]:
    if known.type == "number":
        return []
    words = known.name.casefold().replace("-", "_").replace(" ", "_").split("_")
    return [reader for word in words for reader in _BY_NAME.get(word, ()) if reader in READERS]
