"""The schema by which editors complete and check."""

from __future__ import annotations

import random
from pathlib import Path

import jsonschema
import pytest
import yaml

import models
from features.yaml_files import PlainLoader
from models.card.schema import card_schema
from tests.models.card.check.base import BASE, spoiled
from tests.models.card.random_cards import random_card

SHIPPED = sorted((Path(models.__file__).parent / "cards").glob("*.yaml"))


def as_json(text):
    """Return what an editor holds against the schema: keys are texts there, and true is no text."""
    found = yaml.load(text, PlainLoader)  # noqa: S506 - it is a SafeLoader
    for rule in found["engagement"]["rules"]:
        if rule.get("each") == "true":
            rule["each"] = True
    if isinstance(found.get("grid"), dict):
        found["grid"]["engagement"] = {str(key): value for key, value in found["grid"]["engagement"].items()}
    return found


@pytest.mark.parametrize("text", [BASE, *(path.read_text(encoding="utf-8") for path in SHIPPED)])
def test_the_schema_takes_good_cards(text):
    schema = card_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(as_json(text))


@pytest.mark.parametrize("seed", range(20))
def test_the_schema_takes_every_sort_of_rule(seed):
    card = random_card(random.Random(seed), {"title": ["VP"]}, {"size": [1, 2.5]}, ["visit", "mail"])
    if "grid" in card:
        card["grid"]["engagement"] = {str(key): value for key, value in card["grid"]["engagement"].items()}
    jsonschema.validate(card, card_schema())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("points: 20", "points: lots"),
        ("attribute: title", "atribute: title"),
        ("attribute: title", "attribute: title\n      event: visit"),
        ("      contains: [director, chief]\n", ""),
        ("within: 90d", "within: soon"),
        ("{A: 40, B: 20, C: 5}", "{A: 40, B: 20}"),
        ("event: web_visit", "event: web_visit\n      who: boss"),
        ("version: 2", "version: 1"),
        ("name: small", "name: My Card"),
        ("qualified: 20\n", ""),
    ],
)
def test_the_schema_refuses_what_an_editor_should_underline(old, new):
    assert not jsonschema.Draft202012Validator(card_schema()).is_valid(as_json(spoiled(old, new)))


def test_every_key_is_described():
    schema = card_schema()
    blocks = [schema, *schema["$defs"].values()]
    assert [
        key for block in blocks for key, one in block["properties"].items() if not one.get("description")
    ] == []
