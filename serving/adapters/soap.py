"""Salesforce's outbound messages: SOAP in, and nothing but an acknowledgement out.

Read with expat's events, without a document type: what an attacker could make grow (entities) or fetch (external
ones) is refused where it begins, and depth and numbers of elements are bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from serving.adapters.bodies import LARGEST_RECORD
from serving.front.body import read_raw
from serving.front.errors import RequestError

if TYPE_CHECKING:
    from serving.front.call import Call

#: Salesforce puts at most 100 into one message.
MOST_NOTIFICATIONS = 100
_DEEPEST = 12
_MOST_ELEMENTS = 60_000
_TYPES = ("", "text/xml", "application/xml", "application/soap+xml")

_SOAP = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
_OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
_NIL = "http://www.w3.org/2001/XMLSchema-instance nil"

_ACK = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    f'<notificationsResponse xmlns="{_OUTBOUND}"><Ack>{{}}</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)


@dataclass(slots=True)
class Message:
    """An outbound message: who sends it, and its records with their fields as texts, None where empty."""

    organization_id: str = ""
    records: list[dict[str, Any]] = field(default_factory=list)


def acknowledge(kept: bool) -> bytes:
    """Return the answer: whether all is kept, or Salesforce is to send it again."""
    return _ACK.format("true" if kept else "false").encode()


async def read_message(call: Call) -> Message:
    """Return the outbound message of a request.

    Raises
    ------
    RequestError
        The body is no XML, holds a document type, is too large or deep, or is no outbound message.

    """
    given = call.header(b"content-type")
    if given.partition(";")[0].strip().lower() not in _TYPES:
        raise RequestError("Content-Type", f"expected text/xml, got {given[:80]!r}")
    return parse_message(await read_raw(call, LARGEST_RECORD))


def parse_message(raw: bytes) -> Message:
    """Decode an outbound message; see :func:`read_message` for what it raises."""
    if not raw.strip():
        raise RequestError("body", "is empty; expected an outbound message")
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        said = expat.ErrorString(error.code)
        raise RequestError("body", f"is not XML: {said} in line {error.lineno}") from None
    except (ValueError, LookupError):
        raise RequestError("body", "is in an encoding that is not read", hint="send UTF-8") from None
    return _message(reader.top)


def _refuse_doctype(*_: object) -> None:
    raise RequestError("body", "holds a document type or entities, which are not read")


@dataclass(slots=True)
class _Element:
    """An element with its namespace and name, its text, and what is inside it."""

    name: str
    nil: bool = False
    texts: list[str] = field(default_factory=list)
    inside: list[_Element] = field(default_factory=list)

    @property
    def local(self) -> str:
        return self.name.rpartition(" ")[2]

    @property
    def namespace(self) -> str:
        return self.name.rpartition(" ")[0]

    def only(self, local: str, namespaces: tuple[str, ...]) -> _Element:
        """Return the one element of this name inside; raises RequestError where there is none."""
        found = [each for each in self.inside if each.local == local and each.namespace in namespaces]
        if len(found) != 1:
            raise RequestError(local, f"expected one in {self.local}, found {len(found)}")
        return found[0]

    def value(self) -> Any:  # noqa: ANN401 - text, nothing, or an object of them
        """Return the element's text, None where it is empty, or its fields where it has elements."""
        if self.nil:
            return None
        return self.fields() if self.inside else "".join(self.texts)

    def fields(self) -> dict[str, Any]:
        """Return the elements inside by their names; raises RequestError where two have one name."""
        found: dict[str, Any] = {}
        for each in self.inside:
            if each.local in found:
                raise RequestError(each.local[:60], f"is given twice in {self.local[:60]}")
            found[each.local] = each.value()
        return found


class _Reader:
    """Builds elements from expat's events, within bounds."""

    def __init__(self) -> None:
        self.top = _Element("document")
        self._open = [self.top]
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._open) > _DEEPEST:
            raise RequestError("body", "is nested too deeply")
        if self._elements > _MOST_ELEMENTS:
            raise RequestError("body", f"has more than {_MOST_ELEMENTS:,} elements")
        element = _Element(name, attributes.get(_NIL, "").strip() in {"true", "1"})
        self._open[-1].inside.append(element)
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        self._open[-1].texts.append(data)


def _message(top: _Element) -> Message:
    envelope = top.only("Envelope", _SOAP)
    told = envelope.only("Body", _SOAP).only("notifications", (_OUTBOUND,))
    message = Message()
    for each in told.inside:
        if each.local == "OrganizationId":
            message.organization_id = "".join(each.texts).strip()
        elif each.local == "Notification":
            message.records.append(each.only("sObject", (_OUTBOUND,)).fields())
    if not 1 <= len(message.records) <= MOST_NOTIFICATIONS:
        raise RequestError(
            "Notification", f"expected 1 to {MOST_NOTIFICATIONS} of them, found {len(message.records):,}"
        )
    return message
