"""Sheets as real teams keep them, each with the rules that a person would read in it."""

from __future__ import annotations

import datetime as dt

import pytest

from models.card.sheet import read_sheet
from tests.models.card.sheet.sheets import GIVEN, keys, rewritten, text_file, workbook


def rules(reading):
    assert [str(fault) for fault in reading.faults] == []
    return keys(reading)


def test_a_workshop_sheet_with_title_merged_categories_blank_rows_and_totals(tmp_path):
    path = workbook(
        tmp_path / "scoring.xlsx",
        Lead_Scoring=[
            ["ACME Lead Scoring Model v7 FINAL (2)"],
            [],
            [None, "Category", "Criterion", "Condition", "Points", "Max", "Notes"],
            [None, "Firmographic", "Company size", "200-5,000", "+15", None, "agreed with Bob"],
            [None, None, "Company size", "> 5,000", 10],
            [None, None, "Industry", "Software, Financial Services", "10 pts"],
            [],
            [None, "Behavioral", "Webinar attended", "last 90 days", 10, 20],
            [None, None, "Pricing page", "Visited pricing page 3+ times", "20", None, "hot!"],
            [None, None, "Demo", "Demo request in the last 30 days", 25, 25],
            [None, "TOTAL", None, None, 90],
            [],
            [None, "MQL threshold", None, None, 40],
        ],
    )
    reading = read_sheet(path, given={name: value for name, value in GIVEN.items() if name != "qualified"})
    assert rules(reading) == [
        (
            "fit",
            {"name": "Company size: 200-5,000", "attribute": "employees", "between": [200, 5000], "points": 15},
        ),
        (
            "fit",
            {"name": "Company size: > 5,000", "attribute": "employees", "between": [5001, None], "points": 10},
        ),
        (
            "fit",
            {
                "name": "Industry: Software, Financial Services",
                "attribute": "industry",
                "in": ["Software", "Financial Services"],
                "points": 10,
            },
        ),
        (
            "engagement",
            {
                "name": "Webinar attended",
                "event": "webinar",
                "within": "90d",
                "each": True,
                "cap": 20,
                "points": 10,
            },
        ),
        ("engagement", {"name": "Pricing page", "event": "pricing_page_visit", "at_least": 3, "points": 20}),
        ("engagement", {"name": "Demo", "event": "demo_request", "within": "30d", "points": 25}),
    ]
    assert reading.card.qualified == 40
    notes = "\n".join(map(str, reading.notes))
    assert "sheet 'Lead Scoring', row 11: is a total, not a rule: TOTAL | 90" in notes
    assert "row 1: is taken for a title: ACME Lead Scoring Model v7 FINAL (2)" in notes
    assert "'> 5,000' is read as 5,001 or more" in notes


GERMAN = """Lead-Scoring 2025;;;;
;;;;
Kategorie;Kriterium;Bedingung;Punkte;Höchstens
Firmendaten;Mitarbeiter;200-5.000;15,0;
;Branche;Maschinenbau oder Software;+10;
;Praktikanten;Position enthält Praktikant oder Werkstudent;–10 Punkte;
Verhalten;Webinar;letzte 90 Tage;10 Punkte;20
;Preise;Preisseite besucht mindestens 3 mal;5;
Summe;;;30;
Grade A;60;;;
Grade B;40;;;
Grade C;20;;;
Schwelle;40;;;
Vereinbart von;Anna und Bernd;;;
Vereinbart am;3.3.2025;;;
"""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1252", "utf-16", "utf-16-le"])
def test_german_csv_with_semicolons_and_decimal_commas_in_any_encoding(tmp_path, encoding):
    reading = read_sheet(text_file(tmp_path / "punkte.csv", GERMAN, encoding), given={"name": "punkte"})
    assert rules(reading) == [
        (
            "fit",
            {"name": "Mitarbeiter: 200-5.000", "attribute": "employees", "between": [200, 5000], "points": 15},
        ),
        (
            "fit",
            {
                "name": "Branche: Maschinenbau oder Software",
                "attribute": "industry",
                "in": ["Maschinenbau", "Software"],
                "points": 10,
            },
        ),
        (
            "fit",
            {
                "name": "Praktikanten",
                "attribute": "title",
                "contains": ["Praktikant", "Werkstudent"],
                "points": -10,
            },
        ),
        (
            "engagement",
            {"name": "Webinar", "event": "webinar", "within": "90d", "each": True, "points": 10, "cap": 20},
        ),
        ("engagement", {"name": "Preise", "event": "pricing_page_visit", "at_least": 3, "points": 5}),
    ]
    assert reading.card.grades.as_tuple() == (60, 40, 20)
    assert reading.card.agreed.by == ["Anna", "Bernd"]
    assert reading.card.agreed.on == dt.date(2025, 3, 3)


def test_several_sheets_one_hidden_one_of_other_things(tmp_path):
    path = workbook(
        tmp_path / "model.xlsx",
        Read_me=[["This model was agreed in March."], ["Ask Ann."]],
        Fit=[["Score", "Rule"], [20, "Title contains VP or Director"], [-30, "Title contains student"]],
        Engagement=[["Rule", "Points"], ["Webinar attended (last 90 days), max 20", 10]],
        Thresholds=[["Grade A", 60], ["Grade B", "40-59"], ["Grade C", "20+"], ["MQL", ">= 40 points"]],
        Archive=[["Rule", "Points"], ["Old nonsense", "x"]],
    )
    import openpyxl  # noqa: PLC0415

    book = openpyxl.load_workbook(path)
    book["Archive"].sheet_state = "hidden"
    book.save(path)
    reading = read_sheet(path, given={"name": "m", "agreed by": ["Ann"], "agreed on": "2025-03-03"})
    assert rules(reading) == [
        (
            "fit",
            {
                "name": "Title contains VP or Director",
                "attribute": "title",
                "contains": ["VP", "Director"],
                "points": 20,
            },
        ),
        ("fit", {"name": "Title contains student", "attribute": "title", "contains": ["student"], "points": -30}),
        (
            "engagement",
            {
                "name": "Webinar attended (last 90 days), max 20",
                "event": "webinar",
                "within": "90d",
                "each": True,
                "points": 10,
                "cap": 20,
            },
        ),
    ]
    assert (reading.card.grades.as_tuple(), reading.card.qualified) == ((60, 40, 20), 40)
    notes = "\n".join(map(str, reading.notes))
    assert "sheet 'Archive' is hidden and was not read" in notes
    assert "sheet 'Read me': has no column of points and was not read" in notes


def test_columns_of_attribute_operator_and_value_in_another_order(tmp_path):
    text = (
        "Score,Owner,Field,Operator,Value,Remarks\n"
        "10,Ann,Country,is,Germany or Austria,DACH\n"
        "15,Ann,Number of Employees,>=,200,\n"
        "20,Bob,Job Title,contains,VP | Head of,\n"
        '-20,Bob,Email,contains,"gmail.com, gmx.de",free mail\n'
        "5,Bob,Phone,=,missing,\n"
        '5,Bob,Annual revenue,between,"$10M and $50M",\n'
    )
    reading = read_sheet(text_file(tmp_path / "c.csv", text), given=GIVEN)
    assert [body | {"name": ""} for _, body in rules(reading)] == [
        {"name": "", "attribute": "country", "in": ["Germany", "Austria"], "points": 10},
        {"name": "", "attribute": "employees", "between": [200, None], "points": 15},
        {"name": "", "attribute": "title", "contains": ["VP", "Head of"], "points": 20},
        {"name": "", "attribute": "email", "contains": ["gmail.com", "gmx.de"], "points": -20},
        {"name": "", "attribute": "phone", "missing": True, "points": 5},
        {"name": "", "attribute": "revenue", "between": [10e6, 50e6], "points": 5},
    ]


def test_two_columns_with_section_rows_and_tabs(tmp_path):
    text = (
        "Criterion\tPoints\nDemographic\t\nIndustry = Software\t10\nTitle contains chief\t+20\n\n"
        "Online behaviour\t\nEmail opened, max 10\t1\nDemo requested\t25\n"
    )
    found = rules(read_sheet(text_file(tmp_path / "unicode.txt", text, "utf-16"), given=GIVEN))
    assert [(axis, body["points"]) for axis, body in found] == [
        ("fit", 10),
        ("fit", 20),
        ("engagement", 1),
        ("engagement", 25),
    ]
    assert found[2][1] == {
        "name": "Email opened, max 10",
        "event": "email_open",
        "each": True,
        "points": 1,
        "cap": 10,
    }


def test_activities_with_window_maximum_half_life_and_those_not_in_use(tmp_path):
    text = (
        "sep=;\nActivity;Time frame;Half-life;Points;Max points;Active\n"
        "Web visit;30 days;;5 each;15;yes\nEmail click;2 weeks;;3;;x\nWebinar;;14 days;10;30;\n"
        "Trade show;3 months;;20;;no\n"
    )
    reading = read_sheet(text_file(tmp_path / "c.csv", text), given=GIVEN)
    assert rules(reading) == [
        (
            "engagement",
            {"name": "Web visit", "event": "web_visit", "within": "30d", "each": True, "points": 5, "cap": 15},
        ),
        ("engagement", {"name": "Email click", "event": "email_click", "within": "14d", "points": 3}),
        ("engagement", {"name": "Webinar", "event": "webinar", "half_life": "14d", "points": 10, "cap": 30}),
    ]
    assert "row 6: is not in use, and was left out: Trade show | 3 months | 20 | no" in map(str, reading.notes)


def test_formulas_are_read_as_their_last_values(tmp_path):
    path = workbook(tmp_path / "c.xlsx", Fit=[["Rule", "Points"], ["Industry = Software", 4711]])
    cell = b"<v>4711</v>"
    rewritten(path, lambda _, content: content.replace(cell, b"<f>10*2</f><v>20</v>"))
    assert rules(read_sheet(path, given=GIVEN))[0][1]["points"] == 20
    # Never computed by any program: there is no value, and none is made up.
    workbook(path, Fit=[["Rule", "Points"], ["Industry = Software", "=10*2"]])
    assert "sheet 'Fit', row 2, column B (Points): seen" in str(read_sheet(path, given=GIVEN).faults[0])


FAULTY = """Rule,Points,Max,Notes
Industry = Software,10,,
Vibe is good and Industry = Software,lots,,
Attended roundtable,10,,
Country is not Germany,10,,
Employees 1.000-5.000,10,,
Webinar,5-10,,
Webinar in the last 30 days,10,5,
Title contains VP,20,40,
Webinars,+/-5,,
Demo request,12.5,,
No web visit in 90 days,-10,,
Industry = Software,5,,
"""


def test_all_faults_are_told_at_once_with_their_places(tmp_path):
    reading = read_sheet(text_file(tmp_path / "c.csv", FAULTY), given=GIVEN)
    assert reading.card is None
    told = [str(fault) for fault in reading.faults]
    wanted = [
        ("row 3, column B (Points)", "seen 'lots'; expected whole points"),
        ("row 3, column A (Rule)", "seen 'Vibe is good and Industry = Software'; expected a condition such as"),
        ("row 4, column A (Rule)", "seen 'Attended roundtable'; expected a condition such as"),
        ("row 5, column A (Rule)", "expected what it is, since a rule cannot say 'not'"),
        ("row 6, column A (Rule)", "expected a number that means one thing; write 1000, or 1"),
        ("row 7, column B (Points)", "seen '5-10'; expected whole points"),
        ("row 8, column C (Max)", "seen '5'; expected a maximum of at least the points themselves, 10"),
        ("row 9, column C (Max)", "expected no maximum, or 20: an attribute gives points once"),
        ("row 10, column B (Points)", "seen '+/-5'; expected whole points"),
        ("row 11, column B (Points)", "seen '12.5'; expected whole points"),
        ("row 12, column A (Rule)", "expected what a lead is or did, since a rule cannot say 'not'"),
        ("row 13", "expected a name of its own; row 2 has the same"),
    ]
    assert len(told) == len(wanted)
    for fault, (place, said) in zip(told, wanted, strict=True):
        assert fault.startswith(place)
        assert said in fault


def test_partly_writes_what_can_be_read_and_the_rest_as_comments(tmp_path):
    import yaml  # noqa: PLC0415

    reading = read_sheet(text_file(tmp_path / "c.csv", FAULTY.rsplit("Industry", 1)[0]), given=GIVEN)
    text = reading.yaml(partly=True)
    assert [rule["name"] for rule in yaml.safe_load(text)["fit"]["rules"]] == ["Industry = Software"]
    assert "# - row 4, column A (Rule): seen 'Attended roundtable'" in text
    assert "[Attended roundtable | 10]" in text


def test_what_excel_made_a_date_of_is_told(tmp_path):
    path = workbook(
        tmp_path / "c.xlsx", Fit=[["Rule", "Points"], ["Industry = Software", dt.datetime(2025, 5, 3)]]
    )
    assert "the spreadsheet program has made a date of what was typed" in str(
        read_sheet(path, given=GIVEN).faults[0]
    )


def test_points_above_zero_under_a_negative_heading_are_asked_about(tmp_path):
    text = "Category,Rule,Points\nNegative scoring,Title contains student,10\n"
    reading = read_sheet(text_file(tmp_path / "c.csv", text), given=GIVEN)
    assert "expected points below 0 under 'Negative scoring', as in -10" in str(reading.faults[0])


def test_settings_that_no_place_gives_are_asked_for_at_once(tmp_path):
    reading = read_sheet(text_file(tmp_path / "c.csv", "Rule,Points\nIndustry = Software,10\n"))
    told = "\n".join(map(str, reading.faults))
    for option in ("--name", "--by", "--on", "--grades 60,40,20", "--qualified"):
        assert f"or give {option}" in told


def test_a_category_stands_for_the_blank_cells_below_it(tmp_path):
    text = (
        "Category,Rule,Points\nEngagement,Webinar,10\n,Lead source = Trade Show,5\n\n"
        "Fit,Industry = Software,10\n,Webinar,1\n"
    )
    found = read_sheet(text_file(tmp_path / "c.csv", text), given=GIVEN).found
    assert [one.axis for one in found] == ["engagement", "engagement", "fit", "fit"]
