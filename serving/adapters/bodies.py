"""Bodies as callers send them: JSON whatever its type is said to be, or a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from serving.front.body import parse_json, read_raw
from serving.front.errors import RequestError

if TYPE_CHECKING:
    from serving.front.call import Call

#: Largest body in bytes: a contact with 500 properties and their histories, or 200 whole records.
LARGEST_RECORD = 4_000_000
#: Most fields of a form.
_MOST_FIELDS = 2_000
_FORM = "application/x-www-form-urlencoded"
#: Said by callers whose admin chose nothing else; what matters is that it is JSON.
_JSON = ("", "application/json", "text/json", "text/plain", "application/octet-stream")


async def read_record(call: Call) -> Any:  # noqa: ANN401 - any JSON
    """Return the decoded body of a request: JSON, or a form as an object of texts.

    Raises
    ------
    RequestError
        The body is of another type, is empty, too large, too slow, not what its type says, or names a key twice.

    """
    given = call.header(b"content-type")
    kind = given.partition(";")[0].strip().lower()
    if kind == _FORM:
        return _parse_form(await read_raw(call, LARGEST_RECORD))
    if kind not in _JSON and not (kind.startswith("application/") and kind.endswith("+json")):
        hint = f"send JSON as application/json, or a form as {_FORM}"
        raise RequestError("Content-Type", f"expected JSON or a form, got {given[:80]!r}", hint=hint)
    return parse_json(await read_raw(call, LARGEST_RECORD))


def _parse_form(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise RequestError("body", f"is no form: {str(error)[:80]}", hint="percent-encode it as UTF-8") from None
    if not pairs:
        raise RequestError("body", "is empty; expected the fields of a form")
    form: dict[str, str] = {}
    for name, value in pairs:
        if name in form:
            raise RequestError(name, "is given twice")
        form[name] = value
    return form
