"""The BentoML service; importing it only defines: the model is loaded by each worker's instance."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, ClassVar

# Read by BentoML when it is imported.
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

import bentoml
from starlette.responses import Response

from serving.app import create_app
from serving.settings import (
    DURABILITY,
    KEYS_REQUIRED,
    LEDGER,
    MODEL_VERSION,
    PER_MINUTE,
    TRACKING_URI,
    WORKERS,
    now,
)

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Receive, Scope, Send

    from serving.front.front import Front

#: Seconds before BentoML gives a request up; ours are given up earlier, with our own error.
TIMEOUT = 10


class Worker:
    """What this process answers with, once the service's instance is made."""

    front: ClassVar[Front | None] = None


class FastLane:
    """ASGI middleware that hands every request to our application, past what BentoML wraps around a service.

    BentoML puts tracing, time-outs and a context of its own around each request, which together cost more than
    scoring a lead; ours (:mod:`serving.front`) stand in their place. What starts and ends the worker, the
    lifespan, still goes through BentoML's.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the worker start, and put our application in the place of all that is around it."""
        if scope["type"] == "lifespan":
            _go_straight(scope["app"])
        await self.app(scope, receive, send)


def _go_straight(app: Starlette) -> None:
    around = app.middleware_stack

    async def straight(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await forward(scope, receive, send)
        elif around is not None:
            await around(scope, receive, send)

    app.middleware_stack = straight


async def forward(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand a request to the application of this worker's instance.

    BentoML wants its mounts when the class is defined; the model is there only once it is instantiated.
    """
    if Worker.front is None:
        await Response("starting", 503)(scope, receive, send)
    else:
        await Worker.front(scope, receive, send)


@bentoml.service(
    name="lead_scoring",
    workers=int(os.environ.get(WORKERS, "1")),
    traffic={"timeout": TIMEOUT},
    tracing={"excluded_urls": ".*"},
    # Ours stand in their place, see serving.front.metrics.
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
)
@bentoml.asgi_app(forward, path="/")
class LeadScoring:
    """One worker: the champion, loaded once, behind the routes of :mod:`serving.app`."""

    def __init__(self) -> None:
        # BentoML's supervisor imports this module too, and needs neither MLflow nor the seconds that it takes.
        from models.registry import CHAMPION, Registry  # noqa: PLC0415
        from serving.ledger import open_ledger  # noqa: PLC0415

        # A version rather than the alias: a worker that is restarted answers as its siblings do.
        wanted = os.environ.get(MODEL_VERSION, CHAMPION)
        model = Registry(os.environ.get(TRACKING_URI)).load(wanted)
        address = os.environ.get(LEDGER)
        durability = "process" if os.environ.get(DURABILITY) == "process" else "power"
        self.ledger = open_ledger(address, durability=durability) if address else None  # type: ignore[arg-type]
        rate = os.environ.get(PER_MINUTE)
        Worker.front = create_app(
            model,
            now,
            self.ledger,
            keys_required=os.environ.get(KEYS_REQUIRED) == "1",
            per_minute=float(rate) if rate else None,
            workers=int(os.environ.get(WORKERS, "1")),
        )
        # Full collections over the objects of start-up are what makes a slow request slow.
        gc.collect()
        gc.freeze()

    @bentoml.on_shutdown
    def close(self) -> None:
        """Carry out what waits to be written."""
        if self.ledger is not None:
            self.ledger.close()


LeadScoring.add_asgi_middleware(FastLane)  # type: ignore[attr-defined]
