"""Every fault of a mapping at once, each with line, column and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from features.errors import ConfigError
from models.card.check.fault import Fault, Finding
from models.card.check.tree import read_tree
from models.card.check.wording import reworded, without_echoes
from serving.adapters.library import MANUAL, unknown_to
from serving.adapters.mapping import Mapping
from serving.adapters.paths import parse_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from features.payload import Vocabulary
    from models.card.check.tree import Tree


def check_mapping(path: Path, vocabulary: Vocabulary | None = None) -> list[Fault]:
    """Return every fault of a mapping's file, by line; with a ``vocabulary`` also what the model does not know.

    Raises
    ------
    ConfigError
        The file is not there or cannot be read; what it holds is never a reason.

    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file; expected a mapping in YAML", hint=MANUAL) from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}", hint=MANUAL) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return [Fault(line, 1, "error", "is not UTF-8 text", "save the file as UTF-8")]
    return check_text(text, vocabulary)


def check_text(text: str, vocabulary: Vocabulary | None = None) -> list[Fault]:
    """Return every fault of a mapping's text."""
    tree = read_tree(text)
    faults = [_of_mapping(fault) for fault in tree.faults]
    if not isinstance(tree.content, dict) or not tree.content:
        seen = "is empty" if not tree.content else f"holds a {type(tree.content).__name__}"
        return faults or [Fault(1, 1, "error", f"{seen}; expected a mapping in YAML", MANUAL)]
    said = {(fault.line, fault.column) for fault in faults}
    for found in _findings(tree, vocabulary):
        place = tree.place(found.path, on_key=found.on_key)
        if place not in said:
            faults.append(Fault(*place, found.severity, found.what, found.hint))
    return sorted(set(faults), key=lambda fault: (fault.line, fault.column, fault.what))


def _findings(tree: Tree, vocabulary: Vocabulary | None) -> Iterator[Finding]:
    try:
        mapping = Mapping.model_validate(tree.content)
    except ValidationError as error:
        for fault in without_echoes(error):
            found = reworded(fault, Mapping)
            yield found._replace(what=found.what.replace("the card", "the mapping"))
        return
    yield from _doubts(mapping)
    if vocabulary is not None:
        for one in unknown_to(mapping, vocabulary):
            yield Finding(one.path, one.what, f"{one.hint}; it is remembered, not scored", "warning", on_key=True)


def _doubts(mapping: Mapping) -> Iterator[Finding]:
    if not mapping.attributes and not mapping.events:
        yield Finding(("lead_id",), "maps neither attributes nor events: every lead would score alike")
    if mapping.as_of is None:
        what = "as_of is missing: a record told again days later would be taken for news"
        hint = "name the time of the record's last change, so that a repeat gives the same receipt"
        yield Finding(("lead_id",), what, hint, "warning", on_key=True)
    for name, each in mapping.attributes.items():
        for path in each.path or ():
            if (why := _why_refused(str(parse_path(path)[-1]))) is not None:
                what = f"{path} {why}"
                hint = "an import refuses it too: a model that learns from it is blind when it counts"
                yield Finding(("attributes", name), what, hint, "warning", on_key=True)


def _why_refused(field: str) -> str | None:
    """Return why the imports never take a field for an attribute, None where they may."""
    # Only a check needs them, and they bring the database with them.
    from features.importers.hubspot.fields import why_refused  # noqa: PLC0415
    from features.importers.marketo.fields import REFUSED as MARKETO  # noqa: PLC0415
    from features.importers.salesforce.fields import REFUSED as SALESFORCE  # noqa: PLC0415

    said = why_refused(field) or SALESFORCE.get(field) or MARKETO.get(field)
    if said is None:
        return None
    return said if said.split()[0] in {"tells", "names", "is", "counts"} else f"is {said}"


def _of_mapping(fault: Fault) -> Fault:
    what, hint = (
        None if text is None else text.replace("a card", "a mapping") for text in (fault.what, fault.hint)
    )
    return Fault(fault.line, fault.column, fault.severity, what or "", hint)
