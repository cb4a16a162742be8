"""A batch of ids answers as the same ids one by one, though what they share is read once."""

from __future__ import annotations

import pytest

from features.facts.clock import DAY, format_moment
from serving.app import create_app
from tests.serving.conftest import TestClient


@pytest.fixture
def told(one_client, clock, model):
    """Tell of seven leads of two companies and one of none, each with events; return their ids."""
    kinds = model.manifest.kinds
    begin = clock.time - 50 * DAY
    accounts = ["acme", "acme", "acme", "beta", "beta", "acme", None, "beta"]
    leads = [
        {"lead_id": f"L{i}", "account_id": account, "created_at": format_moment(begin + i * DAY)}
        for i, account in enumerate(accounts)
    ]
    events = [
        {
            "event_id": f"e{i}-{j}",
            "lead_id": f"L{i}",
            "kind": kinds[(i + j) % len(kinds)],
            "at": format_moment(begin + (i + 1 + j) * DAY),
        }
        for i in range(len(leads))
        for j in range(2 + i)
    ]
    facts = {"leads": [{k: v for k, v in lead.items() if v is not None} for lead in leads]}
    assert one_client.post("/v1/leads", json=facts).status_code == 200
    assert one_client.post("/v1/events", json={"events": events}).status_code == 200
    clock.time += DAY
    return [lead["lead_id"] for lead in leads]


def test_ids_in_a_batch_answer_as_ids_alone(one_client, one_ledger, clock, told, monkeypatch):
    moments = [format_moment(clock.time), format_moment(clock.time - DAY // 2)]
    asked = [{"lead_id": name, "as_of": moment} for moment in moments for name in (*told, "nobody")]
    alone = [one_client.post("/v1/score", json=one).json() for one in asked]
    assert {one["status"] for one in alone} == {"scored", "unscorable"}
    monkeypatch.setattr(one_ledger, "lead_facts", None)
    found = one_client.post("/v1/score/batch", json={"leads": asked}).json()
    assert found["results"] == alone
    assert {one["receipt_id"] for one in alone if one["status"] == "scored"} == {
        one.receipt_id for one in one_ledger.all_receipts()
    }


@pytest.mark.parametrize("bad", ["a\0b", " a", "a\u2003", "\n"])
def test_an_id_that_no_receipt_can_have_fails_alone(client, ledger, lead, bad):
    other = {"created_at": "2026-05-01"}
    leads = [
        lead,
        lead | {"lead_id": bad},
        lead | {"lead_id": "L-2", "colleagues": [other | {"lead_id": "ok"}, other | {"lead_id": bad}]},
        {"lead_id": bad},
        lead | {"lead_id": "", "colleagues": [other, other | {"lead_id": ""}]},
    ]
    answer = client.post("/v1/score/batch", json={"leads": leads})
    assert answer.status_code == 200, answer.text
    found = answer.json()["results"]
    assert [one["status"] for one in found] == ["scored", "error", "error", "error", "scored"]
    assert [one["field"] for one in found if one["status"] == "error"] == [
        "lead_id",
        "colleagues[1].lead_id",
        "lead_id",
    ]
    assert ledger.counts()["receipts"] == 2
    for told, result in zip(leads, found, strict=True):
        if result["status"] == "error":
            alone = client.post("/v1/score", json=told)
            assert (alone.status_code, alone.json()["field"]) == (400, result["field"])


def test_without_receipts_an_id_is_any_text(model, clock, lead):
    answer = TestClient(create_app(model, clock)).post("/v1/score", json=lead | {"lead_id": " a"})
    assert (answer.status_code, answer.json()["lead_id"]) == (200, " a")


def test_a_forgotten_person_is_said_to_be(one_client, one_ledger, told, clock, lead):
    one_ledger.forget(told[0], clock.time)
    for body in (
        one_client.post("/v1/score", json={"lead_id": told[0]}).json(),
        one_client.post("/v1/score/batch", json={"leads": [{"lead_id": told[0]}]}).json()["results"][0],
    ):
        assert (body["status"], body["missing"]) == ("unscorable", "lead_id")
        assert body["reason_1"] == "this person is forgotten: nothing told of them is kept"
    unknown = one_client.post("/v1/score", json={"lead_id": "nobody"}).json()
    assert "POST /v1/leads tells of it" in unknown["reason_1"]
    # Told whole it is scored, and its receipt keeps neither answer nor input.
    whole = one_client.post("/v1/score", json=lead | {"lead_id": told[0]}).json()
    kept = one_ledger.receipt(whole["receipt_id"])
    assert whole["status"] == "scored"
    assert (kept.is_forgotten, kept.answer, kept.input_digest, kept.features) == (True, None, None, None)


def test_too_many_are_told_of_a_command_as_it_is(one_client, lead):
    hint = one_client.post("/v1/score/batch", json={"leads": [lead] * 301}).json()["hint"]
    assert "leadquality score DATASET --as-of now -o FILE" in hint


def test_a_bad_reference_fails_alone(one_client, told, clock):
    moment = format_moment(clock.time)
    leads = [{"lead_id": ""}, {"lead_id": 5}, {"lead_id": told[0]}, {"lead_id": told[1], "as_of": moment}, 7]
    leads.append({"lead_id": told[0], "as_of": "soon"})
    found = one_client.post("/v1/score/batch", params={"as_of": moment}, json={"leads": leads}).json()
    assert [one["status"] for one in found["results"]] == ["error", "error", "scored", "error", "error", "error"]
    assert [one["lead_id"] for one in found["results"]] == ["", "", told[0], told[1], "", told[0]]
    assert found["results"][3]["message"] == "as_of: is given both in the query and in the body"
