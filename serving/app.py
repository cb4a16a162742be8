"""The scoring service's routes, as a plain Starlette application around one loaded model.

``POST /score`` scores one lead, ``GET /model`` says with what, ``GET /openapi.json`` how to ask.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from features.errors import PayloadError, did_you_mean
from features.payload import read_lead
from models.answer import answer_lead
from serving.about import describe_model, example_lead
from serving.body import read_json
from serving.errors import Guard, RequestError, on_http_error, on_request_error, plain_json
from serving.metrics import Metrics
from serving.openapi import openapi_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from models.lead_model import LeadModel

PATHS = {
    "POST /score": "score one lead; ?detail=full adds how the score came about",
    "GET /model": "the model that answers",
    "GET /openapi.json": "this interface as OpenAPI 3.1",
    "GET /": "this list",
    "GET /livez": "200 while the process lives",
    "GET /readyz": "200 once it can score",
    "GET /metrics": "figures for Prometheus",
}


class Endpoints:
    """What the routes call: one model, and a clock in microseconds since 1970 UTC.

    Leads are scored on the event loop itself: one takes milliseconds, less than handing it to a thread would
    cost under load.
    """

    def __init__(self, model: LeadModel, clock: Callable[[], int]) -> None:
        self.model = model
        self.clock = clock
        self.about = describe_model(model)
        example = example_lead(model, clock())
        # Scoring the example compiles or loads every kernel, so that no caller waits for it.
        answer = self.answer(example, full=True)
        self.document = openapi_document(model, example, answer)

    def answer(self, lead: object, *, full: bool) -> dict[str, Any]:
        """Score one decoded lead; PayloadError where it breaks the contract."""
        facts = read_lead(lead, self.model.vocabulary, self.clock())
        return answer_lead(self.model, facts, full=full)

    async def score(self, request: Request) -> Response:
        """``POST /score``."""
        full = _wants_detail(request.query_params)
        answer = self.answer(await read_json(request), full=full)
        # Refuses NaN and Infinity, which orjson would write as null: a caller must never see a score of nothing.
        return Response(json.dumps(answer, allow_nan=False), media_type="application/json")

    async def show_model(self, _: Request) -> Response:
        """``GET /model``."""
        return plain_json(self.about)

    async def show_document(self, _: Request) -> Response:
        """``GET /openapi.json``."""
        return plain_json(self.document)

    async def show_paths(self, _: Request) -> Response:
        """``GET /``."""
        return plain_json({"service": "lead quality", "model_version": self.model.version, "paths": PATHS})


def create_app(model: LeadModel, clock: Callable[[], int]) -> Starlette:
    """Return the application; ``clock`` gives microseconds since 1970 UTC. Scores one example lead to warm up."""
    endpoints = Endpoints(model, clock)
    metrics = Metrics(path.split()[1] for path in PATHS)
    app = Starlette(
        routes=[
            Route("/score", endpoints.score, methods=["POST"]),
            Route("/model", endpoints.show_model),
            Route("/openapi.json", endpoints.show_document),
            Route("/metrics", metrics.show),
            Route("/", endpoints.show_paths),
        ],
        middleware=[Middleware(Guard, observe=metrics.observe)],
        exception_handlers={
            RequestError: on_request_error,
            PayloadError: on_request_error,
            HTTPException: on_http_error,
        },
    )
    # A redirect would lose the body of a POST in many clients; a 404 says what is wrong.
    app.router.redirect_slashes = False
    return app


def _wants_detail(parameters: QueryParams) -> bool:
    for name in parameters:
        if name != "detail":
            raise RequestError(name, "no such parameter", hint=did_you_mean(name, ["detail"]))
    values = parameters.getlist("detail")
    if values not in ([], ["full"]):
        raise RequestError("detail", f"expected full, got {', '.join(values)!r}", hint="POST /score?detail=full")
    return bool(values)
