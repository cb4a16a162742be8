"""Requests made from the document: never a failure of the service, never an answer that is not documented."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from features.facts.clock import parse_moment
from serving.app import create_app
from serving.ledger import open_ledger
from serving.openapi.operations import OPERATIONS
from tests.serving.conftest import TestClient

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


# Times that a service can have been told of, most of them; any year would nearly always be the future.
schemathesis.openapi.format(
    "date-time",
    st.datetimes(datetime(2025, 1, 1), datetime(2026, 7, 1)).map(lambda moment: f"{moment.isoformat()}Z"),
)


@dataclass(frozen=True)
class Running:
    """The application, its document, and ids of what it knows by their names in paths."""

    document: object
    known: dict


@pytest.fixture(scope="module")
def running(model, tmp_path_factory):
    time = [parse_moment("2026-06-01T12:00:00Z")]

    def clock():
        time[0] += 1_000
        return time[0]

    file = tmp_path_factory.mktemp("told") / "ledger.db"
    with open_ledger(str(file), durability="process", patience=20) as ledger:
        app = create_app(model, clock, ledger)
        client = TestClient(app)
        lead = {"lead_id": "L1", "created_at": "2026-05-01", "known_at": "2026-05-01"}
        client.post(
            "/v1/leads", json=lead | {"account_id": "acme", "attributes": {"title": "VP", "shoe_size": 43}}
        )
        event = {"event_id": "e", "lead_id": "L1", "kind": "webinar", "at": "2026-05-02", "known_at": "2026-05-02"}
        client.post("/v1/events", json=event)
        ids = [
            client.post("/v1/score", json={"lead_id": "L1", "as_of": f"2026-05-{day}"}).json()["receipt_id"]
            for day in range(10, 20)
        ]
        known = {"lead_id": "L1", "receipt_id": ids[0], "mapping": "hubspot"}
        yield Running(schemathesis.openapi.from_asgi("/openapi.json", app), known)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("route", OPERATIONS)
def test_any_request(running, route, mode):
    method, path = route.split()
    operation = running.document[path][method]
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
        pytest.skip("nothing of it can be wrong")
    met = Counter()

    @given(case=operation.as_strategy(generation_mode=mode), of_the_known=st.booleans())
    @settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(case, of_the_known):
        if of_the_known:
            case.path_parameters = {name: running.known[name] for name in case.path_parameters or ()}
        response = case.call()
        met[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    ask()
    if mode is GenerationMode.POSITIVE and route not in NEVER:
        assert met[200], met


#: An envelope is XML of one shape, of which a schema can say nothing; and here is only one model.
NEVER = {"POST /v1/salesforce/outbound", "POST /v1/model/reload"}
