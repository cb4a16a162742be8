"""Kinds of e-mail domains, the same in Python and in the importers' SQL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.facts import Staging
from features.importers.domains import FREE_MAIL, add_domain_macros
from features.importers.sql import text as quoted
from features.texts import EMAIL_DOMAIN_KINDS, email_domain_kind

ADDRESSES = [
    ("a@gmail.com", "free"),
    ("A.B@GMX.de", "free"),
    ("a@mailinator.com", "free"),
    ("a@acme.com", "business"),
    ("a@notgmail.com", "business"),
    ("a@education.com", "business"),
    ("a@uni-versal.com", "business"),
    ("a@müller.de", "business"),
    ("a@mit.edu", "education"),
    ("a@uni.edu.au", "education"),
    ("a@ox.ac.uk", "education"),
    ("a@stud.uni-bonn.de", "education"),
    ("a@univ-lyon1.fr", "education"),
    ("a@student.ethz.ch", "education"),
]


@pytest.mark.parametrize(("address", "kind"), ADDRESSES)
def test_an_address_and_its_bare_domain(address, kind):
    domain = address.split("@")[1]
    for form in (address, domain, f"https://www.{domain}/en?x=1", f"Ann Lee <{address}>", f"mailto:{address}"):
        assert email_domain_kind(form) == kind, form


@pytest.mark.parametrize(
    "text",
    ["", "-", "n/a", "n.a", "e.g.", "acme", "a@b", "a b@c.de", "a@@b.com", ".com", "1.2.3.4", "@", "a@b..com"],
)
def test_what_is_neither_address_nor_domain(text):
    assert email_domain_kind(text) is None


def test_the_importers_say_the_same():
    with Staging() as staging:
        add_domain_macros(staging)
        for address, kind in [*ADDRESSES, *((f"a@{domain}", "free") for domain in FREE_MAIL)]:
            assert staging.rows(f"SELECT email_kind({quoted(address)})")[0][0] == kind, address
            assert email_domain_kind(address) == kind, address


@given(text=st.one_of(st.text(), st.lists(st.sampled_from([*"a.@:/<> -", "com", "ǆ", "ß", "edu"])).map("".join)))
def test_any_text_gives_a_kind_or_none_whatever_its_case_and_outer_blanks(text):
    answers = {email_domain_kind(form) for form in (text, text.upper(), text.lower(), f" {text}\n")}
    assert len(answers) == 1
    assert answers <= {None, *EMAIL_DOMAIN_KINDS}
