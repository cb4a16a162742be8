"""The card's file: what a rule may say, what is refused, and what the label follows."""

from __future__ import annotations

from pathlib import Path

import pytest

import models
from features.errors import ConfigError
from features.facts.clock import DAY
from features.language import ALL_TIME
from models.card import PointCard, Rule, read_card
from tests.models.card.check.base import BASE

SHIPPED = sorted((Path(models.__file__).parent / "cards").glob("*.yaml"))


def read(tmp_path, text):
    path = tmp_path / "card.yaml"
    path.write_text(text, encoding="utf-8")
    return read_card(path)


def rule(**keys):
    return Rule.model_validate({"name": "R", "points": 5} | keys)


def test_minus_zero_is_zero_so_that_equal_cards_have_one_digest():
    late = {"event": "webinar", "days_since": [-0.0, 7]}
    assert str(rule(**late).days_since) == "(0.0, 7.0)"


def test_a_card_is_read_and_its_json_reads_back(tmp_path):
    card = read(tmp_path, BASE)
    assert [one.name for one in card.rules] == ["Boss", "Small firm", "Big firm", "Webinar", "Fresh visit"]
    assert [len(axis.rules) for axis in card.axes.values()] == [3, 2]
    assert card.agreed.on.isoformat() == "2025-03-03"
    assert card.grid.engagement.as_tuple() == (20, 10, 5)
    assert PointCard.from_json(card.to_json()) == card


@pytest.mark.parametrize(
    ("keys", "subject", "kinds", "texts"),
    [
        ({"attribute": "title", "equals": "VP"}, "attribute", (), ("VP",)),
        ({"attribute": "title", "equals": 7}, "attribute", (), ("7",)),
        ({"attribute": "title", "in": ["VP", 7.5]}, "attribute", (), ("VP", "7.5")),
        ({"attribute": "title", "contains": ["vp", "cto"]}, "attribute", (), ("vp", "cto")),
        ({"attribute": "size", "between": [1, None]}, "attribute", (), ()),
        ({"attribute": "size", "missing": True}, "attribute", (), ()),
        ({"event": "visit"}, "event", ("visit",), ()),
        ({"event": ["visit", "mail", "visit"]}, "event", ("visit", "mail"), ()),
        ({"account": "opportunity_won"}, "account", ("opportunity_won",), ()),
    ],
)
def test_what_a_rule_is_about(keys, subject, kinds, texts):
    found = rule(**keys)
    assert (found.subject, found.kinds, found.texts) == (subject, kinds, texts)


@pytest.mark.parametrize(
    ("keys", "span"),
    [
        ({"within": "30d"}, 30 * DAY),
        ({"within": "2w"}, 14 * DAY),
        ({"within": 30}, 30 * DAY),
        ({"within": "all"}, ALL_TIME),
        ({}, ALL_TIME),
        ({"half_life": "36h"}, 36 * DAY // 24),
    ],
)
def test_the_window_of_an_event_rule(keys, span):
    assert rule(event="visit", **keys).span == span


@pytest.mark.parametrize(
    ("keys", "most", "least", "repeats"),
    [
        ({"points": 5}, 5, 0, False),
        ({"points": -5}, 0, -5, False),
        ({"points": 5, "each": True}, None, 0, True),
        ({"points": 5, "each": True, "cap": 20}, 20, 0, True),
        ({"points": -5, "each": True}, 0, None, True),
        ({"points": -5, "half_life": "7d", "cap": -20}, 0, -20, True),
        ({"points": 0}, 0, 0, False),
    ],
)
def test_the_most_and_the_least_that_a_rule_gives(keys, most, least, repeats):
    found = rule(event="visit", **keys)
    assert (found.most, found.least, found.repeats) == (most, least, repeats)


def test_the_label_follows_the_meaning_and_not_the_layout(tmp_path):
    card = read(tmp_path, BASE)
    assert card.label == f"small@{card.digest[:8]}"
    head, _, tail = BASE.partition("fit:")
    assert read(tmp_path, f"# agreed in spring\n\nfit:{tail}\n\n{head}").label == card.label
    assert read(tmp_path, BASE + "title: Points of spring\n").label == card.label
    assert read(tmp_path, BASE.replace("points: 20", "points: 21")).label != card.label
    assert read(tmp_path, BASE.replace("by: [Ann, Bob]", "by: [Ann]")).label != card.label


def test_a_signed_card_has_its_label_and_reads_only_as_it_was_signed(tmp_path):
    card = read(tmp_path, BASE)
    signed = f"{BASE}signed: {{by: [Ann], on: 2025-03-04, digest: {card.digest}}}\n"
    assert read(tmp_path, signed).label == card.label
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, signed.replace("points: 20", "points: 25"))
    assert (
        f"signed on 2025-03-04 by Ann as {card.digest[:8]}, but it now says something else" in caught.value.message
    )
    assert f"replaces: {card.label}" in caught.value.hint


def test_reading_refuses_with_the_file_and_the_key(tmp_path):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, BASE.replace("points: 20", "points: lots"))
    path = tmp_path / "card.yaml"
    assert caught.value.message.startswith(f"{path}: fit.rules[0].points: input should be a valid integer")
    assert caught.value.hint == f"leadquality card check {path}"


def test_a_missing_card_says_what_was_wanted(tmp_path):
    with pytest.raises(ConfigError, match="no such file; expected a point card in YAML"):
        read_card(tmp_path / "none.yaml")


def test_names_are_unique_and_there_is_a_rule(tmp_path):
    with pytest.raises(ConfigError, match="rule names must be unique; repeated: Boss"):
        read(tmp_path, BASE.replace("name: Webinar", "name: Boss"))
    with pytest.raises(ConfigError, match="a card needs a rule, under fit or under engagement"):
        read(tmp_path, BASE[: BASE.index("fit:")] + BASE[BASE.index("grades:") :])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_card_reads(path):
    card = read_card(path)
    assert card.name == path.stem
    assert card.grades.C < card.qualified <= sum(max(rule.points, 0) for rule in card.rules)
