"""Requests made from the document: never a failure of the service, never an answer that is not documented."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from serving.app import create_app
from serving.ledger import open_ledger
from serving.openapi.operations import OPERATIONS

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def app(model, tmp_path_factory):
    time = [1_780_315_200_000_000]

    def clock():
        time[0] += 1_000
        return time[0]

    file = tmp_path_factory.mktemp("told") / "ledger.db"
    with open_ledger(str(file), durability="process", patience=20) as ledger:
        yield create_app(model, clock, ledger)


@pytest.fixture(scope="module")
def document(app):
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("route", OPERATIONS)
def test_any_request(document, route, mode):
    method, path = route.split()
    operation = document[path][method]
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
        pytest.skip("nothing of it can be wrong")

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(case):
        case.validate_response(case.call(), checks=CHECKS)

    ask()
