"""While anybody on the machine may ask, a web site that has its own name lead here may not."""

from __future__ import annotations

import pytest

from serving.app import create_app
from serving.front.callers import make_key
from serving.front.hosts import Hosts
from serving.ledger import AddKey, open_ledger
from tests.serving.conftest import TestClient


def asked(client, host, path="/openapi.json"):
    return client.get(path, headers={"Host": host}).status_code


@pytest.fixture
def client(model, clock):
    return TestClient(create_app(model, clock, hosts=("crm.example",)))


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:3000", "127.0.0.1:3000", "127.9.9.9", "[::1]:3000", "leads.localhost", "crm.example"],
)
def test_own_names_are_answered(client, host):
    assert asked(client, host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:3000", "127.0.0.1.evil.example", "10.0.0.1", "[::2]", "", "x"]
)
@pytest.mark.parametrize("path", ["/openapi.json", "/v1/model", "/", "/lead"])
def test_others_are_not(client, host, path):
    assert asked(client, host, path) == 403


def test_what_is_said(client):
    told = client.get("/v1/model", headers={"Host": "evil.example"}).json()
    assert (told["field"], "make a key" in told["hint"]) == ("Host", True)
    assert "evil" not in told["message"]


def test_health_is_told_by_any_name(client):
    assert {asked(client, "10.0.0.1", path) for path in ("/livez", "/readyz", "/metrics")} == {200}


def test_the_address_that_a_request_came_to():
    def scope(host):
        return {"headers": [(b"host", host)], "server": ("10.1.2.3", 3000)}

    Hosts(()).check(scope(b"10.1.2.3:3000"))
    with pytest.raises(Exception, match="not asked for"):
        Hosts(()).check(scope(b"10.1.2.4:3000"))


def test_with_keys_any_name_will_do(model, clock, tmp_path):
    with open_ledger(str(tmp_path / "ledger.db"), durability="process", patience=20) as ledger:
        key_id, key, secret_hash = make_key()
        ledger.write(AddKey(key_id, "crm", secret_hash, ("score",), 1))
        client = TestClient(create_app(model, clock, ledger, hosts=()))
        headers = {"Host": "leads.example", "X-API-Key": key}
        assert client.get("/openapi.json", headers=headers).status_code == 200
