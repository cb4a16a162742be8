"""Figures for Prometheus, by our own paths only.

BentoML's built-in metrics label each path as it was asked for: anybody could grow them without end, and write
into them whatever a path may hold.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import Response

from models.reasons import LEFT_OUT

if TYPE_CHECKING:
    from serving.front.call import Call

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Requests answered and their duration, by the routes' own paths; what is no route counts as ``other``."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "leadquality_requests", "Requests answered", ["path", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "leadquality_request_seconds",
            "Time from a request's head to its answer's end",
            ["path"],
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.left_out = Counter(
            LEFT_OUT.name,
            "Reasons that failed their test and were not shown, by why",
            ["cause"],
            registry=self.registry,
        )
        LEFT_OUT.tell(lambda cause, count: self.left_out.labels(cause).inc(count))
        # Looking a child up by its labels costs more than counting.
        self._count = cache(lambda path, status: self.requests.labels(path, str(status)))
        self._time = cache(self.seconds.labels)

    def observe(self, path: str, status: int, seconds: float) -> None:
        """Count one answer of a route."""
        self._count(path, status).inc()
        self._time(path).observe(seconds)

    async def show(self, _: Call) -> Response:
        """``GET /metrics``: the sums over all workers."""
        registry = self.registry
        # BentoML sets it for its workers; each keeps its figures in a file there.
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
