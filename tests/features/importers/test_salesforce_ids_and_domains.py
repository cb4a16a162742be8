"""Ids of 15 and 18 characters, and companies told apart by domain or name."""

from __future__ import annotations

import pytest

from features.facts import Staging
from features.importers.domains import add_domain_macros
from features.importers.salesforce.ids import add_id_macro, to_18
from features.importers.sql import add_macros, snake_case, text


@pytest.fixture(scope="module")
def staging():
    with Staging() as scratch:
        add_macros(scratch)
        add_id_macro(scratch)
        add_domain_macros(scratch)
        yield scratch


def value(staging, expression):
    return staging.rows(f"SELECT {expression}")[0][0]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("001A0000006Vm9r", "001A0000006Vm9rIAC"),
        ("001A0000006Vm9rIAC", "001A0000006Vm9rIAC"),
        ("00QABCDEFGHIJKL", "00QABCDEFGHIJKL255"),
        ("short", "short"),
    ],
)
def test_ids_become_18_characters_in_python_and_sql_alike(staging, given, expected):
    assert to_18(given) == expected
    assert value(staging, f"sf_id({text(given)})") == expected
    assert value(staging, f"sf_id({text(f' {given} ')})") == expected


def test_a_blank_id_is_none(staging):
    assert value(staging, "sf_id('')") is None
    assert value(staging, "sf_id(NULL)") is None


@pytest.mark.parametrize(
    ("website", "email", "company", "expected"),
    [
        ("https://www.Acme.com/en?x=1", "a@gmail.com", "Acme", "domain:acme.com"),
        ("acme.co.uk", None, None, "domain:acme.co.uk"),
        ("http://user@shop.acme.com:8080/", None, None, "domain:shop.acme.com"),
        ("www.linkedin.com/company/acme", "a@acme.com", "Acme", "domain:acme.com"),
        ("n/a", "A.B@ACME.com", "Acme", "domain:acme.com"),
        (None, "a@gmail.com", "Acme, Inc.", "company:acme"),
        (None, "not an address", "ACME GmbH & Co. KG", "company:acme"),
        (None, None, "Société Générale S.A.", "company:societe generale"),
        (None, None, "Müller AG", "company:muller"),
        (None, None, "n/a", None),
        (None, None, " - ", None),
        (None, None, "[not provided]", None),
        (None, "x@yahoo.co.uk", "Unknown", None),
        (None, None, None, None),
    ],
)
def test_account_of(staging, website, email, company, expected):
    cells = ", ".join("NULL" if cell is None else text(cell) for cell in (website, email, company))
    assert value(staging, f"account_of({cells})") == expected


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("a@gmail.com", "free"),
        ("a@acme.com", "business"),
        ("a@mit.edu", "education"),
        ("a@ox.ac.uk", "education"),
        ("a@uni.edu.au", "education"),
        ("", "none"),
        ("nobody", "none"),
    ],
)
def test_email_kind(staging, email, expected):
    assert value(staging, f"email_kind({text(email)})") == expected


@pytest.mark.parametrize(
    "name", ["Web Seminar", "LeadSource", "emp.var.rate", " E-Mail  sent ", "Größe (m²)", "A_b"]
)
def test_snake_case_is_the_same_in_python_and_sql(staging, name):
    assert value(staging, f"snake({text(name)})") == snake_case(name)
