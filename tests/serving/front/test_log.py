"""The log tells what happened, and nothing of anybody."""

from __future__ import annotations

import io
import json
import logging

import pytest
from starlette.testclient import TestClient

from serving.app import create_app
from serving.front import log
from serving.front.callers import make_key
from serving.ledger import AddKey, open_ledger

SECRETS = ("jane", "doe", "Siemens", "4711-L", "query-value", "lq_", "VP Engineering")


@pytest.fixture
def lines(monkeypatch):
    stream = io.StringIO()
    before = log.log.handlers, log.log.level, log.log.propagate

    def begin(what):
        # pytest itself changes the stream between a test and its fixtures.
        monkeypatch.setattr(log.sys, "stderr", stream)
        log.configure_log(what)
        return stream

    yield begin
    log.log.handlers, log.log.level, log.log.propagate = before


def read(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(str(tmp_path / "ledger.db"), durability="process", patience=20) as opened:
        yield opened


def ask_all(app, key, lead):
    lead = {**lead, "lead_id": "4711-L jane.doe@example.com"}
    headers = {"X-API-Key": key, "X-Request-ID": "r-1", "User-Agent": "jane", "Referer": "http://doe"}
    client = TestClient(app)
    client.post("/v1/score", json=lead, headers=headers)
    client.post("/v1/score?as_of=query-value", json=lead, headers=headers)
    client.post("/v1/score", json={"jane.doe": 1}, headers=headers)
    client.post("/v1/score", content=b"jane doe", headers=headers)
    client.post("/v1/score", json=lead, headers=headers | {"X-API-Key": key + "x"})
    client.get("/jane.doe@example.com?x=Siemens", headers=headers)
    client.request("JANE", "/v1/score", headers=headers)
    client.get("/v1/leads/jane.doe@example.com", headers=headers)
    client.get("/v1/leads/jane.doe@example.com/scores?limit=jane", headers=headers)
    client.get("/v1/receipts/jane.doe", headers=headers)


def test_every_request_is_a_line(model, clock, ledger, lead, lines):
    key_id, key, secret_hash = make_key()
    ledger.write(AddKey(key_id, "crm", secret_hash, ("score", "read"), 1))
    stream = lines("requests")
    ask_all(create_app(model, clock, ledger), key, lead)
    told = read(stream)
    requests = [line for line in told if line["what"] == "request"]
    assert len(requests) == 10
    first = requests[0]
    assert {**first, "time": "", "ms": 0} == {
        "time": "",
        "level": "info",
        "what": "request",
        "request_id": "r-1",
        "method": "POST",
        "path": "/v1/score",
        "status": 200,
        "ms": 0,
        "key": key_id,
    }
    assert first["ms"] > 0
    assert [line["status"] for line in requests][:7] == [200, 400, 400, 400, 401, 404, 405]
    assert requests[4]["key"] == ""
    assert requests[7]["path"] == "/v1/leads/{lead_id}"
    assert not [secret for secret in (*SECRETS, key) if secret in stream.getvalue()]


def test_only_problems_by_default(model, clock, ledger, lead, lines, monkeypatch):
    stream = lines("problems")
    # A busy machine would make a slow request of any.
    monkeypatch.setattr("serving.front.front.SLOW", 60.0)
    app = create_app(model, clock, ledger)
    ask_all(app, "none", lead)
    assert stream.getvalue() == ""

    def fail(*_, **__):
        # The line itself is shown, what is in it is not.
        raise ValueError(SECRETS[0])

    monkeypatch.setattr("serving.scoring.decide.answer_row", fail)
    ask_all(app, "none", lead)
    told = read(stream)
    assert {line["what"] for line in told} == {"failed", "request"}
    assert {line["level"] for line in told} == {"error"}
    assert told[0]["error"] == "ValueError"
    assert "decide.py" in told[0]["where"]
    assert not [secret for secret in SECRETS if secret in stream.getvalue()]


def test_what_is_slow_is_a_problem(model, clock, lead, lines, monkeypatch):
    stream = lines("problems")
    monkeypatch.setattr("serving.front.front.SLOW", 0.0)
    TestClient(create_app(model, clock)).get("/livez")
    (line,) = read(stream)
    assert (line["level"], line["path"], line["key"]) == ("warning", "/livez", "")


def test_a_text_with_line_ends_stays_one_line(lines):
    stream = lines("problems")
    log.say(logging.ERROR, "failed", where="one\ntwo", other=object)
    assert len(stream.getvalue().splitlines()) == 1


def test_a_ledger_that_is_gone_is_said_once(model, clock, ledger, lead, lines, tmp_path):
    stream = lines("problems")
    client = TestClient(create_app(model, clock, ledger))
    assert client.get("/readyz").status_code == 200
    (tmp_path / "ledger.db").rename(tmp_path / "elsewhere.db")
    for _ in range(3):
        answer = client.post("/v1/score", json=lead)
        assert answer.status_code == 503
        assert "restart the service" in answer.json()["hint"]
        assert client.get("/readyz").status_code == 503
    (said,) = [line for line in read(stream) if line["what"] == "the ledger is not to be had"]
    assert "was moved or deleted" in said["why"]


def test_who_may_not_or_not_so_often_is_named(model, clock, ledger, lead, lines):
    key_id, key, secret_hash = make_key()
    ledger.write(AddKey(key_id, "crm", secret_hash, ("score",), 1, per_minute=10))
    stream = lines("requests")
    client = TestClient(create_app(model, clock, ledger))
    headers = {"X-API-Key": key}
    assert client.get("/v1/leads/L-1", headers=headers).status_code == 403
    assert client.post("/v1/score", json=lead, headers=headers).status_code == 200
    assert client.post("/v1/score", json=lead, headers=headers).status_code == 429
    assert client.post("/v1/score", json=lead, headers={"X-API-Key": f"{key}x"}).status_code == 401
    keys = {line["status"]: line["key"] for line in read(stream) if line["what"] == "request"}
    assert keys == {403: key_id, 200: key_id, 429: key_id, 401: ""}
