"""Files that are broken, huge, protected or something else: a clear error each, never a traceback, soon."""

from __future__ import annotations

import contextlib
import io
import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import DataError, LeadQualityError
from models.card.sheet import read_sheet
from tests.models.card.sheet.sheets import GIVEN, rewritten, text_file, workbook

TABLE = [["Rule", "Points"], ["Industry = Software", 10]]


def zipped(path, parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"   \n\n", "is empty"),
        (b"PK\x03\x04 and then nothing of sense", "the workbook is damaged"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "is an old .xls workbook"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "is protected by a password"),
        (b"<html><table><tr><td>Rule</td></tr></table></html>", "is a web page or XML"),
        (b'{"points": []}', "is JSON"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "is neither text nor a workbook"),
        (b"\xff\xfeR", "is no text in utf-16"),
        (b'Rule,Points\n"' + b"x" * 200_000 + b'",1\n', "line 2: cannot be read as CSV"),
    ],
)
def test_files_that_are_no_sheet(tmp_path, content, message):
    path = tmp_path / "card.xlsx"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_sheet(path)


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_sheet(tmp_path / "none.xlsx")
    with pytest.raises(DataError, match="is a folder"):
        read_sheet(tmp_path)


def test_a_zip_that_is_no_workbook(tmp_path):
    zipped(tmp_path / "c.xlsx", {"readme.txt": "hello"})
    with pytest.raises(DataError, match="is a zip file but no Excel workbook"):
        read_sheet(tmp_path / "c.xlsx")


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path):
    path = workbook(tmp_path / "c.xlsx", Fit=TABLE)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/bomb.xml", "w") as part:
        for _ in range(330):
            part.write(b"0" * 1_000_000)
    assert path.stat().st_size < 1_000_000
    began = time.monotonic()
    with pytest.raises(DataError, match="would unpack to 330 MB"):
        read_sheet(path)
    assert time.monotonic() - began < 1


def test_entities_that_grow_are_refused(tmp_path):
    path = workbook(tmp_path / "c.xlsx", Fit=TABLE)
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    doctype = f'<!DOCTYPE worksheet [<!ENTITY e0 "x">{levels}]>'.encode()

    def change(name, content):
        if "sheet1" not in name:
            return content
        return content.replace(b"<worksheet", doctype + b"<worksheet", 1).replace(b"Industry = Software", b"&e11;")

    rewritten(path, change)
    with pytest.raises(DataError, match="the workbook is damaged"):
        read_sheet(path)


def test_a_workbook_whose_parts_are_damaged(tmp_path):
    path = workbook(tmp_path / "c.xlsx", Fit=TABLE)
    rewritten(path, lambda name, content: content[: len(content) // 2] if "sheet1" in name else content)
    with pytest.raises(DataError, match="the workbook is damaged"):
        read_sheet(path)


def test_a_million_blank_rows_below_the_table(tmp_path):
    path = workbook(tmp_path / "c.xlsx", Fit=TABLE)
    blank = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (n, n) for n in range(3, 1_000_003))
    rewritten(path, lambda _, content: content.replace(b"</sheetData>", blank + b"</sheetData>"))
    reading = read_sheet(path, given=GIVEN)
    assert len(reading.card.rules) == 1


def test_a_rule_far_below_a_million_missing_rows_is_not_lost(tmp_path):
    path = workbook(tmp_path / "c.xlsx", Fit=TABLE)
    name = b'<c r="A1048576" t="inlineStr"><is><t>Demo request</t></is></c>'
    last = b'<row r="1048576">' + name + b'<c r="B1048576"><v>5</v></c></row>'
    rewritten(path, lambda _, content: content.replace(b"</sheetData>", last + b"</sheetData>"))
    found = read_sheet(path, given=GIVEN).found
    assert [(one.rule.name, one.place.row) for one in found] == [
        ("Industry = Software", 2),
        ("Demo request", 1_048_576),
    ]


def test_a_million_blank_rows_of_csv(tmp_path):
    path = text_file(tmp_path / "c.csv", "Rule;Points\nIndustry = Software;10\n" + ";\n" * 1_000_000)
    assert len(read_sheet(path, given=GIVEN).card.rules) == 1


def test_ten_megabytes_of_leads_instead_of_a_card(tmp_path):
    path = text_file(tmp_path / "c.csv", "Name,Points\n" + "Ann Example of Somewhere,17\n" * 400_000)
    assert path.stat().st_size > 10_000_000
    with pytest.raises(DataError, match=r"has 400,001 rows that are not blank; a card has some dozens"):
        read_sheet(path)


def test_a_hundred_megabytes(tmp_path):
    path = tmp_path / "c.csv"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(DataError, match="has 100 MB"):
        read_sheet(path)


@pytest.mark.parametrize("sheets", [{"Fit": [["Rule", "Colour"], ["Industry = Software", "red"]]}, {"Empty": []}])
def test_no_column_of_points(tmp_path, sheets):
    reading = read_sheet(workbook(tmp_path / "c.xlsx", **sheets), given=GIVEN)
    assert len(reading.faults) == 1
    assert "expected a row of headings with a column of points" in str(reading.faults[0])
    with pytest.raises(LeadQualityError, match="1 thing cannot be read"):
        reading.yaml(partly=True)


def test_headings_and_no_rule(tmp_path):
    reading = read_sheet(text_file(tmp_path / "c.csv", "Rule,Points\n"), given=GIVEN)
    assert [fault.seen for fault in reading.faults] == ["no rule"]


ODD = """20
+20 pts
max 99999999999999999999999
Employees 1-
Title contains
last 999999999999 years ago
Webinar (last 0 days)
=
is not
Employees 1e309
²
٣ points
at least 0 times
Webinar 0+ times
last webinar more than 3 weeks ago
no
Grade A
each
half-life 0 days
(
"
Industry = ;;"""
CELL = st.one_of(st.none(), st.integers(), st.text(max_size=30), st.sampled_from(ODD.splitlines()))


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=6))
def test_no_cells_whatever_give_a_traceback(tmp_path, rows):
    import csv  # noqa: PLC0415

    out = io.StringIO()
    heads = ["Category", "Rule", "Condition", "Points", "Max", "Time frame"]
    csv.writer(out).writerows([heads, *rows])
    path = tmp_path / "c.csv"
    path.write_bytes(out.getvalue().encode("utf-8", errors="replace"))
    # The one kind of error that a user may see.
    with contextlib.suppress(LeadQualityError):
        reading = read_sheet(path, given=GIVEN)
        assert reading.faults or reading.card is not None
        reading.yaml(partly=True)
