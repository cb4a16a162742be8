"""The page: whole, self-contained, safe with texts of the data."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from training.compare import compare_scorers
from training.compare.page import render, show


@pytest.fixture(scope="module")
def compared(registered):
    return compare_scorers("2", "1", uri=registered.uri)


class Checker(HTMLParser):
    """Counts elements and keeps every attribute that could fetch something."""

    def __init__(self):
        super().__init__()
        self.opened, self.fetched = {}, []

    def handle_starttag(self, tag, attrs):
        self.opened[tag] = self.opened.get(tag, 0) + 1
        self.fetched += [
            v for k, v in attrs if k in {"src", "href", "xlink:href", "action"} and not v.startswith("#")
        ]


def test_the_page_needs_nothing_from_elsewhere(compared):
    page = render(compared)
    checker = Checker()
    checker.feed(page)
    assert checker.fetched == []
    assert not checker.opened.keys() & {"script", "link", "img", "iframe"}
    assert set(re.findall(r"https?://[^\"'\s<]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "@import" not in page
    assert "url(http" not in page
    assert "prefers-color-scheme: dark" in page
    assert checker.opened["svg"] == 5
    assert page.count("<!DOCTYPE") == 1


def test_the_page_tells_what_was_found(compared):
    page = render(compared)
    for heading in ("In short", "All measures", "Opportunities found", "For whom", "When", "open leads by grade"):
        assert heading in page
    assert compared.churn.up[0].lead_id in page
    assert compared.finds.only_b[0].lead_id in page
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL).lower().split()


def test_the_same_comparison_gives_the_same_bytes(compared):
    assert render(compared) == render(compared)


def test_texts_of_the_data_are_escaped(compared):
    evil = "<script>alert(1)</script>"
    first = replace(compared.segments[0], value=evil)
    find = replace(compared.finds.only_b[0], reasons_a=[evil], lead_id=evil)
    spoilt = replace(
        compared,
        segments=(first, *compared.segments[1:]),
        finds=replace(compared.finds, only_b=(find,)),
    )
    page = render(spoilt)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("left_out", ["periods", "segments", "churn"])
def test_the_page_does_without_what_there_is_not(compared, left_out):
    page = render(replace(compared, **{left_out: None if left_out == "churn" else ()}))
    said = {
        "periods": "too few opportunities to be cut in two",
        "segments": "No segment has opportunities enough",
        "churn": "No lead is open",
    }
    assert said[left_out] in page


def test_figures_as_people_write_them():
    assert show(-0.0125, 3, sign=True) == "−0.013"
    assert show(1234.5, 1) == "1,234.5"
    assert show(float("nan")) == "–"
