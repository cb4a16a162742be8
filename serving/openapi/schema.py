"""The few words of JSON Schema that the others are written in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Schema = dict[str, Any]

MOMENT = "ISO 8601; without an offset it is UTC; not in the future"


def field(kind: str | list[str], description: str, **more: Any) -> Schema:  # noqa: ANN401 - JSON Schema
    """Return the schema of a value."""
    return {"type": kind, "description": description, **more}


def closed(properties: dict[str, Schema], required: Iterable[str] | None = None) -> Schema:
    """Return the schema of an object with no other keys; all are required unless named."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def list_of(items: Schema, description: str, **more: Any) -> Schema:  # noqa: ANN401 - JSON Schema
    """Return the schema of a list."""
    return field("array", description, items=items, **more)


def one_or_many(name: str, one: str, most: int) -> Schema:
    """Return the schema of a body that holds one item, or a list of them under ``name``."""
    many = {"type": "array", "items": ref(one), "minItems": 1, "maxItems": most}
    return {"anyOf": [ref(one), closed({name: many})]}


def ref(name: str) -> Schema:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def moment(description: str = MOMENT, *, null: bool = False) -> Schema:
    """Return the schema of a moment in a request; a bare date and a time without offset are read too."""
    return field(["string", "null"] if null else "string", description, format="date-time")


def said(description: str, *, null: bool = False) -> Schema:
    """Return the schema of a moment in an answer."""
    return field(["string", "null"] if null else "string", description, format="date-time")
