"""Keys: who is let in, to what, how often, and how soon a revoked one is noticed."""

from __future__ import annotations

import hmac
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from serving.app import create_app
from serving.front import callers, front
from serving.front.callers import KeyRing, make_key
from serving.front.errors import RequestError
from serving.ledger import AddKey, LedgerUnavailable, RevokeKey, open_ledger

SCORE = SimpleNamespace(permission="score")
OPEN = SimpleNamespace(permission=None)


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(str(tmp_path / "ledger.db"), durability="process", patience=20) as opened:
        yield opened


@pytest.fixture
def new_key(ledger):
    def make(*scopes, per_minute=None):
        key_id, key, secret_hash = make_key()
        assert ledger.write(AddKey(key_id, "crm", secret_hash, scopes, 1, per_minute))
        return key

    return make


@pytest.fixture
def client(model, clock, ledger):
    return TestClient(create_app(model, clock, ledger))


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def test_open_as_long_as_no_key_was_ever_made(client, lead):
    assert client.post("/v1/score", json=lead).status_code == 200
    assert client.get("/v1/model").status_code == 200


def test_closed_where_keys_are_required(model, clock, ledger, lead):
    client = TestClient(create_app(model, clock, ledger, keys_required=True))
    answer = client.post("/v1/score", json=lead)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["field"] == "Authorization"
    for path in ("/livez", "/readyz", "/metrics", "/openapi.json", "/"):
        assert client.get(path).status_code == 200


def test_a_key_opens_what_its_scopes_say(model, clock, ledger, lead, new_key):
    score, read = new_key("score"), new_key("read", "admin")
    client = TestClient(create_app(model, clock, ledger))
    assert client.post("/v1/score", json=lead).status_code == 401
    assert client.post("/v1/score", json=lead, headers=bearer(score)).status_code == 200
    assert client.post("/v1/score", json=lead, headers={"X-API-Key": score}).status_code == 200
    answer = client.post("/v1/score", json=lead, headers=bearer(read))
    assert answer.status_code == 403
    assert "scope score" in answer.json()["message"]
    assert client.get("/v1/model", headers=bearer(score)).status_code == 403
    assert client.get("/v1/model", headers=bearer(read)).status_code == 200
    assert client.post("/v1/model/reload", headers=bearer(score)).status_code == 403


def test_the_receipt_names_the_key(model, clock, ledger, lead, new_key):
    key = new_key("score")
    client = TestClient(create_app(model, clock, ledger))
    receipt_id = client.post("/v1/score", json=lead, headers=bearer(key)).json()["receipt_id"]
    assert ledger.receipt(receipt_id).caller == key.split("_")[1]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: "",
        lambda key: key[:-1],
        lambda key: key + "x",
        lambda key: key[3:],
        lambda key: key.upper(),
        lambda key: "lq_",
        lambda key: "lq__",
        lambda key: f"lq_00000000_{key.split('_', 2)[2]}",
        lambda key: "lq_" + key.split("_")[1],
        lambda key: "é" * 500,
        lambda key: key + " " + key,
    ],
)
def test_what_is_not_quite_the_key(model, clock, ledger, lead, new_key, spoil):
    client = TestClient(create_app(model, clock, ledger))
    client_key = new_key("score")
    client = TestClient(create_app(model, clock, ledger))
    given = spoil(client_key).encode("latin-1")
    for headers in ({b"Authorization": b"Bearer " + given}, {b"X-API-Key": given}):
        assert client.post("/v1/score", json=lead, headers=headers).status_code == 401


def test_another_scheme_in_authorization_is_a_proxys(model, clock, ledger, lead, new_key):
    key = new_key("score")
    client = TestClient(create_app(model, clock, ledger))
    both = {"Authorization": "Basic dXNlcjpwYXNz", "X-API-Key": key}
    assert client.post("/v1/score", json=lead, headers=both).status_code == 200
    assert client.post("/v1/score", json=lead, headers={"Authorization": f"Basic {key}"}).status_code == 401


def scope_with(key):
    return {"headers": [(b"authorization", b"Bearer " + key.encode())]}


def test_a_secret_is_compared_once_whatever_is_wrong(ledger, new_key, monkeypatch):
    key = new_key("score")
    ring = KeyRing(ledger.api_keys, required=False, per_minute=None)
    compared = []

    def compare(given, kept):
        compared.append((len(given), len(kept)))
        return hmac.compare_digest(given, kept)

    monkeypatch.setattr(callers, "hmac", SimpleNamespace(compare_digest=compare))
    for wrong in ("", "lq_nobody_secret", key[:-1], "a" * 60):
        with pytest.raises(RequestError):
            ring.admit(scope_with(wrong), SCORE)
    assert ring.admit(scope_with(key), SCORE).key_id == key.split("_")[1]
    # Each time one comparison of two hashes of one length: time tells nothing.
    assert compared == [(64, 64)] * 5


def test_keys_are_long_and_never_kept(ledger, new_key):
    key = new_key("score")
    secret = key.split("_", 2)[2]
    assert len(secret) >= 43
    assert secret not in str(ledger.api_keys())
    assert len({make_key()[1] for _ in range(100)}) == 100


def test_a_revoked_key_is_refused_in_time(model, clock, ledger, lead, new_key, monkeypatch):
    """No request is let in on keys that were read more than five seconds ago, even after a quiet hour."""
    key = new_key("score")
    app = create_app(model, clock, ledger)
    elapsed = [0.0]
    monkeypatch.setattr(callers, "monotonic", lambda: elapsed[0])
    app.keys.refresh()
    client = TestClient(app)
    assert client.post("/v1/score", json=lead, headers=bearer(key)).status_code == 200
    ledger.write(RevokeKey(key.split("_")[1], 2))
    elapsed[0] = 4.9
    assert client.post("/v1/score", json=lead, headers=bearer(key)).status_code == 401
    # Keys once made, nobody gets in without one again.
    assert client.post("/v1/score", json=lead).status_code == 401
    newer = new_key("score")
    elapsed[0] = 3600
    assert client.post("/v1/score", json=lead, headers=bearer(newer)).status_code == 200
    assert front.TOO_OLD < 5


def test_while_keys_cannot_be_read_those_known_stay(model, clock, ledger, lead, new_key, monkeypatch):
    key = new_key("read")
    app = create_app(model, clock, ledger)
    tries = []

    def fail():
        tries.append(1)
        raise LedgerUnavailable("down")

    app.keys._read = fail
    app.keys.refreshed = float("-inf")
    client = TestClient(app)
    for _ in range(5):
        assert client.get("/v1/model", headers=bearer(key)).status_code == 200
        assert client.get("/v1/model", headers=bearer("lq_a_b")).status_code == 401
    assert len(tries) == 1


def test_too_many_requests_of_one_key(model, clock, ledger, lead, new_key):
    few, many, default = new_key("read", per_minute=30), new_key("read", per_minute=10_000), new_key("read")
    client = TestClient(create_app(model, clock, ledger, per_minute=20))
    for key, granted in ((few, 3), (default, 2)):
        statuses = [client.get("/v1/model", headers=bearer(key)).status_code for _ in range(granted + 3)]
        assert statuses == [200] * granted + [429] * 3
    assert all(client.get("/v1/model", headers=bearer(many)).status_code == 200 for _ in range(20))
    refused = client.get("/v1/model", headers=bearer(few))
    assert 1 <= int(refused.headers["Retry-After"]) <= 2
    assert refused.json()["hint"] == "ask again after Retry-After"
    # Health is told however often it is asked.
    assert all(client.get("/livez").status_code == 200 for _ in range(30))


def test_those_without_a_key_share_the_limit(model, clock, lead):
    client = TestClient(create_app(model, clock, per_minute=20))
    assert [client.post("/v1/score", json=lead).status_code for _ in range(4)] == [200, 200, 429, 429]
