"""The pages in a real browser: as a rep uses them, by keyboard alone, on a phone, and as axe-core judges them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from benchmarks import browser as installed
from serving.front.callers import make_key
from serving.ledger import AddKey
from tests.serving.pages.browsing import chromium, served
from tests.serving.pages.conftest import shown_on
from tests.serving.pages.test_hostile import HOSTILE, spread

pytest.importorskip("playwright")
axe = pytest.importorskip("axe_core_python.sync_playwright")
pytestmark = pytest.mark.skipif(installed.chromium() is None, reason="chromium is not installed")

PHONE = {"width": 375, "height": 740}
ADDRESSES = ("/", "/?state=all", "/lead?id=L1", "/lead?id=L2", "/account?id=acme", "/card", "/lead?id=nobody")


@pytest.fixture(scope="module")
def chrome():
    with chromium() as started:
        yield started


@dataclass
class Tab:
    """A page in the browser, and what it asked for and complained of."""

    page: Any
    base: str
    complaints: list = field(default_factory=list)
    asked: set = field(default_factory=set)

    def go(self, path):
        self.page.goto(self.base + path)

    def check(self):
        assert self.complaints == []
        assert all(one.startswith((self.base + "/", "data:")) for one in self.asked), self.asked


@pytest.fixture
def site(shown):
    # TestClient and the browser each have their own way to the same application.
    with served(shown.app) as base:
        yield shown, base


@pytest.fixture
def tab(chrome, site):
    context = chrome.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    opened = Tab(context.new_page(), site[1])
    opened.page.on("console", lambda message: opened.complaints.append(message.text))
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on("request", lambda request: opened.asked.add(request.url))
    yield opened
    context.close()


def verdicts(shown):
    rows = shown.ledger.read(
        lambda c: c.exec_driver_sql("SELECT lead_id, verdict, reason FROM verdict_facts").all()
    )
    return [tuple(row) for row in rows]


def listed(tab):
    return tab.page.locator("table.leads tbody th a").all_inner_texts()


def test_from_the_list_to_a_verdict_in_the_ledger(site, tab):
    shown, page = site[0], tab.page
    tab.go("/")
    assert len(listed(tab)) == 6
    page.get_by_role("combobox", name="Owner").select_option("Mia")
    page.get_by_role("button", name="Show").click()
    assert sorted(listed(tab)) == ["Ann Poe", "Bo Ek", "Ed Gray"]
    page.get_by_role("link", name="Ann Poe").click()
    assert page.locator("h1").inner_text() == "Ann Poe"
    assert page.locator(".waterfall rect").count() > 3
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("status").wait_for()
    assert "Recorded: accepted" in page.get_by_role("status").inner_text()
    assert verdicts(shown) == [("L1", "accepted", None)]
    page.get_by_role("link", name="Who to call next").click()
    assert len(listed(tab)) == 5
    assert "Ann Poe" not in listed(tab)
    page.get_by_role("combobox", name="Sales").select_option("accepted")
    page.get_by_role("button", name="Show").click()
    assert listed(tab) == ["Ann Poe"]
    tab.check()


def test_a_rejection_with_a_word_on_it(site, tab):
    page = tab.page
    tab.go("/lead?id=L4")
    page.get_by_label("A word on it").fill("asked twice")
    page.get_by_role("button", name="Cannot be reached").click()
    page.get_by_role("status").wait_for()
    assert verdicts(site[0]) == [("L4", "rejected", "cannot be reached: asked twice")]
    tab.check()


#: What a screen reader would call the element that has the focus.
SAID = """(e => e === document.body ? '' : e.labels?.[0]?.innerText || e.ariaLabel || e.innerText || '')
  (document.activeElement)"""


def focus(page, words, most=60):
    """Press Tab until what has the focus says so."""
    for _ in range(most):
        page.keyboard.press("Tab")
        said = page.evaluate(SAID)
        if words in said:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"nobody sees that {words} has the focus"
            return
    raise AssertionError(f"{words} cannot be reached by keyboard")


def test_all_of_it_by_keyboard_alone(site, tab):
    page = tab.page
    tab.go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the page"
    page.keyboard.press("Enter")
    focus(page, "Owner")
    page.keyboard.type("Noah")
    focus(page, "Show")
    page.keyboard.press("Enter")
    page.wait_for_url("**owner=Noah**")
    assert sorted(listed(tab)) == ["Cy Dunn", "Di Fenn"]
    focus(page, "Cy Dunn")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lead?id=L3")
    focus(page, "A word on it")
    page.keyboard.type("good talk")
    # Enter in the text must not accept the lead: nobody said so.
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert verdicts(site[0]) == []
    page.keyboard.press("Shift+Tab")
    tab.go("/lead?id=L3")
    focus(page, "Accept")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert verdicts(site[0]) == [("L3", "accepted", None)]
    tab.check()


def test_signing_in_and_out(chrome, site, model, clock):
    shown = shown_on(site[0].ledger, model, clock)
    key_id, whole, kept = make_key()
    shown.ledger.write(AddKey(key_id, "reps", kept, ("read", "ingest"), clock()))
    shown.app.keys.refresh()
    with served(shown.app) as base:
        page = chrome.new_context().new_page()
        page.goto(f"{base}/lead?id=L1")
        assert page.locator("h1").inner_text() == "Sign in"
        page.get_by_label("Your key").fill("lq_wrong")
        page.get_by_role("button", name="Sign in").click()
        assert "no key of this service" in page.get_by_role("alert").inner_text()
        page.get_by_label("Your key").fill(whole)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/lead?id=L1")
        page.get_by_role("button", name="Accept").click()
        page.get_by_role("status").wait_for()
        assert verdicts(shown) == [("L1", "accepted", None)]
        assert page.get_by_text("For those who run it").count() == 0
        assert whole not in page.evaluate("document.cookie + JSON.stringify(localStorage)")
        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{base}/")
        assert page.locator("h1").inner_text() == "Sign in"
        page.context.close()


def serious(page):
    found = axe.Axe().run(page)
    return [
        (one["id"], one["impact"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("width", [1280, 375])
def test_axe_finds_nothing_serious(site, chrome, width):
    shown, base = site
    receipt = shown.client.get("/v1/leads/L1/scores").json()["scores"][0]["receipt_id"]
    # axe-core is a script that the test brings along; the pages themselves allow none.
    context = chrome.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    page = context.new_page()
    for path in (*ADDRESSES, f"/receipt?id={receipt}", "/sign-in", "/?search=nobody", "/lead?id=L1&done=accepted"):
        page.goto(base + path)
        assert serious(page) == [], path
    context.close()


def overflow(page):
    return page.evaluate(
        """() => [document.documentElement.scrollWidth - document.documentElement.clientWidth,
        [...document.querySelectorAll('main *')].filter(e => !e.closest('svg') && !e.closest('.hidden')
          && !e.closest('.stack thead') && e.getBoundingClientRect().right > innerWidth + 1
          && !e.closest('.wide')).map(e => e.tagName + e.className + e.textContent.slice(0, 40))]"""
    )


@pytest.mark.parametrize("value", [None, "long", "rtl", "emoji", "html"])
def test_nothing_is_read_sideways_on_a_phone(site, chrome, value):
    shown, base = site
    if value is not None:
        spread(shown, HOSTILE[value])
    context = chrome.new_context(viewport=PHONE)
    page = context.new_page()
    for path in (*ADDRESSES, "/sign-in"):
        page.goto(base + path)
        assert overflow(page) == [0, []], path
        tables = page.evaluate(
            "[...document.querySelectorAll('.stack')].map(t => [t.scrollWidth, t.parentElement.clientWidth])"
        )
        assert all(table <= room + 1 for table, room in tables), (path, tables)
    context.close()


def test_hostile_values_run_nothing(site, tab):
    shown = site[0]
    for number, value in enumerate(HOSTILE.values()):
        spread(shown, value, f"H{number}")
    for path in ("/?state=all", "/account?id=acme", *(f"/lead?id=H{n}" for n in range(len(HOSTILE)))):
        tab.go(path)
        assert tab.page.evaluate("document.scripts.length") == 0
        assert tab.page.evaluate("document.querySelectorAll('[onload],[onmouseover],[onclick]').length") == 0
    tab.page.on("dialog", lambda dialog: tab.complaints.append(dialog.message))
    tab.check()


def test_pictures_keep_their_texts_apart(site, tab):
    for path in ("/lead?id=L1", "/account?id=acme"):
        tab.go(path)
        outside = tab.page.evaluate(
            """[...document.querySelectorAll('svg.picture text')].filter(t => {
              const box = t.getBBox(), view = t.ownerSVGElement.viewBox.baseVal;
              return box.x < -1 || box.x + box.width > view.width + 1 || box.y + box.height > view.height + 1;
            }).map(t => t.textContent)"""
        )
        assert outside == []
    assert re.search(r"role=.img", tab.page.content())
