"""The card's file: what a rule may say, and what is refused with the place and a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

import models
from features.errors import ConfigError
from features.facts.clock import DAY
from features.language import ALL_TIME
from models.card import PointCard, read_card

SHIPPED = sorted((Path(models.__file__).parent / "cards").glob("*.yaml"))
HEAD = """version: 1
name: small
agreed: {by: [Ann], on: 2025-03-03}
grades: {A: 60, B: 40, C: 20}
qualified: 40
"""
RULE = "rules: [{name: Chief, attribute: title, equals: CEO, points: 20}]\n"


def read(tmp_path, text):
    path = tmp_path / "card.yaml"
    path.write_text(text, encoding="utf-8")
    return read_card(path)


def rule(body):
    return HEAD + "rules: [{name: R, points: 5, " + body + "}]\n"


def test_a_card_is_read_and_its_json_reads_back(tmp_path):
    card = read(tmp_path, HEAD + RULE)
    assert card.rules[0].points == 20
    assert card.agreed.on.isoformat() == "2025-03-03"
    assert PointCard.from_json(card.to_json()) == card


@pytest.mark.parametrize(
    ("body", "span"),
    [
        ("event: visit, within: 30d", 30 * DAY),
        ("event: visit, within: 2w", 14 * DAY),
        ("event: visit, within: all", ALL_TIME),
        ("event: visit", ALL_TIME),
    ],
)
def test_the_window_of_an_event_rule(tmp_path, body, span):
    assert read(tmp_path, rule(body)).rules[0].span == span


def test_a_number_in_equals_is_text(tmp_path):
    assert read(tmp_path, rule("attribute: floor, equals: 7")).rules[0].equals == "7"


def test_the_label_follows_the_meaning_and_not_the_layout(tmp_path):
    card = read(tmp_path, HEAD + RULE)
    assert card.label == f"small@{card.digest[:8]}"
    assert read(tmp_path, "# agreed in spring\n" + RULE + "\n\n" + HEAD).label == card.label
    assert read(tmp_path, (HEAD + RULE).replace("points: 20", "points: 21")).label != card.label


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD, "rules: is missing"),
        (HEAD + "rules: []\n", "rules: list should have at least 1 item"),
        (HEAD.replace("version: 1", "version: 2") + RULE, "version: input should be 1, seen 2"),
        (
            HEAD.replace("name: small", "name: My Card") + RULE,
            "name: string should match pattern '^[a-z][a-z0-9_]*$', seen 'My Card'",
        ),
        (HEAD.replace("{by: [Ann], ", "{") + RULE, "agreed.by: is missing"),
        (HEAD.replace("[Ann]", "[]") + RULE, "agreed.by: list should have at least 1 item"),
        (HEAD.replace("2025-03-03", "spring") + RULE, "agreed.on: input should be a valid date"),
        (HEAD.replace("B: 40", "B: 60") + RULE, "grades must descend, A > B > C; these are 60, 60, 20"),
        (HEAD.replace(", C: 20", "") + RULE, "grades.C: is missing"),
        (HEAD.replace("qualified: 40\n", "") + RULE, "qualified: is missing"),
        (HEAD + "cap: 0\n" + RULE, "cap: input should be greater than or equal to 1, seen 0"),
        (HEAD + "colour: red\n" + RULE, "colour: no such key; known are: agreed, cap,"),
        (HEAD + RULE.replace("points: 20", "points: lots"), "rules[0].points: input should be a valid integer"),
        (HEAD + RULE.replace("points: 20", "points: 2.5"), "rules[0].points: input should be a valid integer"),
        (
            HEAD + RULE.replace("attribute", "atribute"),
            "rules[0].atribute: no such key; did you mean 'attribute'?",
        ),
        (
            HEAD + RULE.replace("]\n", ", {name: Chief, event: visit, points: 1}]\n"),
            "rule names must be unique; repeated: Chief",
        ),
        (rule("attribute: a, event: b"), "rule 'R': give either an attribute or an event"),
        (rule("equals: b"), "rule 'R': give either an attribute or an event"),
        (rule("attribute: a"), "rule 'R': give one of equals, in, contains, between"),
        (rule("attribute: a, equals: b, in: [c]"), "rule 'R': give one of equals, in, contains, between"),
        (rule("attribute: a, in: []"), "rules[0].in: list should have at least 1 item"),
        (rule("event: a, equals: b"), "rule 'R': equals, in, contains and between are for attributes"),
        (rule("attribute: a, equals: b, within: 30d"), "rule 'R': within are for events"),
        (rule("attribute: a, equals: b, each: true, cap: 5"), "rule 'R': each, cap are for events"),
        (rule("event: a, cap: 10"), "rule 'R': a cap needs each: true"),
        (rule("event: a, each: true, at_least: 2"), "rule 'R': each and at_least exclude one another"),
        (rule("event: a, at_least: 0"), "rules[0].at_least: input should be greater than or equal to 1, seen 0"),
        (rule("event: a, within: 30 days"), "'30 days' is not a duration"),
        (rule("attribute: a, between: [null, null]"), "rule 'R': between needs a lower or an upper end"),
        (rule("attribute: a, between: [5, 1]"), "rule 'R': between 5 and 1 holds nothing"),
        (rule("attribute: a, between: [5]"), "rules[0].between[1]: is missing"),
    ],
)
def test_a_card_that_is_not_in_the_format_is_an_error_that_names_the_place(tmp_path, text, message):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert message in caught.value.message
    assert caught.value.message.startswith(f"{tmp_path / 'card.yaml'}: ")
    assert caught.value.hint == "see models/cards/b2b_example.yaml"


def test_a_missing_card_says_what_was_wanted(tmp_path):
    with pytest.raises(ConfigError, match="no such file; expected a point card in YAML"):
        read_card(tmp_path / "none.yaml")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_card_reads(path):
    card = read_card(path)
    assert card.name == path.stem
    assert card.grades.C < card.qualified <= sum(max(rule.points, 0) for rule in card.rules)
