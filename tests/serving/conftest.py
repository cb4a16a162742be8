"""A small real model, trained once per test process on a simulated market, behind the application."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import pytest

from features.facts.clock import parse_moment
from features.history import History
from features.simulation import import_simulated
from models.lead_model import LeadModel
from serving.app import create_app
from training.fit import fit_all
from training.material import gather
from training.spec import read_spec

with warnings.catch_warnings():
    # Starlette asks for httpx2; this can go once that is what `pip install httpx` gives.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    time: int

    def __call__(self):
        return self.time


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    return import_simulated(2000, 5, tmp_path_factory.mktemp("market") / "dataset")


@pytest.fixture(scope="session")
def history(dataset):
    return History.from_dataset(dataset)


@pytest.fixture(scope="session")
def model_folder(dataset, tmp_path_factory):
    spec = read_spec("default", card="b2b_example", folds=2, model={"n_estimators": 60, "learning_rate": 0.1})
    folder = tmp_path_factory.mktemp("model") / "model"
    fit_all(gather(dataset, spec), spec).model.save(folder)
    return folder


@pytest.fixture(scope="session")
def model(model_folder):
    return LeadModel.load(model_folder, version="7")


@pytest.fixture
def clock():
    return Clock(parse_moment("2026-06-01T12:00:00Z"))


@pytest.fixture
def client(model, clock):
    return TestClient(create_app(model, clock))


@pytest.fixture
def lead(clock):
    """Return a lead with every part that a request may have."""
    return {
        "lead_id": "L-1",
        "created_at": "2026-05-01T08:00:00Z",
        "as_of": "2026-05-20T00:00:00Z",
        "attributes": {
            "title": "VP Engineering",
            "lead_source": [
                {"value": "webinar", "known_at": "2026-05-01T08:00:00Z"},
                {"value": "trade_show", "known_at": "2026-05-10T08:00:00Z"},
            ],
        },
        "account_attributes": {"employees": 800, "industry": "Software", "country": "DE"},
        "events": [
            {"kind": "webinar", "at": "2026-05-02T10:00:00Z", "event_id": "e1"},
            {"kind": "web_visit", "at": "2026-05-03T10:00:00+02:00", "value": 4, "event_id": "e2"},
            {"kind": "email_open", "at": "2026-05-03T11:00:00Z", "known_at": "2026-05-03T12:00:00Z"},
            {"kind": "demo_request", "at": "2026-05-19T09:30:00Z"},
        ],
        "colleagues": [
            {
                "lead_id": "L-0",
                "created_at": "2026-04-01T00:00:00Z",
                "events": [{"kind": "pricing_page_visit", "at": "2026-05-04T00:00:00Z"}],
            }
        ],
    }
