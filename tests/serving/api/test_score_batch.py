"""A batch of ids answers as the same ids one by one, though what they share is read once."""

from __future__ import annotations

import pytest

from features.facts.clock import DAY, format_moment


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


def test_a_bad_reference_fails_alone(one_client, told, clock):
    moment = format_moment(clock.time)
    leads = [{"lead_id": ""}, {"lead_id": 5}, {"lead_id": told[0]}, {"lead_id": told[1], "as_of": moment}, 7]
    leads.append({"lead_id": told[0], "as_of": "soon"})
    found = one_client.post("/v1/score/batch", params={"as_of": moment}, json={"leads": leads}).json()
    assert [one["status"] for one in found["results"]] == ["error", "error", "scored", "error", "error", "error"]
    assert [one["lead_id"] for one in found["results"]] == ["", "", told[0], told[1], "", told[0]]
    assert found["results"][3]["message"] == "as_of: is given both in the query and in the body"
