"""What is printed of who may ask names the ledger, and never its password."""

from __future__ import annotations

import pytest

from serving.address import ServeError
from serving.admission import admission

ADDRESS = "postgresql://me:hunter2@db/leads?password=hunter3"


@pytest.mark.parametrize("required", [False, True])
def test_the_ledger_is_named_without_its_password(required):
    _, said = admission("127.0.0.1", [], ADDRESS, required=required)
    assert "--ledger postgresql://me@db/leads" in said
    assert "hunter" not in said


def test_neither_is_it_where_the_start_is_refused():
    with pytest.raises(ServeError) as caught:
        admission("192.0.2.7", [], ADDRESS, required=False)
    assert "me@db/leads" in str(caught.value)
    assert "hunter" not in str(caught.value)


def test_a_file_is_named_as_it_is():
    assert admission("127.0.0.1", [], "x/ledger.db", required=False)[1].endswith("--ledger x/ledger.db")
