"""The document names every route, and real answers keep to their schemas."""

from __future__ import annotations

import re

import jsonschema
import pytest

from features.payload.attributes import VERSION_KEYS
from serving.app import create_app
from serving.facts_in.happenings import OPPORTUNITY_KEYS, TOLD_EVENT_KEYS, VERDICT_KEYS
from serving.facts_in.leads import LEAD_KEYS
from serving.ledger import open_ledger
from serving.openapi import openapi_document
from serving.openapi.operations import OPERATIONS
from serving.scoring.champion import Champion
from tests.serving.conftest import TestClient


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(str(tmp_path / "ledger.db"), durability="process", patience=20) as opened:
        yield opened


@pytest.fixture
def front(model, clock, ledger):
    return create_app(model, clock, ledger)


@pytest.fixture
def client(front):
    return TestClient(front)


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json()


@pytest.fixture
def ask(client, document):
    """Ask, and hold the answer to the document."""

    def asked(method, path, route=None, **more):
        response = client.request(method, path, **more)
        operation = document["paths"][route or path.partition("?")[0]][method.lower()]
        documented = operation["responses"][str(response.status_code)]
        kind = response.headers["content-type"].partition(";")[0]
        schema = documented["content"][kind]["schema"] | {"components": document["components"]}
        told = response.json() if kind == "application/json" else response.text
        jsonschema.Draft202012Validator(schema).validate(told)
        for name in documented["headers"]:
            if name != "Retry-After" or response.status_code == 429:
                assert name in response.headers
        return told

    return asked


def test_every_route_is_described_and_no_other(front, document):
    routes = {f"{endpoint.method} {endpoint.path}" for endpoint in front.routes.endpoints if not endpoint.is_page}
    told = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert told == routes == set(OPERATIONS)


def test_what_a_route_needs_is_said(front, document):
    for endpoint in (one for one in front.routes.endpoints if not one.is_page):
        operation = document["paths"][endpoint.path][endpoint.method.lower()]
        wanted = [{"bearer": [endpoint.permission]}, {"header": [endpoint.permission]}]
        assert operation["security"] == ([] if endpoint.permission is None else wanted)
        assert set(re.findall(r"\{(\w+)\}", endpoint.path)) == {
            parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"
        }
        assert {"500", "503"} < set(operation["responses"])
        if endpoint.permission is not None:
            assert {"401", "403", "429"} < set(operation["responses"])
        if endpoint.method == "POST":
            assert {"400", "408", "413"} < set(operation["responses"])


def test_every_schema_is_one_and_is_used(document):
    schemas = document["components"]["schemas"]
    used = set(re.findall(r"'\$ref': '#/components/schemas/(\w+)'", str(document)))
    assert used == set(schemas)
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_a_route_that_nobody_described_is_there_all_the_same(front, model, clock):
    from dataclasses import replace  # noqa: PLC0415

    strange = replace(front.routes.endpoints[0], path="/v1/strange/{thing}")
    told = openapi_document(Champion.of(model, clock()), [strange])["paths"]["/v1/strange/{thing}"]["post"]
    assert told["parameters"][0]["name"] == "thing"
    assert {"200", "400", "401", "403", "413"} < set(told["responses"])


def test_fields_of_facts_are_those_that_are_read(document):
    schemas = document["components"]["schemas"]
    for name, keys in (
        ("Lead", LEAD_KEYS),
        ("Event", TOLD_EVENT_KEYS),
        ("Opportunity", OPPORTUNITY_KEYS),
        ("Verdict", VERDICT_KEYS),
    ):
        assert set(schemas[f"Told{name}"]["properties"]) == set(keys)
    given = schemas["ToldLead"]["properties"]["attributes"]["additionalProperties"]
    assert list(given["anyOf"][1]["items"]["properties"]) == list(VERSION_KEYS)


def test_examples_are_taken(document, client):
    for path, methods in document["paths"].items():
        for kind, content in methods.get("post", {}).get("requestBody", {}).get("content", {}).items():
            if "example" in content:
                assert kind == "application/json"
                schema = content["schema"] | {"components": document["components"]}
                jsonschema.Draft202012Validator(schema).validate(content["example"])
                answer = client.post(path, json=content["example"])
                assert answer.json()["status"] in {"scored", "done", "accepted"}, (path, answer.text)


def test_answers_of_scoring(ask, lead):
    for body in (lead, {}, {"lead_id": "nobody"}, {"lead_id": 5}, {"created_at": "2026-05-01"}):
        for query in ("", "?detail=full"):
            ask("POST", f"/v1/score{query}", json=body)
    ask("POST", "/v1/score?as_of=tomorrow", json={"created_at": "2026-05-01"})
    ask("POST", "/v1/score/batch", json={"leads": [lead, {}, {"lead_id": 5}, 7]})
    ask("POST", "/v1/score/batch", json={"leads": []})


def test_answers_of_telling(ask, ledger, clock):
    lead = {"lead_id": "L1", "created_at": "2026-05-01", "attributes": {"shoe_size": 43}}
    event = {"event_id": "e", "lead_id": "L1", "kind": "carrier_pigeon", "at": "2026-05-02"}
    deal = {"opportunity_id": "O", "lead_id": "L1", "created_at": "2026-05-03"}
    verdict = {"lead_id": "L1", "at": "2026-05-04", "verdict": "accepted"}
    every = (("leads", lead), ("events", event), ("opportunities", deal), ("verdicts", verdict))
    for name, item in every:
        for body in (item, {**item, "more": 1}, {name: [item, {}, 5, {**item, "created_at": "2026-05-02"}]}):
            ask("POST", f"/v1/{name}", json=body)
    ask("POST", "/v1/events", json={**event, "kind": "webinar"})
    ledger.forget("L1", clock())
    for name, item in every:
        assert ask("POST", f"/v1/{name}", json=item)["status"] == "forgotten"


def test_answers_of_reading(ask, client, ledger, clock, lead):
    told = {"lead_id": "L-1", "created_at": "2026-04-01", "account_id": "acme", "attributes": {"title": "VP"}}
    client.post("/v1/leads", json=told | {"account_attributes": {"employees": 7}, "known_at": "2026-04-01"})
    client.post("/v1/events", json={"event_id": "e", "lead_id": "L-1", "kind": "webinar", "at": "2026-05-02"})
    client.post("/v1/opportunities", json={"opportunity_id": "O", "lead_id": "L-1", "created_at": "2026-05-03"})
    client.post("/v1/verdicts", json={"lead_id": "L-1", "at": "2026-05-04", "verdict": "accepted"})
    clock.time += 10**9
    ask("GET", "/v1/leads/L-1", "/v1/leads/{lead_id}")
    ask("GET", "/v1/leads/L-1?as_of=2026-04-10", "/v1/leads/{lead_id}")
    ids = []
    for change in ({}, {"events": []}, {"as_of": "2026-05-30"}):
        clock.time += 10**9
        ids.append(ask("POST", "/v1/score", json=lead | change)["receipt_id"])
    scores, receipt = ("/v1/leads/{lead_id}/scores", "/v1/receipts/{receipt_id}")
    # Two of them are of one moment, which no page divides.
    assert len(ask("GET", "/v1/leads/L-1/scores?limit=2", scores)["scores"]) == 1
    ask("GET", "/v1/leads/nobody", "/v1/leads/{lead_id}")
    ask("GET", "/v1/leads/nobody/scores", scores)
    ask("GET", "/v1/leads/L-1/scores?limit=0", scores)
    for query in ("", "?verify=true", "?verify=perhaps"):
        ask("GET", f"/v1/receipts/{ids[0]}{query}", receipt)
    ask("GET", "/v1/receipts/none", receipt)
    ledger.apply_retention(-1, clock())
    ask("GET", f"/v1/receipts/{ids[0]}?verify=true", receipt)
    ask("GET", "/v1/leads/L-1/scores", scores)
    ledger.forget("L-1", clock())
    ask("GET", "/v1/leads/L-1", "/v1/leads/{lead_id}")
    ask("GET", f"/v1/receipts/{ids[0]}?verify=true", receipt)


@pytest.mark.parametrize("path", ["/v1/model", "/livez", "/readyz", "/metrics", "/", "/openapi.json"])
def test_answers_of_the_service(ask, path):
    ask("GET", path)


def test_answers_without_a_key(model, clock, ledger, document):
    client = TestClient(create_app(model, clock, ledger, keys_required=True))
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            wanted = 401 if operation["security"] or path.endswith("/outbound") else 200
            asked = client.request(method, path.replace("{", "").replace("}", ""), json={})
            assert (asked.status_code, path) == (wanted, path)
            assert str(wanted) in operation["responses"]
