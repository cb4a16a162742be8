"""Any JSON gets an answer or a refusal, never a failure."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MOMENTS = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.sampled_from(["2026-05-01", "2026-05-02T00:00:00Z", "0001-01-02", "2026-05-01T00:00:00+23:59", "2026-W20"]),
    st.text(max_size=12),
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | MOMENTS
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
KINDS = st.sampled_from(["web_visit", "webinar", "email_open", "demo_request", "nothing"])
EVENT = st.fixed_dictionaries(
    {"kind": KINDS | SCALARS, "at": MOMENTS}, optional={"known_at": MOMENTS | SCALARS, "value": SCALARS}
)
EVENTS = st.lists(EVENT, max_size=4) | ANYTHING
VERSIONS = st.lists(st.fixed_dictionaries({"value": SCALARS, "known_at": MOMENTS}), max_size=3)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["title", "employees", "country", "industry", "annual_revenue", "other"]),
    SCALARS | VERSIONS | ANYTHING,
    max_size=4,
)
LEAD = st.fixed_dictionaries(
    {"created_at": MOMENTS},
    optional={
        "lead_id": st.text(max_size=5),
        "as_of": MOMENTS,
        "attributes": ATTRIBUTES,
        "account_attributes": ATTRIBUTES,
        "events": EVENTS,
        "colleagues": st.lists(st.fixed_dictionaries({"created_at": MOMENTS, "events": EVENTS}), max_size=2),
    },
)
SETTINGS = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def ask(client, body):
    return client.post("/v1/score", content=body, headers={"Content-Type": "application/json"})


@given(lead=LEAD | ANYTHING)
@SETTINGS
def test_any_json(client, lead):
    response = ask(client, json.dumps(lead))
    assert response.status_code in {200, 400}, (lead, response.text)
    assert response.json()["status"] in {"scored", "unscorable", "error"}


@given(body=st.binary(max_size=60) | st.text(alphabet='{}[]":,eE+-.0123456789nulltrfas \\u', max_size=40))
@SETTINGS
def test_any_bytes(client, body):
    response = ask(client, body)
    # The few that happen to be an object tell of a lead without anything.
    assert response.status_code == 400 or (orjson.loads(body) == {} and response.json()["status"] == "unscorable")


@pytest.mark.parametrize("value", [0, -1, 1e308, 5e-324, 2**63, -(2**64)])
def test_extreme_numbers(client, lead, value):
    lead["events"][0]["value"] = value
    lead["attributes"]["annual_revenue"] = value
    response = ask(client, json.dumps(lead))
    assert response.status_code == 200, response.text
    assert 0 <= response.json()["probability"] <= 1
