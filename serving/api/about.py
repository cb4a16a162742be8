"""What can be asked without a lead: the model, the interface, the paths, health and figures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serving.front.errors import RequestError
from serving.front.replies import plain_json
from serving.front.routes import Endpoint
from serving.openapi import openapi_document

if TYPE_CHECKING:
    from starlette.responses import Response

    from serving.front.call import Call
    from serving.front.metrics import Metrics
    from serving.front.routes import RouteTable
    from serving.ledger import Ledger
    from serving.scoring.desk import Desk


#: Seconds that the ledger may take to answer when it is asked whether it does.
LEDGER_ANSWERS = 0.8


@dataclass
class AboutRoutes:
    """The routes that speak of the service itself."""

    desk: Desk
    metrics: Metrics
    table: RouteTable | None = None
    _asking: asyncio.Task[None] | None = field(default=None, init=False)

    def endpoints(self) -> list[Endpoint]:
        """Return the routes. Health, figures and the interface need no key: they tell nothing of any lead."""
        return [
            Endpoint("GET", "/openapi.json", self.document, None, "this interface as OpenAPI 3.1"),
            Endpoint("GET", "/livez", self.lives, None, "200 while the process lives", always=True),
            Endpoint("GET", "/readyz", self.ready, None, "200 once it can score, and keep it", always=True),
            Endpoint("GET", "/metrics", self.metrics.show, None, "figures for Prometheus", always=True),
        ]

    async def document(self, _: Call) -> Response:
        """``GET /openapi.json``."""
        endpoints = () if self.table is None else self.table.endpoints
        return plain_json(openapi_document(self.desk.champion, endpoints))

    async def paths(self, _: Call) -> Response:
        """``GET /`` of whoever asks for no page."""
        endpoints = () if self.table is None else self.table.endpoints
        paths = {f"{one.method} {one.path}": one.says for one in endpoints if not one.is_page}
        version = self.desk.champion.model.version
        return plain_json({"service": "lead quality", "model_version": version, "paths": paths})

    async def lives(self, _: Call) -> Response:
        """``GET /livez``."""
        return plain_json({"status": "alive"})

    async def ready(self, _: Call) -> Response:
        """``GET /readyz``: the model is there, since without one nothing starts; the ledger is asked."""
        if self.desk.ledger is not None:
            await self._ask(self.desk.ledger)
        return plain_json({"status": "ready", "model_version": self.desk.champion.model.version})

    async def _ask(self, ledger: Ledger) -> None:
        """Ask the ledger whether it answers, once at a time: a stuck one must not take a thread for each probe.

        Raises
        ------
        LedgerError
            It cannot be had.
        RequestError
            503: it did not answer in time.

        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(asyncio.to_thread(ledger.check))
            # Whoever asked may be answered by the time that it fails.
            self._asking.add_done_callback(lambda task: task.cancelled() or task.exception())
        asking = self._asking
        await asyncio.wait({asking}, timeout=LEDGER_ANSWERS)
        if not asking.done():
            message = f"the ledger did not answer within {LEDGER_ANSWERS:g} seconds"
            raise RequestError.unavailable(message, "it is asked again with the next request")
        asking.result()
