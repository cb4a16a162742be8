"""The other paths, and that the OpenAPI document says what the service does."""

from __future__ import annotations

from dataclasses import replace

import jsonschema
import pytest

from features.payload.attributes import VERSION_KEYS
from features.payload.events import EVENT_KEYS
from features.payload.lead import COLLEAGUE_KEYS, LEAD_KEYS
from models.calibration import BetaCurve, LogitLine, VennAbersBand
from models.similar import Counted, SimilarLeads
from serving.about import describe_model, model_digest
from serving.openapi import DETAIL


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json()


def check(document, name, value):
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(value)


def test_model(client, model, document):
    about = client.get("/v1/model").json()
    check(document, "Model", about)
    assert about["model_version"] == "7"
    assert about["card_version"] == model.card.name
    assert about["horizon_days"] == 90
    assert about["features"] == len(model.booster.feature_name())
    assert "web_visit" in about["event_kinds"]
    assert {"entity": "account", "name": "employees", "type": "number"} in about["attributes"]


def test_digest_is_of_all_that_decides(model):
    renamed = model.with_version("8")
    assert model_digest(renamed) == model_digest(model) == describe_model(model)["digest"]
    line = LogitLine(slope=1.0, intercept=-0.2)
    plain = replace(model, calibration=line, band=None, past=None)
    band = VennAbersBand(places=(0.0,), low=(0.1,), high=(0.2,))
    past = SimilarLeads(horizon_days=90, grades=(Counted(grade="A", leads=5, became=2),))
    changed = (
        {"calibration": line.model_copy(update={"intercept": -0.2 + 1e-9})},
        {"calibration": BetaCurve(a=1.0, b=1.0, c=-0.2)},
        {"start": line},
        {"horizons": {30: -1.0}},
        {"horizons": {30: -1.0 + 1e-9}},
        {"band": band},
        {"past": past},
    )
    digests = [model_digest(plain), *(model_digest(replace(plain, **change)) for change in changed)]
    assert len(set(digests)) == len(digests)


def test_front_page_lists_what_there_is(client):
    page = client.get("/").json()
    for line in page["paths"]:
        method, path = line.split()
        # 409 and 503: what a service without a ledger or registry cannot do.
        answer = client.request(method, path.replace("{", "").replace("}", ""))
        assert answer.status_code in {200, 400, 404, 409, 503}, (line, answer.text)
        assert "no such path" not in answer.text


def test_answers_are_as_documented(client, document, lead):
    for asked in (lead, {"created_at": "2026-01-01"}, {}):
        answer = client.post("/v1/score", json=asked)
        check(document, "Answer", answer.json())
        assert not set(DETAIL) & set(answer.json())
    full = client.post("/v1/score?detail=full", json=lead).json()
    check(document, "Answer", full)
    assert set(DETAIL) < set(full)
    check(document, "Answer", client.post("/v1/score", json={}).json())
    check(document, "Error", client.post("/v1/score", json={"lead_id": 5}).json())
    check(document, "Error", client.get("/nowhere").json())


def test_requests_are_as_documented(document, lead):
    check(document, "Lead", lead)
    schema = document["components"]["schemas"]["Lead"]["properties"]
    assert list(schema) == list(LEAD_KEYS)
    event = schema["events"]["items"]["properties"]
    assert list(event) == list(EVENT_KEYS)
    assert list(schema["colleagues"]["items"]["properties"]) == list(COLLEAGUE_KEYS)
    version = schema["attributes"]["properties"]["title"]["anyOf"][1]["items"]["properties"]
    assert list(version) == list(VERSION_KEYS)


def test_examples_are_true(client, document):
    post = document["paths"]["/v1/score"]["post"]
    example = post["requestBody"]["content"]["application/json"]["example"]
    check(document, "Lead", example)
    answer = client.post("/v1/score", json=example)
    assert answer.json() == post["responses"]["200"]["content"]["application/json"]["example"]


def test_metrics_count_by_our_paths_only(client, lead):
    client.post("/v1/score", json=lead)
    client.post("/v1/score", json=[])
    client.get("/people/jane.doe@example.com")
    text = client.get("/metrics").text
    assert 'leadquality_requests_total{path="/v1/score",status="200"} 1.0' in text
    assert 'leadquality_requests_total{path="/v1/score",status="400"} 1.0' in text
    assert 'leadquality_requests_total{path="other",status="404"} 1.0' in text
    assert 'leadquality_request_seconds_count{path="/v1/score"} 2.0' in text
    assert "jane" not in text
