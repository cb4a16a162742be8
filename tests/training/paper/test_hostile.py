"""Texts of a card and of the data that would break a page, or take it over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.card import PointCard, bind_card
from tests.training.paper.page_reading import read
from training.paper import paper_for, write_paper
from training.paper.texts import tidy
from training.rules.model_worth import Lacking

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></svg></table><h1>mine</h1>",
    "{{ 7 * 7 }} {% raw %} ${x}",
    "x" * 80,
    "very long name with words " * 3,
    "מנהל שיווק ומעלה",
    "مدير التسويق 20 نقطة",
    "🎉👩‍👩‍👧‍👦🚀 party",
    "turned\u202eright to left\u202d",
    "a\u0301\u0301\u0301\u0301\u0301\u0301\u0301 stacked",
    "&lt;b&gt; &amp; 'quotes' \"more\"",
    "−∞ 漢字かな交じり文の長い規則の名前 full width",
)


@pytest.fixture(scope="module")
def hostile(pieces):
    """Return the duel with a card whose every text is hostile, and the paper of it."""
    content = pieces.duel.b.scorer.card.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    names = iter(HOSTILE)
    for axis in ("fit", "engagement"):
        for rule in content[axis]["rules"]:
            rule["name"] = next(names)[:80]
    content["title"] = "</style><script>alert('title')</script> כותרת"
    content["agreed"]["by"] = ["$(reboot); `x` '", "<b>Sales</b>", "-" * 90]
    card = PointCard.model_validate(content)
    profile = pieces.duel.ground.profile
    owners = [(known.entity, known.name) for known in profile.attributes]
    scorer = bind_card(card, owners, list(profile.kinds))
    notes = (*pieces.duel.notes, f"The data have nothing of rule {HOSTILE[0]}{HOSTILE[1]}.")
    return replace(pieces.duel, b=replace(pieces.duel.b, scorer=scorer), notes=notes)


def test_hostile_texts_are_shown_and_do_nothing(hostile):
    html = paper_for(hostile).html
    page = read(html)
    assert not page.all("script", "img")
    assert len(page.all("b")) == len(page.all("figcaption"))
    assert len(page.all("h1")) == 1
    assert len(page.all("style")) == 1
    assert "alert(1)" in page.said
    assert "onerror=alert" not in html.replace("onerror=alert(1)&gt;", "")
    assert "7 * 7" in page.said
    assert not any(turning in html for turning in "\u202e\u202d")


def test_commands_quote_what_people_are_called(hostile, pieces):
    html = write_paper(hostile, pieces.verdicts, pieces.refit, stem="it's; a paper")
    commands = [one.said for one in read(html).all("pre")]
    if pieces.refit.steps:
        assert "--by '$(reboot); `x` '\"'\"''" in commands[0]
    assert all("\n" not in command.strip() for command in commands)


def test_groups_of_the_model_are_the_data_s_own_texts(pieces):
    lacks = tuple(Lacking(text, 3.0, 0.1) for text in HOSTILE)
    html = write_paper(pieces.duel, replace(pieces.verdicts, lacks=lacks), pieces.refit)
    page = read(html)
    assert not page.all("script", "img")
    assert "alert(1)" in page.said


@pytest.mark.parametrize("text", HOSTILE)
def test_a_tidy_text_is_short_and_on_one_line(text):
    found = tidy(f"{text}\n\x00\x85{text}", 50)
    assert len(found) <= 50
    assert found.isprintable() or "\u200d" in found
