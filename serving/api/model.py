"""``POST /v1/model/reload``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.front.connections import MAY_TAKE
from serving.front.errors import RequestError
from serving.front.replies import plain_json
from serving.front.routes import Endpoint
from serving.scoring.board import ReloadRefusedError
from serving.scoring.reload import PATIENCE, change_model
from serving.scoring.trial import PATIENCE as TRIAL

if TYPE_CHECKING:
    from starlette.responses import Response

    from serving.front.call import Call
    from serving.scoring.desk import Desk
    from serving.scoring.reload import Reloader, Source

#: Seconds that a reload may take at most: a trial, every worker's loading, and looking at the board.
LONGEST = TRIAL + PATIENCE + 60.0


@dataclass
class ModelRoutes:
    """The model that answers, and how another takes its place.

    ``source`` is where another comes from; None where the service has its only model with it.
    """

    desk: Desk
    reloader: Reloader | None = None
    source: Source | None = None

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint("GET", "/v1/model", self.show, "read", "the model that answers"),
            Endpoint("POST", "/v1/model/reload", self.reload, "admin", "answer with the champion as it is now"),
        ]

    async def show(self, _: Call) -> Response:
        """``GET /v1/model``."""
        failed = "" if self.reloader is None else self.reloader.failed
        return plain_json({**self.desk.champion.about, "reload_failed": failed})

    async def reload(self, call: Call) -> Response:
        """``POST /v1/model/reload``: answered once every worker answers with the new version."""
        if self.reloader is None or self.source is None:
            raise RequestError(
                "", "this service has its model with it", status=409, hint="start one with the other model"
            )
        # Loading and trying a version takes longer than any other request may.
        call.state[MAY_TAKE] = LONGEST
        before = self.desk.champion.model.version
        try:
            wish = await asyncio.to_thread(
                change_model, self.source.board, self.source.resolve, self.source.try_out
            )
        except ReloadRefusedError as error:
            raise RequestError("", error.message, status=409, hint=error.hint) from None
        workers = len(self.reloader.board.workers())
        changed = wish.version != before
        return plain_json(
            {"status": "done", "model_version": wish.version, "changed": changed, "workers": workers}
        )
