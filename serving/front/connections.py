"""Connections as uvicorn keeps them, with an end to those that dawdle.

uvicorn waits for ever for the rest of a request's head, and takes a head of any length: whoever opens connections
and sends a byte now and then, or a head without end, would have them all.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.front.body import LARGEST_BODY
from serving.front.errors import error_response

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Seconds that a request's head may take, from the first byte or the connection's beginning.
HEAD_WAIT = 10.0
#: Seconds that a whole request may take, up to its answer's last byte: our own limits are far below.
REQUEST_WAIT = 30.0
#: What a handler that takes longer on purpose puts its seconds under, in the request's ``state``.
MAY_TAKE = "may_take"
#: Seconds that a connection may wait for its next request. Proxies in front keep theirs open for up to 60.
KEEP_ALIVE = 75
#: Bytes in which a head must have come to its end; what comes along with it may be a whole body.
LARGEST_HEAD = LARGEST_BODY + 65_536
#: Seconds between two looks at all connections.
LOOK = 2.0


class Connection(HttpToolsProtocol):
    """One connection; says in our own shape what is no HTTP."""

    opened: ClassVar[Iterable[Any]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*args, **kwargs)
        self.timeout_keep_alive = KEEP_ALIVE
        self._head = 0
        self._answered: object = None
        Connection.opened = self.connections

    def data_received(self, data: bytes) -> None:
        """Take what arrived, unless it is a head that does not end."""
        cycle = self.cycle
        if cycle is not self._answered:
            self._answered, self._head = cycle, 0
        if cycle is None or cycle.response_complete:
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                self._refuse(b"431 Request Header Fields Too Large", "the request's head is too large")
                return
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words are its own
        """Answer what cannot be read as HTTP."""
        self._refuse(b"400 Bad Request", "this is not HTTP as it should be")

    def _refuse(self, status: bytes, message: str) -> None:
        body = error_response(uuid4().hex, 400, message).body
        head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(head % (status, len(body)) + bytes(body))
        self.transport.close()


class Sweeper:
    """Closes connections whose request takes too long to come, or its answer to go.

    It looks at all of them now and then, so that a request costs nothing.
    """

    def __init__(self) -> None:
        self._since: dict[Any, tuple[object, float]] = {}

    async def watch(self) -> None:
        """Sweep until cancelled."""
        while True:
            self.sweep(Connection.opened)
            await asyncio.sleep(LOOK)

    def sweep(self, connections: Iterable[Any]) -> int:
        """Close what has taken too long; return how many."""
        now, since, late = monotonic(), {}, []
        for connection in list(connections):
            cycle = connection.cycle
            if cycle is None or cycle.response_complete:
                if connection.timeout_keep_alive_task is not None:
                    # Between two requests: uvicorn itself ends that.
                    continue
                # The same cycle stands for the head that follows it, so it is told apart.
                stage, wait = (id(cycle), "head"), HEAD_WAIT
            else:
                stage, wait = (id(cycle), "request"), cycle.scope.get("state", {}).get(MAY_TAKE, REQUEST_WAIT)
            before = self._since.get(connection)
            since[connection] = before if before is not None and before[0] == stage else (stage, now)
            if now - since[connection][1] > wait:
                late.append(connection)
        self._since = since
        for connection in late:
            del since[connection]
            # What waits to be sent goes nowhere, or it would have gone.
            connection.transport.abort()
        return len(late)
