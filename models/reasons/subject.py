"""What a feature speaks of: the words for its events or attribute, without window and whose they are.

They are taken back out of the label, which :mod:`features.language.naming` and the expansion put together, so that
a model saved long ago finds its words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from features.language import AttributeChange, Behaviour, FilledShare
from features.language.naming import label_parts

if TYPE_CHECKING:
    from features.language import Feature


class Subject(NamedTuple):
    """The words of a subject, and the name of its hours of the week where it has any."""

    words: str
    hours: str = ""


def subject_of(feature: Feature) -> Subject:
    """Return what a feature speaks of."""
    match feature.source:
        case Behaviour() as source:
            found = label_parts(source, feature.label)
            if found is None:
                return Subject(" or ".join(kind.replace("_", " ") for kind in source.kinds))
            return Subject(*found)
        case AttributeChange() as source:
            if source.measure == "changes":
                return Subject(feature.label.removeprefix("changes of "))
            return Subject(feature.label.removeprefix("days since ").removesuffix(" changed"))
        case FilledShare():
            return Subject(feature.label.removeprefix("share of ").removesuffix(" that is filled in"))
        case _:
            return Subject(feature.label)
