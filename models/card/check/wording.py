"""What pydantic finds, in our words and at the path where a person must look."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from features.errors import did_you_mean, nearest
from models.card.check.fault import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidationError

    from models.card.check.fault import Path

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "date_type": "a date, as 2025-03-03",
    "date_parsing": "a date, as 2025-03-03",
    "date_from_datetime_parsing": "a date, as 2025-03-03",
    "date_from_datetime_inexact": "a date, as 2025-03-03",
    "string_unicode": "text",
}
#: What the texts that must follow a pattern look like.
_PATTERNS = {
    "name": "small letters, digits and underscores, a letter first, as b2b_2025",
    "replaces": "the label of a card, as b2b_2024@1a2b3c4d",
    "digest": "the 64 hex digits that leadquality card sign writes",
}
_SHOWN = 40


def reworded(error: Mapping[str, Any], model: type[BaseModel], at: Path = (), called: str = "") -> Finding:
    """Return one of pydantic's errors as a finding.

    ``at`` is the path of what was checked against ``model``, and ``called`` what people call it: "rule 'Webinar'".
    """
    loc = tuple(part for part in error["loc"] if part != "[key]")
    kind, path = error["type"], (*at, *loc)
    inner, before = (loc, f"{called}: ") if called else (path, "")
    key = f"{before}{_key(inner)}" if inner else called or "the card"
    if kind == "extra_forbidden":
        known = _keys_at(model, loc[:-1])
        inside = f" in {_key(inner[:-1])}" if len(inner) > 1 else ""
        return Finding(
            path, f"{before}{loc[-1]!r} is no key{inside}", did_you_mean(str(loc[-1]), known), on_key=True
        )
    if kind == "missing":
        return Finding(path, f"{key} is missing", _example(model, loc))
    if kind == "value_error":
        said = error["msg"].removeprefix("Value error, ")
        return Finding(path, f"{key}: {said}")
    return Finding(path, f"{key}: {_expectation(error, str(loc[-1]) if loc else '')}")


def without_echoes(error: ValidationError) -> list[Mapping[str, Any]]:
    """Return pydantic's errors, but no missing key that an unknown one beside it is a slip of the pen for."""
    faults = error.errors(include_url=False)
    unknown = [fault["loc"] for fault in faults if fault["type"] == "extra_forbidden"]
    return [
        fault
        for fault in faults
        if fault["type"] != "missing"
        or not any(
            loc[:-1] == fault["loc"][:-1] and nearest(str(loc[-1]), [str(fault["loc"][-1])], 0.7)
            for loc in unknown
        )
    ]


def _expectation(error: Mapping[str, Any], key: str) -> str:
    kind, given, limits = error["type"], error["input"], error.get("ctx", {})
    seen = f"seen {_seen(given)}"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, {seen}"
    if kind in {"too_short", "string_too_short"}:
        return "is empty"
    if kind == "string_too_long":
        return f"expected at most {limits.get('max_length')} characters, seen {len(given)}"
    said = str(error["msg"])
    wanted = {
        "string_pattern_mismatch": f"expected {_PATTERNS.get(key, 'another form')}",
        "literal_error": f"expected {limits.get('expected')}",
        "greater_than_equal": f"expected at least {limits.get('ge')}",
        "less_than_equal": f"expected at most {limits.get('le')}",
    }
    return f"{wanted.get(kind, said[:1].lower() + said[1:])}, {seen}"


def _seen(given: object) -> str:
    if given is None:
        return "nothing"
    if isinstance(given, dict):
        return "keys with values"
    if isinstance(given, list | tuple):
        return "a list"
    text = repr(given)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _key(path: Path) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).lstrip(".") or "the card"


def _example(model: type[BaseModel], loc: Path) -> str | None:
    """Return what the key is for, from the model itself."""
    owner = _model_at(model, loc[:-1])
    for name, field in owner.model_fields.items():
        if (field.alias or name) == loc[-1] and field.description:
            return field.description[0].lower() + field.description[1:].rstrip(".")
    return None


def _keys_at(model: type[BaseModel], loc: Path) -> list[str]:
    return [field.alias or name for name, field in _model_at(model, loc).model_fields.items()]


def _model_at(model: type[BaseModel], loc: Path) -> type[BaseModel]:
    """Return the model of the block that ``loc`` leads to."""
    for part in loc:
        field = model.model_fields.get(str(part))
        if field is not None:
            model = _inner(field.annotation) or model
    return model


def _inner(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    return next((found for one in get_args(annotation) if (found := _inner(one)) is not None), None)
