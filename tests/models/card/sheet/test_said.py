"""What a reader of sheets leaves out, or takes in unseen, is said."""

from __future__ import annotations

import openpyxl
import pytest

from features.errors import DataError, LeadQualityError
from models.card.sheet import read_sheet
from tests.models.card.sheet.sheets import GIVEN, text_file, workbook

TABLE = [["Rule", "Points"], ["Industry = Software", 10], ["Demo request", 20], ["Webinar", 5]]


def notes(path):
    return [str(note) for note in read_sheet(path, given=GIVEN).notes]


def test_a_hidden_row_is_read_and_said(tmp_path):
    path = workbook(tmp_path / "c.xlsx", Fit=TABLE)
    book = openpyxl.load_workbook(path)
    book["Fit"].row_dimensions[3].hidden = True
    book["Fit"].row_dimensions[9].hidden = True
    book.save(path)
    reading = read_sheet(path, given=GIVEN)
    assert len(reading.found) == 3
    said = [str(note) for note in reading.notes if "hidden" in str(note)]
    assert said == ["the file: sheet 'Fit', row 3 is hidden, and is read all the same"]
    assert not any("hidden" in note for note in notes(workbook(tmp_path / "d.xlsx", Fit=TABLE)))


def test_a_cell_under_no_heading_is_said(tmp_path):
    path = text_file(tmp_path / "c.csv", "Rule,Points\nIndustry = Software,10,only in May\n")
    assert "row 2, column C: stands under no heading and is not read: only in May" in notes(path)


def test_a_row_with_nothing_but_an_axis_is_said(tmp_path):
    path = text_file(tmp_path / "c.csv", "Category,Rule,Points\nFit,Industry = Software,10\nEngagement,,\n")
    assert "row 3: has no points, so it is a heading of what stands below: Engagement" in notes(path)


def test_tables_of_two_sheets_are_said_to_make_one_card(tmp_path):
    path = workbook(tmp_path / "c.xlsx", Old=TABLE[:2], New=[TABLE[0], TABLE[2]])
    assert "the file: rules stand on 2 sheets, 'Old' and 'New', and make one card" in notes(path)
    assert not any("make one card" in note for note in notes(workbook(tmp_path / "d.xlsx", Fit=TABLE)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_one_byte_of_0_is_named_with_its_line(tmp_path, encoding):
    path = text_file(tmp_path / "c.csv", "Rule,Points\nIndustry = Soft\0ware,10\n", encoding)
    with pytest.raises(DataError, match=r"byte of value 0|neither text") as caught:
        read_sheet(path)
    assert encoding != "utf-8" or "line 2" in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_still_read(tmp_path, encoding):
    path = text_file(tmp_path / "c.csv", "Rule,Points\nIndustry = Software,10\n", encoding)
    assert len(read_sheet(path, given=GIVEN).found) == 1


def test_letters_that_nobody_sees_are_a_fault_with_the_row(tmp_path):
    path = text_file(tmp_path / "c.csv", "Rule,Points\nIndustry = Soft\u202eware,10\n")
    with pytest.raises(LeadQualityError, match=r"row 2: .*U\+202E"):
        read_sheet(path, given=GIVEN).yaml()
