"""The mappings that a service knows: those that come with it, and those of the files that an operator names."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import ConfigError, did_you_mean
from features.yaml_files import read_model, read_yaml
from serving.adapters.mapping import Mapping
from serving.adapters.taken import Taker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from features.payload import Vocabulary

FOLDER = Path(__file__).with_name("mappings")
SHIPPED = ("hubspot", "marketo", "salesforce")
MANUAL = "serving/adapters/mappings/hubspot.yaml explains the format"


def read_mapping(path: Path) -> Mapping:
    """Read a mapping's YAML.

    Raises
    ------
    ConfigError
        The file is missing, is not YAML, or says what cannot be understood; the message names file and key, and
        ``leadquality mapping check`` tells all faults at once, with their lines.

    """
    content = read_yaml(path, wanted="a mapping in YAML", hint=MANUAL)
    return read_model(content, Mapping, where=str(path), hint=f"leadquality mapping check {path}")


def shipped_path(name: str) -> Path:
    """Return the file of a mapping that comes with the service; what is no such name is a path itself."""
    return FOLDER / f"{name}.yaml" if name in SHIPPED else Path(name)


@dataclass(frozen=True)
class Unknown:
    """What a mapping names and a model does not know: ``path`` leads to it in the mapping."""

    path: tuple[str | int, ...]
    what: str
    hint: str


def unknown_to(mapping: Mapping, vocabulary: Vocabulary) -> Iterator[Unknown]:
    """Yield what a mapping names that the model does not know: it is remembered, and not scored."""
    for name, each in mapping.attributes.items():
        if vocabulary.owner_of(each.entity, name) in vocabulary.attributes:
            continue
        if ("lead", name) in vocabulary.attributes:
            yield Unknown(
                ("attributes", name), f"attribute {name!r} is the lead's in this model", "say entity: lead"
            )
        else:
            hint = did_you_mean(name, {known for _, known in vocabulary.attributes})
            yield Unknown(("attributes", name), f"attribute {name!r} is none that this model knows", hint)
    known = set(vocabulary.kinds)
    for number, rule in enumerate(mapping.events):
        for kind in sorted({rule.kind.const, *rule.kind.values.values()} - known - {None}, key=str):
            what = f"event kind {kind!r} is none that this model knows"
            yield Unknown(("events", number, "kind"), what, did_you_mean(str(kind), known))


class Library(AnyMapping[str, Taker]):
    """Mappings by name, each ready to read records; a file's takes the place of a shipped one of its name."""

    def __init__(self, files: Iterable[Path] = ()) -> None:
        self.files = {path: read_mapping(path) for path in files}
        named: dict[str, Path] = {}
        for path, mapping in self.files.items():
            if mapping.name in named:
                message = f"{path}: is named {mapping.name!r} like {named[mapping.name]}"
                raise ConfigError(message, hint="give each mapping a name of its own")
            named[mapping.name] = path
        self._takers = {name: Taker(read_mapping(shipped_path(name))) for name in SHIPPED}
        self._takers |= {mapping.name: Taker(mapping) for mapping in self.files.values()}

    def __getitem__(self, name: str) -> Taker:
        return self._takers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._takers)

    def __len__(self) -> int:
        return len(self._takers)

    def notes(self, vocabulary: Vocabulary) -> list[str]:
        """Return in sentences what mappings name and the model does not know: for shipped ones one sentence."""
        notes = [
            f"{path}: {one.what}: remembered, not scored; {one.hint}"
            for path, mapping in self.files.items()
            for one in unknown_to(mapping, vocabulary)
        ]
        own = {mapping.name for mapping in self.files.values()}
        counts = {
            name: sum(1 for _ in unknown_to(self[name].mapping, vocabulary)) for name in SHIPPED if name not in own
        }
        if any(counts.values()):
            told = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
            check = "leadquality mapping check NAME --model champion"
            notes.append(f"Names in built-in mappings that this model does not know: {told}; see them: {check}")
        return notes
