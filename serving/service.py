"""The BentoML service; importing it only defines: the model is loaded by each worker's instance."""

from __future__ import annotations

import asyncio
import gc
import os
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, ClassVar

# Read by BentoML when it is imported.
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

import bentoml
import uvicorn.config
from starlette.responses import Response

from serving.app import create_app
from serving.front.connections import Sweeper
from serving.front.front import refuse_socket
from serving.front.limits import SharedTable
from serving.front.log import configure_log
from serving.front.others import Others, take_over
from serving.parents import Parents
from serving.settings import WORKERS, Settings, now

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from models.lead_model import LeadModel
    from serving.front.front import Front
    from serving.pages.papers import Papers
    from serving.scoring.reload import Source

# BentoML leaves uvicorn to choose how it speaks HTTP; this is what it then finds.
uvicorn.config.HTTP_PROTOCOLS["auto"] = "serving.front.connections:Connection"

#: The model that a Bento carries, beside the packages.
PACKED = Path(__file__).resolve().parents[1] / "packed_model"


class Worker:
    """What this process answers with, once the service's instance is made, and what runs beside it."""

    front: ClassVar[Front | None] = None
    parents: ClassVar[Parents | None] = None
    tasks: ClassVar[list[asyncio.Task[None]]] = []

    @classmethod
    def begin(cls) -> None:
        """Start what runs beside the requests."""
        Others.answering = True
        cls.tasks = [asyncio.create_task(Sweeper().watch())]
        if cls.parents is not None:
            cls.tasks.append(asyncio.create_task(cls.parents.watch()))
        if cls.front is not None and cls.front.reloader is not None:
            cls.tasks.append(asyncio.create_task(cls.front.reloader.watch()))

    @classmethod
    def end(cls) -> None:
        """Stop it."""
        for task in cls.tasks:
            task.cancel()


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
            send = _seeing_start_and_end(send)
        await self.app(scope, receive, send)


def _seeing_start_and_end(send: Send) -> Send:
    async def seen(message: Message) -> None:
        if message["type"] == "lifespan.startup.complete":
            Worker.begin()
        elif message["type"].startswith("lifespan.shutdown"):
            Worker.end()
        await send(message)

    return seen


def _go_straight(app: Starlette) -> None:
    around = app.middleware_stack

    async def straight(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            await forward(scope, receive, send)
        elif around is not None:
            await around(scope, receive, send)

    app.middleware_stack = straight


async def forward(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand a request to the application of this worker's instance.

    BentoML wants its mounts when the class is defined; the model is there only once it is instantiated.
    """
    if Worker.front is None and scope["type"] == "websocket":
        await refuse_socket(send)
    elif Worker.front is None:
        await Response("starting", 503)(scope, receive, send)
    else:
        await Worker.front(scope, receive, send)


@bentoml.service(
    name="lead_scoring",
    workers=int(os.environ.get(WORKERS) or 1),
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
        from serving.adapters.library import Library  # noqa: PLC0415
        from serving.ledger import open_ledger  # noqa: PLC0415

        configure_log("problems")
        take_over()
        settings = Settings.read()
        configure_log(settings.log)
        model, source = _model_of(settings)
        ledger = settings.ledger
        self.ledger = None if ledger is None else open_ledger(ledger, durability=settings.durability)
        self.front = create_app(
            model,
            now,
            self.ledger,
            keys_required=settings.keys_required,
            per_minute=settings.per_minute,
            workers=settings.workers,
            shared=None if settings.home is None else SharedTable(settings.home / "allowances"),
            source=source,
            library=Library(settings.mappings),
            user_header=settings.user_header,
            capacity=settings.capacity,
            segment_by=settings.segment_by,
            hosts=settings.hosts,
            papers_of=None if source is None else lambda version: _papers(settings.tracking_uri, version),
        )
        Worker.front, Worker.parents = self.front, Parents(settings.home)
        # Full collections over the objects of start-up are what makes a slow request slow.
        gc.collect()
        gc.freeze()

    @bentoml.on_shutdown
    def close(self) -> None:
        """Carry out what waits to be written."""
        if self.front.reloader is not None:
            self.front.reloader.close()
        if self.ledger is not None:
            self.ledger.close()


def _papers(tracking_uri: str | None, version: str) -> Papers:
    from models.registry import Registry  # noqa: PLC0415
    from serving.pages.papers import read_papers  # noqa: PLC0415

    return read_papers(Registry(tracking_uri), version)


def _model_of(settings: Settings) -> tuple[LeadModel, Source | None]:
    """Return the model to answer with, and where another may come from: nowhere for a packed one."""
    from models.lead_model import LeadModel  # noqa: PLC0415

    folder = settings.model_dir
    if folder is None and settings.model_version is None and PACKED.is_dir():
        folder = PACKED
    if folder is not None:
        version = folder / "version.txt"
        return LeadModel.load(folder, version=version.read_text().strip() if version.is_file() else "packed"), None
    from models.registry import CHAMPION, Registry  # noqa: PLC0415
    from serving.scoring.board import Board  # noqa: PLC0415
    from serving.scoring.reload import Source  # noqa: PLC0415
    from serving.scoring.trial import try_out  # noqa: PLC0415

    uri = settings.tracking_uri
    home = settings.home
    if home is None and settings.workers == 1:
        home = Path(mkdtemp(prefix="leadquality-"))
    board = None if home is None else Board(home / "model")
    # A version rather than the alias, and the one that is settled among the workers: a worker that is restarted
    # answers as its siblings do.
    settled = "" if board is None else board.wish().settled
    model = Registry(uri).load(settled or settings.model_version or CHAMPION)
    if board is None:
        return model, None
    return model, Source(
        board,
        resolve=lambda: str(Registry(uri).resolve(CHAMPION).version),
        load=lambda version: Registry(uri).load(version),
        try_out=lambda version: try_out(uri, version),
        settle=gc.freeze,
    )


LeadScoring.add_asgi_middleware(FastLane)  # type: ignore[attr-defined]
