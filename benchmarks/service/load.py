"""A load of kept connections, each asking again once it is answered."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class Load:
    """The answers of some seconds: each one's time in milliseconds, (answers,)."""

    seconds: float
    times: np.ndarray

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    def quantile(self, share: float) -> float:
        """Return the time that this share of the answers did not exceed, in milliseconds."""
        return float(np.quantile(self.times, share))


def post(body: bytes, path: str = "/v1/score") -> bytes:
    """Return a whole request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nContent-Type: application/json"
    )
    return head.encode() + b"\r\n\r\n" + body


def ask(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Ask over so many connections for so long, one request after the other. All but 200 ends the measurement."""
    return uvloop.run(_ask(port, cycle(requests), connections, seconds))


async def _ask(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Load:
    times: list[float] = []
    began = time.perf_counter()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (since := time.perf_counter()) < began + seconds:
            writer.write(next(requests))
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            body = await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
            if not head.startswith(b"http/1.1 200"):
                raise SystemExit(f"port {port} answered {head.decode()}{body.decode()[:500]}")
            times.append((time.perf_counter() - since) * 1000)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return Load(time.perf_counter() - began, np.array(times))


def joined(loads: list[Load]) -> Load:
    """Return several stretches as one."""
    return Load(sum(load.seconds for load in loads), np.concatenate([load.times for load in loads]))
