"""One of Mautic's point actions into one rule."""

from __future__ import annotations

import html
from typing import Any

from pydantic import ValidationError

from features.yaml_files import reword
from models.card.rule import Rule
from models.card.sheet.faults import UnreadableError
from models.card.sheet.mautic.mapping import LIMITS, URL_HIT, Mapping

#: What url.hit may ask for that no rule can say.
_UNSAID = ("returns_within", "returns_after", "accumulative_time")
_LONGEST_NAME = 80


def read_action(action: dict[str, Any], mapping: Mapping, notes: list[str]) -> Rule:
    """Return the rule of one action; what deserves a look is added to ``notes``.

    Mautic gives points for good, so a rule has no window; an action that is not repeatable gives them once.

    Raises
    ------
    UnreadableError
        The action cannot be a rule; the message says why and what to do.

    """
    kind = action.get("type")
    if not isinstance(kind, str) or not kind:
        raise UnreadableError("a type, as in form.submit")
    given = action.get("properties")
    properties: dict[str, Any] = given if isinstance(given, dict) else {}
    # PHP writes an empty list of properties as [].
    if given not in ([], None, "") and not isinstance(given, dict):
        raise UnreadableError("properties that are an object")
    repeats = _truth(action, "repeatable", notes)
    keys: dict[str, Any] = {"event": _events(kind, properties, mapping)}
    if kind == URL_HIT:
        keys |= _hits(properties, repeats=repeats)
    if repeats and "at_least" not in keys:
        keys["each"] = True
    try:
        return Rule.model_validate({"name": _name(action), "points": _points(action), **keys})
    except ValidationError as error:
        raise UnreadableError(reword(error, Rule)) from error


def is_on(action: dict[str, Any]) -> bool:
    """Tell whether Mautic gives the action's points: what is not published gives none."""
    return _is_true(action.get("isPublished", action.get("is_published", True)))


def group_of(action: dict[str, Any]) -> str | None:
    """Return the point group of an action by name or number; its points are not part of a contact's own."""
    group = action.get("group", action.get("group_id"))
    if isinstance(group, dict):
        group = group.get("name") or group.get("id")
    return None if _is_nothing(group) else str(group)


def _name(action: dict[str, Any]) -> str:
    name = " ".join(html.unescape(str(action.get("name") or "")).split())
    if not name:
        raise UnreadableError("a name")
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + "…"


def _points(action: dict[str, Any]) -> int:
    delta = action.get("delta")
    if isinstance(delta, str):
        delta = delta.strip()
    try:
        if isinstance(delta, bool) or delta is None or float(delta) != int(float(delta)):
            raise ValueError  # noqa: TRY301 - the same fault as a text that is no number
        return int(float(delta))
    except (ValueError, TypeError, OverflowError):
        expected = "a whole number of points under delta"
        raise UnreadableError(expected if delta is not None else f"{expected}; ask without minimal=true") from None


def _truth(action: dict[str, Any], key: str, notes: list[str]) -> bool:
    if key not in action:
        notes.append(f"{key} is not said, so the points are read as given once, as Mautic does")
    return _is_true(action.get(key))


def _is_true(value: object) -> bool:
    return str(value).lower() in {"true", "1"}


def _is_nothing(value: object) -> bool:
    return str(value).lower() in {"none", "", "0", "false"}


def _events(kind: str, properties: dict[str, Any], mapping: Mapping) -> str | list[str]:
    things = _things(kind, properties)
    kinds = mapping.kinds(kind, things)
    unknown = [thing for thing, found in zip(things or [""], kinds, strict=True) if found is None]
    if unknown and things:
        lines = ", ".join(f"{thing!r}: KIND" if kind == URL_HIT else f"{thing}: KIND" for thing in unknown)
        raise UnreadableError(
            f"a kind of events for each, in a file for --mapping: objects: {{{kind}: {{{lines}}}}}"
        )
    if unknown:
        raise UnreadableError(f"a type that the mapping knows; in a file for --mapping: types: {{{kind}: KIND}}")
    named = list(dict.fromkeys(str(one) for one in kinds))
    return named[0] if len(named) == 1 else named


def _things(kind: str, properties: dict[str, Any]) -> list[str]:
    if kind == URL_HIT:
        address = html.unescape(str(properties.get("page_url") or "")).strip()
        if not address:
            raise UnreadableError("an address under page_url")
        return [address]
    things = properties.get(LIMITS.get(kind, ""), [])
    if isinstance(things, dict):
        things = list(things.values())
    if not isinstance(things, list):
        raise UnreadableError(f"a list under {LIMITS[kind]}")
    return [str(thing) for thing in things]


def _hits(properties: dict[str, Any], *, repeats: bool) -> dict[str, Any]:
    """Return what url.hit asks for beside the address.

    Raises
    ------
    UnreadableError
        It asks for what a rule cannot say.

    """
    asked = [name for name in _UNSAID if not _is_nothing(properties.get(name))]
    if asked:
        raise UnreadableError(
            f"no {', '.join(asked)}: a rule knows how often and how recent, not how long or when again"
        )
    hits = properties.get("page_hits")
    try:
        least = 0 if _is_nothing(hits) else int(str(hits))
    except (ValueError, TypeError):
        raise UnreadableError("a whole number under page_hits") from None
    first = _is_true(properties.get("first_time"))
    if first and least > 1:
        raise UnreadableError("first_time or page_hits, not both: together they never hold")
    if least > 1 and repeats:
        raise UnreadableError(
            f"points once from {least} hits on, or for each hit; this gives them for each after {least}"
        )
    if least > 1:
        return {"at_least": least}
    return {"at_least": 1} if first and repeats else {}
