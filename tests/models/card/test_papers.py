"""What people hold in their hands: a card shown, compared, written and signed."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest
import yaml

import models
from features.errors import ConfigError
from features.yaml_files import PlainLoader
from models.card import PointCard, Rule, Signature, read_card
from models.card.card_yaml import card_yaml
from models.card.diff import diff_cards
from models.card.show import show_card
from models.card.sign import sign_card
from models.card.words import rule_sentence
from tests.models.card.check.base import BASE, spoiled
from tests.models.card.random_cards import random_card

SHIPPED = sorted((Path(models.__file__).parent / "cards").glob("*.yaml"))
DAY = dt.date(2025, 3, 4)


def card_of(text) -> PointCard:
    return PointCard.model_validate(yaml.load(text, PlainLoader))  # noqa: S506 - it is a SafeLoader


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"attribute": "lead_source", "equals": "Fair"}, "R: 5 points with lead source Fair"),
        ({"attribute": "industry", "in": ["A", "B", "C"]}, "R: 5 points with industry A, B or C"),
        ({"attribute": "title", "contains": ["vp", "cto"]}, "R: 5 points with title containing vp or cto"),
        ({"attribute": "size", "between": [200, 5000]}, "R: 5 points with size 200 to 5,000"),
        ({"attribute": "size", "between": [None, 2.5]}, "R: 5 points with size at most 2.5"),
        ({"attribute": "size", "between": [-7, None]}, "R: 5 points with size at least −7"),
        ({"attribute": "size", "missing": True}, "R: 5 points with size not known"),
        (
            {"attribute": "title", "entity": "lead", "read": "seniority", "equals": "director"},
            "R: 5 points with the lead's title (read as seniority) director",
        ),
        ({"event": "visit"}, "R: 5 points for any visit"),
        (
            {"event": ["visit", "mail_open"], "within": "30d"},
            "R: 5 points for any visit or mail open in the last 30 days",
        ),
        (
            {"event": "visit", "at_least": 3, "within": "1d"},
            "R: 5 points for visit at least 3 times in the last 1 day",
        ),
        ({"event": "visit", "distinct_days": 2}, "R: 5 points for visit on at least 2 different days"),
        ({"event": "visit", "days_since": [None, 7]}, "R: 5 points with the last visit at most 7 days ago"),
        ({"event": "visit", "each": True, "cap": 20}, "R: 5 points for each visit, at most 20"),
        (
            {"event": "visit", "each": True, "points": -1, "cap": -20},
            "R: −1 point for each visit, no lower than −20",
        ),
        (
            {"event": "visit", "half_life": "14d"},
            "R: 5 points for each visit, half of it after 14 days, nothing after 112 days",
        ),
        ({"event": "visit", "who": "colleagues"}, "R: 5 points for any visit of a colleague"),
        (
            {"account": "opportunity_won", "within": "365d"},
            "R: 5 points for any opportunity won with the account in the last 365 days",
        ),
    ],
)
def test_a_rule_in_words(keys, sentence):
    assert rule_sentence(Rule.model_validate({"name": "R", "points": 5} | keys)) == sentence


def test_a_card_as_a_person_reads_it():
    text = BASE + "title: Points of spring\ncap: 55\nactions: {A: call, B: call soon, C: mail, D: nothing}\n"
    card = card_of(text.replace("fit:\n", "fit:\n  cap: 35\n", 1))
    assert show_card(card, unbound=[card.rules[3]]) == [
        f"Points of spring ({card.label})",
        "Agreed by Ann and Bob on 2025-03-03.",
        "Not signed.",
        "",
        "Fit: what a lead is (at most 35 points together)",
        "  Boss: 20 points with title containing director or chief",
        "  Small firm: −10 points with employees at most 50",
        "  Big firm: 15 points with employees 200 to 5,000",
        "",
        "Engagement: what people did",
        "  Webinar: 10 points for each webinar in the last 90 days, at most 20 (the data have nothing of this)",
        "  Fresh visit: 5 points with the last web visit at most 7 days ago",
        "",
        "No lead has more than 55 points.",
        "",
        "Grades",
        "  A  40 or more points: call",
        "  B  20 to 39 points: call soon",
        "  C  5 to 19 points: mail",
        "  D  below 5 points: nothing",
        "Qualified, and handed to sales, from 20 points on.",
        "",
        "Grid, from A1 to D4",
        "  A: fit 30 or more; B: fit 15 to 29; C: fit 1 to 14; D: fit below 1",
        "  1: engagement 20 or more; 2: engagement 10 to 19; 3: engagement 5 to 9; 4: engagement below 5",
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("version", "version", []),
        ("points: 20", "points: 25", ["Boss: 25 points instead of 20"]),
        ("name: Boss", "name: Chief", ["Boss: now called Chief"]),
        (
            "contains: [director, chief]",
            "contains: [director]",
            ["Boss: now with title containing director; before with title containing director or chief"],
        ),
        ("cap: 20", "cap: 30", ["Webinar: capped at 30 points instead of 20"]),
        ("      cap: 20\n", "", ["Webinar: no cap any more; before 20"]),
        ("fit:\n", "fit:\n  cap: 30\n", ["fit: capped at 30 points, before without a cap"]),
        (
            "qualified: 20",
            "qualified: 30\ncap: 50",
            ["total: capped at 50 points, before without a cap", "qualified: from 30 points on instead of 20"],
        ),
        ("{A: 40", "{A: 50", ["grade A: from 50 points on instead of 40"]),
        ("{1: 20", "{1: 25", ["grid: number 1: from 25 points on instead of 20"]),
        ("by: [Ann, Bob]", "by: [Ann]", ["agreed by: Ann; before Ann and Bob"]),
        ("name: small", "name: large", ["name: large; before small"]),
        (
            "qualified: 20",
            "qualified: 20\nactions: {A: call, B: call, C: mail, D: no}",
            [
                "what happens to A: call; before nothing was said",
                "what happens to B: call; before nothing was said",
                "what happens to C: mail; before nothing was said",
                "what happens to D: no; before nothing was said",
            ],
        ),
        (
            "    - name: Big firm\n      attribute: employees\n      between: [200, 5000]\n      points: 15\n",
            "",
            ["Big firm: taken out of fit (15 points with employees 200 to 5,000)"],
        ),
        (
            "    - name: Big firm\n",
            "    - name: New\n      event: fax\n      points: 3\n    - name: Big firm\n",
            ["New: new under fit: 3 points for any fax"],
        ),
        ("      within: 90d\n      each: true\n", "      each: true\n      within: 2160h\n", []),
        ("grid:\n  fit: {A: 30, B: 15, C: 1}\n  engagement: {1: 20, 2: 10, 3: 5}\n", "", ["grid: taken out"]),
    ],
)
def test_what_one_card_says_otherwise(old, new, sentences):
    assert diff_cards(card_of(BASE), card_of(spoiled(old, new))) == sentences


def test_a_rule_that_moves_to_the_other_axis():
    card = card_of(BASE)
    keys = card.model_dump(by_alias=True)
    keys["engagement"]["rules"].append(keys["fit"]["rules"].pop(0))
    assert diff_cards(card, PointCard.model_validate(keys)) == ["Boss: moved from fit to engagement"]


STRANGE_NAMES = [
    "yes",
    "7",
    "a: b",
    "# x",
    "- x",
    "null",
    "2025-01-01",
    "é — ü",
    'say "no"',
    "\U0001f600",
    "[a]",
    "*a",
    "12:30",
]


@pytest.mark.parametrize("seed", range(30))
def test_any_card_is_written_and_reads_back(seed, tmp_path):
    rng = random.Random(seed)
    texts = {"title": ["VP Sales", *STRANGE_NAMES]}
    keys = random_card(rng, texts, {"size": [1, 2.5, 1e6]}, ["visit", "web visit", "yes"])
    rules = [rule for axis in ("fit", "engagement") for rule in keys[axis]["rules"]]
    for rule in rules:
        rule["name"] += f" {rng.choice(STRANGE_NAMES)}"
    keys |= {"title": rng.choice(STRANGE_NAMES), "actions": dict.fromkeys("ABCD", rng.choice(STRANGE_NAMES))}
    keys["agreed"] |= {"note": rng.choice(STRANGE_NAMES), "by": STRANGE_NAMES, "valid_from": "2025-04-01"}
    card = PointCard.model_validate(keys)
    path = tmp_path / "card.yaml"
    path.write_text(card_yaml(card, note="From a meeting.\nOf two."), encoding="utf-8")
    assert read_card(path) == card
    assert path.read_text(encoding="utf-8").startswith("# From a meeting.\n# Of two.\n")
    signed = card.model_copy(update={"signed": Signature(by=["Ann"], on=DAY, digest=card.digest)})
    path.write_text(card_yaml(signed), encoding="utf-8")
    assert read_card(path).signed.by == ["Ann"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_written_card_has_a_comment_a_rule(path):
    card = read_card(path)
    text = card_yaml(card)
    assert card_of(text) == card
    for rule in card.rules:
        assert f"    # {rule_sentence(rule).partition(': ')[2]}\n    - name:" in text or ": " in rule.name


def signing(tmp_path, text=BASE):
    path = tmp_path / "card.yaml"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    "text", [BASE, f"# kept\n{BASE}", BASE.rstrip("\n"), BASE.replace("\n", "\r\n"), f"\ufeff{BASE}"]
)
def test_signing_appends_and_changes_nothing_else(tmp_path, text):
    path = signing(tmp_path, text)
    path.chmod(0o640)
    card = sign_card(path, ["Ann", " yes "], DAY)
    assert path.read_bytes().startswith(text.encode())
    assert read_card(path) == card
    assert (card.signed.by, card.signed.on, card.signed.digest) == (["Ann", "yes"], DAY, card.digest)
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["card.yaml"]
    if "\r\n" in text:
        assert b"\n" not in path.read_bytes().replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("text", "by", "message"),
    [
        (BASE, ["  "], "nobody signs it"),
        (
            spoiled("points: 20", "points: lots"),
            ["Ann"],
            "cannot be signed with 1 fault in it; the first, on line 11",
        ),
        (
            spoiled("{A: 40", "{A: 400"),
            ["Ann"],
            "cannot be signed with 1 fault in it; the first, on line 32: grade A",
        ),
        (f"{BASE}signed: null\n", ["Ann"], "a signed block cannot be appended to it"),
        (f"{BASE}...\n", ["Ann"], "a signed block cannot be appended to it"),
    ],
)
def test_what_cannot_be_signed_stays_as_it_is(tmp_path, text, by, message):
    path = signing(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        sign_card(path, by, DAY)
    assert message in caught.value.message
    assert path.read_bytes() == text.encode()


def test_a_signed_card_is_not_signed_again_and_not_changed(tmp_path):
    path = signing(tmp_path)
    label = sign_card(path, ["Ann"], DAY).label
    with pytest.raises(ConfigError, match="is signed already, on 2025-03-04 by Ann") as caught:
        sign_card(path, ["Bob"], DAY)
    assert f"replaces: {label}" in caught.value.hint
    path.write_text(path.read_text().replace("points: 20", "points: 25"))
    with pytest.raises(ConfigError, match="a signed card cannot change"):
        read_card(path)
