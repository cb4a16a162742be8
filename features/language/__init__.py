"""The feature language: what people declare, what a feature is, and how the one becomes the other."""

from features.language.declaration import Declaration, read_declaration
from features.language.expand import behaviour_feature, expand, identifier
from features.language.feature import (
    ALL_TIME,
    AttributeMatch,
    AttributeValue,
    Behaviour,
    Feature,
    FeatureSet,
    LeadAge,
)
from features.language.profile import Profile, profile_dataset

__all__ = [
    "ALL_TIME",
    "AttributeMatch",
    "AttributeValue",
    "Behaviour",
    "Declaration",
    "Feature",
    "FeatureSet",
    "LeadAge",
    "Profile",
    "behaviour_feature",
    "expand",
    "identifier",
    "profile_dataset",
    "read_declaration",
]
