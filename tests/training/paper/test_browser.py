"""The paper in a real browser: how many pages, nothing cut, nothing asked for."""

from __future__ import annotations

import pytest

from benchmarks import browser
from tests.training.paper.test_hostile import hostile as hostile_duel
from training.paper import paper_for

pytestmark = pytest.mark.skipif(browser.chromium() is None, reason="chromium is not installed")

#: Elements whose content is wider than they are, and texts that leave their picture.
CUT = """(() => {
  const wide = [...document.querySelectorAll('main, main *')].filter(e => !e.closest('svg')
    && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1)
    .map(e => e.tagName + ': ' + e.textContent.slice(0, 60));
  const out = [...document.querySelectorAll('svg text')].filter(t => {
    const box = t.getBBox(), view = t.ownerSVGElement.viewBox.baseVal;
    return box.x < -1 || box.y < -1 || box.x + box.width > view.width + 1 || box.y + box.height > view.height + 1;
  }).map(t => 'text: ' + t.textContent);
  return [...wide, ...out];
})()"""
#: Texts of one picture that lie on each other.
OVER = """[...document.querySelectorAll('svg')].flatMap(svg => {
  const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
  return boxes.flatMap(([said, a], i) => boxes.slice(i + 1).filter(([, b]) => Math.min(a.right, b.right)
    - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
    .map(([other]) => said + ' on ' + other));
})"""

hostile = hostile_duel


@pytest.fixture(scope="module")
def page(pieces, tmp_path_factory):
    file = tmp_path_factory.mktemp("paper") / "paper.html"
    pieces.paper.write(file)
    return file


@pytest.fixture(scope="module")
def hostile_page(hostile, tmp_path_factory):
    file = tmp_path_factory.mktemp("paper") / "hostile.html"
    paper_for(hostile).write(file)
    return file


def test_the_example_card_takes_at_most_four_pages(page, tmp_path):
    assert 2 <= browser.print_pdf(page, tmp_path / "paper.pdf") <= 4


@pytest.mark.parametrize("name", ["page", "hostile_page"])
def test_no_text_is_cut_and_none_lies_on_another(request, name):
    file = request.getfixturevalue(name)
    assert browser.evaluate(file, CUT) == []
    assert browser.evaluate(file, OVER) == []


@pytest.mark.parametrize("name", ["page", "hostile_page"])
def test_the_browser_asks_for_nothing(request, name):
    assert browser.requests(request.getfixturevalue(name)) == set()


def test_hostile_texts_run_nothing(hostile_page):
    count = "[document.scripts.length, document.images.length, document.querySelectorAll('h1').length]"
    # The one script is the test's own.
    assert browser.evaluate(hostile_page, count) == [1, 0, 1]


def test_a_request_would_be_seen(tmp_path):
    file = tmp_path / "asks.html"
    file.write_text("<body><img src='http://127.0.0.1:9/x.png'></body>", encoding="utf-8")
    assert browser.requests(file) == {"http://127.0.0.1:9/x.png"}


def test_a_cut_text_would_be_seen(tmp_path):
    file = tmp_path / "cut.html"
    cut = "<p style='width: 9px; overflow: hidden'>wholly</p>"
    file.write_text(f"<body><main>{cut}</main></body>", encoding="utf-8")
    assert browser.evaluate(file, CUT) == ["P: wholly"]
