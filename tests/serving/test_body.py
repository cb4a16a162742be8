"""Bodies that come slowly, or never come to their end."""

from __future__ import annotations

import asyncio

import pytest

from serving.front import body
from serving.front.call import Call
from serving.front.callers import Caller
from serving.front.errors import RequestError

HEADERS = [(b"content-type", b"application/json")]


def call_of(receive):
    scope = {"type": "http", "method": "POST", "headers": HEADERS}
    return Call(scope, receive, "r1", Caller())


def read(receive):
    return asyncio.run(body.read_json(call_of(receive)))


def chunks(*messages):
    left = iter(messages)

    async def receive():
        message = next(left, None)
        return message or await asyncio.sleep(60)

    return receive


def chunk(content, *, more):
    return {"type": "http.request", "body": content, "more_body": more}


def test_body_in_pieces():
    assert read(chunks(chunk(b'{"a":', more=True), chunk(b"1}", more=False))) == {"a": 1}


def test_body_whose_pieces_are_waited_for():
    pieces = chunks(chunk(b'{"a":', more=True), chunk(b"[1,", more=True), chunk(b"2]}", more=False))

    async def receive():
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        return await pieces()

    assert read(receive) == {"a": [1, 2]}


def test_a_caller_that_goes_while_its_body_is_waited_for_is_let_go():
    async def scene():
        waiting = asyncio.create_task(body.read_json(call_of(chunks())))
        await asyncio.sleep(0.001)
        waiting.cancel()
        await waiting

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(scene())


def test_body_that_stalls(monkeypatch):
    monkeypatch.setattr(body, "LONGEST_WAIT", 0.01)
    with pytest.raises(RequestError, match="did not arrive") as caught:
        read(chunks(chunk(b'{"a":', more=True)))
    assert caught.value.status == 408


def test_body_that_breaks_off():
    with pytest.raises(RequestError, match="closed before its end"):
        read(chunks(chunk(b'{"a":', more=True), {"type": "http.disconnect"}))


def test_a_repeat_among_many_keys_is_named():
    raw = b"{" + b",".join(b'"k%d":1' % i for i in range(60_000)) + b',"k59999":1}'
    with pytest.raises(RequestError, match="k59999: is named twice"):
        body.parse_json(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"c": [{"b": "q", "b" :1}]}',
        # Quotes written as numbers stand in for those of the key that was dropped.
        b'{"a": 1, "a": 2, "b": "\\u0022\\u0022"}',
    ],
)
def test_a_key_that_is_named_twice_is_never_dropped(raw):
    with pytest.raises(RequestError, match="is named twice"):
        body.parse_json(raw)


@pytest.mark.parametrize(
    "raw", [b'{"a": "\\"", "b": "\\\\"}', b'{"a": "\\u0022:", "b": "\\":"}', b'{"a" : "x" , "b":["y" ]}']
)
def test_quotes_within_texts_are_no_keys(raw):
    assert set(body.parse_json(raw)) == {"a", "b"}
