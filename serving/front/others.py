"""What others log in a worker - uvicorn, BentoML, warnings, errors that nobody caught - in the log's own shape.

Until the worker answers nobody has sent anything, so their words are given whole: they say why it does not start.
From then on only who spoke, where, and the type of an error: their words may quote a request.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

from serving.front.log import JsonLines, say

if TYPE_CHECKING:
    from types import TracebackType

#: Seconds before the same line of somebody else's code is logged again: a caller must not fill the disk by it.
SELDOM = 60.0


class Others:
    """Whether the worker has answered yet."""

    answering = False


class OtherLines(JsonLines):
    """Writes a record of somebody else's as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        error = record.exc_info[1] if record.exc_info else None
        fields: dict[str, Any] = {"by": record.name, "where": f"{record.module}:{record.lineno}"}
        if (again := getattr(record, "left_out", 0)) > 0:
            fields["left_out"] = again
        # The pattern alone of what the server itself says: what is put into it comes from a request.
        what = record.msg if record.name.startswith("uvicorn") else "said by a library"
        if not Others.answering:
            what = record.getMessage()
        if error is not None:
            fields |= _told(error)
        ours = logging.LogRecord(record.name, record.levelno, "", 0, "%s", (what,), None)
        ours.created, ours.fields = record.created, fields
        return super().format(ours)


class Seldom(logging.Filter):
    """Lets a line of code speak once in a while, with how often it was not heard in between."""

    def __init__(self) -> None:
        super().__init__()
        self._spoke: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is to be logged."""
        place, now = (record.pathname, record.lineno), monotonic()
        since, left_out = self._spoke.get(place, (float("-inf"), 0))
        if Others.answering and now - since < SELDOM:
            self._spoke[place] = since, left_out + 1
            return False
        self._spoke[place] = now, 0
        record.left_out = left_out
        return True


def take_over() -> None:
    """Bring what this process logs from here on into one shape, on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OtherLines())
    handler.addFilter(Seldom())
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and name != "serving":
            logger.handlers, logger.propagate = [], True
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True
    sys.excepthook = _uncaught
    threading.excepthook = lambda found: _uncaught(found.exc_type, found.exc_value, found.exc_traceback)
    warnings.showwarning = _warned


def _uncaught(_: type[BaseException], error: BaseException | None, __: TracebackType | None) -> None:
    if error is not None and not isinstance(error, KeyboardInterrupt | SystemExit):
        say(logging.ERROR, "an error that nobody caught", **_told(error))


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001 - Python's own
    line: str | None = None,  # noqa: ARG001
) -> None:
    text = {} if Others.answering else {"why": str(message)}
    say(logging.WARNING, "warning", kind=category.__name__, where=f"{filename}:{lineno}", **text)


def _told(error: BaseException) -> dict[str, Any]:
    text = {} if Others.answering else {"why": str(error)}
    return {"error": type(error).__name__, **text, "frames": "".join(traceback.format_tb(error.__traceback__))}
