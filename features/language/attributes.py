"""Features of what is known about people and companies: attribute versions as they stood at the moment."""

from __future__ import annotations

import re
from typing import Literal

from features.language.frozen import Frozen

Entity = Literal["lead", "account"]


class AttributeValue(Frozen):
    """The value of an attribute as of the moment: a number, or a category by its place in ``Feature.levels``.

    ``read`` names one of :data:`features.texts.READERS`, which makes of the text what the feature is about: the
    seniority in a job title, the number of people in "11-50".
    """

    of: Literal["attribute"] = "attribute"
    entity: Entity
    attribute: str
    type: Literal["number", "category"]
    read: str | None = None


class AttributeMatch(Frozen):
    """1 where an attribute's text is (``whole``) or contains one of ``texts``, else 0; NaN where it is unknown.

    Case and surrounding blanks do not count. Contained texts match whole words: "vp" is not in "mvp".
    """

    of: Literal["match"] = "match"
    entity: Entity
    attribute: str
    texts: tuple[str, ...]
    whole: bool = True

    def matches(self, text: str) -> bool:
        """Tell whether one value matches."""
        plain = text.strip().casefold()
        wanted = [t.strip().casefold() for t in self.texts]
        if self.whole:
            return plain in wanted
        return any(re.search(rf"(?<!\w){re.escape(t)}(?!\w)", plain) for t in wanted)


class AttributeChange(Frozen):
    """How often an attribute changed before the moment, or how many days ago it last did.

    A change is a version whose value differs from the one before it; the first version is none. Where the source
    keeps no history of the attribute, both are unknown.
    """

    of: Literal["change"] = "change"
    entity: Entity
    attribute: str
    measure: Literal["changes", "days_since_change"]


class FilledShare(Frozen):
    """The share of some attributes, as (entity, name), that have a value at the moment."""

    of: Literal["filled"] = "filled"
    attributes: tuple[tuple[Entity, str], ...]


class ColleagueAttribute(Frozen):
    """An attribute over the other leads of the account: its distinct values, or how many have one of ``values``.

    Unknown for a lead without an account. A colleague counts only if created before the moment.
    """

    of: Literal["colleague_attribute"] = "colleague_attribute"
    attribute: str
    measure: Literal["distinct", "count"]
    values: tuple[str, ...] = ()
    read: str | None = None
