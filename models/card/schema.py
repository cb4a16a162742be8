"""The card's format as JSON Schema, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from models.card.card import PointCard
from models.card.rule_sense import SUBJECTS, TESTS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def card_schema() -> dict[str, Any]:
    """Return the JSON Schema of a card, with descriptions and examples.

    It is for editors: what it accepts may still be refused by ``leadquality card check``, which knows more.
    """
    schema = PointCard.model_json_schema(by_alias=True)
    rule = schema["$defs"]["Rule"]
    rule["description"] = "Points for one thing: an attribute, an event, or what became of the account."
    rule["oneOf"] = [_subject(subject) for subject in SUBJECTS]
    for name, definition in schema["$defs"].items():
        definition.pop("title", None)
        definition["description"] = str(definition.get("description", name)).partition("\n")[0]
        for key in definition.get("properties", {}).values():
            _tidy(key)
    for key in schema["properties"].values():
        _tidy(key)
    return {
        "$schema": _DIALECT,
        **schema,
        "title": "Point card",
        "description": "A point card that marketing and sales agreed by hand: leadquality card check FILE",
    }


def _subject(subject: str) -> dict[str, Any]:
    """Return what a rule about a subject must have; exactly one of these holds for a rule."""
    tests = [{"required": [test]} for test in TESTS[subject]]
    if subject == "attribute":
        return {"required": [subject], "oneOf": tests}
    return {"required": [subject]}


def _tidy(key: dict[str, Any]) -> None:
    """Take away what no editor shows to a person's use."""
    key.pop("title", None)
    if key.get("default", 0) is None:
        key.pop("default")
    choices = key.get("anyOf", [])
    if {"type": "null"} in choices:
        choices.remove({"type": "null"})
        if len(choices) == 1:
            key.pop("anyOf")
            for name, value in choices[0].items():
                key.setdefault(name, value)
