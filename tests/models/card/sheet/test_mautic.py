"""Mautic's point actions as rules, and rules as Mautic's point actions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import models
from features.errors import ConfigError, DataError, LeadQualityError
from models.card import PointCard, read_card
from models.card.sheet import read_mapping, read_mautic, write_mautic
from tests.models.card.sheet.sheets import GIVEN, keys, text_file

CARDS = Path(models.__file__).parent / "cards"
PRICES = "https://example.com/pricing*"
MAPPING = """types: {hubspot.custom: trade_show}
objects:
  form.submit: {3: demo_request, 7: webinar}
  url.hit: {"https://example.com/pricing*": pricing_page_visit}
"""


def action(kind, number=1, **more):
    return {
        "id": number,
        "name": f"{kind} {number}",
        "description": None,
        "category": None,
        "isPublished": True,
        "publishUp": None,
        "publishDown": None,
        "type": kind,
        "delta": 5,
        "properties": [],
        "repeatable": False,
        **more,
    }


def read(tmp_path, points, mapping=MAPPING, **more):
    content = points if isinstance(points, dict) else {"total": len(points), "points": points}
    text_file(tmp_path / "points.json", json.dumps(content))
    text_file(tmp_path / "mapping.yaml", mapping)
    return read_mautic(
        tmp_path / "points.json", given=GIVEN, mapping=read_mapping(tmp_path / "mapping.yaml"), **more
    )


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (action("email.open"), {"event": "email_open"}),
        (action("email.open", repeatable=True), {"event": "email_open", "each": True}),
        (action("email.open", delta="-5"), {"event": "email_open", "points": -5}),
        (action("form.submit", properties={"forms": [3]}), {"event": "demo_request"}),
        (action("form.submit", properties={"forms": [3, "7"]}), {"event": ["demo_request", "webinar"]}),
        (action("form.submit", properties={"forms": {"0": 3}}), {"event": "demo_request"}),
        (action("page.hit", properties={"pages": []}), {"event": "web_visit"}),
        (action("hubspot.custom"), {"event": "trade_show"}),
        (
            action("url.hit", properties={"page_url": PRICES, "page_hits": 3}),
            {"event": "pricing_page_visit", "at_least": 3},
        ),
        (
            action(
                "url.hit",
                properties={"page_url": PRICES, "page_hits": None},
                repeatable=True,
            ),
            {"event": "pricing_page_visit", "each": True},
        ),
    ],
)
def test_an_action_is_a_rule(tmp_path, given, rule):
    reading = read(tmp_path, [given])
    assert [str(fault) for fault in reading.faults] == []
    assert keys(reading) == [("engagement", {"name": given["name"], "points": 5, **rule})]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            action("form.submit", properties={"forms": [9]}),
            "a kind of events for each, in a file for --mapping: ",
        ),
        (action("url.hit", properties={"page_url": "https://x/*"}), "'https://x/*': KIND"),
        (action("url.hit"), "an address under page_url"),
        (action("stage.change"), "types: {stage.change: KIND}"),
        (action("email.open", delta=None), "a whole number of points under delta"),
        (action("email.open", delta=2.5), "a whole number of points under delta"),
        (action("email.open", delta=5000), "points"),
        (action("email.open", name=""), "a name"),
        (action(None), "a type, as in form.submit"),
        (action("email.open", properties="x"), "properties that are an object"),
        (action("email.open", properties={"emails": 3}), "a list under emails"),
        (
            action("url.hit", properties={"page_url": PRICES, "accumulative_time": 60}),
            "no accumulative_time",
        ),
        (
            action("url.hit", properties={"page_url": PRICES, "page_hits": 3}, repeatable=True),
            "points once from 3 hits on, or for each hit",
        ),
    ],
)
def test_what_no_rule_can_say_is_told_by_action(tmp_path, given, message):
    reading = read(tmp_path, [given, action("page.hit", 2)])
    assert len(reading.faults) == 1
    assert str(reading.faults[0]).startswith("point action 1: seen")
    assert message in str(reading.faults[0])
    assert len(reading.partly().rules) == 1


def test_what_gives_no_points_is_left_out_and_said_so(tmp_path):
    points = [
        action("page.hit"),
        action("email.open", 2, isPublished=False),
        action("email.open", 3, group={"id": 4, "name": "Product B"}),
        action("form.submit", 4, publishUp="2025-01-01T00:00:00+00:00"),
    ]
    reading = read(tmp_path, points)
    assert [body["name"] for _, body in keys(reading)] == ["page.hit 1", "form.submit 4"]
    notes = "\n".join(map(str, reading.notes))
    assert "point action 2: is not published" in notes
    assert "1 actions of 'Product B' count towards other points" in notes
    assert "point action 4: publishUp 2025-01-01T00:00:00+00:00 is not part of a card" in notes
    assert [body["name"] for _, body in keys(read(tmp_path, points, group="Product B"))] == ["email.open 3"]


def test_answers_of_other_shapes(tmp_path):
    by_id = {"total": "1", "points": {"7": action("page.hit", 7)}}
    exported = [{"id": 1, "is_published": True, "name": "n", "type": "page.hit", "repeatable": True, "delta": 3}]
    assert len(read(tmp_path, by_id).card.rules) == 1
    assert len(read(tmp_path, {"point": action("page.hit")}).card.rules) == 1
    assert read(tmp_path, {"points": exported}).card.rules[0].each


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("\udcff", "is not JSON"),
        ("[]", "holds no point actions|no point action"),
        ("{}", "holds no point actions"),
        ('{"points": 3}', "holds no point actions"),
        ('{"errors": [{"code": 403}]}', "is an error of Mautic's"),
        ('{"triggers": []}', "holds point triggers, which act on points but give none"),
        ('{"total": 40, "points": [{}]}', "holds 1 of 40 point actions"),
        ('{"points": [3, null, {"type": []}, {"group": [1]}]}', "cannot be read"),
        ('{"points": [{"type": "page.hit", "name": "n", "delta": NaN, "isPublished": true}]}', "under delta"),
    ],
)
def test_files_that_are_no_list_of_points(tmp_path, text, message):
    path = tmp_path / "p.json"
    path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    with pytest.raises(LeadQualityError, match=message):
        read_mautic(path, given=GIVEN).yaml()


def test_no_file(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_mautic(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("typos: {}", "no such key"),
        ("objects: {tea.drunk: {1: tea}}", r"objects\.tea\.drunk: expected one of email\.open"),
    ],
)
def test_a_mapping_that_cannot_be_meant(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        read_mapping(text_file(tmp_path / "m.yaml", text))


def test_what_mautic_can_express_reads_back(tmp_path):
    rules = [
        {"name": "Demo", "event": "demo_request", "points": 20},
        {"name": "Mail", "event": "email_open", "each": True, "points": 1},
        {"name": "Prices", "event": "pricing_page_visit", "at_least": 3, "points": 10, "within": "all"},
        {"name": "Both", "event": ["demo_request", "webinar"], "points": 2},
        {"name": "Late", "event": "email_open", "within": "30d", "points": 2},
        {"name": "Often", "event": "email_open", "at_least": 3, "points": 2},
        {"name": "Mixed", "event": ["email_open", "web_visit"], "points": 2},
        {"name": "Theirs", "event": "email_open", "who": "colleagues", "points": 2},
        {"name": "Ago", "event": "email_open", "days_since": [None, 7], "points": 2},
        {"name": "Tea", "event": "tea", "points": 2},
        {"name": "Won", "account": "opportunity_won", "points": 2},
    ]
    content = read_card(CARDS / "b2b_example.yaml").model_dump(by_alias=True, exclude_defaults=True, mode="json")
    card = PointCard.model_validate({**content, "engagement": {"rules": rules}})
    mapping = read_mapping(text_file(tmp_path / "mapping.yaml", MAPPING))
    written = write_mautic(card, tmp_path / "out.json", mapping=mapping)
    left = dict(written.left_out)
    assert written.actions == 4
    assert left["Late"] == "Mautic's points know no window (30d)"
    assert left["Often"] == "Mautic counts how often for addresses (url.hit) alone"
    assert left["Mixed"] == "an action of Mautic's is on one type; make a rule of each"
    assert left["Theirs"] == "Mautic knows nothing of colleagues"
    assert left["Ago"] == "Mautic counts neither days since an event nor distinct days"
    assert left["Tea"] == "the mapping names no action for tea"
    assert left["Won"] == "Mautic gives points for what people do, not for an account"
    assert left["Manager"] == "Mautic gives points for what people do, not for an attribute"
    reading = read_mautic(tmp_path / "out.json", given=GIVEN, mapping=mapping)
    back = [body for _, body in keys(reading)]
    rules[2].pop("within")
    assert back == rules[:4]
    loose = write_mautic(card, tmp_path / "out.json", mapping=mapping, loosely=True)
    assert ("Late", "without window (30d)") in loose.loosened


def test_a_card_of_which_mautic_can_express_nothing_is_not_written(tmp_path):
    with pytest.raises(ConfigError, match="Mautic can express no rule of saas_trial"):
        write_mautic(read_card(CARDS / "saas_trial.yaml"), tmp_path / "out.json", loosely=True)
    assert list(tmp_path.iterdir()) == []
