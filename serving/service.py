"""The BentoML service; importing it only defines: the model is loaded by each worker's instance."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

# Read by BentoML when it is imported.
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

import bentoml

from serving.app import create_app
from serving.settings import MODEL_VERSION, TRACKING_URI, WORKERS, now

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

#: Seconds before BentoML gives a request up; ours are given up earlier, with our own error.
TIMEOUT = 10


async def forward(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand a request to the application of this worker's instance.

    BentoML wants its mounts when the class is defined; the model is there only once it is instantiated.
    """
    await bentoml.get_current_service().app(scope, receive, send)


@bentoml.service(
    name="lead_scoring",
    workers=int(os.environ.get(WORKERS, "1")),
    traffic={"timeout": TIMEOUT},
    # Spans of a request that takes milliseconds cost a third of its time, and nobody exports them.
    tracing={"excluded_urls": ".*"},
    # Ours stand in their place, see serving.metrics.
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
)
@bentoml.asgi_app(forward, path="/")
class LeadScoring:
    """One worker: the champion, loaded once, behind the routes of :mod:`serving.app`."""

    def __init__(self) -> None:
        # BentoML's supervisor imports this module too, and needs neither MLflow nor the seconds that it takes.
        from models.registry import CHAMPION, Registry  # noqa: PLC0415

        # A version rather than the alias: a worker that is restarted answers as its siblings do.
        wanted = os.environ.get(MODEL_VERSION, CHAMPION)
        model = Registry(os.environ.get(TRACKING_URI)).load(wanted)
        self.app = create_app(model, now)
        # Full collections over the objects of start-up are what makes a slow request slow.
        gc.collect()
        gc.freeze()
