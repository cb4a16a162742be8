"""Leads with names and owners, told to a ledger and scored twice, and the application that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from features.facts.clock import DAY, HOUR, format_moment
from serving.app import create_app
from serving.ledger import open_ledger
from serving.pages.book import keeping
from tests.serving.conftest import TestClient
from tests.serving.ledger.conftest import address, ledger, server
from tests.serving.pages.looking import look

__all__ = ["address", "ledger", "server"]

#: Id, account, name, title, owner, and kinds of events of late.
PEOPLE = (
    ("L1", "acme", "Ann Poe", "VP Engineering", "Mia", ("demo_request", "pricing_page_visit", "webinar")),
    ("L2", "acme", "Bo Ek", "Student", "Mia", ()),
    ("L3", "acme", "Cy Dunn", "Director of IT", "Noah", ("webinar",)),
    ("L4", "bolt", "Di Fenn", "IT Manager", "Noah", ("email_open",)),
    ("L5", "bolt", "Ed Gray", "Analyst", "Mia", ("web_visit",)),
    ("L6", None, "Flo Hart", "CTO", "", ("web_visit", "demo_request")),
)
COMPANIES = {
    "acme": {"name": "Acme Works", "industry": "Software", "employees": 800},
    "bolt": {"name": "Bolt & Sons", "industry": "Retail", "employees": 12},
}


@dataclass
class Shown:
    """An application with its clock, ledger and client."""

    app: Any
    client: TestClient
    ledger: Any
    clock: Any

    def look(self, path, status=200, **headers):
        return look(self.client, path, status, **headers)

    def post(self, path, body, **params):
        answer = self.client.post(path, json=body, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tell(self, lead_id, account=None, *, days=30, attributes=None, company=None, kinds=()):
        known = format_moment(self.clock.time - days * DAY)
        lead = {"lead_id": lead_id, "created_at": known, "known_at": known, "account_id": account}
        lead["attributes"] = attributes or {}
        if company:
            lead["account_attributes"] = company
        self.post("/v1/leads", lead)
        for number, kind in enumerate(kinds):
            at = format_moment(self.clock.time - (number + 1) * DAY)
            event = {"event_id": f"{lead_id}-{number}", "lead_id": lead_id, "kind": kind, "at": at}
            self.post("/v1/events", event | {"known_at": at})

    def score(self, *lead_ids, ago=0):
        as_of = format_moment(self.clock.time - ago * DAY)
        return [self.post("/v1/score", {"lead_id": one}, as_of=as_of) for one in lead_ids]

    def submit(self, path, form, **headers):
        return self.client.post(path, data=form, headers=headers, follow_redirects=False)


def shown_on(ledger, model, clock, **more):
    app = create_app(model, clock, ledger, **more)
    client = TestClient(app, base_url="http://leads.example", raise_server_exceptions=True)
    return Shown(app, client, ledger, clock)


def fill(shown):
    """Tell of everybody, and score them eight days ago, and now."""
    for lead_id, account, name, title, owner, kinds in PEOPLE:
        attributes = {"name": name, "title": title} | ({"owner": owner} if owner else {})
        shown.tell(lead_id, account, attributes=attributes, company=COMPANIES.get(account), kinds=kinds)
    everybody = [person[0] for person in PEOPLE]
    shown.score(*everybody, ago=8)
    shown.score(*everybody)
    shown.clock.time += 2 * HOUR


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Let the first page of each test wait for its list, however busy the machine is."""
    monkeypatch.setattr(keeping.Keeping.__init__, "__defaults__", (120.0,))


@pytest.fixture(autouse=True)
def faults_are_raised(monkeypatch):
    """Show a fault of ours as it is, rather than the page that a visitor sees in its place."""

    def raised(error, *_):
        raise error

    monkeypatch.setattr("serving.pages.routes.log_failure", raised)
    monkeypatch.setattr("serving.front.front.log_failure", raised)


@pytest.fixture
def own_ledger(tmp_path):
    with open_ledger(str(tmp_path / "own.db"), durability="process", patience=20) as opened:
        yield opened


@pytest.fixture
def empty(own_ledger, model, clock):
    return shown_on(own_ledger, model, clock, capacity=3)


@pytest.fixture
def shown(empty):
    fill(empty)
    return empty
