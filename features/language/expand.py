"""From a declaration and what a dataset holds to the features themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import ConfigError
from features.language.behaviour import LeadAge
from features.language.expand_attributes import attribute_features, filled_features
from features.language.expand_behaviour import behaviour_features, sequence_features
from features.language.expand_rowwise import derived_features, function_features
from features.language.feature import Feature, FeatureSet

if TYPE_CHECKING:
    from features.language.declaration import Declaration
    from features.language.profile import Profile


def expand(declaration: Declaration, profile: Profile) -> FeatureSet:
    """Return the features that a declaration asks for on a dataset with this profile, in declared order.

    ``*`` stands for every kind, channel or attribute that the dataset has; one named outright that it lacks is an
    error with the nearest known name. Category levels are learnt later, from training rows only.

    Raises
    ------
    ConfigError
        Something named is not in the dataset, a name stands twice, an expression or function cannot be used, or
        nothing is left to compute.

    """
    features: list[Feature] = []
    if declaration.age:
        features.append(
            Feature(name="lead_age", unit="days", group="lead age", label="lead age", source=LeadAge())
        )
    for block in declaration.behaviour:
        features.extend(behaviour_features(block, "lead", declaration, profile))
    for sequence in declaration.sequence:
        features.extend(sequence_features(sequence, declaration, profile))
    for block in declaration.colleagues:
        features.extend(behaviour_features(block, "colleagues", declaration, profile))
    for block in declaration.account:
        features.extend(behaviour_features(block, "account", declaration, profile))
    features.extend(attribute_features(declaration, profile))
    features.extend(filled_features(declaration, profile))
    features.extend(function_features(declaration))
    features.extend(derived_features(declaration, features))
    if not features:
        raise ConfigError(f"feature set {declaration.name}: declares no feature for this dataset")
    _refuse_twins(declaration.name, features)
    return FeatureSet(name=declaration.name, features=tuple(features))


def _refuse_twins(name: str, features: list[Feature]) -> None:
    names = [feature.name for feature in features]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ConfigError(
            f"feature set {name}: {repeated[0]!r} is declared more than once ({len(repeated)} such)",
            hint="a kind or attribute belongs in one block for each measure and window",
        )
