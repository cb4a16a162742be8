"""What teams call headings, attributes and event kinds: ``phrases.yaml``, and a file of the user's over it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from features.errors import ConfigError, did_you_mean
from features.yaml_files import read_model, read_yaml
from models.card.card import AXES
from models.card.sheet.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

#: What a column may hold.
HEADINGS = (
    *("axis", "rule", "condition", "subject", "operator", "value", "within", "half_life"),
    *("points", "cap", "active", "notes"),
)
OUTCOMES = ("opportunity", "opportunity_won", "opportunity_lost")
_FILE = Path(__file__).parent / "phrases.yaml"
_FILLERS = {
    "a",
    "an",
    "the",
    "our",
    "of",
    "any",
    "to",
    "at",
    "for",
    "in",
    "on",
    "by",
    "has",
    "have",
    "der",
    "die",
    "das",
    "eine",
    "ein",
}


class _Tables(BaseModel):
    """The tables of a file of phrases."""

    model_config = ConfigDict(extra="forbid")

    headings: dict[str, list[str]] = {}
    axes: dict[str, list[str]] = {}
    attributes: dict[str, list[str]] = {}
    events: dict[str, list[str]] = {}
    account: dict[str, list[str]] = {}
    settings: dict[str, list[str]] = {}
    totals: list[str] = []


@dataclass(frozen=True)
class Phrases:
    """Names by what people call them."""

    # Headings, axes, settings and totals by plain(); attributes, events and outcomes by key().
    headings: Mapping[str, str]
    axes: Mapping[str, str]
    attributes: Mapping[str, str]
    events: Mapping[str, str]
    account: Mapping[str, str]
    settings: Mapping[str, str]
    totals: frozenset[str]

    def with_kinds(self, kinds: Iterable[str]) -> Phrases:
        """Return phrases that also know event kinds by their own names."""
        return replace(self, events={**{key(kind): kind for kind in kinds}, **self.events})


def key(phrase: str) -> str:
    """Return what two ways of saying the same have in common.

    >>> key("Webinars attended") == key("attended a webinar"), key("E-Mail opens")
    (True, 'email open')
    """
    plain = re.sub(r"\be-?mails?\b", "email", phrase.lower())
    words = re.findall(r"[^\W_]+|[#+/-]+", plain.replace("-", " ") if re.search(r"\w", plain) else plain)
    stems = [
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in words
    ]
    kept = [stem for stem in stems if stem not in _FILLERS] or stems
    return " ".join(sorted(kept))


def plain(phrase: str) -> str:
    """Return a heading without case and punctuation.

    >>> plain("Points (+/-)"), plain("Half-Life:")
    ('points +/-', 'half life')
    """
    words = re.findall(r"[^\W_]+|#|\+/-", phrase.lower())
    return " ".join(words)


def read_phrases(path: Path, over: Phrases | None = None) -> Phrases:
    """Read a file of phrases over those that are shipped.

    Raises
    ------
    ConfigError
        The file is missing, is not YAML, or has a table of another name.

    """
    wanted = "tables of phrases, as in models/card/sheet/phrases.yaml"
    tables = read_model(read_yaml(path, wanted=wanted), _Tables, where=str(path), hint=f"expected {wanted}")
    known = {"headings": HEADINGS, "axes": AXES, "account": OUTCOMES, "settings": SETTINGS}
    for table, names in known.items():
        for name in getattr(tables, table):
            if name not in names:
                raise ConfigError(f"{path}: {table}.{name}: no such name; {did_you_mean(name, names)}")
    base = over or SHIPPED
    return Phrases(
        headings={**base.headings, **_by(plain, tables.headings)},
        axes={**base.axes, **_by(plain, tables.axes)},
        attributes={**base.attributes, **_by(key, tables.attributes)},
        events={**base.events, **_by(key, tables.events)},
        account={**base.account, **_by(key, tables.account)},
        settings={**base.settings, **_listed(tables.settings)},
        totals=base.totals | {plain(phrase) for phrase in tables.totals},
    )


def _by(way: Callable[[str], str], table: Mapping[str, list[str]]) -> dict[str, str]:
    return {way(phrase): name for name, phrases in table.items() for phrase in (name, *phrases)}


def _listed(table: Mapping[str, list[str]]) -> dict[str, str]:
    """Return settings by their phrases alone: "title" is an attribute's heading far more often than a card's."""
    return {plain(phrase): name for name, phrases in table.items() for phrase in phrases}


_NONE = Phrases({}, {}, {}, {}, {}, {}, frozenset())
SHIPPED = read_phrases(_FILE, _NONE)
