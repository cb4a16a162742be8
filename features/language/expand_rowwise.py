"""Blocks of derived columns and of registered functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import ConfigError
from features.language.expression import parse_expression
from features.language.feature import Feature
from features.language.naming import DIRECTIONS
from features.language.rowwise import Derived, Function

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from features.language.declaration import Declaration, DerivedBlock, FunctionBlock


def derived_features(declaration: Declaration, before: Sequence[Feature]) -> Iterator[Feature]:
    """Yield the derived columns; each may read the numbers that stand before it.

    One that is ``optional`` is left out where a feature that it reads does not exist on this dataset.
    """
    known = [feature.name for feature in before if not feature.is_category]
    for block in declaration.derived:
        try:
            parse_expression(block.expression, known)
        except ValueError as error:
            if block.optional and "stands before it" in str(error):
                continue
            message = f"feature set {declaration.name}: derived {block.name}: {error}"
            raise ConfigError(message, hint="models/feature_sets/manual.yaml shows what can be written") from error
        known.append(block.name)
        yield _feature(block, Derived(expression=block.expression))


def function_features(declaration: Declaration) -> Iterator[Feature]:
    """Yield the columns that registered functions compute."""
    # Here, not above: functions know histories, which know the language.
    from features.functions import find_function  # noqa: PLC0415

    for block in declaration.functions:
        module, name = block.function.split(":")
        _, digest = find_function(module, name)
        yield _feature(block, Function(module=module, function=name, digest=digest))


def _feature(block: DerivedBlock | FunctionBlock, source: Derived | Function) -> Feature:
    label = block.label or block.name.replace("_", " ")
    return Feature(
        name=block.name,
        unit=block.unit,
        group=block.group or label,
        label=label,
        direction=DIRECTIONS[block.direction],
        source=source,
    )
