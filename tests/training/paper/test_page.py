"""The page: words of a meeting, readable by all, in black and white, and asking nothing of anybody."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.training.paper.page_reading import read
from training.comparison import Estimate
from training.paper import write_paper
from training.paper.page import css_text

JARGON = (
    r"auc|roc|log[- ]?loss|shap|p[- ]?values?|log[- ]?odds|logit|logistic|regression|coefficients?|bootstrap\w*|"
    r"resampl\w+|replicates?|confidence|percentiles?|quantiles?|calibrat\w+|significan\w+|hypothes\w+|bonferroni|"
    r"variance|standard (?:deviation|error)|likelihood|posterior|bayes\w*|lift|deciles?|precision|recall|"
    r"overfit\w*|features?|datasets?|clusters?|score distribution|classifiers?|gradient|booster|nan|none|null|inf"
)


@pytest.fixture(scope="module")
def page(pieces):
    return read(pieces.paper.html)


def test_the_words_are_those_of_a_meeting(page):
    shown = page.said
    assert "opportunities" in shown
    found = re.findall(rf"\b(?:{JARGON})\b", shown, re.IGNORECASE)
    # What the card's own author wrote may say anything; the example's says none of these.
    assert not found


def test_the_answer_comes_first_and_in_one_sentence(pieces, page):
    first = next(one for one in page.all("p") if one.attributes.get("class") == "answer")
    before = [one.said for one in page.all("li", "table", "figure", "h2")]
    assert pieces.paper.html.index('class="answer"') < pieces.paper.html.index("<li>")
    assert before
    assert first.said.strip().startswith(f"With {pieces.duel.capacity} calls a week")
    assert re.fullmatch(r"[^.]+\.", re.sub(r"\d\.\d", "0", first.said.strip()))


def test_headings_are_in_order_and_every_part_is_there(page):
    levels = [int(one.tag[1]) for one in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    wanted = (
        "Rule by rule", "Proposed changes", "What the card does not ask", "How sure we are",
        "What was left out, and what to bear in mind", "What happens next",
    )  # fmt: skip
    assert tuple(one.said.strip() for one in page.all("h2")) == wanted


def test_it_can_be_read_without_seeing_it(page):
    assert page.all("html")[0].attributes["lang"] == "en"
    pictures = page.all("svg")
    assert len(pictures) == 3
    for picture in pictures:
        assert picture.attributes["role"] == "img"
        names = {one.attributes.get("id"): one.said.strip() for one in picture.all("title", "desc")}
        assert all(names[key] for key in picture.attributes["aria-labelledby"].split())
    for table in page.all("table"):
        assert table.all("caption")[0].said.strip()
        assert all(one.attributes["scope"] in ("col", "row", "rowgroup") for one in table.all("th"))
        width = len(table.all("thead")[0].all("th"))
        for row in table.all("tbody")[0].all("tr"):
            assert sum(int(one.attributes.get("colspan") or 1) for one in row.all("th", "td")) == width
    ids = [one.attributes["id"] for one in page.all("title", "desc", "pattern") if "id" in one.attributes]
    assert len(ids) == len(set(ids))


def test_the_rule_table_says_what_the_model_gives_where_there_is_a_model(pieces):
    rules = [
        replace(one, model_worth={0: Estimate(12.34, 11.9, 12.8), 1: Estimate(0.16, 0.1, 0.2)}.get(number))
        for number, one in enumerate(pieces.verdicts.rules)
    ]
    known = replace(pieces.verdicts, rules=tuple(rules), lacks=())
    unknown = replace(known, lacks=None)
    with_model, without = (
        read(write_paper(pieces.duel, verdicts, pieces.refit)).all("table")[1] for verdicts in (known, unknown)
    )
    heads = [one.said.strip() for one in with_model.all("thead")[0].all("th")]
    place = heads.index("The model gives")
    lines = [row.all("th", "td") for row in with_model.all("tr")[1:] if len(row.all("td")) > 1]
    assert [line[place].said.strip() for line in lines] == ["12", "0", *["–"] * (len(rules) - 2)]
    assert len(without.all("thead")[0].all("th")) == len(heads) - 1
    assert "The model gives" not in without.said
    for row in without.all("tr"):
        assert sum(int(one.attributes.get("colspan") or 1) for one in row.all("th", "td")) == len(heads) - 1


def test_nothing_has_a_colour_and_grey_text_has_contrast(pieces):
    colours = set(re.findall(r"#[0-9a-fA-F]{3,6}\b", pieces.paper.html))
    assert colours
    for colour in colours:
        digits = colour[1:]
        assert len(set(digits if len(digits) == 3 else (digits[:2], digits[2:4], digits[4:]))) == 1, colour
    for colour in re.findall(r"[ ;{]color: #([0-9a-f]{3})", pieces.paper.html):
        assert colour <= "555"


def test_it_asks_nothing_of_anybody(pieces, page):
    html = pieces.paper.html
    assert not page.all("script", "img", "link", "iframe", "object", "embed", "form")
    assert not re.search(r"https?:|//\w|@import|\bsrc=|\bhref=|javascript:", html)
    assert set(re.findall(r"url\(([^)]*)\)", html)) == {"#hatch-lines", "#hatch-dots"}
    assert "default-src 'none'" in html


def test_every_rule_stands_in_the_table_with_its_verdict(pieces, page):
    table = page.all("table")[1]
    rows = [one for one in table.all("tr") if one.all("td")]
    assert len(rows) == len(pieces.verdicts.rules)
    for row, one in zip(rows, pieces.verdicts.rules, strict=True):
        assert one.rule in row.said
        assert one.words.split(" ")[0] in row.said
        assert f"{one.leads:,}" in row.said


def test_the_same_duel_gives_the_same_bytes(pieces):
    again = write_paper(pieces.duel, pieces.verdicts, pieces.refit, stem="meeting")
    assert again == pieces.paper.html


@pytest.mark.parametrize("text", ["</style><script>", 'a"; } body { display: none', "back\\slash", "naïve 🙂"])
def test_a_text_within_the_style_is_nothing_but_a_text(text):
    written = css_text(text)
    assert not re.search(r"[<>\"';{}]", written)
    read_back = re.sub(r"\\([0-9a-f]+) ", lambda one: chr(int(one[1], 16)), written)
    assert read_back == text
