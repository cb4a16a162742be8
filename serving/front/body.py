"""A request's body as JSON, read strictly: what two readers could read differently is refused."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from serving.front.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator

    from serving.front.call import Call

#: Largest body in bytes: a lead with some ten thousand events.
LARGEST_BODY = 1_000_000
#: Beyond this, double precision has no numbers left.
LARGEST_NUMBER = 1.8e308
#: Seconds that a caller may take to send its body.
LONGEST_WAIT = 5.0
#: How many times the largest body is read before the connection is given up.
READ_ON = 10


async def read_json(call: Call) -> Any:  # noqa: ANN401 - any JSON
    """Return the decoded body of a request.

    Raises
    ------
    RequestError
        The body is not declared as JSON, is empty, too large, too slow, not JSON, or names a key twice.

    """
    _check_type(call)
    return parse_json(await read_raw(call))


async def read_raw(call: Call, largest: int = LARGEST_BODY) -> bytes:
    """Return a request's body as it is, of at most ``largest`` bytes.

    Raises
    ------
    RequestError
        The body is encoded, too large or too slow.

    """
    _check_headers(call, largest)
    reading = _read(call, largest)
    try:
        # Nearly always the body came with the head: then nothing waits, and no clock need be set (12 us).
        waits_for = reading.send(None)
    except StopIteration as done:
        whole: bytes = done.value
        return whole
    try:
        async with asyncio.timeout(LONGEST_WAIT):
            return await _Begun(reading, waits_for)
    except TimeoutError:
        raise RequestError("body", f"did not arrive within {LONGEST_WAIT:g} seconds", status=408) from None


class _Begun:
    """A coroutine that ran up to where it waits for something; awaited, it goes on from there."""

    def __init__(self, coroutine: Coroutine[Any, Any, bytes], waits_for: object) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, bytes]:
        waits_for = self._waits_for
        while True:
            try:
                sent = yield waits_for
            except BaseException as error:
                step = partial(self._coroutine.throw, error)
            else:
                step = partial(self._coroutine.send, sent)
            try:
                waits_for = step()
            except StopIteration as done:
                found: bytes = done.value
                return found


def _check_type(call: Call) -> None:
    given = call.header(b"content-type")
    kind = given.partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        shown = repr(given[:80]) if given else "no content type"
        hint = "send the header Content-Type: application/json"
        raise RequestError("Content-Type", f"expected application/json, got {shown}", hint=hint)


def _check_headers(call: Call, largest: int) -> None:
    encoding = call.header(b"content-encoding")
    if encoding not in {"", "identity"}:
        raise RequestError("Content-Encoding", f"{encoding[:40]!r} is not read", hint="send it plain")
    length = call.header(b"content-length")
    if length.isdigit() and int(length[:20]) > largest * READ_ON:
        raise _too_large(largest)


async def _read(call: Call, largest: int) -> bytes:
    # The header may be missing or lie, so what arrives is counted as well. Of a body that is too large the rest is
    # read and let go: a caller that still sends when the connection is closed never sees the answer.
    message = await call.receive()
    raw: bytes = message.get("body", b"")
    size = len(raw)
    while message["type"] == "http.request" and message.get("more_body", False) and size <= largest * READ_ON:
        message = await call.receive()
        size += len(message.get("body", b""))
        raw = raw + message.get("body", b"") if size <= largest else b""
    if message["type"] == "http.disconnect":
        raise RequestError("body", "the connection was closed before its end")
    if size > largest:
        raise _too_large(largest)
    return raw


def _too_large(largest: int) -> RequestError:
    return RequestError("body", f"is larger than {largest:,} bytes", status=413, hint="send fewer events")


def parse_json(raw: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Decode JSON, refusing NaN, Infinity, lone surrogates, and an object that names a key twice.

    >>> parse_json(b'{"value": 1.5}')
    {'value': 1.5}
    >>> parse_json(b'{"value": 1, "value": 2}')
    Traceback (most recent call last):
    ...
    serving.front.errors.RequestError: value: is named twice in one object
    """
    if not raw.strip():
        raise RequestError("body", "is empty; expected a JSON object", hint="GET /openapi.json has examples")
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        _name_bad_number(raw)
        raise RequestError("body", f"is not JSON: {error}") from None
    if _may_repeat_a_key(raw, content):
        _refuse_doubles(raw)
    return content


def _may_repeat_a_key(raw: bytes, content: Any) -> bool:  # noqa: ANN401 - any JSON
    """Tell whether a text may name a key twice, of which orjson keeps the last without a word.

    The decoded value, written out again, has as many quotes as the text unless a key was dropped with its two. A
    quote that is written as its number would be counted in the second alone. Whatever is not equal is looked at
    closely.
    """
    try:
        written = orjson.dumps(content)
    except orjson.JSONEncodeError:
        # It reads four times deeper than it writes.
        raise RequestError("body", "is nested too deeply") from None
    return raw.count(b'"') != written.count(b'"') or b"\\u0022" in raw


def _refuse_doubles(raw: bytes) -> None:
    try:
        json.loads(raw, object_pairs_hook=_refuse_repeats, parse_int=_skip, parse_float=_skip)
    except RecursionError:
        raise RequestError("body", "is nested too deeply") from None


def _name_bad_number(raw: bytes) -> None:
    """Raise an error that names the field where all that ails a body is a number that JSON cannot hold."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        return
    pending: list[tuple[str, Any]] = [("", content)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            pending += [(f"{path}.{key}".lstrip("."), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            pending += [(f"{path}[{i}]", inner) for i, inner in enumerate(value)]
        elif isinstance(value, int | float) and not abs(value) < LARGEST_NUMBER:
            raise RequestError(path or "body", "expected a finite number, got one that is not or is too large")


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for name, _ in pairs:
        if name in seen:
            raise RequestError(name, "is named twice in one object")
        seen.add(name)


def _skip(_: str) -> None:
    return None
