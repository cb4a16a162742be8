"""Texts that two rules both meet, many ranges at once, letters that nobody sees, names alike, aliases."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from features.errors import ConfigError
from models.card import read_card
from models.card.check import check_card, errors_in
from models.card.check.overlaps import MOST_NAMED
from models.card.letters import hidden_letter
from models.card.sign import sign_card
from tests.models.card.check.base import BASE, spoiled

ANOTHER = "    - name: {name}\n      attribute: {attribute}\n      {test}\n      points: 5\n"


def with_rules(*rules, attribute="title"):
    """Return the card with rules more under fit, each a name and a test."""
    more = "".join(ANOTHER.format(name=name, test=test, attribute=attribute) for name, test in rules)
    return spoiled("engagement:\n", more + "engagement:\n")


def overlaps(text):
    found = check_card(text)
    assert errors_in(found) == []
    return [fault.what for fault in found]


@pytest.mark.parametrize(
    ("test", "text"),
    [
        ("contains: [Managing Director]", "managing director"),
        ("contains: [cto, ' Chief ']", "chief"),
        ("equals: Sales Director", "sales director"),
        ("in: [CTO, chief]", "chief"),
    ],
)
def test_a_text_that_two_rules_meet_is_told(test, text):
    said = f"rules 'Boss' and 'More' overlap: with {text!r} as title a lead gets both"
    assert overlaps(with_rules(("More", test))) == [said]


@pytest.mark.parametrize("test", ["contains: [mischief]", "equals: directory", "contains: [cto]"])
def test_a_text_in_the_middle_of_a_word_is_no_overlap(test):
    assert overlaps(with_rules(("More", test))) == []


def test_of_another_attribute_no_text_overlaps():
    assert overlaps(with_rules(("More", "contains: [director]"), attribute="function")) == []


def test_many_overlaps_are_named_to_some_and_counted_soon():
    number = 1500
    rules = [(f"R{i}", f"between: [{i}, {number + i}]") for i in range(number)]
    began = time.monotonic()
    said = overlaps(with_rules(*rules, attribute="size"))
    assert time.monotonic() - began < 20
    assert len(said) == MOST_NAMED + 1
    pairs = number * (number - 1) // 2
    assert f"and {pairs - MOST_NAMED:,} more pairs of rules overlap: a lead can get both" in said


def test_the_count_of_overlaps_is_that_of_all_pairs():
    spans = [(0, 5), (5, 9), (7, 7), (9, 20), (21, 30), (2, 40), (8, 8)]
    pairs = sum(a <= d and c <= b for i, (a, b) in enumerate(spans) for c, d in spans[:i])
    said = overlaps(with_rules(*((f"R{a}-{b}", f"between: [{a}, {b}]") for a, b in spans), attribute="size"))
    assert len(said) == pairs
    assert "rules 'R0-5' (0 to 5) and 'R5-9' (5 to 9) overlap at 5: such a lead gets both" in said


HIDDEN = ["Bo\\x1b[31mss", "Bo\\u202ess", "Bo\\nss", "Bo\\tss", "Bo\\u2066ss", "Bo\\u2028ss"]


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("place", ["name: Boss", "contains: [director, chief]", "by: [Ann, Bob]"])
def test_letters_that_nobody_sees_are_refused(tmp_path, name, place):
    text = spoiled(place, {"n": f'name: "{name}"', "c": f'contains: ["{name}"]', "b": f'by: ["{name}"]'}[place[0]])
    [fault] = errors_in(check_card(text))
    assert fault.what.startswith("holds ")
    assert fault.line == BASE[: BASE.index(place)].count("\n") + 1
    path = tmp_path / "card.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="holds "):
        read_card(path)


def test_a_note_may_have_lines_and_a_name_any_script():
    text = spoiled("  on: 2025", "  note: |\n    one\n    two\n  on: 2025").replace(
        "name: Boss", "name: مدير 经理 é"
    )
    assert check_card(text) == []
    assert hidden_letter("one\ntwo", lines=True) is None
    assert hidden_letter("one\x1b", lines=True) == "the control character U+001B"


def test_names_alike_but_for_case_and_blanks_are_one(tmp_path):
    text = spoiled("name: Small firm", 'name: "big  FIRM"')
    [fault] = errors_in(check_card(text))
    assert fault.what == "rule 'Big firm' has the name of 'big  FIRM'; case and blanks do not count"
    path = tmp_path / "card.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="rule names must be unique"):
        read_card(path)


def test_a_bomb_of_aliases_is_named():
    levels = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))
    began = time.monotonic()
    [fault] = check_card(BASE + "a0: &a0 [x]\n" + levels)
    assert time.monotonic() - began < 5
    assert "&a0, &a1" in fault.what
    assert "aliases" in fault.what


def test_a_merge_key_as_a_value_is_an_error():
    [fault] = errors_in(check_card(spoiled("name: Boss", "name: <<")))[:1]
    assert fault.what == "<< has a meaning of its own in YAML"


@pytest.mark.parametrize(("text", "seen"), [("5", "a whole number"), ("2.5", "a number"), ("word", "plain text")])
def test_what_stands_there_instead_of_keys_is_said_in_words(text, seen):
    assert check_card(text)[0].what == f"holds {seen}; expected a point card in YAML"


def signing(tmp_path, text, on):
    path = tmp_path / "card.yaml"
    path.write_text(text, encoding="utf-8")
    return sign_card(path, ["Ann"], on)


def test_a_card_that_nobody_agreed_is_not_signed(tmp_path):
    with pytest.raises(ConfigError, match="nobody has agreed the card") as caught:
        signing(tmp_path, spoiled("[Ann, Bob]", "[nobody yet]"), dt.date(2025, 3, 3))
    assert "by:" in caught.value.hint
    assert "on:" in caught.value.hint


def test_a_day_on_which_nobody_can_have_signed(tmp_path):
    with pytest.raises(ConfigError, match="before it was agreed on 2025-03-03"):
        signing(tmp_path, BASE, dt.date(2025, 3, 2))
    with pytest.raises(ConfigError, match="today is"):
        signing(tmp_path, BASE, dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3))
    assert signing(tmp_path, BASE, dt.date(2025, 3, 3)).signed.on == dt.date(2025, 3, 3)


def test_an_agreement_still_to_come_is_a_warning():
    [fault] = check_card(spoiled("2025-03-03", "2999-03-03"))
    assert (fault.line, fault.severity) == (5, "warning")
    assert "still to come" in fault.what
