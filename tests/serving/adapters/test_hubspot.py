"""``POST /v1/hubspot/score``: the workflow's webhook, by its documented shape and limits."""

from __future__ import annotations

import copy
import json
import re

import pytest
from jsonschema import Draft202012Validator

from features.facts.clock import DAY, parse_moment
from models.reasons import LONGEST
from serving.app import create_app
from serving.front.callers import hash_of
from serving.ledger import AddKey

from .conftest import TestClient

PATH = "/v1/hubspot/score"
NOT_RETRIED = {"scored", "unscorable"}


@pytest.fixture
def contact(recorded):
    return recorded("hubspot_contact_workflow.json")


@pytest.fixture(params=["keeping_one", "plain"])
def either(request):
    return request.getfixturevalue(request.param)


def test_contact_is_scored(either, contact):
    response = either.post(PATH, json=contact)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["status"] == "scored"
    assert answer["lead_id"] == "3234574"
    # The moment at which the record was as it is, and all that it says counts.
    assert answer["as_of"] == "2026-05-20T10:00:00.123001Z"
    assert answer["unread"] == ""
    assert answer["ignored"] == 13
    full = either.post(PATH + "?detail=full", json=contact).json()
    assert {"rule": "Director or above", "points": 20} in full["rules"]


def test_answer_fits_a_crm(either, contact):
    for body in (contact, {"properties": {}}):
        answer = either.post(PATH, json=body).json()
        assert all(re.fullmatch(r"[A-Za-z0-9_: -]+", key) for key in answer)
        assert all(value is None or isinstance(value, str | int | float) for value in answer.values())
        assert all(len(answer[f"reason_{i}"]) <= LONGEST for i in range(1, 6))
        assert len(answer["unread"]) <= LONGEST


def test_types_never_change(either, contact):
    whole = either.post(PATH, json=contact).json()
    lacking = either.post(PATH, json={"vid": 1}).json()
    assert list(whole) == list(lacking)
    for key, value in lacking.items():
        assert value is None or type(value) is type(whole[key]) or whole[key] is None, key


def test_late_repeat_gives_the_same_receipt(keeping, contact, clock, ledger):
    first = keeping.post(PATH, json=contact)
    counts = ledger.counts()
    # HubSpot repeats for up to three days.
    clock.time += 3 * DAY
    assert keeping.post(PATH, json=contact).content == first.content
    assert ledger.counts() == counts
    assert first.json()["receipt_id"]


def test_repeat_after_newer_news_takes_nothing_back(keeping, contact, ledger, model, clock):
    first = keeping.post(PATH, json=contact)
    newer = copy.deepcopy(contact)
    newer["properties"]["jobtitle"]["versions"].insert(0, {"value": "Intern", "timestamp": 1_779_300_000_000})
    newer["properties"]["country"] = {"value": "US"}
    newer["properties"]["lastmodifieddate"]["value"] = "1779300000000"
    keeping.post(PATH, json=newer)
    assert keeping.post(PATH, json=contact).content == first.content
    stored = ledger.lead_facts("3234574", model.vocabulary, clock.time)
    assert stored.facts.versions["lead", "title"][-1][1] == "Intern"
    assert stored.facts.versions["lead", "country"][-1][1] == "US"


def test_any_order_keeps_the_same_facts(model, clock, contact, tmp_path):
    from serving.ledger import open_ledger  # noqa: PLC0415

    newer = copy.deepcopy(contact)
    newer["properties"]["country"] = {"value": "US"}
    newer["properties"]["lastmodifieddate"]["value"] = "1779300000000"
    answers = []
    for number, bodies in enumerate([(contact, newer), (newer, contact, newer)]):
        with open_ledger(str(tmp_path / f"{number}.db"), durability="process", patience=20) as ledger:
            client = TestClient(create_app(model, clock, ledger))
            told = {json.dumps(body): client.post(PATH, json=body).json() for body in bodies}
            answers.append(told)
    assert answers[0] == answers[1]


def test_what_was_told_otherwise_counts_too(keeping, contact):
    alone = keeping.post(PATH, json=contact).json()
    visit = {"lead_id": "3234574", "kind": "demo_request", "at": "2026-05-19T10:00:00Z", "event_id": "d1"}
    visit["known_at"] = visit["at"]
    told = keeping.post("/v1/events", json=visit).json()
    assert told["status"] == "accepted", told
    again = keeping.post(PATH, json=contact).json()
    assert again["points"] > alone["points"]
    assert again["receipt_id"] != alone["receipt_id"]


def test_five_hundred_properties_with_history(either, contact):
    for number in range(500):
        versions = [
            {"value": f"v{n}", "timestamp": 1_777_881_600_000 + n, "source-type": "API"} for n in range(20)
        ]
        contact["properties"][f"custom_{number}"] = {"value": "v19", "versions": versions}
    body = json.dumps(contact)
    # More than a lead may have on the typed route.
    assert len(body) > 700_000
    response = either.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200
    assert response.json()["ignored"] == 513


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"vid": None, "canonical-vid": None, "properties": {}}, "lead_id"),
        ({"properties": {}}, "created_at"),
        ({"properties": None}, "created_at"),
        ({"properties": {"createdate": {"value": "soon"}}}, "created_at"),
        ({"properties": {"createdate": {"value": "1777881600000"}, "lastmodifieddate": "soon"}}, "as_of"),
    ],
)
def test_incomplete_contact_is_no_error(either, contact, change, missing):
    response = either.post(PATH, json=contact | change)
    assert response.status_code == 200
    answer = response.json()
    assert (answer["status"], answer["missing"]) == ("unscorable", missing)
    assert answer["reason_1"].startswith(missing)
    assert answer["score"] is None


@pytest.mark.parametrize("body", ["", "{", "[]", "[1]", "7", '"x"', "null", '{"vid": 1, "vid": 2}', '{"a": NaN}'])
def test_what_is_no_object_is_refused(either, body):
    response = either.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.json()["status"] == "error"


def test_too_large_is_said(either):
    response = either.post(PATH, content=b" " * 4_000_001, headers={"Content-Type": "application/json"})
    assert response.status_code == 413


def test_retry_after_is_in_milliseconds_here_and_in_seconds_elsewhere(model, clock, contact):
    client = TestClient(create_app(model, clock, per_minute=10))
    waits = {}
    for path in (PATH, "/v1/marketo/score", "/v1/salesforce/score", "/v1/mapped/hubspot"):
        while (response := client.post(path, json=contact)).status_code != 429:
            assert response.status_code == 200
        waits[path] = int(response.headers["Retry-After"])
    assert 1_000 < waits.pop(PATH) <= 6_000
    assert all(1 <= wait <= 6 for wait in waits.values())


def with_key(ledger, *scopes):
    ledger.write(AddKey("k" + "".join(scopes), "crm", hash_of("secret"), scopes, 0))
    return {"Authorization": f"Bearer lq_k{''.join(scopes)}_secret"}


def test_key_must_be_let_tell_facts(model, clock, ledger, contact):
    score = with_key(ledger, "score")
    both = with_key(ledger, "score", "ingest")
    client = TestClient(create_app(model, clock, ledger))
    assert client.post(PATH, json=contact).status_code == 401
    refused = client.post(PATH, json=contact, headers=score)
    assert refused.status_code == 403
    assert "--scope ingest" in refused.json()["hint"]
    assert client.post(PATH, json=contact, headers=both).status_code == 200


def test_forgotten_contact_stays_forgotten(keeping, contact, ledger, clock):
    keeping.post(PATH, json=contact)
    ledger.forget("3234574", clock.time)
    answer = keeping.post(PATH, json=contact).json()
    assert (answer["status"], answer["missing"]) == ("unscorable", "lead_id")
    assert "forgotten" in answer["reason_1"]
    assert ledger.counts()["attribute_facts"] == 0


def test_clock_of_the_caller_may_run_ahead(either, contact, clock):
    changed = clock.time + 60_000_000
    contact["properties"]["lastmodifieddate"]["value"] = str(changed // 1000)
    first = either.post(PATH, json=contact)
    assert first.json()["status"] == "scored"
    clock.time += DAY
    assert either.post(PATH, json=contact).json()["as_of"] == first.json()["as_of"]


def test_detail_is_given_on_request(either, contact):
    answer = either.post(f"{PATH}?detail=full", json=contact).json()
    assert answer["groups"]
    assert either.post(f"{PATH}?x=1", json=contact).status_code == 400


def test_receipt_holds_what_was_scored(keeping, contact, ledger):
    answer = keeping.post(PATH, json=contact).json()
    receipt = ledger.receipt(answer["receipt_id"])
    kept = json.loads(receipt.answer)
    assert kept == {key: value for key, value in answer.items() if key not in {"ignored", "unread"}}
    assert receipt.as_of == parse_moment(answer["as_of"])


def test_marketo_can_map_every_key(keeping, recorded, contact):
    """The answer is one for all callers; the strictest of them maps keys and types of it."""
    rules = recorded("marketo_mappings.json")
    schema = {
        "type": "object",
        "propertyNames": {"pattern": rules["key"]},
        "required": list(rules["mappings"]),
        "properties": {key: {"type": [kind, "null"]} for key, kind in rules["mappings"].items()},
    }
    for body in (contact, {"vid": 1}):
        Draft202012Validator(schema).validate(keeping.post(PATH, json=body).json())
