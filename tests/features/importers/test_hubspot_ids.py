"""Ids that a spreadsheet rounded are refused: several contacts would silently become one."""

from __future__ import annotations

import pytest

from features.errors import DataError
from tests.features.importers.hubspot_files import FILES
from tests.features.importers.test_hubspot import run, without


@pytest.mark.parametrize("given", ["1.02E+11", "1,02E+11", "1e6"])
def test_rounded_ids_are_refused_with_their_place(tmp_path, given):
    contacts = FILES["contacts.csv"]
    text = contacts if isinstance(contacts, str) else contacts.decode()
    header, first, *rest = text.splitlines()
    cells = first.split(",")
    cells[header.split(",").index("hs_object_id")] = f'"{given}"'
    damaged = "\n".join([header, ",".join(cells), *rest]) + "\n"
    with pytest.raises(DataError) as caught:
        run(tmp_path, files=without("contacts.csv", **{"contacts.csv": damaged}))
    assert "contacts.csv row 1, column hs_object_id" in caught.value.message
    assert given in caught.value.message
    assert "export again" in caught.value.hint
