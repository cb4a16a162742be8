"""Another version becomes the one that answers, in every worker or in none, between two requests.

Each worker loads the version in a thread and tries it on an example; only once all of them could, they put it in
its place. What cannot be loaded or tried changes nothing.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.errors import LeadQualityError
from serving.front.log import say
from serving.scoring.board import Board, Progress, ReloadRefusedError, Wish
from serving.scoring.champion import Champion

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.lead_model import LeadModel
    from serving.scoring.desk import Desk

#: Seconds between a worker's looks at the board, and between those of whoever asked.
LOOK = 0.1
#: Seconds that all workers together may take to make a version ready.
PATIENCE = 120.0
#: Seconds that they may take to see how it ended.
_SEEING = 10.0


def change_model(
    board: Board,
    resolve: Callable[[], str],
    try_out: Callable[[str], None] = lambda _: None,
    *,
    patience: float = PATIENCE,
) -> Wish:
    """Have every worker answer with the version that ``resolve`` names; waits until all of them do.

    ``try_out`` looks at a version before any worker does, and raises where it will not do.

    Raises
    ------
    ReloadRefusedError
        The version cannot be had, a worker could not make it ready, or another reload is under way; or it answers,
        and not in every worker yet.

    """
    with board.asking():
        try:
            version = resolve()
            if any(worker.version != version for worker in board.workers()):
                try_out(version)
            wish = board.propose(version)
        except LeadQualityError as error:
            _await_all(board, board.refuse(error.message), "idle")
            raise ReloadRefusedError(f"the model that answers stays: {error.message}", hint=error.hint) from None
        reason = _await_ready(board, wish, time.monotonic() + patience)
        if reason:
            _await_all(board, board.refuse(reason, wish), "idle")
            raise ReloadRefusedError(f"the model that answers stays: {reason}", hint="promote another version")
        wish = board.go(wish)
        if behind := _await_all(board, wish, "done"):
            message = (
                f"version {wish.version} answers, but not in every worker yet: {behind} did not follow in time"
            )
            hint = "such a worker ends itself and is started anew; if this is said again, restart the service"
            raise ReloadRefusedError(message, hint=hint)
        return wish


def _await_ready(board: Board, wish: Wish, deadline: float) -> str:
    """Return why a worker will not have the version; empty text once all of them are ready."""
    while time.monotonic() < deadline:
        workers = board.workers()
        at_it = [worker for worker in workers if worker.number == wish.number]
        for worker in at_it:
            if worker.state == "failed":
                return worker.reason
        if at_it and len(at_it) == len(workers) and all(worker.state == "ready" for worker in at_it):
            return ""
        time.sleep(LOOK)
    return f"version {wish.version} was not ready in every worker in time"


def _await_all(board: Board, wish: Wish, state: str) -> int:
    """Wait until every worker has seen how it ended, so that whoever asked finds them all of one mind.

    Returns how many have not in time. One that was started meanwhile and is about it counts among them.
    """
    deadline = time.monotonic() + _SEEING
    while True:
        behind = sum(worker.number < wish.number or worker.state != state for worker in board.workers())
        if behind == 0 or time.monotonic() >= deadline:
            return behind
        time.sleep(LOOK / 2)


def end_worker() -> None:
    """End this process as when it is told to: what is being answered is answered, what waits is written."""
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass(frozen=True)
class Source:
    """Where other versions come from: ``resolve`` names the champion's version now, ``load`` loads one.

    ``try_out`` looks at a version before a worker does, ``settle`` is called once another one answers, ``end``
    ends a worker that cannot follow the others.
    """

    board: Board
    resolve: Callable[[], str]
    load: Callable[[str], LeadModel]
    try_out: Callable[[str], None] = lambda _: None
    settle: Callable[[], object] = lambda: None
    end: Callable[[], object] = end_worker


class Reloader:
    """One worker's part: follows the board, and changes the desk's champion.

    ``failed`` says why the last reload changed nothing, empty text if it did, or there was none.
    """

    def __init__(self, desk: Desk, source: Source) -> None:
        self.desk = desk
        self.board = source.board
        self.failed = ""
        self._source = source
        self._stamp = -1
        self._number = 0
        self._candidate: Champion | None = None
        self._tell("idle")

    async def watch(self) -> None:
        """Follow the board until cancelled."""
        while True:
            try:
                await self.look()
            except OSError as error:
                say(logging.ERROR, "the board of the workers cannot be read", error=type(error).__name__)
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """Do what the board wishes, if it changed."""
        stamp = self.board.stamp()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        wish = self.board.wish()
        if wish.phase == "no":
            self._stay(wish)
            return
        if wish.number != self._number:
            await self._prepare(wish)
        if wish.phase == "go":
            self._go(wish)

    async def _prepare(self, wish: Wish) -> None:
        self._number, self._candidate = wish.number, None
        try:
            self._candidate = await asyncio.to_thread(self._ready, wish.version)
        except LeadQualityError as error:
            self._tell("failed", error.message)
        except Exception as error:
            # Whatever a damaged file makes of a library; the worker goes on with the model that it has.
            say(logging.ERROR, "a model cannot be used", version=wish.version, error=type(error).__name__)
            self._tell("failed", f"version {wish.version} cannot be used: {type(error).__name__}")
        else:
            self._tell("ready")

    def _ready(self, version: str) -> Champion:
        """Return the version as it would answer; runs in a thread."""
        if version == self.desk.champion.model.version:
            return self.desk.champion
        champion = Champion.of(self._source.load(version), self.desk.clock())
        if not math.isfinite(champion.example_answer["probability"]):
            raise ReloadRefusedError(f"version {version} gives the example no probability")
        # What loading left behind goes now, rather than in the middle of a request.
        gc.collect()
        return champion

    def _go(self, wish: Wish) -> None:
        if self._candidate is None:
            # A worker that could not follow must not go on beside those that could. The supervisor starts another
            # in its place, which loads the version that is settled.
            say(logging.ERROR, "this worker could not follow the others, so it ends", version=wish.version)
            self._tell("failed", f"version {wish.version} answers elsewhere")
            self._source.end()
            return
        if self._candidate is not self.desk.champion:
            say(logging.WARNING, "another version answers", version=wish.version)
        self.desk.champion, self._candidate = self._candidate, None
        self.failed = ""
        self._source.settle()
        self._tell("done")

    def _stay(self, wish: Wish) -> None:
        self._number, self._candidate = wish.number, None
        if wish.reason:
            self.failed = wish.reason
            say(logging.ERROR, "the model that answers stays", why=wish.reason)
        self._tell("idle")

    def _tell(self, state: str, reason: str = "") -> None:
        version = self.desk.champion.model.version
        self.board.tell(Progress(os.getpid(), self._number, state, version, reason))  # type: ignore[arg-type]

    def close(self) -> None:
        """Strike this worker out."""
        self.board.leave(os.getpid())
