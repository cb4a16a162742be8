"""Health is told at once, whatever the ledger does and however busy the service is."""

from __future__ import annotations

import asyncio
import re
import threading
import time

import httpx
import pytest

from serving.app import create_app
from serving.front import front as front_module
from serving.ledger import LedgerUnavailable, open_ledger


@pytest.fixture
def stuck(tmp_path, monkeypatch):
    """Return a ledger whose reads hang until ``go`` is set, and count those that hang."""
    with open_ledger(str(tmp_path / "ledger.db"), durability="process", patience=20) as ledger:
        ledger.go, ledger.hanging, read = threading.Event(), [], ledger._read
        ledger.go.set()

        def late(reader):
            ledger.hanging.append(reader)
            assert ledger.go.wait(30)
            return read(reader)

        monkeypatch.setattr(ledger, "_read", late)
        yield ledger
        ledger.go.set()


def asking(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def test_a_stuck_ledger_is_not_ready_within_a_second(model, clock, stuck):
    app = create_app(model, clock, stuck)

    async def ask():
        async with asking(app) as client:
            assert (await client.get("/readyz")).status_code == 200
            stuck.go.clear()
            stuck.hanging.clear()
            began = time.monotonic()
            answers = await asyncio.gather(*(client.get("/readyz") for _ in range(20)))
            took = time.monotonic() - began
            late = await client.get("/readyz")
            assert {answer.status_code for answer in (*answers, late)} == {503}
            assert "did not answer" in late.json()["message"]
            assert late.headers["Retry-After"] == "1"
            # One thread waits, however often it is asked.
            assert len(stuck.hanging) == 1
            stuck.go.set()
            await asyncio.sleep(0.2)
            assert (await client.get("/readyz")).status_code == 200
            return took

    assert asyncio.run(ask()) < 1


def test_a_stuck_ledger_keeps_nobody_from_asking_whether_it_lives(model, clock, stuck, monkeypatch):
    app = create_app(model, clock, stuck)

    async def ask():
        async with asking(app) as client:
            # The keys that are known are too old by now, and cannot be read again.
            monkeypatch.setattr(front_module, "REFRESH", -1)
            monkeypatch.setattr(front_module, "TOO_OLD", -1)
            stuck.go.clear()
            began = time.monotonic()
            statuses = [(await client.get(path)).status_code for path in ("/livez", "/readyz", "/metrics")]
            took = time.monotonic() - began
            stuck.go.set()
            return statuses, took

    statuses, took = asyncio.run(ask())
    assert statuses == [200, 503, 200]
    assert took < 1.5


def test_a_ledger_that_fails_late_is_asked_again(model, clock, stuck, monkeypatch):
    app = create_app(model, clock, stuck)
    calls = []

    def check():
        calls.append(1)
        if len(calls) == 1:
            time.sleep(1)
            raise LedgerUnavailable("gone")

    monkeypatch.setattr(stuck, "check", check)

    async def ask():
        async with asking(app) as client:
            first = await client.get("/readyz")
            await asyncio.sleep(0.5)
            return first.status_code, (await client.get("/readyz")).status_code

    assert asyncio.run(ask()) == (503, 200)


def test_a_service_that_is_too_busy_sheds_every_route_but_those_of_its_health(model, clock, one_ledger):
    app = create_app(model, clock, one_ledger, most_at_once=0)
    statuses = {}

    async def ask():
        async with asking(app) as client:
            for endpoint in app.routes.endpoints:
                path = re.sub(r"\{\w+\}", "x", endpoint.path)
                answer = await client.request(endpoint.method, path)
                statuses[endpoint.method, endpoint.path] = answer.status_code
                if answer.status_code == 429:
                    assert int(answer.headers["Retry-After"]) >= 1

    asyncio.run(ask())
    assert {route for route, status in statuses.items() if status != 429} == {
        ("GET", "/livez"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
    }
    # It is let in by its handler, and was spared for that.
    assert statuses["POST", "/v1/salesforce/outbound"] == 429
