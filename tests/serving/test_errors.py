"""Whatever is wrong with a request, the answer says what, where, and in one shape."""

from __future__ import annotations

import json
import logging

import pytest

from serving.front.body import LARGEST_BODY
from serving.front.errors import LONGEST_TEXT

JSON = {"Content-Type": "application/json"}
CREATED = '"created_at": "2026-05-01"'


def event(text):
    return f'{{{CREATED}, "events": [{{"kind": "web_visit", "at": "2026-05-02"}}, {text}]}}'


# body, field, a part of the message, a part of the hint
BODIES = [
    ("", "body", "is empty", "/openapi.json"),
    ("  \n", "body", "is empty", "/openapi.json"),
    ("{", "body", "is not JSON", ""),
    ("{'lead_id': 'a'}", "body", "is not JSON", ""),
    ("{} {}", "body", "is not JSON", ""),
    ("\ufeff{}", "body", "BOM", ""),
    ("[" * 3000, "body", "is not JSON", ""),
    ("[" * 1030 + "]" * 1030, "body", "is not JSON", ""),
    ("[" * 1020 + "]" * 1020, "body", "nested too deeply", ""),
    ("[" * 250 + "]" * 250, "lead", "expected an object, got a list", ""),
    (f'{{{CREATED}, "lead_id": "\\ud800"}}', "body", "is not JSON", ""),
    ("[]", "lead", "expected an object, got a list", ""),
    ("null", "lead", "expected an object, got null", ""),
    ('"lead"', "lead", "expected an object, got text", ""),
    ("17", "lead", "expected an object, got a number", ""),
    (f'{{{CREATED}, "event": []}}', "event", "no such field", "did you mean 'events'?"),
    (f"{{{CREATED}, {CREATED}}}", "created_at", "is named twice", ""),
    (event('{"kind": "web_visit", "at": "2026-05-02", "at": "2026-05-03"}'), "at", "is named twice", ""),
    ('{"created_at": 1700000000}', "created_at", "expected a time as text", ""),
    ('{"created_at": "yesterday"}', "created_at", "is not an ISO 8601 time", ""),
    ('{"created_at": "2026-06-02"}', "created_at", "lies in the future", ""),
    (f'{{{CREATED}, "as_of": "2026-07-01"}}', "as_of", "lies in the future", ""),
    (f'{{{CREATED}, "lead_id": 7}}', "lead_id", "expected text, got a number", ""),
    (f'{{{CREATED}, "events": {{}}}}', "events", "expected a list, got an object", ""),
    (event('"web_visit"'), "events[1]", "expected an object, got text", ""),
    (event('{"at": "2026-05-02"}'), "events[1].kind", "expected text, got null", ""),
    (event('{"kind": "web_vist", "at": "2026-05-02"}'), "events[1].kind", "no event kind", "'web_visit'"),
    (event('{"kind": "web_visit"}'), "events[1].at", "is missing", ""),
    (event('{"kind": "web_visit", "at": "2027-01-01"}'), "events[1].at", "lies in the future", ""),
    (event('{"kind": "web_visit", "at": "2026-05-02", "url": "/"}'), "events[1].url", "no such field", ""),
    (
        event('{"kind": "web_visit", "at": "2026-05-02", "known_at": "2026-05-01"}'),
        "events[1].known_at",
        "before the event's own time",
        "",
    ),
    (event('{"kind": "web_visit", "at": "2026-05-02", "value": "3"}'), "events[1].value", "got text", ""),
    (event('{"kind": "web_visit", "at": "2026-05-02", "value": true}'), "events[1].value", "got true or", ""),
    (
        event('{"kind": "web_visit", "at": "2026-05-02", "value": NaN}'),
        "events[1].value",
        "expected a finite number",
        "",
    ),
    (
        event('{"kind": "web_visit", "at": "2026-05-02", "value": -Infinity}'),
        "events[1].value",
        "expected a finite number",
        "",
    ),
    (
        event('{"kind": "web_visit", "at": "2026-05-02", "value": 1e999}'),
        "events[1].value",
        "expected a finite number",
        "",
    ),
    (event(f'{{"kind": "web_visit", "at": "2026-05-02", "value": 1{"0" * 5000}}}'), "body", "infinity", ""),
    (f'{{{CREATED}, "attributes": []}}', "attributes", "expected an object, got a list", ""),
    (f'{{{CREATED}, "attributes": {{"titel": "CEO"}}}}', "attributes.titel", "no attribute", "'title'"),
    (f'{{{CREATED}, "attributes": {{"employees": "many"}}}}', "attributes.employees", "is not a number", ""),
    (f'{{{CREATED}, "attributes": {{"title": {{}}}}}}', "attributes.title", "expected text", ""),
    (
        f'{{{CREATED}, "attributes": {{"title": [{{"value": "CEO"}}]}}}}',
        "attributes.title[0].known_at",
        "is missing",
        "",
    ),
    (
        f'{{{CREATED}, "attributes": {{"employees": 5}}, "account_attributes": {{"employees": 6}}}}',
        "account_attributes.employees",
        "is given twice",
        "",
    ),
    (f'{{{CREATED}, "colleagues": [{{}}]}}', "colleagues[0].created_at", "is missing", ""),
    (
        f'{{{CREATED}, "colleagues": [{{"created_at": "2026-05-01", "events": 1}}]}}',
        "colleagues[0].events",
        "",
        "",
    ),
]


def assert_error(response, status, field):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    error = response.json()
    assert list(error) == ["status", "field", "message", "hint", "request_id"]
    assert all(isinstance(value, str) for value in error.values())
    assert error["status"] == "error"
    assert error["field"] == field
    assert error["request_id"] == response.headers["x-request-id"]
    return error


@pytest.mark.parametrize(("body", "field", "message", "hint"), BODIES)
def test_bad_body(client, body, field, message, hint):
    error = assert_error(client.post("/v1/score", content=body.encode(), headers=JSON), 400, field)
    assert message in error["message"]
    assert error["message"].startswith(field)
    assert hint in error["hint"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("{}", "is missing"),
        ('{"created_at": null}', "is missing"),
        (f'{{{CREATED}, "as_of": "2026-04-01"}}', "is not before as_of"),
    ],
)
def test_a_lead_that_lacks_what_scoring_needs_is_no_error(client, body, why):
    response = client.post("/v1/score", content=body.encode(), headers=JSON)
    assert response.status_code == 200
    answer = response.json()
    assert answer["status"] == "unscorable"
    assert answer["missing"] == "created_at"
    assert why in answer["reason_1"]
    assert answer["probability"] is answer["score"] is answer["grade"] is answer["receipt_id"] is None
    assert answer["as_of"] == ("2026-04-01T00:00:00Z" if "as_of" in body else "2026-06-01T12:00:00Z")


def test_body_that_is_no_utf_8(client):
    assert_error(client.post("/v1/score", content=b'{"lead_id": "\xff"}', headers=JSON), 400, "body")


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/plus+json"]
)
def test_wrong_content_type(client, lead, kind):
    response = client.post("/v1/score", content=json.dumps(lead), headers={"Content-Type": kind})
    assert "Content-Type: application/json" in assert_error(response, 400, "Content-Type")["hint"]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/ld+json"])
def test_content_types_that_are_json(client, lead, kind):
    response = client.post("/v1/score", content=json.dumps(lead), headers={"Content-Type": kind})
    assert response.status_code == 200


def test_compressed_body(client):
    response = client.post("/v1/score", content=b"\x1f\x8b", headers=JSON | {"Content-Encoding": "gzip"})
    assert_error(response, 400, "Content-Encoding")


def test_largest_body(client, lead):
    fits = json.dumps(lead)
    fits += " " * (LARGEST_BODY - len(fits))
    assert client.post("/v1/score", content=fits, headers=JSON).status_code == 200
    assert_error(client.post("/v1/score", content=fits + " ", headers=JSON), 413, "body")


def test_too_large_body_without_a_length(client):
    chunks = (b" " * 100_000 for _ in range(11))
    assert_error(client.post("/v1/score", content=chunks, headers=JSON), 413, "body")


def test_quoted_texts_have_an_end(client):
    response = client.post("/v1/score", json={"created_at": "2026-05-01", "x" * 9000: 1})
    error = response.json()
    assert response.status_code == 400
    assert len(error["field"]) == len(error["message"]) == LONGEST_TEXT


@pytest.mark.parametrize(
    ("query", "field"),
    [("detail=all", "detail"), ("detail=full&detail=full", "detail"), ("details=full", "details")],
)
def test_bad_parameter(client, lead, query, field):
    assert_error(client.post(f"/v1/score?{query}", json=lead), 400, field)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/score", 405),
        ("PUT", "/v1/score", 405),
        ("POST", "/v1/model", 405),
        ("POST", "/v1/score/", 404),
        ("GET", "/docs.json", 404),
        ("GET", "/..%2fetc/passwd", 404),
    ],
)
def test_no_such_path_or_method(client, method, path, status):
    response = client.request(method, path, follow_redirects=False)
    assert_error(response, status, "")
    assert ("allow" in response.headers) is (status == 405)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("crm-7:a.b_c", True), ("a" * 128, True), ("a" * 129, False), ("<script>", False), ("", False)],
)
def test_request_id(client, lead, given, kept):
    response = client.post("/v1/score", json=lead, headers={"X-Request-ID": given})
    assert (response.headers["x-request-id"] == given) is kept
    assert len(response.headers["x-request-id"]) >= 11


def test_unforeseen_failure_tells_no_one_anything(client, lead, monkeypatch, caplog):
    def fail(*_, **__):
        raise ValueError("jane.doe".upper())

    monkeypatch.setattr("serving.scoring.decide.answer_row", fail)
    with caplog.at_level(logging.INFO):
        response = client.post("/v1/score", json=lead, headers={"X-Request-ID": "abc"})
    error = assert_error(response, 500, "")
    assert error["message"] == "internal error"
    assert error["request_id"] == "abc"
    told = [record.fields for record in caplog.records if record.name == "serving"]
    assert [fields["request_id"] for fields in told] == ["abc", "abc"]
    assert told[0]["error"] == "ValueError"
    assert "in decide" in told[0]["where"]
    assert "JANE" not in caplog.text + str(told) + response.text


def test_a_score_that_is_no_number_is_a_failure(client, lead, monkeypatch):
    monkeypatch.setattr("serving.scoring.decide.answer_row", lambda *_, **__: {"probability": float("nan")})
    assert_error(client.post("/v1/score", json=lead), 500, "")
