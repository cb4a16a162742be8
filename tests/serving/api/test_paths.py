"""Ids in paths: whatever may be told can be read again."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from serving.front.routes import Endpoint, RouteTable


async def nothing(_):
    raise NotImplementedError


@pytest.fixture
def table():
    paths = ("/v1/leads", "/v1/leads/{lead_id}", "/v1/leads/{lead_id}/scores")
    return RouteTable([Endpoint("GET", path, nothing, "read", "") for path in paths])


def found(table, path, raw=None):
    endpoint, named = table.find("GET", path, raw)
    return None if endpoint is None else (endpoint.path, named)


@pytest.mark.parametrize(
    ("path", "raw", "is_found"),
    [
        ("/v1/leads", b"/v1/leads", ("/v1/leads", {})),
        ("/v1/leads/a", b"/v1/leads/a", ("/v1/leads/{lead_id}", {"lead_id": "a"})),
        ("/v1/leads/a", None, ("/v1/leads/{lead_id}", {"lead_id": "a"})),
        ("/v1/leads/a/b", b"/v1/leads/a%2Fb", ("/v1/leads/{lead_id}", {"lead_id": "a/b"})),
        ("/v1/leads/a/b", b"/v1/leads/a/b", None),
        ("/v1/leads/a/scores", b"/v1/leads/a%2fscores", ("/v1/leads/{lead_id}", {"lead_id": "a/scores"})),
        ("/v1/leads/a/b/scores", b"/v1/leads/a%2Fb/scores", ("/v1/leads/{lead_id}/scores", {"lead_id": "a/b"})),
        # Encoded once, decoded once.
        ("/v1/leads/a%2Fb", b"/v1/leads/a%252Fb", ("/v1/leads/{lead_id}", {"lead_id": "a%2Fb"})),
        ("/v1/leads/Zo\u00eb", b"/v1/leads/Zo%C3%AB", ("/v1/leads/{lead_id}", {"lead_id": "Zo\u00eb"})),
        ("/v1/leads/a", b"/v1/%6Ceads/a", ("/v1/leads/{lead_id}", {"lead_id": "a"})),
        ("/v1/leads/", b"/v1/leads/", None),
        ("/v1/leads//scores", b"/v1/leads//scores", None),
        ("/v1/leads/a/", b"/v1/leads/a/", None),
        ("/v2/leads/a", b"/v2/leads/a", None),
    ],
)
def test_which_route(table, path, raw, is_found):
    assert found(table, path, raw) == is_found
    assert table.allowed(path, raw) == ([] if is_found is None else ["GET"])


@pytest.mark.parametrize(
    "lead_id", ["a/b", "/", "a/scores", "50%", "%2F", "a?b=c", "a#b", "a b", "Zo\u00eb", "a+b", ".a"]
)
def test_whatever_may_be_told_is_read_by_its_path(one_client, lead_id):
    told = {"lead_id": lead_id, "created_at": "2026-05-01", "known_at": "2026-05-01"}
    assert one_client.post("/v1/leads", json=told).json()["status"] == "accepted"
    assert one_client.post("/v1/score", json={"lead_id": lead_id}).json()["status"] == "scored"
    path = f"/v1/leads/{quote(lead_id, safe='')}"
    assert one_client.get(path).json()["lead_id"] == lead_id
    scores = one_client.get(f"{path}/scores").json()
    assert (scores["lead_id"], len(scores["scores"])) == (lead_id, 1)


def test_a_receipt_of_another_model_says_what_to_run(model, clock, one_client, one_ledger):
    answer = one_client.post("/v1/score", json={"lead_id": "L1", "created_at": "2026-05-01"}).json()
    receipt_id = answer["receipt_id"]
    with one_ledger._writing.begin() as connection:
        connection.exec_driver_sql("UPDATE receipts SET model_version = '3', model_digest = 'other'")
    told = one_client.get(f"/v1/receipts/{receipt_id}?verify=true").json()
    assert told["verification"]["outcome"] == "model not found"
    (says,) = told["verification"]["says"]
    assert f"leadquality receipt verify {receipt_id} " in says
    assert f"leadquality receipt show {receipt_id}" in told["features_why"]
