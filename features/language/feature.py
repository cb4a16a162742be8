"""What a feature is: its name and meaning, and where its number comes from.

Everything downstream (explanations, sentences, the model card) reads name, unit, group, direction and label
from here, never from a second list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from features.errors import ConfigError
from features.language.attributes import (
    AttributeChange,
    AttributeMatch,
    AttributeValue,
    ColleagueAttribute,
    FilledShare,
)
from features.language.behaviour import Behaviour, LeadAge, Touch
from features.language.frozen import Frozen
from features.language.rowwise import Derived, Function

if TYPE_CHECKING:
    from collections.abc import Iterable

Source = (
    Behaviour
    | Touch
    | LeadAge
    | AttributeValue
    | AttributeMatch
    | AttributeChange
    | FilledShare
    | ColleagueAttribute
    | Derived
    | Function
)


class Feature(Frozen):
    """One column of the feature matrix.

    ``direction`` is +1 or -1 where the model must rise or fall with the feature, else 0. ``levels`` gives a
    category's values in stored order; the matrix holds their positions, and NaN for missing or unseen.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    unit: str
    group: str
    label: str
    direction: Literal[-1, 0, 1] = 0
    levels: tuple[str, ...] = ()
    source: Annotated[Source, Field(discriminator="of")]

    @property
    def is_category(self) -> bool:
        """Whether the column holds positions in ``levels`` rather than a quantity."""
        return isinstance(self.source, Touch) or (
            isinstance(self.source, AttributeValue) and self.source.type == "category"
        )


class FeatureSet(Frozen):
    """An ordered, named set of features: the columns of every matrix made with it."""

    name: str
    features: tuple[Feature, ...]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [feature.name for feature in self.features]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"feature names must be unique; repeated: {', '.join(repeated)}")
        return self

    @property
    def names(self) -> list[str]:
        """Column names in matrix order."""
        return [feature.name for feature in self.features]

    @property
    def categories(self) -> list[str]:
        """Names of the category columns."""
        return [feature.name for feature in self.features if feature.is_category]

    def __getitem__(self, name: str) -> Feature:
        for feature in self.features:
            if feature.name == name:
                return feature
        raise KeyError(name)

    def position(self, name: str) -> int:
        """Return the column number of a feature."""
        return self.names.index(name)

    def union(self, others: Iterable[Feature]) -> FeatureSet:
        """Return the set with the features of ``others`` that it lacks, by name, at its end.

        Raises ConfigError where one name stands for two different things.
        """
        have = {feature.name: feature for feature in self.features}
        added: dict[str, Feature] = {}
        for feature in others:
            known = have.get(feature.name) or added.setdefault(feature.name, feature)
            if known.source != feature.source:
                raise ConfigError(
                    f"feature {feature.name!r} means two different things in the feature set and the card",
                    hint="give the feature set's own (together, or the attribute) another name",
                )
        return FeatureSet(name=self.name, features=(*self.features, *added.values()))

    def to_json(self) -> str:
        """Return the text that :meth:`from_json` reads back."""
        return self.model_dump_json(indent=1)

    @classmethod
    def from_json(cls, text: str, *, where: str) -> FeatureSet:
        """Read a stored feature set; ``where`` names the file in the error."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            path = ".".join(str(part) for part in first["loc"])
            raise ConfigError(f"{where}: not a stored feature set: {path}: {first['msg']}") from error
