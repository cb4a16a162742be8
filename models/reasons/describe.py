"""A single value as people read it, for lists of features."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.language import Feature


def describe(feature: Feature, value: float) -> str:
    """Return a feature's value as people read it: "not known", a category's text, or a number with its unit."""
    if value != value:  # noqa: PLR0124 - not a number is not itself, and this is asked often
        return "not known"
    if feature.is_category:
        return feature.levels[int(value)]
    if feature.unit == "yes or no":
        return "yes" if value else "no"
    number = f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:.1f}"
    return f"{number} days" if feature.unit == "days" else number
