"""Opening the files of an export, whatever tool wrote them."""

from __future__ import annotations

import pytest

from features.errors import ConfigError, DataError
from features.facts import Staging
from features.importers.objects import ExportShape, ObjectSpec, files_of, observed_until, open_export
from features.importers.sql import add_macros

PEOPLE = ObjectSpec(
    "people",
    "leads",
    ("id", "made"),
    ("mail",),
    required=True,
    every_column=True,
    stamps=("made",),
    aliases=("all people",),
    rename=lambda header: {"Record ID": "id"}.get(header, header.removeprefix("p_")),
)
VISITS = ObjectSpec(
    "visits", "events", ("id",), ("page",), "visits are unknown", rename=lambda header: header.removeprefix("v_")
)
SHAPE = ExportShape("x", (PEOPLE, VISITS), "export it again")


@pytest.fixture
def staging():
    with Staging() as staging:
        add_macros(staging)
        yield staging


def opened(staging, folder, **files):
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content)
    return open_export(staging, folder, SHAPE, lambda _: None)


def test_columns_by_the_names_that_the_import_knows(staging, tmp_path):
    export = opened(
        staging, tmp_path, people="Record ID,p_made,p_extra\n1,2025-01-01,a\n", visits="v_id,other\n7,8\n"
    )
    assert export.columns["people"] == ["id", "made", "extra"]
    assert staging.rows("SELECT id, made, extra, mail, _source, _row FROM x_people") == [
        ("1", "2025-01-01", "a", None, "people.csv", 1)
    ]
    assert staging.columns_of("x_visits") == ["id", "_source", "_row", "page"]


def test_a_header_that_is_the_name_comes_before_one_renamed_to_it(staging, tmp_path):
    opened(staging, tmp_path, people="p_id,Record ID,id,made\n1,2,3,2025-01-01\n")
    assert staging.rows('SELECT id, "Record ID", p_id FROM x_people') == [("3", "2", "1")]


def test_what_is_lost_without_a_file_is_noted(staging, tmp_path):
    export = opened(staging, tmp_path, people="id,made\n1,2025-01-01\n")
    assert not export.has("visits")
    assert staging.count("x_visits") == 0
    assert staging.notes == ["visits.csv is not in the export: visits are unknown."]


@pytest.mark.parametrize(
    "name", ["people.csv", "PEOPLE.CSV", "people_1.csv", "people 02.csv", "all people-2025-01-31.csv"]
)
def test_names_of_a_file_and_of_slices(tmp_path, name):
    (tmp_path / name).write_text("id,made\n")
    (tmp_path / "people_old.csv").write_text("id,made\n")
    assert [path.name for path in files_of(tmp_path, PEOPLE)] == [name]


def test_slices_stand_under_one_another(staging, tmp_path):
    opened(staging, tmp_path, people_1="id,made\n1,2025-01-01\n", people_2="id,made,mail\n2,2025-01-02,m\n")
    assert staging.rows("SELECT id, mail, _source, _row FROM x_people ORDER BY 1") == [
        ("1", None, "people_1.csv", 1),
        ("2", "m", "people_2.csv", 1),
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "holds no people.csv; none are known"),
        ({"peple": "id\n"}, "holds no people.csv; did you mean 'peple.csv'?"),
        ({"people": "id,mad\n1,2\n"}, "people.csv: has no column 'made'; did you mean 'mad'?"),
        ({"people": "id,made\n"}, "people.csv: holds a header and no usable row"),
    ],
)
def test_an_export_that_cannot_be_read(staging, tmp_path, files, expected):
    with pytest.raises(DataError) as caught:
        opened(staging, tmp_path, **files)
    assert expected in caught.value.message


def test_the_end_of_the_export(staging, tmp_path):
    export = opened(staging, tmp_path, people="id,made\n1,2025-01-01T10:00:00Z\n2,2025-01-02T11:00:00+02:00\n")
    assert observed_until(staging, export, None) == "2025-01-02T09:00:00Z"
    assert observed_until(staging, export, "2025-03-01") == "2025-03-01T23:59:59.999999Z"
    with pytest.raises(ConfigError, match="observed_until: 'soon' is not a date or time"):
        observed_until(staging, export, "soon")


def test_no_time_at_all(staging, tmp_path):
    export = opened(staging, tmp_path, people="id,made\n1,never\n")
    with pytest.raises(DataError, match="no row has a made that can be read"):
        observed_until(staging, export, None)
