"""The catalogue of sentences, read into a strict model; another language is another file."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from features.yaml_files import read_model, read_yaml

_FOLDER = Path(__file__).parent / "catalogue"
Verb = Literal["one", "many"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShareWords(_Strict):
    """How a share of leads is said from ``least`` on, and the verb's number after it."""

    least: float
    text: str
    verb: Verb


class Catalogue(_Strict):
    """All words of reasons in one language; ``models/reasons/catalogue/en.yaml`` explains each key."""

    language: str
    points: dict[Verb, str]
    minus: str
    cut: str
    shares: tuple[ShareWords, ...]
    exceeded: dict[Literal["tenths", "hundredths"], str]
    comparisons: dict[str, str | dict[Verb, str]]
    units: dict[str, dict[Verb, str]]
    window: dict[Literal["all", "one", "many"], str]
    span: dict[Verb, str]
    whose: dict[Literal["lead", "colleagues", "account"], str]
    ago: dict[Literal["moment", "hours", "days"], str]
    nouns: dict[str, tuple[str, str]]
    mass: frozenset[str]
    mass_noun: tuple[str, str]
    participle: str
    tail: str
    plurals: tuple[tuple[str, str], ...]
    singulars: tuple[tuple[str, str], ...]
    unsaid: frozenset[str]
    sentences: dict[str, dict[str, str | dict[Verb, str]]]
    parting: str
    parting_nothing: str
    within_reach: dict[str, str]
    out_of_reach: frozenset[str]
    would_change: str
    would_change_note: str

    def noun(self, label: str) -> tuple[str, str]:
        """Return what is counted as one and as many.

        >>> english = catalogue()
        >>> english.noun("pricing page visit"), english.noun("webinars"), english.noun("email opened")
        (('pricing page visit', 'pricing page visits'), ('webinar', 'webinars'), ('email opened', 'emails opened'))
        """
        known = self.nouns.get(label.casefold())
        if known is not None:
            return known
        tail = re.search(self.tail, label)
        if tail is not None and tail.start():
            one, many = self.noun(label[: tail.start()])
            return one + tail[0], many + tail[0]
        rest, _, last = label.rpartition(" ")
        if last.casefold() in self.mass:
            return self.mass_noun[0].format(noun=label), self.mass_noun[1].format(noun=label)
        if rest and re.fullmatch(self.participle, last.casefold()):
            one, many = self.noun(rest)
            return f"{one} {last}", f"{many} {last}"
        one = _first(self.singulars, label)
        return (one, label) if one != label else (label, _first(self.plurals, label))

    def duration(self, span: int) -> tuple[int, str, Verb]:
        """Return a span of microseconds as a count, its unit's letter and the unit's number."""
        from features.facts.clock import format_duration  # noqa: PLC0415 - named beside its one use

        text = format_duration(span)
        count = float(text[:-1])
        return int(count), text[-1], "one" if count == 1 else "many"

    def window_words(self, span: int, everlasting: int) -> str:
        """Return " in the last 7 days", " in the last day", or " so far"."""
        if span == everlasting:
            return self.window["all"]
        count, letter, verb = self.duration(span)
        return self.window[verb].format(count=count, unit=self.units[letter][verb])

    def span_words(self, span: int) -> str:
        """Return "7 days" or "1 hour"."""
        count, letter, verb = self.duration(span)
        return self.span[verb].format(count=count, unit=self.units[letter][verb])

    def share_words(self, share: float) -> tuple[str, Verb]:
        """Return a share of leads as people say it, and the number of the verb after it.

        >>> catalogue().share_words(0.87), catalogue().share_words(0.1)
        (('9 of 10 leads', 'many'), ('1 of 10 leads', 'one'))
        """
        said = next(words for words in self.shares if share >= words.least)
        return said.text.format(tenths=round(10 * share), hundredths=round(100 * share)), said.verb

    def exceeded_words(self, share: float) -> str:
        """Return a share that something exceeds, cut off so that "more than" stays true.

        >>> catalogue().exceeded_words(0.87), catalogue().exceeded_words(0.9643)
        ('8 in 10 leads', '96 in 100 leads')
        """
        cut = share - 1e-9
        if share > 0.9:
            return self.exceeded["hundredths"].format(hundredths=int(100 * cut))
        return self.exceeded["tenths"].format(tenths=int(10 * cut))


def _first(rules: tuple[tuple[str, str], ...], label: str) -> str:
    for pattern, into in rules:
        if re.search(pattern, label):
            return re.sub(pattern, into, label, count=1)
    return label


@lru_cache(maxsize=8)
def catalogue(language: str = "en") -> Catalogue:
    """Return a language's catalogue.

    Raises
    ------
    ConfigError
        There is no such file, or it is not a catalogue.

    """
    path = _FOLDER / f"{language}.yaml"
    content = read_yaml(path, wanted="a catalogue of reasons")
    return read_model(content, Catalogue, where=str(path), hint="see models/reasons/catalogue/en.yaml")
