"""The application with a ledger, on SQLite and on PostgreSQL, and without; and recorded bodies."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest

from serving.adapters.library import Library
from serving.app import create_app
from serving.ledger import open_ledger
from tests.serving.ledger.conftest import address, ledger, server

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

__all__ = ["address", "ledger", "server"]

FIXTURES = Path(__file__).with_name("fixtures")

#: Reads what the model of these tests knows, of a record of no vendor's.
OWN = """
version: 1
name: own
records: people
lead_id: {path: [id, key], prefix: "own:"}
created_at: {path: created, format: [iso, us, epoch_s]}
as_of: {path: changed, format: [iso, epoch_ms]}
account_id: company.id
attributes:
  title: job.title
  country: {path: country, values: {Germany: DE}, default: unknown}
  lead_source: {const: web}
  industry: {path: company.industry, entity: account}
  employees: {path: 'company["staff.count"]', type: number, entity: account}
events:
  - each: visits
    kind: {path: what, values: {page: web_visit, demo: demo_request}}
    at: when
    event_id: {path: id, prefix: "visit:"}
    value: {path: pages, type: number}
    channel: {const: web}
    campaign: source.name
  - kind: webinar
    at: {path: last_webinar, format: date}
"""


@pytest.fixture
def recorded():
    """Return a function that reads a recorded body, JSON decoded."""

    def read(name):
        raw = (FIXTURES / name).read_bytes()
        return json.loads(raw) if name.endswith(".json") else raw

    return read


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(OWN)
    return path


@pytest.fixture
def keeping(model, clock, ledger, own):
    """Return a client of a service that keeps what it is told."""
    return TestClient(create_app(model, clock, ledger, library=Library([own])))


@pytest.fixture
def keeping_one(model, clock, own, tmp_path):
    """Return such a client on SQLite, where it is the bodies that matter."""
    with open_ledger(str(tmp_path / "one.db"), durability="process", patience=20) as opened:
        yield TestClient(create_app(model, clock, opened, library=Library([own])))


@pytest.fixture
def plain(model, clock, own):
    """Return a client of a service that keeps nothing."""
    return TestClient(create_app(model, clock, library=Library([own])))


@pytest.fixture
def record():
    """Return a record that the mapping ``own`` reads whole."""
    return {
        "id": 7,
        "created": "5/4/2026 8:00 AM",
        "changed": 1779271200123,
        "job": {"title": " VP Engineering ", "since": 2020},
        "country": "Germany",
        "company": {"id": "c-1", "industry": "Software", "staff.count": "800", "vat": "DE1"},
        "visits": [
            {"id": "v1", "what": "page", "when": "2026-05-05T10:00:00Z", "pages": 4, "source": {"name": "ads"}},
            {"id": "v2", "what": "demo", "when": "2026-05-19T10:00:00+02:00", "pages": ""},
            {"id": "v3", "what": "chat", "when": "2026-05-19T10:00:00+02:00"},
        ],
        "last_webinar": "2026-05-18",
        "hobby": "chess",
    }
