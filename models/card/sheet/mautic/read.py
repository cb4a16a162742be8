"""Mautic's point actions, as its API lists them under /api/points, into a card or into everything in the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from features.errors import DataError
from models.card.sheet.faults import Fault, Note, Place, UnreadableError
from models.card.sheet.mautic.action import group_of, is_on, read_action
from models.card.sheet.mautic.mapping import Mapping, read_mapping
from models.card.sheet.reading import Found, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping
    from pathlib import Path

WANTED = "Mautic's point actions: the JSON answer of /api/points?limit=1000"
_LARGEST = 64_000_000


def read_mautic(
    path: Path,
    *,
    given: AnyMapping[str, Any] | None = None,
    mapping: Mapping | None = None,
    group: str | None = None,
) -> Reading:
    """Read the actions that are published into rules of engagement.

    ``given`` are the card's settings by name, which Mautic has none of; ``group`` is the point group to read, else
    the actions that are in none, since only those make a contact's own points.

    Raises
    ------
    DataError
        The file is missing, is no JSON, or holds no point actions; or the list breaks off.

    """
    reading = Reading(str(path))
    actions = _actions(_load(path), path, reading)
    mapping = mapping or read_mapping()
    others: dict[str, int] = {}
    for number, action in enumerate(actions, start=1):
        place, seen = _place(action, number), _seen(action)
        if not isinstance(action, dict):
            reading.unread.append(Fault(place, seen, "a point action as an object"))
        elif group_of(action) != group:
            others[group_of(action) or "no group"] = others.get(group_of(action) or "no group", 0) + 1
        elif not is_on(action):
            reading.notes.append(Note(place, f"is not published, so it gives no points, and was left out: {seen}"))
        else:
            _read_one(action, place, mapping, reading)
    for name, count in others.items():
        reading.notes.append(
            Note(
                Place(), f"{count} actions of {name!r} count towards other points and were left out; --group NAME"
            )
        )
    reading.settings |= dict(given or {})
    return reading


def _read_one(action: dict[str, Any], place: Place, mapping: Mapping, reading: Reading) -> None:
    notes: list[str] = []
    try:
        rule = read_action(action, mapping, notes)
    except UnreadableError as error:
        reading.unread.append(Fault(place, _seen(action), str(error), _seen(action)))
        return
    for name in ("publishUp", "publishDown"):
        if action.get(name):
            notes.append(f"{name} {action[name]} is not part of a card")
    reading.notes += [Note(place, text) for text in notes]
    reading.found.append(Found("engagement", rule, place, _seen(action)))


def _load(path: Path) -> Any:  # noqa: ANN401 - any JSON
    try:
        if path.is_dir():
            raise DataError(f"{path}: is a folder; expected {WANTED}")
        if path.stat().st_size > _LARGEST:
            raise DataError(f"{path}: has {path.stat().st_size / 1e6:,.0f} MB; expected {WANTED}")
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise DataError.missing_file(path, wanted=WANTED) from None
    except OSError as error:
        raise DataError.unreadable(path, error.strerror or str(error)) from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: is not JSON; expected {WANTED}", hint=f"it says: {str(error)[:120]}") from error


def _actions(content: Any, path: Path, reading: Reading) -> list[Any]:  # noqa: ANN401 - any JSON
    """Return the actions of an answer: one, a list, or an object by id.

    Raises
    ------
    DataError
        There are none, or the answer holds fewer than it says there are.

    """
    if isinstance(content, dict) and "errors" in content:
        raise DataError(f"{path}: is an error of Mautic's, not its points: {str(content['errors'])[:200]}")
    if isinstance(content, dict) and "triggers" in content and "points" not in content:
        raise DataError(
            f"{path}: holds point triggers, which act on points but give none; expected {WANTED}",
            hint="the points from which a trigger acts may be what --qualified should say",
        )
    found = content
    if isinstance(content, dict):
        found = [content["point"]] if "point" in content else content.get("points")
    actions = list(found.values()) if isinstance(found, dict) else found
    if not isinstance(actions, list):
        raise DataError(f"{path}: holds no point actions; expected {WANTED}")
    total = content.get("total") if isinstance(content, dict) else None
    if str(total or "").isdigit() and int(str(total)) > len(actions):
        raise DataError(
            f"{path}: holds {len(actions)} of {total} point actions; the rest is on further pages",
            hint="ask for all at once: /api/points?limit=1000",
        )
    if not actions:
        reading.other_faults.append(Fault(Place(), "no point action", "at least one"))
    return actions


def _place(action: Any, number: int) -> Place:  # noqa: ANN401 - any JSON
    told = action.get("id", number) if isinstance(action, dict) else number
    return Place(thing=f"point action {told}")


def _seen(action: Any) -> str:  # noqa: ANN401 - any JSON
    if not isinstance(action, dict):
        return json.dumps(action)[:100]
    said = [
        f"{name}: {json.dumps(action[name], ensure_ascii=False)}"
        for name in ("name", "type", "delta")
        if name in action
    ]
    limits = action.get("properties")
    return ", ".join([*said, *([f"properties: {json.dumps(limits, ensure_ascii=False)}"] if limits else [])])[:400]
