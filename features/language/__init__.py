"""The feature language: what people declare, what a feature is, and how the one becomes the other."""

from features.language.attributes import (
    AttributeChange,
    AttributeMatch,
    AttributeValue,
    ColleagueAttribute,
    Entity,
    FilledShare,
)
from features.language.behaviour import ALL_TIME, Behaviour, LeadAge, Measure, Scope, Touch
from features.language.declaration import Declaration, read_declaration
from features.language.expand import expand
from features.language.feature import Feature, FeatureSet, Source
from features.language.naming import behaviour_feature, identifier
from features.language.profile import Profile, profile_dataset
from features.language.rowwise import Derived, Function

__all__ = [
    "ALL_TIME",
    "AttributeChange",
    "AttributeMatch",
    "AttributeValue",
    "Behaviour",
    "ColleagueAttribute",
    "Declaration",
    "Derived",
    "Entity",
    "Feature",
    "FeatureSet",
    "FilledShare",
    "Function",
    "LeadAge",
    "Measure",
    "Profile",
    "Scope",
    "Source",
    "Touch",
    "behaviour_feature",
    "expand",
    "identifier",
    "profile_dataset",
    "read_declaration",
]
