"""What training and the duel left of a version: read from its run, and shown."""

from __future__ import annotations

import threading

import pytest

from models.registry import Registry, RegistryError
from serving.pages.papers import NO_PAPERS, Papers, Shelf, read_papers
from tests.serving.pages.conftest import shown_on
from tests.serving.pages.looking import HTML
from tests.training.servers import mlflow_server
from training.tracking import Record, record_training

KEPT = Papers("<p>card</p>")


def test_a_trained_version_shows_its_model_card_and_what_the_duel_said(
    registered, leadquality, own_ledger, clock, tmp_path
):
    code, _, complained = leadquality(
        "duel", registered.dataset.path, "--card", "b2b_example", "--model", "1", "--capacity", "8",
        "--report", tmp_path / "july.html", "--tracking-uri", registered.uri,
    )  # fmt: skip
    assert code == 0, complained
    registry = Registry(registered.uri)
    papers = read_papers(registry, "1")
    model = registry.load("1")
    assert papers.judged == model.card.card.label
    site = shown_on(own_ledger, model, clock, papers_of=lambda version: read_papers(registry, version))
    page = site.look("/card")
    assert papers.duel["sentence"] in page.text
    for rule in papers.rules.values():
        assert rule["words"] in page.text
    assert "most likely" in page.text
    assert "/model-card" in page.links
    answer = site.client.get("/model-card", headers=HTML)
    assert answer.status_code == 200
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "<script" not in answer.text
    other = Papers(rules=papers.rules, judged="another@card")
    elsewhere = shown_on(own_ledger, model, clock, papers_of=lambda _: other)
    assert "Verdict" not in elsewhere.look("/card").text


def test_they_are_read_over_http(model, tmp_path):
    with mlflow_server(tmp_path) as server:
        record_training(Record(model, {}, {}, {}, {}, {"model_card.html": "<p>card</p>"}), server.uri)
        assert read_papers(Registry(server.uri), "1").model_card == "<p>card</p>"


def test_a_run_without_papers_and_one_that_is_not_there(model, tmp_path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    texts = {"duel.json": "[1", "card_rules.json": "[]"}
    record_training(Record(model, {}, {}, {}, {}, texts), uri)
    registry = Registry(uri)
    assert read_papers(registry, "1") == NO_PAPERS
    assert read_papers(registry, "2") == NO_PAPERS


def test_papers_are_asked_for_again_and_a_silent_registry_takes_none_away(monkeypatch):
    answers = [KEPT, RegistryError("down"), Papers("new")]

    def fetch(_):
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    shelf = Shelf(fetch, patience=30)
    assert shelf.of("1") == KEPT
    assert shelf.of("1") == KEPT
    assert len(answers) == 2
    monkeypatch.setattr("serving.pages.papers.LASTS", -1.0)
    for expected in (KEPT, Papers("new")):
        shelf.of("1")
        shelf._fetching.join(30)
        monkeypatch.setattr("serving.pages.papers.LASTS", 1e9)
        assert shelf.of("1") == expected
        monkeypatch.setattr("serving.pages.papers.LASTS", -1.0)


def test_nobody_waits_for_long(monkeypatch):
    go = threading.Event()
    shelf = Shelf(lambda _: go.wait(60) and KEPT, patience=0.01)
    assert shelf.of("1") == NO_PAPERS
    go.set()
    shelf._fetching.join(30)
    assert shelf.of("1") == KEPT


@pytest.mark.parametrize("version", ["1", "2"])
def test_without_a_registry_there_are_none(version):
    assert Shelf(None).of(version) == NO_PAPERS
