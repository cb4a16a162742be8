"""Commented YAML, read as people mean it: only true and false are truth values.

YAML 1.1, which PyYAML reads, takes ``on``, ``no`` and ``yes`` for truth values as well; that would turn a card's
``agreed: {on: ...}`` and the country ``NO`` into something else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from features.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

_BOOL = "tag:yaml.org,2002:bool"


class PlainLoader(yaml.SafeLoader):
    """PyYAML's safe loader with YAML 1.2's truth values, which refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping; a repeated key would silently lose the first value."""
        seen = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key_node.value!r} is given twice", key_node.start_mark
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep=deep)


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlainLoader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def read_yaml(path: Path, *, wanted: str, hint: str | None = None) -> Any:  # noqa: ANN401 - whatever stands there
    """Read a YAML file; ``wanted`` says in the error what it should have been.

    Raises
    ------
    DataError
        The file is missing, is not UTF-8, or is not YAML; the message gives line and column.

    """
    if not path.is_file():
        raise DataError.missing_file(path, wanted=wanted, hint=hint)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=PlainLoader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise DataError.unreadable(path, f"{place}{error.problem}", hint=hint) from error
    except (yaml.YAMLError, ValueError, OSError) as error:
        raise DataError.unreadable(path, " ".join(str(error).split()), hint=hint) from error
