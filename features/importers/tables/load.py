"""From a YAML file to a checked mapping; every fault is one line with file, key and the nearest known name."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from features.errors import MappingError, did_you_mean
from features.importers.tables.mapping import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MANUAL = "the mappings in features/mappings explain each key"


class _PlainLoader(yaml.SafeLoader):
    """YAML where ``yes`` and ``2020-01-01`` stay text (they are cell values here) and no key may stand twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the base class declares it so
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag not in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
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


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises
    ------
    MappingError
        The file cannot be read, is not YAML, or a key or value does not belong.

    """
    content = _parse(path)
    try:
        mapping = Mapping.model_validate(content)
    except ValidationError as error:
        raise _reworded(path, error) from error
    _check_references(path, mapping)
    return mapping


def _parse(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), _PlainLoader)  # noqa: S506 - it is a SafeLoader
    except FileNotFoundError as error:
        raise MappingError(f"{path}: no such file; expected a mapping in YAML", hint=_MANUAL) from error
    except OSError as error:
        raise MappingError(f"{path}: cannot be read: {error.strerror}; expected a mapping in YAML") from error
    except UnicodeDecodeError as error:
        raise MappingError(f"{path}: is not UTF-8 text; expected a mapping in YAML") from error
    except yaml.YAMLError as error:
        raise MappingError(f"{path}: is not YAML: {_where(error)}", hint=_MANUAL) from error
    if not isinstance(content, dict):
        seen = "is empty" if content is None else f"holds a {type(content).__name__}"
        raise MappingError(f"{path}: {seen}; expected keys such as version, files and leads", hint=_MANUAL)
    return content


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}: {problem}" if mark is not None else problem


def _reworded(path: Path, error: ValidationError) -> MappingError:
    faults = error.errors(include_url=False)
    # An unknown key is usually the cause of a missing one: say that first.
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    key = _key_path(first["loc"])
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    if first["type"] == "extra_forbidden":
        nearest = did_you_mean(str(first["loc"][-1]), _keys_at(first["loc"][:-1]))
        return MappingError(f"{path}: {key}: no such key; {nearest}{more}", hint=_MANUAL)
    if first["type"] == "missing":
        return MappingError(f"{path}: {key}: is missing{more}", hint=_MANUAL)
    said = first["msg"].removeprefix("Value error, ")
    seen = f", seen {first['input']!r}" if isinstance(first["input"], str | int | float) else ""
    return MappingError(f"{path}: {key}: {said[0].lower()}{said[1:]}{seen}{more}", hint=_MANUAL)


def _key_path(location: tuple[int | str, ...]) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location if part != "[key]"]
    return "".join(parts).lstrip(".") or "the mapping"


def _keys_at(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the block at ``location`` knows."""
    model: Any = Mapping
    for part in location:
        if isinstance(part, str) and part in getattr(model, "model_fields", {}):
            model = next(_models_in(model.model_fields[part].annotation), model)
    return list(model.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    arguments = get_args(annotation)[:1] if get_origin(annotation) is Annotated else get_args(annotation)
    for argument in arguments:
        yield from _models_in(argument)


def _check_references(path: Path, mapping: Mapping) -> None:
    """Check what one block says of another: files by name, and times where the leads have none."""
    blocks = dict(_blocks(mapping))
    for key, file in blocks.items():
        if file not in mapping.files:
            raise MappingError(f"{path}: {key}: no such file {file!r}; {did_you_mean(file, mapping.files)}")
    unused = sorted(set(mapping.files) - {file for key, file in blocks.items() if not key.startswith("refuse")})
    if unused:
        raise MappingError(f"{path}: files.{unused[0]}: no block reads it", hint="use it or take it out")
    _check_times(path, mapping)
    _check_entities(path, mapping)


def _blocks(mapping: Mapping) -> Iterator[tuple[str, str]]:
    yield "leads.file", mapping.leads.file
    for name in ("attributes", "events", "opportunities", "verdicts"):
        for number, block in enumerate(getattr(mapping, name)):
            yield f"{name}[{number}].file", block.file
    for file in mapping.refuse:
        yield f"refuse.{file}", file


def _check_times(path: Path, mapping: Mapping) -> None:
    undated = mapping.undated
    if undated and (mapping.events or mapping.verdicts):
        name = "events" if mapping.events else "verdicts"
        raise MappingError(f"{path}: {name}: need times, and leads.order_by says that there are none")
    if mapping.leads.created and not mapping.events:
        raise MappingError(f"{path}: leads.created: first_event, and the mapping has no events")
    for number, block in enumerate(mapping.opportunities):
        if undated == (block.label is None):
            wanted = "label and positive" if undated else "created_at"
            why = "no times" if undated else "times"
            raise MappingError(f"{path}: opportunities[{number}]: the leads have {why}; expected {wanted}")
    for number, attributes in enumerate(mapping.attributes):
        if undated and attributes.known_at is not None:
            raise MappingError(
                f"{path}: attributes[{number}].known_at: the leads have no times; expected at: created"
            )


def _check_entities(path: Path, mapping: Mapping) -> None:
    for name in ("attributes", "opportunities"):
        for number, block in enumerate(getattr(mapping, name)):
            if block.lead is None and block.account is None and block.file != mapping.leads.file:
                message = f"{path}: {name}[{number}]: lead is missing: {block.file!r} is not the file of the leads"
                raise MappingError(message, hint="name the column with the lead's id")
