"""The service's log: one JSON object a line, of requests and of what went wrong.

A line says which route was asked, never what was sent: no path as it stood, no query, no body, no text of an
unforeseen error, since each may hold a person's data.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

LogWhat: TypeAlias = Literal["problems", "requests"]

log = logging.getLogger("serving")


class JsonLines(logging.Formatter):
    """Writes a record and its ``fields`` as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        content = {"time": at, "level": record.levelname.lower(), "what": record.getMessage()}
        return json.dumps(content | getattr(record, "fields", {}), default=str)


def configure_log(what: LogWhat) -> None:
    """Send this process's log to standard error: all requests, or only what is slow or went wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    log.handlers = [handler]
    log.setLevel(logging.INFO if what == "requests" else logging.WARNING)
    log.propagate = False


def say(level: int, what: str, **fields: Any) -> None:  # noqa: ANN401 - anything that JSON can say
    """Log a line with its fields."""
    if log.isEnabledFor(level):
        log.log(level, what, extra={"fields": fields})
