"""What is in the way is a page that says so: no ledger, one that is down, one that is still being read."""

from __future__ import annotations

import threading

import pytest

from serving.app import create_app
from serving.ledger import LedgerUnavailable
from serving.pages.book import Book
from serving.pages.book.keeping import Keeping
from serving.pages.refused import StillReading
from tests.serving.conftest import TestClient
from tests.serving.pages.looking import HTML, look

PATHS = ("/", "/lead?id=L1", "/account?id=acme", "/receipt?id=x")


@pytest.mark.parametrize("path", PATHS)
def test_without_a_ledger_there_is_nothing_to_show(model, clock, path):
    client = TestClient(create_app(model, clock))
    page = look(client, path, 503)
    assert "keeps nothing" in page.text
    assert "leadquality serve --ledger FILE" in page.text
    look(client, "/sign-in")


def test_a_ledger_that_is_down_is_a_page_and_comes_back(shown, monkeypatch):
    form = {k: v for k, v in shown.look("/lead?id=L1").form("/lead/verdict").items() if k} | {"choice": "accept"}
    read, write = type(shown.ledger).read, type(shown.ledger).submit

    def down(*_, **__):
        raise LedgerUnavailable("postgresql://secret@db: no answer")

    monkeypatch.setattr(type(shown.ledger), "read", down)
    monkeypatch.setattr(type(shown.ledger), "submit", down)
    for path in (*PATHS[:3], "/today.csv"):
        page = look(shown.client, path, 503)
        assert "ledger is not to be had" in page.text
        assert "secret" not in page.html
    answer = shown.submit("/lead/verdict", form)
    assert answer.status_code == 503
    assert "nothing was done" in answer.text
    monkeypatch.setattr(type(shown.ledger), "read", read)
    monkeypatch.setattr(type(shown.ledger), "submit", write)
    assert "Ann Poe" in shown.look("/").text
    assert shown.submit("/lead/verdict", form).status_code == 303


def test_while_the_list_is_read_a_page_says_so_and_comes_back(shown, model, own_ledger, clock, monkeypatch):
    monkeypatch.setattr(Keeping.__init__, "__defaults__", (0.05,))
    go = threading.Event()
    step = Book.step

    def slow(self, *most):
        go.wait(60)
        return step(self, *most)

    monkeypatch.setattr(Book, "step", slow)
    client = TestClient(create_app(model, clock, own_ledger))
    try:
        page = look(client, "/", 202)
        assert "being read from the ledger: 0 leads so far" in page.text
        assert page.headers["refresh"] == "2"
    finally:
        go.set()
    for _ in range(200):
        answer = client.get("/", headers=HTML)
        if answer.status_code == 200:
            break
        threading.Event().wait(0.05)
    assert "Ann Poe" in answer.text
    assert "refresh" not in answer.headers


def test_a_reading_that_failed_is_tried_again():
    class Broken:
        is_read, failing = False, True

        def step(self, *_):
            return False

        def catch_up(self):
            if self.failing:
                raise LedgerUnavailable("down")
            self.is_read = True

    book = Broken()
    keeping = Keeping(book, patience=30)
    for _ in range(2):
        with pytest.raises(LedgerUnavailable):
            keeping.current()
    book.failing = False
    assert keeping.current() is book


def test_much_that_was_written_meanwhile_is_read_beside():
    class Behind:
        is_read = True
        go = threading.Event()

        def step(self, most):
            return True

        def catch_up(self):
            self.go.wait(30)

        def progress(self):
            return "some"

    book = Behind()
    keeping = Keeping(book, patience=0.01)
    with pytest.raises(StillReading, match="some"):
        keeping.current()
    book.go.set()
    keeping._reading.join(30)
    assert keeping.current() is book


def test_a_fault_of_ours_is_a_page_without_its_text(shown, monkeypatch):
    logged = []
    monkeypatch.setattr("serving.pages.routes.log_failure", lambda error, *where: logged.append(where))
    monkeypatch.setattr("serving.pages.lead_page.gather", lambda *_, **__: 1 / 0)
    page = shown.look("/lead?id=L1", 500)
    assert "Something went wrong here" in page.text
    assert "division" not in page.html
    assert logged[0][0] == "/lead"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/lead?id=L1&x=1", 400),
        ("/lead", 404),
        ("/account", 404),
        ("/account?id=nobody", 404),
        ("/receipt?id=nothing", 404),
        ("/receipt", 404),
        ("/card?x=1", 400),
        ("/model-card", 404),
        (f"/?search={'x' * 5000}", 414),
        ("/lead?id=%ff", 400),
        ("/lead?id=a%00b", 404),
        ("/lead?" + "&".join(f"a{n}=1" for n in range(60)), 400),
    ],
)
def test_addresses_that_lead_nowhere(shown, path, status):
    page = shown.look(path, status)
    assert "/" in page.links


def test_the_card_is_shown_as_people_read_it(shown, model):
    page = shown.look("/card")
    for axis in model.card.card.axes.values():
        for rule in axis.rules:
            assert rule.name in page.text
    assert f"Version {model.version}" in page.text


def test_too_many_who_look_at_once_are_told(shown, monkeypatch):
    monkeypatch.setattr("serving.pages.routes.MOST_WAITING", 0)
    page = shown.look("/", 503)
    assert page.headers["refresh"] == "3"


def test_the_style_sheet_is_ours(shown):
    answer = shown.client.get("/static/style.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "url(" not in answer.text
    assert "@import" not in answer.text
