"""Commented YAML, read as people mean it, into strict models; each fault is one line with file, key and a hint.

YAML 1.1, which PyYAML reads, takes ``on``, ``no`` and ``yes`` for truth values and turns dates into objects; that
would make something else of a card's ``agreed: {on: ...}`` and of the country ``NO``. Here plain text stays text,
and the model that the file is read into says what a value is.
"""

from __future__ import annotations

import re
import types
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from features.errors import ConfigError, LeadQualityError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Model = TypeVar("Model", bound=BaseModel)

_TEXT_INSTEAD = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}
#: Whole numbers and decimals as people write them: YAML 1.1 would take 050 for 40 and 1:30 for 90.
_NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(?:0|[1-9][0-9_]*)$"),
    "tag:yaml.org,2002:float": re.compile(
        r"[-+]?(?:[0-9][0-9_]*)?\.[0-9_]+(?:[eE][-+]?[0-9]+)?$|[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?[eE][-+]?[0-9]+$"
        r"|[-+]?[0-9]+\.$|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$"
    ),
}


class PlainLoader(yaml.SafeLoader):
    """PyYAML's safe loader in which ``yes`` and ``2020-01-01`` stay text and no key may stand twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the base class declares it so
        first: [(tag, _NUMBERS.get(tag, pattern)) for tag, pattern in resolvers if tag not in _TEXT_INSTEAD]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping; a repeated key would silently lose the first value."""
        seen = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if not isinstance(name, str | int | float):
                raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key.start_mark)
            if name in seen:
                problem = f"the key {name!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


def read_yaml(
    path: Path, *, wanted: str, hint: str | None = None, error: type[LeadQualityError] = ConfigError
) -> dict[str, Any]:
    """Read a YAML file that holds keys and values; ``wanted`` says in the error what it should have been.

    Raises
    ------
    error
        The file is missing, is not UTF-8, is not YAML, or is no mapping; a fault in YAML comes with its line.

    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), PlainLoader)  # noqa: S506 - it is a SafeLoader
    except FileNotFoundError as cause:
        raise error(f"{path}: no such file; expected {wanted}", hint=hint) from cause
    except OSError as cause:
        raise error(f"{path}: cannot be read: {cause.strerror}; expected {wanted}", hint=hint) from cause
    except UnicodeDecodeError as cause:
        raise error(f"{path}: is not UTF-8 text; expected {wanted}", hint=hint) from cause
    except yaml.YAMLError as cause:
        raise error(f"{path}: is not YAML: {_where(cause)}", hint=hint) from cause
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as cause:
        # What PyYAML's own constructors raise for a tag that does not fit, as in "!!int abc".
        raise error(f"{path}: is not YAML that can be read: {type(cause).__name__}", hint=hint) from cause
    if not isinstance(content, dict):
        seen = "is empty" if content is None else f"holds a {type(content).__name__}"
        raise error(f"{path}: {seen}; expected {wanted}", hint=hint)
    return content


def read_model(
    content: dict[str, Any],
    model: type[Model],
    *,
    where: str,
    hint: str | None = None,
    error: type[LeadQualityError] = ConfigError,
) -> Model:
    """Check what was read against a strict model; ``where`` names the file in the error.

    Raises
    ------
    error
        A key is unknown, missing, or has a value that does not fit.

    """
    try:
        return model.model_validate(content)
    except ValidationError as cause:
        raise error(f"{where}: {reword(cause, model)}", hint=hint) from cause


def reword(error: ValidationError, model: type[BaseModel]) -> str:
    """Return a pydantic error in our words: the key, what stands there, what was expected."""
    faults = error.errors(include_url=False)
    # An unknown key is usually the cause of a missing one: say that first.
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    key = _key_path(first["loc"])
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    if first["type"] == "extra_forbidden":
        nearest = did_you_mean(str(first["loc"][-1]), _keys_at(model, first["loc"][:-1]))
        return f"{key}: no such key; {nearest}{more}"
    if first["type"] == "missing":
        return f"{key}: is missing{more}"
    said = first["msg"].removeprefix("Value error, ")
    seen = f", seen {first['input']!r}" if isinstance(first["input"], str | int | float) else ""
    return f"{key}: {said[0].lower()}{said[1:]}{seen}{more}"


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}: {problem}" if mark is not None else problem


def _key_path(location: tuple[int | str, ...]) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location if part != "[key]"]
    return "".join(parts).lstrip(".") or "the file"


def _keys_at(model: Any, location: tuple[int | str, ...]) -> list[str]:  # noqa: ANN401 - a model, found by walking
    """Return the keys that the block at ``location`` knows."""
    for part in location:
        if isinstance(part, str) and part in getattr(model, "model_fields", {}):
            model = next(_models_in(model.model_fields[part].annotation), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    arguments = get_args(annotation)[:1] if get_origin(annotation) is Annotated else get_args(annotation)
    for argument in arguments:
        yield from _models_in(argument)
