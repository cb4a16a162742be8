"""What each activity type is: the types file says which id has which name, and the name says what it means.

Ids vary from subscription to subscription, so nothing is known of an id that the file does not name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.errors import DataError, did_you_mean
from features.importers.sql import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TYPES_FILE = "activity_types.json"
_HINT = f"save the answer of /rest/v1/activities/types.json as {TYPES_FILE} in the folder of the export"

NEW_LEAD, CHANGE_VALUE, CHANGE_SCORE, MERGE, DELETE = "new_lead", "change_value", "change_score", "merge", "delete"
CONVERT, ADD_TO_OPPORTUNITY, STAGE = "convert", "add_to_opportunity", "stage"

#: Types that are no behaviour, by their name in snake_case, and what the import makes of them.
_ROLES = {
    **dict.fromkeys(("new_lead", "new_person"), NEW_LEAD),
    "change_data_value": CHANGE_VALUE,
    "change_score": CHANGE_SCORE,
    **dict.fromkeys(("merge_leads", "merge_people"), MERGE),
    **dict.fromkeys(("delete_lead", "delete_person"), DELETE),
    **dict.fromkeys(("convert_lead", "convert_person"), CONVERT),
    "add_to_opportunity": ADD_TO_OPPORTUNITY,
    **dict.fromkeys(("update_opportunity", "remove_from_opportunity"), STAGE),
    **dict.fromkeys(("change_revenue_stage", "change_revenue_stage_manually"), STAGE),
}

#: Why each of these gives no event.
NO_EVENT = {
    NEW_LEAD: "the lead's creation, which the lead files tell",
    CHANGE_VALUE: "read as versions of attributes",
    CHANGE_SCORE: "a score, not a fact",
    MERGE: "read as merges",
    DELETE: "read as deletions",
    CONVERT: "tells the outcome",
    ADD_TO_OPPORTUNITY: "tells the outcome",
    STAGE: "tells the outcome",
}

#: Deleted by the vendor after 90 days (Activities data retention policy); most others go after 25 months.
SHORT_KEPT = frozenset(
    (
        *("visit_webpage", "click_link", "click_link_on_webpage", "change_data_value", "change_score"),
        *("send_email", "email_delivered", "delivered_email"),
    )
)

# The first of these words that a name holds, tells its channel.
_CHANNELS = (
    ("sales", "sales"),
    ("form", "form"),
    ("email", "email"),
    ("webinar", "webinar"),
    ("webpage", "web"),
    ("link", "web"),
    ("web", "web"),
    ("sms", "sms"),
    ("trade_show", "event"),
    ("program", "program"),
    ("progression", "program"),
    ("campaign", "campaign"),
)
_NUMBERS = frozenset(("integer", "int", "float", "double", "number", "percent", "currency"))
_FIRST_CUSTOM = 100_000


@dataclass(frozen=True)
class ActivityType:
    """One type. ``kind`` is its name in snake_case, ``role`` what it is other than behaviour (None: behaviour).

    ``value`` is the attribute that becomes the event's value: a custom type's only number.
    """

    number: int
    name: str
    kind: str
    role: str | None
    channel: str | None
    value: str | None


def read_types(folder: Path) -> dict[int, ActivityType]:
    """Return the types by id.

    Raises
    ------
    DataError
        The file is missing, is no JSON, or does not have the shape of the vendor's answer.

    """
    path = folder / TYPES_FILE
    if not path.is_file():
        raise DataError.missing_file(path, wanted="the names of the activity types, by id", hint=_HINT)
    try:
        answer = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        raise DataError.unreadable(path, str(error), hint=_HINT) from error
    listed = answer.get("result") if isinstance(answer, dict) else answer
    if isinstance(answer, dict) and answer.get("errors"):
        raise DataError(f"{path}: is an answer that reports an error: {answer['errors']}", hint=_HINT)
    if not isinstance(listed, list) or not listed:
        raise DataError(f'{path}: holds no list of types; expected {{"result": [{{"id": 1, ...}}]}}', hint=_HINT)
    found = [_type(each, path) for each in listed]
    types = {each.number: each for each in found}
    if len(types) < len(found):
        twice = next(each.number for each in found if types[each.number] != each)
        raise DataError(f"{path}: two types have the id {twice}", hint=_HINT)
    return types


def _type(entry: Any, path: Path) -> ActivityType:  # noqa: ANN401 - whatever the file holds
    number, name = (entry.get("id"), entry.get("name")) if isinstance(entry, dict) else (None, None)
    if not isinstance(number, int) or not isinstance(name, str) or not snake_case(name):
        seen = json.dumps(entry)[:80]
        raise DataError(f"{path}: a type without id and name: {seen}", hint=_HINT)
    kind = snake_case(name)
    channel = next((channel for word, channel in _CHANNELS if word in kind), None)
    role = _ROLES.get(kind)
    value = _value_of(entry.get("attributes")) if number >= _FIRST_CUSTOM and role is None else None
    return ActivityType(number, name, kind, role, channel, value)


def _value_of(attributes: Any) -> str | None:  # noqa: ANN401 - whatever the file holds
    listed = attributes if isinstance(attributes, list) else []
    numbers = [each.get("name") for each in listed if isinstance(each, dict) and each.get("dataType") in _NUMBERS]
    # A name goes into a JSON path, where a quote would end it.
    usable = len(numbers) == 1 and isinstance(numbers[0], str) and '"' not in numbers[0]
    return numbers[0] if usable else None


def of_role(types: dict[int, ActivityType], *roles: str) -> list[int]:
    """Ids of the types that have one of the roles."""
    return sorted(number for number, each in types.items() if each.role in roles)


def by_name(types: dict[int, ActivityType], names: Iterable[str], path: Path, option: str) -> set[int]:
    """Ids of the types that the user names, by the name or the kind made of it.

    Raises DataError where no type is called so, or where the one that is gives no events.
    """
    known = {each.kind: each for each in types.values() if each.role is None}
    chosen = set()
    for name in names:
        kind = snake_case(name)
        if kind not in known:
            raise DataError(f"{option} {name}: {path} has no behaviour of that name; {did_you_mean(kind, known)}")
        chosen |= {each.number for each in known.values() if each.kind == kind}
    return chosen


def numbers_in(numbers: Iterable[int]) -> str:
    """Write ids for ``IN (...)``; a list of none matches nothing."""
    return ", ".join(str(number) for number in numbers) or "NULL"
