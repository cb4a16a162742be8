"""What libraries log is JSON too: whole while the worker starts, without a request's content from then on."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import warnings

import pytest

from serving.front import log, others
from serving.front.others import Others

PERSON = "jane.doe"


@pytest.fixture
def stream(monkeypatch):
    """Take over the log, and give all of it back at the end."""
    stream = io.StringIO()
    monkeypatch.setattr(others.sys, "stderr", stream)
    monkeypatch.setattr(Others, "answering", False)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    known = [logging.root, logging.getLogger("uvicorn"), logging.getLogger("uvicorn.error")]
    known += [logging.getLogger("uvicorn.access"), log.log]
    known += [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    before = [(one, one.handlers, one.level, one.propagate, one.disabled) for one in known]
    log.configure_log("problems")
    others.take_over()
    yield stream
    for one, handlers, level, propagate, disabled in before:
        one.handlers, one.level, one.propagate, one.disabled = handlers, level, propagate, disabled
        one.manager._clear_cache()


def read(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(text):
    raise ValueError(text)


def test_why_it_does_not_start_is_said_whole(stream):
    logging.getLogger("bentoml").error("no port %s\nto be had", 3000)
    try:
        fail("no champion")
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    first, second = read(stream)
    assert (first["level"], first["what"], first["by"]) == ("error", "no port 3000\nto be had", "bentoml")
    assert (second["error"], second["why"]) == ("ValueError", "no champion")
    assert "test_others.py" in second["frames"]


def test_nothing_of_a_request_once_it_answers(stream, monkeypatch):
    monkeypatch.setattr(Others, "answering", True)
    uvicorn = logging.getLogger("uvicorn.error")
    uvicorn.info("quiet")
    uvicorn.warning("refused %s", PERSON)
    logging.getLogger("asyncio").error(PERSON)
    for _ in range(2):
        try:
            fail(PERSON)
        except ValueError as error:
            uvicorn.error("Exception in ASGI application\n", exc_info=error)
            sys.excepthook(type(error), error, error.__traceback__)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = others._warned
        warnings.warn(PERSON, UserWarning, stacklevel=1)
    told = read(stream)
    assert [line["what"] for line in told[:2]] == ["refused %s", "said by a library"]
    assert told[2]["error"] == "ValueError"
    assert (told[-1]["kind"], "why" in told[-1]) == ("UserWarning", False)
    assert PERSON not in stream.getvalue()


def test_nobody_fills_a_disk_with_one_line(stream, monkeypatch):
    monkeypatch.setattr(Others, "answering", True)
    now = [0.0]
    monkeypatch.setattr(others, "monotonic", lambda: now[0])
    for second in range(121):
        now[0] = float(second)
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert [line.get("left_out") for line in read(stream)] == [None, 59, 59]
