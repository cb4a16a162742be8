"""Whatever is posted to the callers' routes: an answer or a documented error, and the service goes on."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATHS = [
    "/v1/hubspot/score",
    "/v1/marketo/score",
    "/v1/salesforce/score",
    "/v1/mapped/own",
    "/v1/salesforce/outbound",
]
TYPES = ["application/json", "application/x-www-form-urlencoded", "text/xml", "text/plain", "x", ""]
ERRORS = {400, 404, 408, 413}

_SCALAR = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(
        ["2026-05-04T08:00:00Z", "1777881600000", 1777881600000, "5/4/2026", "1e5", "\0", "a" * 1001]
    )
)
_KEYS = st.sampled_from(
    [
        *(
            "vid",
            "id",
            "Id",
            "lead_id",
            "CreatedDate",
            "created_at",
        ),
        *(
            "created",
            "createdate",
            "changed",
            "as_of",
            "properties",
            "value",
        ),
        *(
            "versions",
            "timestamp",
            "records",
            "people",
            "visits",
            "what",
        ),
        *(
            "when",
            "company",
            "form-submissions",
            "associated-company",
            "Email",
            "email",
        ),
        *(
            "Website",
            "title",
            "Title",
            "employees",
            "job",
        ),
    ]
)
_JSON = st.recursive(
    _SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=8),
    max_leaves=25,
)
#: Whole enough to be scored, with one part after the other replaced.
_RECORD = st.fixed_dictionaries(
    {"vid": st.just(7), "Id": st.just("7"), "lead_id": st.just("7"), "id": st.just("7")},
    optional={
        "created": _SCALAR,
        "CreatedDate": _SCALAR,
        "created_at": _SCALAR,
        "properties": st.dictionaries(_KEYS, _JSON),
        "visits": _JSON | st.lists(st.dictionaries(_KEYS, _JSON)),
        "form-submissions": _JSON,
        "job": _JSON,
        "company": _JSON,
        "title": _JSON,
        "Title": _JSON,
    },
)


@pytest.fixture(params=["keeping_one", "plain"])
def either(request):
    return request.getfixturevalue(request.param)


def check(response):
    assert response.status_code in {200, *ERRORS} or response.status_code == 503, response.text
    assert response.content
    if response.status_code == 503:
        assert "--ledger" in response.json()["hint"]
    elif response.headers["content-type"] == "application/json":
        assert response.json()["status"] in {"scored", "unscorable", "degraded", "done", "error"}
    else:
        assert b"<Ack>" in response.content


_LAX = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@_LAX
@given(path=st.sampled_from(PATHS), body=_JSON | _RECORD | st.lists(_RECORD, max_size=3))
def test_any_json(either, path, body):
    check(either.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"}))


@_LAX
@given(path=st.sampled_from(PATHS), kind=st.sampled_from(TYPES), body=st.binary(max_size=300))
def test_any_bytes(either, path, kind, body):
    check(either.post(path, content=body, headers={"Content-Type": kind}))


_FIELD = st.tuples(
    st.sampled_from(["Id", "CreatedDate", "Title", "Email", "Website", "NumberOfEmployees"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
    | st.sampled_from(["2026-05-04T08:00:00Z", "00Q24000005JK2AEAW"]),
)


@_LAX
@given(records=st.lists(st.lists(_FIELD, max_size=6), max_size=3))
def test_any_outbound_message(keeping, records):
    from xml.sax.saxutils import escape  # noqa: PLC0415 - writes

    told = "".join(
        f"<Notification><Id>1</Id><sObject>{''.join(f'<{k}>{escape(v)}</{k}>' for k, v in fields)}</sObject>"
        "</Notification>"
        for fields in records
    )
    envelope = "http://schemas.xmlsoap.org/soap/envelope/"
    raw = (
        f'<e:Envelope xmlns:e="{envelope}"><e:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        f"{told}</notifications></e:Body></e:Envelope>"
    )
    check(keeping.post("/v1/salesforce/outbound", content=raw.encode(), headers={"Content-Type": "text/xml"}))


@pytest.mark.parametrize("path", PATHS[:-1])
def test_nested_without_end(either, path):
    for body in (b"[" * 100_000, b'{"properties":' * 2_000 + b"1" + b"}" * 2_000):
        response = either.post(path, content=body, headers={"Content-Type": "application/json"})
        assert response.status_code in {200, 400}
    assert either.get("/livez").status_code == 200
