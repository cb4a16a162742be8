"""Our own sheet: what is written reads back as an equal card, whatever its texts."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import models
from features.errors import ConfigError
from features.texts import READERS
from models.card import PointCard, read_card
from models.card.letters import hidden_letter
from models.card.sheet import read_sheet, write_sheet
from models.card.sheet.guard import STARTERS
from tests.models.card.sheet.sheets import text_file

CARDS = Path(models.__file__).parent / "cards"
B2B = read_card(CARDS / "b2b_example.yaml")

# Letters that both kinds of files keep: no control characters, no half pairs, nothing that XML cannot hold.
LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]).filter(
    lambda letter: letter not in "\ufffe\uffff" and hidden_letter(letter) is None
)
TRICKY = st.sampled_from(
    [
        "=1+1",
        "+49",
        "-x",
        "@sum",
        "'=a",
        "''",
        '"',
        '""',
        '"a"',
        "a;b",
        ";",
        " a ",
        "",
        "7",
        "7.0",
        "1e3",
        "Ä;ö",
    ]
)
TEXT = st.one_of(TRICKY, st.text(LETTERS, max_size=12))
NAME = TEXT.filter(lambda text: 0 < len(text) <= 80)
NUMBER = st.one_of(st.integers(-10_000, 10_000), st.floats(-1e9, 1e9, allow_nan=False))
DURATION = st.sampled_from(["30d", "2w", "36h", "1.5d", " 7d ", "90"])


@st.composite
def ranges(draw):
    low, high = sorted([draw(NUMBER), draw(NUMBER)])
    return draw(st.sampled_from([[low, high], [None, high], [low, None]]))


@st.composite
def attributes(draw):
    test = draw(
        st.one_of(
            st.builds(lambda text: {"equals": text}, TEXT),
            st.builds(lambda texts: {"in": texts}, st.lists(NAME, min_size=1, max_size=3, unique=True)),
            st.builds(lambda texts: {"contains": texts}, st.lists(NAME, min_size=1, max_size=3, unique=True)),
            st.builds(lambda ends: {"between": ends}, ranges()),
            st.just({"missing": True}),
        )
    )
    if "between" in test and draw(st.booleans()):
        test["read"] = "employees"
    if "equals" in test and draw(st.booleans()):
        test = {"equals": draw(st.sampled_from(READERS["seniority"].levels)), "read": "seniority"}
    entity = draw(st.sampled_from([{}, {"entity": "lead"}, {"entity": "account"}]))
    return {"attribute": draw(NAME), **test, **entity, "points": draw(st.integers(-1000, 1000))}


@st.composite
def behaviours(draw):
    points = draw(st.integers(-1000, 1000).filter(bool))
    subject = draw(
        st.one_of(
            st.builds(lambda kind: {"event": kind}, NAME),
            st.builds(lambda kinds: {"event": kinds}, st.lists(NAME, min_size=1, max_size=3, unique=True)),
            st.sampled_from([{"account": "opportunity_won"}, {"account": "opportunity"}]),
        )
    )
    tests = [{}, {"at_least": 3}, {"each": True}, {"days_since": draw(ranges())}]
    if "event" in subject:
        tests += [{"distinct_days": 2}, {"half_life": draw(DURATION)}]
    test = draw(st.sampled_from(tests))
    more = {}
    if ("each" in test or "half_life" in test) and draw(st.booleans()):
        more["cap"] = points * draw(st.integers(1, 9))
    if not {"days_since", "half_life"} & test.keys() and draw(st.booleans()):
        more["within"] = draw(st.one_of(DURATION, st.just("all")))
    if "event" in subject and draw(st.booleans()):
        more["who"] = "colleagues"
    return {**subject, **test, **more, "points": points}


@st.composite
def contents(draw):
    bodies = [draw(st.one_of(attributes(), behaviours())) for _ in range(draw(st.integers(1, 5)))]
    names = draw(st.lists(NAME, min_size=len(bodies), max_size=len(bodies), unique=True))
    rules = [{"name": name, **body} for name, body in zip(names, bodies, strict=True)]
    split = draw(st.integers(0, len(rules)))
    agreed = {"by": draw(st.lists(NAME, min_size=1, max_size=3)), "on": "2025-03-03"}
    if draw(st.booleans()):
        agreed |= {"valid_from": "2025-04-01", "replaces": "old@1a2b3c4d", "note": draw(TEXT)}
    content = {"version": 2, "name": "random", "agreed": agreed, "qualified": draw(st.integers(-9, 99))}
    content |= {"grades": {"A": 60, "B": 40, "C": 20}}
    for axis, part in (("fit", rules[:split]), ("engagement", rules[split:])):
        if part:
            content[axis] = {"rules": part, **({"cap": 50} if draw(st.booleans()) else {})}
    if draw(st.booleans()):
        content |= {"title": draw(TEXT), "cap": 100, "actions": dict.fromkeys("ABCD", draw(NAME))}
        content["grid"] = {"fit": {"A": 3, "B": 2, "C": 1}, "engagement": {"1": 3, "2": 2, "3": 1}}
    return content


def card_or_none(content):
    """Return the card, or None of what the format refuses for reasons of its own."""
    try:
        card = PointCard.model_validate(content)
    except ValueError:
        return None
    if len(content["name"]) % 2 == 0:
        signed = {"by": ["Ann; B", "=Bob"], "on": "2025-05-05", "digest": card.digest}
        return PointCard.model_validate({**content, "signed": signed})
    return card


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(content=contents())
def test_any_card_reads_back_as_it_was(tmp_path, ending, content):
    card = card_or_none(content)
    if card is None:
        return
    path = tmp_path / f"card.{ending}"
    write_sheet(card, path)
    reading = read_sheet(path)
    assert reading.faults == []
    assert reading.card == card
    assert reading.card.digest == card.digest


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("name", ["b2b_example", "saas_trial"])
def test_the_shipped_cards_read_back(tmp_path, ending, name):
    card = read_card(CARDS / f"{name}.yaml")
    write_sheet(card, tmp_path / f"c.{ending}")
    assert read_sheet(tmp_path / f"c.{ending}").card == card


def test_the_columns_are_stable(tmp_path):
    write_sheet(B2B, tmp_path / "c.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "c.csv").read_text("utf-8-sig"))))
    wanted = ["axis", "rule", "about", "name", "read", "test", "value", "within", "who", "points", "cap", "note"]
    assert rows[0] == wanted
    assert rows[8][:11] == ["engagement", "Webinar", "event", "webinar", "", "each", "", "90d", "", "10", "20"]
    assert ["grade A", "60"] in rows


def hostile_names():
    rules = [
        {"name": text, "event": f"k{number}", "points": 5}
        for number, text in enumerate(("=HYPERLINK(1)", "+1", "-1", "@x", "'=x", "==", "-2+3"))
    ]
    content = B2B.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    return PointCard.model_validate({**content, "title": "=1+1", "fit": {"rules": rules}})


def test_no_name_becomes_a_formula_in_csv(tmp_path):
    write_sheet(hostile_names(), tmp_path / "c.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "c.csv").read_text("utf-8-sig"))))
    cells = [cell for row in rows for cell in row if not cell.lstrip("-").isdigit()]
    assert any("HYPERLINK" in cell for cell in cells)
    assert [cell for cell in cells if cell.startswith(STARTERS)] == []


def test_no_name_becomes_a_formula_in_xlsx(tmp_path):
    write_sheet(hostile_names(), tmp_path / "c.xlsx")
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert [cell.value for cell in cells if isinstance(cell.value, str) and cell.value.startswith(STARTERS)] == []


def test_rows_and_columns_may_be_moved(tmp_path):
    write_sheet(B2B, tmp_path / "c.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "c.csv").read_text("utf-8-sig"))))
    rules, settings_part = rows[:14], rows[15:]
    turned = [list(reversed(row)) for row in [rules[0], *reversed(rules[1:])]]
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([*settings_part, [], *turned])
    text_file(tmp_path / "t.csv", out.getvalue(), "utf-16")
    card = read_sheet(tmp_path / "t.csv").card
    assert set(map(repr, card.rules)) == set(map(repr, B2B.rules))
    assert card.qualified == B2B.qualified


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("fit,Manager", "fat,Manager", "row 3, column A (axis): seen 'fat'; expected fit or engagement"),
        (
            "attribute,title,,contains,m",
            "thing,title,,contains,m",
            "column C (about): seen 'thing'; expected attribute,",
        ),
        (
            ",contains,manager",
            ",holds,manager",
            "column F (test): seen 'holds'; expected one of equals, in, contains",
        ),
        ("200 to 5000", "some", "row 5, column G (value): seen 'some'; expected a range, as in 200 to 5000"),
        (",10,20,", ",ten,20,", "row 9, column J (points): seen 'ten'; expected a whole number, as in 20 or -10"),
        (",10,20,", ",10,-20,", "row 9: seen 'Webinar'; expected"),
        ("grade B,40", "grade B,lots", "row 26, column B (value): seen 'lots'; expected a whole number, as in 40"),
        ("grade B,40", "grade E,40", "column A (setting): seen 'grade E'; expected one of version"),
        ("grade B,40", "grade A,40", "seen 'grade A'; expected each setting once"),
        (
            "grade B,40",
            "grade B,90",
            "the card's grades: seen '60, 90, 20'; expected otherwise: ",
        ),
        ("name,b2b_example", "name,B2B Example", "the card's name: seen 'B2B Example'; expected otherwise"),
        ("fit,Manager", "fit,Student", "row 4: seen 'Student'; expected a name of its own; row 3 has the same"),
    ],
)
def test_a_changed_cell_is_told_by_its_place(tmp_path, old, new, fault):
    write_sheet(B2B, tmp_path / "c.csv")
    text = (tmp_path / "c.csv").read_text("utf-8-sig")
    assert old in text
    (tmp_path / "c.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    reading = read_sheet(tmp_path / "c.csv")
    assert reading.card is None
    assert fault in "\n".join(map(str, reading.faults))


def test_a_signed_card_that_was_changed_in_the_sheet_is_refused(tmp_path):
    signature = {"by": ["Ann"], "on": "2025-05-05", "digest": B2B.digest}
    content = B2B.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    write_sheet(PointCard.model_validate({**content, "signed": signature}), tmp_path / "c.csv")
    text = (tmp_path / "c.csv").read_text("utf-8-sig")
    assert read_sheet(tmp_path / "c.csv").card.signed is not None
    (tmp_path / "c.csv").write_text(text.replace(",25,,", ",26,,"), encoding="utf-8")
    assert "a signature for other rules" in str(read_sheet(tmp_path / "c.csv").faults[0])


def test_what_a_file_cannot_keep_is_refused_and_nothing_is_left(tmp_path):
    content = B2B.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    card = PointCard.model_validate({**content, "title": "bell \x07"})
    with pytest.raises(ConfigError, match="control characters"):
        write_sheet(card, tmp_path / "c.xlsx")
    with pytest.raises(ConfigError, match=r"ends in \.csv or \.xlsx"):
        write_sheet(card, tmp_path / "c.ods")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("event", ["webinar", ["webinar"], "a;b", ["a;b"], ["a", "b"]])
def test_one_kind_and_a_list_of_one_stay_what_they_are(tmp_path, event):
    content = B2B.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    rules = {"rules": [{"name": "R", "event": event, "points": 5}]}
    write_sheet(PointCard.model_validate({**content, "engagement": rules}), tmp_path / "c.csv")
    assert read_sheet(tmp_path / "c.csv").card.engagement.rules[0].event == event
