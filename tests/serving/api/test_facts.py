"""Telling facts: idempotent, in any order, strict, and a status for each."""

from __future__ import annotations

import pytest

from features.facts.clock import parse_moment
from serving.app import create_app
from serving.facts_in.record import EVENTS, LEADS, OPPORTUNITIES, VERDICTS
from serving.ledger import RecordFacts, VerdictFact
from serving.ledger.facts import LOADED
from tests.serving.conftest import TestClient

LEAD = {"lead_id": "L1", "created_at": "2026-05-01T08:00:00Z", "account_id": "acme"}
EVENT = {"event_id": "e1", "lead_id": "L1", "kind": "webinar", "at": "2026-05-02T10:00:00Z"}
DEAL = {"opportunity_id": "O1", "lead_id": "L1", "created_at": "2026-05-09"}
VERDICT = {"lead_id": "L1", "at": "2026-05-04", "verdict": "rejected", "reason": "no budget"}
EVERY = {"leads": LEAD, "events": EVENT, "opportunities": DEAL, "verdicts": VERDICT}


def tell(client, name, body):
    response = client.post(f"/v1/{name}", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def known(client, lead_id="L1", **query):
    return client.get(f"/v1/leads/{lead_id}", params=query)


@pytest.mark.parametrize("name", EVERY)
def test_a_repeat_is_a_duplicate(client, name):
    assert tell(client, name, EVERY[name])["status"] == "accepted"
    assert tell(client, name, EVERY[name])["status"] == "duplicate"
    again = tell(client, name, {name: [EVERY[name], EVERY[name]]})
    assert (again["duplicate"], again["accepted"]) == (2, 0)


@pytest.mark.parametrize("name", EVERY)
def test_twice_in_one_batch_is_once(client, ledger, name):
    result = tell(client, name, {name: [EVERY[name], EVERY[name]]})
    assert [each["status"] for each in result["results"]] == ["accepted", "duplicate"]
    assert (result["status"], result["accepted"], result["duplicate"], result["error"]) == ("done", 1, 1, 0)


def test_each_item_has_its_own_result_in_order(client):
    items = [
        EVENT,
        {**EVENT, "kind": "email_open"},
        {**EVENT, "event_id": "e2", "at": "tomorrow"},
        "nothing",
        {**EVENT, "event_id": "e3", "kind": "carrier_pigeon"},
    ]
    result = tell(client, "events", {"events": items})
    statuses = [each["status"] for each in result["results"]]
    assert statuses == ["accepted", "conflict", "error", "error", "accepted"]
    assert [each["event_id"] for each in result["results"]] == ["e1", "e1", "e2", "", "e3"]
    assert [each["field"] for each in result["results"]] == ["", "event_id", "at", "event", ""]
    assert result["unknown_to_model"] == ["carrier_pigeon"] == result["results"][4]["unknown_to_model"]
    assert len({tuple(each) for each in result["results"]}) == 1


@pytest.mark.parametrize(
    ("name", "change", "field"),
    [
        ("events", {"event_id": None}, "event_id"),
        ("events", {"event_id": ""}, "event_id"),
        ("events", {"event_id": " e"}, "event_id"),
        ("events", {"lead_id": 5}, "lead_id"),
        ("events", {"kind": None}, "kind"),
        ("events", {"kind": "a\0b"}, "kind"),
        ("events", {"at": 5}, "at"),
        ("events", {"known_at": "2026-05-01"}, "known_at"),
        ("events", {"known_at": "2027-01-01"}, "known_at"),
        ("events", {"value": "4"}, "value"),
        ("events", {"chanel": "web"}, "chanel"),
        ("leads", {"created_at": None}, "created_at"),
        ("leads", {"known_at": "2027-01-01"}, "known_at"),
        ("leads", {"known_at": "2026-04-01"}, "known_at"),
        ("leads", {"attributes": {"title": {}}}, "attributes.title"),
        ("leads", {"attributes": {"x\0": "1"}}, "attributes.x\0"),
        ("leads", {"attributes": []}, "attributes"),
        ("leads", {"account_id": None, "account_attributes": {"employees": 5}}, "account_id"),
        ("leads", {"account_attributes": {"employees": "many"}}, "account_attributes.employees"),
        (
            "leads",
            {"attributes": {"employees": 5}, "account_attributes": {"employees": 5}},
            "attributes.employees",
        ),
        ("opportunities", {"lead_id": None}, "lead_id"),
        ("opportunities", {"won": True}, "closed_at"),
        ("opportunities", {"closed_at": "2026-05-08"}, "closed_at"),
        ("opportunities", {"closed_at": "2026-05-20", "known_at": "2026-05-19"}, "known_at"),
        ("opportunities", {"amount": "12"}, "amount"),
        ("verdicts", {"verdict": "maybe"}, "verdict"),
        ("verdicts", {"at": None}, "at"),
        ("verdicts", {"known_at": "2026-05-04"}, "known_at"),
    ],
)
def test_what_is_wrong_is_named(one_ledger, one_client, name, change, field):
    client = one_client
    response = client.post(f"/v1/{name}", json=EVERY[name] | change)
    assert response.status_code == 400, response.text
    error = response.json()
    assert (error["status"], error["field"]) == ("error", field)
    assert error["message"].startswith(f"{field}: ")
    (result,) = tell(client, name, {name: [EVERY[name] | change]})["results"]
    assert (result["status"], result["field"]) == ("error", field)
    # Of a time in the future it also says how late it is, which differs by now.
    assert result["message"].partition(" now ")[0] == error["message"].partition(" now ")[0]
    assert not any(rows for table, rows in one_ledger.counts().items() if table.endswith("_facts"))


@pytest.mark.parametrize("kind", [LEADS, EVENTS, OPPORTUNITIES, VERDICTS], ids=lambda kind: kind.name)
def test_how_many_at_once(client, kind):
    item = EVERY[kind.name]
    for items in ([], [item] * (kind.most + 1), item, None):
        response = client.post(f"/v1/{kind.name}", json={kind.name: items})
        assert (response.status_code, response.json()["field"]) == (400, kind.name)
    assert client.post(f"/v1/{kind.name}", json={kind.name: [item], "more": 1}).status_code == 400
    many = [{**item, kind.id_key: f"n{i}"} for i in range(kind.most)]
    assert tell(client, kind.name, {kind.name: many})["accepted"] == kind.most


def test_what_does_not_say_when_it_was_known_was_so_when_it_arrived(client, clock):
    before = "2026-06-01T12:00:00Z"
    tell(client, "leads", LEAD | {"known_at": LEAD["created_at"]})
    tell(client, "leads", LEAD | {"attributes": {"title": "VP"}})
    tell(client, "events", EVENT)
    tell(client, "events", EVENT | {"event_id": "e2", "kind": "email_open", "known_at": "2026-05-03"})
    then, now = known(client, as_of=before).json(), known(client).json()
    assert [event["kind"] for event in then["events"]] == ["email_open"]
    assert [event["kind"] for event in now["events"]] == ["email_open", "webinar"]
    assert (then["attributes"], now["attributes"][0]["value"]) == ([], "VP")


def test_an_account_that_is_left_out_stays(client):
    tell(client, "leads", LEAD)
    bare = {key: LEAD[key] for key in ("lead_id", "created_at")}
    assert tell(client, "leads", bare | {"account_attributes": {"employees": 40}})["status"] == "accepted"
    assert known(client).json()["account_id"] == "acme"
    assert known(client).json()["account_attributes"][0]["value"] == "40"
    told = tell(client, "leads", {"leads": [bare | {"account_id": "bolt"}, bare, bare | {"lead_id": "L2"}]})
    assert [each["status"] for each in told["results"]] == ["accepted", "duplicate", "accepted"]
    assert known(client).json()["account_id"] == "bolt"
    tell(client, "leads", LEAD | {"account_id": None})
    assert known(client).json()["account_id"] is None


def test_an_attribute_goes_to_whom_the_model_has_it_of(client):
    told = tell(client, "leads", LEAD | {"attributes": {"employees": 40, "shoe_size": 43, "title": "VP"}})
    assert told["unknown_to_model"] == ["attributes.shoe_size"]
    found = known(client).json()
    assert [each["name"] for each in found["account_attributes"]] == ["employees"]
    assert [(each["name"], each["known_to_model"]) for each in found["attributes"]] == [
        ("shoe_size", False),
        ("title", True),
    ]
    # Without an account it is still what the lead's company has.
    told = tell(client, "leads", {**LEAD, "lead_id": "L2", "account_id": None, "attributes": {"employees": 40}})
    assert told["unknown_to_model"] == []


def test_a_forgotten_person_stays_forgotten(client, ledger, clock):
    tell(client, "leads", LEAD)
    ledger.forget("L1", clock())
    for name, item in EVERY.items():
        result = tell(client, name, item)
        assert (result["status"], result["field"]) == ("forgotten", "lead_id"), name
    assert known(client).status_code == 410
    assert client.get("/v1/leads/L1/scores").status_code == 410


def test_versions_in_one_telling(client):
    versions = [
        {"value": "VP", "known_at": "2026-05-10"},
        {"value": "Intern", "known_at": "2026-05-01T09:00:00Z"},
    ]
    tell(client, "leads", LEAD | {"attributes": {"title": versions}, "known_at": LEAD["created_at"]})
    for as_of, value in (("2026-05-09", "Intern"), ("2026-05-11", "VP")):
        assert known(client, as_of=as_of).json()["attributes"][0]["value"] == value


def test_what_is_known_of_a_lead(client):
    tell(client, "leads", {"leads": [LEAD, LEAD | {"lead_id": "L2"}]})
    tell(client, "events", {"events": [EVENT, EVENT | {"event_id": "e2", "at": "2026-05-03", "value": 2}]})
    tell(client, "opportunities", DEAL | {"amount": 900})
    tell(client, "opportunities", DEAL | {"amount": 800, "closed_at": "2026-05-30", "won": True})
    tell(client, "verdicts", VERDICT)
    found = known(client).json()
    assert (found["account_id"], found["colleagues"]) == ("acme", 1)
    assert found["events"] == [
        {
            "kind": "webinar",
            "count": 2,
            "first_at": "2026-05-02T10:00:00Z",
            "last_at": "2026-05-03T00:00:00Z",
            "known_to_model": True,
        }
    ]
    (deal,) = found["opportunities"]
    assert (deal["amount"], deal["won"], deal["closed_at"]) == (800, True, "2026-05-30T00:00:00Z")
    assert found["verdicts"] == [{"at": "2026-05-04T00:00:00Z", "verdict": "rejected", "reason": "no budget"}]
    assert "attributes.title" in found["missing"]
    # The account's opportunities are seen from its other leads only where they are the account's own.
    assert known(client, "L2").json()["opportunities"] == []


@pytest.mark.parametrize("lead_id", ["nobody", "%20", "a%00b", "x" * 300])
def test_nothing_is_known_of_strangers(client, lead_id):
    for path in (f"/v1/leads/{lead_id}", f"/v1/leads/{lead_id}/scores"):
        response = client.get(path)
        assert (response.status_code, response.json()["status"]) == (404 if lead_id == "nobody" else 400, "error")


def test_without_a_ledger_nothing_can_be_told(model, clock):
    client = TestClient(create_app(model, clock))
    for name, item in EVERY.items():
        response = client.post(f"/v1/{name}", json=item)
        assert response.status_code == 503
        assert "--ledger" in response.json()["hint"]
    for path in ("/v1/leads/L1", "/v1/leads/L1/scores", "/v1/receipts/r1"):
        assert client.get(path).status_code == 503


def test_a_verdict_is_known_from_when_it_was_told(client, clock, ledger):
    tell(client, "leads", {"leads": [LEAD | {"known_at": LEAD["created_at"]}]})
    tell(client, "verdicts", VERDICT)
    loaded = VerdictFact("v9", "L1", parse_moment("2026-05-05T00:00:00Z"), "recycled", None)
    ledger.write(RecordFacts([loaded], LOADED, clock.time))
    assert clock.time > parse_moment("2026-05-20T00:00:00Z")
    for as_of, seen in {"2026-05-04": [], "2026-05-20": ["recycled"]}.items():
        assert [each["verdict"] for each in known(client, as_of=as_of).json()["verdicts"]] == seen
    clock.time += 1_000_000
    assert [each["verdict"] for each in known(client).json()["verdicts"]] == ["rejected", "recycled"]
