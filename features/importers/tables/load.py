"""From a YAML file to a checked mapping; every fault is one line with file, key and the nearest known name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import MappingError, did_you_mean
from features.importers.tables.mapping import Mapping
from features.yaml_files import read_model, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MANUAL = "the mappings in features/mappings explain each key"


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises
    ------
    MappingError
        The file cannot be read, is not YAML, or a key or value does not belong.

    """
    wanted = "a mapping in YAML, with keys such as version, files and leads"
    content = read_yaml(path, wanted=wanted, hint=_MANUAL, error=MappingError)
    mapping = read_model(content, Mapping, where=str(path), hint=_MANUAL, error=MappingError)
    _check_references(path, mapping)
    return mapping


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
