"""Reading CSV: every value as it came, every row with its number, every broken file one clear line."""

from __future__ import annotations

import pytest

from features.errors import DataError
from features.facts import Staging
from features.importers.csv_files import CsvSource, load_csv

UTF8_BOM = b"\xef\xbb\xbf"


@pytest.fixture
def staging():
    with Staging() as scratch:
        yield scratch


def load(staging, tmp_path, content: bytes, **options):
    path = tmp_path / "Lead.csv"
    path.write_bytes(content)
    load_csv(staging, CsvSource(path, "Lead.csv", "leads", **options), "rows")
    return staging.rows("SELECT * EXCLUDE (_source) FROM rows ORDER BY _row")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"a,b\n1,2\n", [("1", "2", 1)], id="plain"),
        pytest.param(UTF8_BOM + b"a,b\n1,2\n", [("1", "2", 1)], id="byte order mark"),
        pytest.param(b"a,b\r\n1,2\r\n", [("1", "2", 1)], id="CRLF"),
        pytest.param(b"a,b\r\n1,2\n3,4\r\n", [("1", "2", 1), ("3", "4", 2)], id="now CRLF, now LF"),
        pytest.param(b'a,b\n1,"x\ny"\n3,4\n', [("1", "x\ny", 1), ("3", "4", 2)], id="quoted newline"),
        pytest.param(b'a,b\r\n1,"x\ny"\r\n3,4\r\n', [("1", "x\ny", 1), ("3", "4", 2)], id="LF within CRLF rows"),
        pytest.param(b'a,b\n1,"say ""hi"""\n', [("1", 'say "hi"', 1)], id="doubled quote"),
        pytest.param(b"a,b\n007,1e3\n", [("007", "1e3", 1)], id="nothing guessed"),
        pytest.param(b"a,b\n1,2", [("1", "2", 1)], id="no newline at the end"),
        pytest.param(b"a,\n1,2\n", [("1", "2", 1)], id="a column without a name"),
        pytest.param(b"a,b\n", [], id="header only"),
    ],
)
def test_reads_every_value_as_it_came(staging, tmp_path, content, expected):
    assert load(staging, tmp_path, content) == expected
    assert staging.rejects == []


def test_another_delimiter_and_encoding(staging, tmp_path):
    rows = load(staging, tmp_path, "a;b\nMünchen;2\n".encode("latin-1"), delimiter=";", encoding="latin-1")
    assert rows == [("München", "2", 1)]


def test_utf_16_when_it_is_named(staging, tmp_path):
    assert load(staging, tmp_path, "a,b\nx,ÿ\n".encode("utf-16"), encoding="utf-16") == [("x", "ÿ", 1)]


def test_malformed_lines_are_rejected_and_the_other_rows_keep_their_numbers(staging, tmp_path):
    rows = load(staging, tmp_path, b"a,b,c\n1,1,1\n2,2\n3,3,3\n4,4,4,4\n5,5\n6,6,6\n")
    assert [row[-1] for row in rows] == [1, 3, 6]
    assert [row[0] for row in rows] == ["1", "3", "6"]
    assert [(reject.row, reject.value, reject.table) for reject in staging.rejects] == [
        (2, "2,2", "leads"),
        (4, "4,4,4,4", "leads"),
        (5, "5,5", "leads"),
    ]
    assert "malformed line" in staging.rejects[0].reason


def test_only_wanted_columns_are_kept_case_aside(staging, tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"Id,Description,NAME\n1,long,n\n")
    assert load_csv(staging, CsvSource(path, "x.csv", "leads"), "rows", {"id", "Name"}) == [
        "Id",
        "Description",
        "NAME",
    ]
    assert staging.rows("SELECT * FROM rows") == [("1", "n", 1, "x.csv")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "is empty; expected a header line", id="empty"),
        pytest.param(b"\n1,2\n", "line 1 is blank; expected the column names", id="blank header"),
        pytest.param(b"a,b,A\n1,2,3\n", "column 'A' stands twice in the header", id="a name twice, case aside"),
        pytest.param(b"a,_row\n1,2\n", "column '_row' is a name that the import needs", id="our own name"),
        pytest.param("a,b\n1,2\nMünchen,3\n".encode("latin-1"), "line 3: b'\\xfc' is not utf-8", id="latin-1"),
        pytest.param(b"a,b\n1,2\n3\x00,4\n", "line 3: holds a NUL byte", id="NUL byte"),
        pytest.param("a,b\n1,2\n".encode("utf-16"), "it looks like UTF-16", id="UTF-16"),
        pytest.param(b'a,b\n1,2\n3,"4\n5,6\n7,8\n', "line 3: a quote is opened and never closed", id="open quote"),
        pytest.param(b"a,b\n1,\xe2\x82", "is not utf-8 text", id="cut in the middle of a character"),
    ],
)
def test_a_broken_file_is_one_clear_error(staging, tmp_path, content, expected):
    with pytest.raises(DataError) as caught:
        load(staging, tmp_path, content)
    assert expected in caught.value.message
    assert "Lead.csv" in caught.value.message
    assert "\n" not in caught.value.message


def test_a_folder_and_a_missing_file(staging, tmp_path):
    with pytest.raises(DataError, match="is a folder; expected a CSV file"):
        load_csv(staging, CsvSource(tmp_path, "x", "leads"), "rows")
    with pytest.raises(DataError, match="no such file or folder; expected a CSV file"):
        load_csv(staging, CsvSource(tmp_path / "none.csv", "x", "leads"), "rows")
