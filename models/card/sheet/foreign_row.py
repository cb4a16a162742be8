"""One row of a team's sheet into one rule."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from features.yaml_files import reword
from models.card.rule import Rule
from models.card.sheet.behaviour_words import nearest_event
from models.card.sheet.condition import EXPECTED, Condition, read_condition
from models.card.sheet.faults import UnreadableError
from models.card.sheet.modifiers import UNIT, Said, duration
from models.card.sheet.numbers import read_number
from models.card.sheet.phrases import key, plain
from models.card.sheet.points_cell import EXPECTED as POINTS_EXPECTED
from models.card.sheet.points_cell import read_points

if TYPE_CHECKING:
    from models.card.sheet.cells import Line
    from models.card.sheet.headings import Headings
    from models.card.sheet.phrases import Phrases

_YES = {"yes", "y", "true", "1", "x", "active", "live", "on", "enabled", "ja", "aktiv", ""}
_NO = {"no", "n", "false", "0", "inactive", "off", "disabled", "retired", "deprecated", "nein", "inaktiv"}
_NOTHING = {"", "-", "–", "—", "n/a", "na", "none", "keine"}
_LONGEST_NAME = 80
_DURATION = re.compile(rf"(?:(?:in |within )?(?:the )?(?:last|past) )?(\d+)\s*{UNIT}", re.IGNORECASE)


class RowError(UnreadableError):
    """A cell is to blame: ``column`` says under which heading. ``more`` is a further fault of the same row."""

    def __init__(self, column: str, expected: str, more: RowError | None = None) -> None:
        self.column = column
        self.more = more
        super().__init__(expected)


@dataclass(frozen=True)
class Row:
    """What a row gives: its axis and rule, or no rule, and notes."""

    axis: str
    rule: Rule | None
    notes: list[str] = field(default_factory=list)


def read_row(line: Line, headings: Headings, phrases: Phrases, decimal: str | None, above: tuple[str, str]) -> Row:
    """Read one row; ``above`` are the category and the section that it stands under, the nearer first.

    Raises
    ------
    UnreadableError
        It cannot be read; a :class:`RowError` where one cell is to blame.

    """
    cells = {name: line.text(position) for name, position in headings.columns.items()}
    active = plain(cells.get("active", ""))
    if active in _NO:
        return Row("", None, [f"is not in use, and was left out: {' | '.join(line.filled.values())}"])
    if active not in _YES:
        raise RowError("active", "yes or no")
    try:
        points, beside = _points(line, headings, decimal)
    except RowError as error:
        error.more = _fault_of_condition(cells, phrases, decimal)
        raise
    condition, column = _condition(cells, phrases, decimal)
    notes = list(condition.notes) + beside.notes
    keys = dict(condition.keys)
    behaves = "attribute" not in keys
    try:
        keys |= _beside(cells, keys, beside, notes)
        keys |= _cap(cells, (condition.said, beside), points, keys, decimal, notes)
    except RowError:
        raise
    except UnreadableError as error:
        raise RowError(column, str(error)) from error
    if not behaves and (beside.each or beside.within):
        raise RowError("points", "points alone; an attribute gives its points once")
    axis, said = _axis(above, phrases, keys)
    notes += said
    try:
        rule = Rule.model_validate({"name": _name(cells, phrases), "points": points, **keys})
    except ValidationError as error:
        raise UnreadableError(reword(error, Rule)) from error
    if _is_negative(above) and points > 0:
        raise RowError("points", f"points below 0 under {next(filter(None, above))!r}, as in -{points}")
    return Row(axis, rule, notes)


def _points(line: Line, headings: Headings, decimal: str | None) -> tuple[int, Said]:
    position = headings.columns["points"]
    cell = line.cells[position] if position < len(line.cells) else None
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        raise RowError("points", f"{POINTS_EXPECTED}; the spreadsheet program has made a date of what was typed")
    try:
        return read_points(line.text(position), decimal)
    except UnreadableError as error:
        raise RowError("points", str(error)) from error


def _condition(cells: dict[str, str], phrases: Phrases, decimal: str | None) -> tuple[Condition, str]:
    """Return the condition, from the columns that say it, and the column to blame for what may follow."""
    tries = [(text, column) for text, column in _wordings(cells) if text]
    if not tries:
        raise RowError("condition" if "condition" in cells else "rule", EXPECTED)
    faults = []
    for text, column in tries:
        try:
            return read_condition(text, phrases, decimal), column
        except UnreadableError as error:
            faults.append((text, column, str(error)))
    # What speaks of the matter is worth more than that nothing was understood.
    text, column, expected = next((fault for fault in faults if not fault[2].startswith(EXPECTED)), faults[0])
    near = nearest_event(text, phrases) if expected.startswith(EXPECTED) else None
    raise RowError(column, expected + (f" (near to it is {near!r})" if near else ""))


def _fault_of_condition(cells: dict[str, str], phrases: Phrases, decimal: str | None) -> RowError | None:
    try:
        _condition(cells, phrases, decimal)
    except RowError as error:
        return error
    return None


def _wordings(cells: dict[str, str]) -> list[tuple[str, str]]:
    """Return the ways in which a row's columns may make a sentence, the most explicit first."""
    rule, condition = cells.get("rule", ""), cells.get("condition", "")
    subject, operator, value = (cells.get(name, "") for name in ("subject", "operator", "value"))
    value = "" if value.lower() in _NOTHING else value
    ways: list[tuple[str, str]] = []
    if subject:
        said = _operator(operator)
        ways += [(f"{subject} {said} {value}".strip(), "value" if value else "subject")] if operator else []
        ways += (
            [(f"{subject}: {value}", "value"), (f"{subject} {value}", "value")] if value and not operator else []
        )
        ways += [(f"{subject} {condition}".strip(), "subject")] if not operator and not value else []
    if condition.lower() not in _NOTHING:
        ways.append((condition, "condition"))
        if rule:
            ways += [
                (f"{rule}: {condition}", "condition"),
                (f"{rule} {condition}", "condition"),
                (f"{rule}, {condition}", "condition"),
            ]
    elif rule and value and not subject:
        ways += [
            (f"{rule} {_operator(operator)} {value}" if operator else f"{rule}: {value}", "value"),
            (f"{rule} {value}", "value"),
        ]
    elif rule and not subject:
        ways.append((rule, "rule"))
    return ways


_OPERATORS = {
    **dict.fromkeys(("equals", "is", "equal", "eq", "==", "gleich"), "="),
    **dict.fromkeys(("in", "is in"), "is one of"),
    **dict.fromkeys(("is between", "zwischen"), "between"),
    **dict.fromkeys(("greater than", "is greater than"), ">"),
    **dict.fromkeys(("less than", "is less than"), "<"),
    "greater or equal": ">=",
    "less or equal": "<=",
}


def _operator(text: str) -> str:
    return _OPERATORS.get(text.lower().strip(), text)


def _beside(cells: dict[str, str], keys: dict[str, Any], beside: Said, notes: list[str]) -> dict[str, Any]:
    """Return what the columns for the window and the half-life, and the cell of points, add."""
    added: dict[str, Any] = {}
    for column, name in (("within", "within"), ("half_life", "half_life")):
        text = cells.get(column, "")
        if text.lower() in _NOTHING or text.lower() in {"ever", "all time", "all", "any time"}:
            continue
        match = _DURATION.fullmatch(text) or re.fullmatch(r"(\d+)()", text)
        if match is None or "attribute" in keys:
            wanted = (
                "nothing, since an attribute has no window"
                if "attribute" in keys
                else "a number of days, as in 90 days"
            )
            raise RowError(column, wanted)
        said = Said()
        value = duration(match[1], match[2] or "days", said)
        notes += said.notes
        if keys.get(name, value) != value:
            raise RowError(column, f"the same as the condition says, {keys[name]}")
        added[name] = value
    if beside.within is not None:
        added["within"] = beside.within
    if beside.each and "half_life" not in added and "half_life" not in keys:
        added["each"] = True
    return added


def _cap(
    cells: dict[str, str],
    said: tuple[Said | None, Said],
    points: int,
    keys: dict[str, Any],
    decimal: str | None,
    notes: list[str],
) -> dict[str, Any]:
    """Return the cap, from its column or from words, with each where only the cap says that events repeat."""
    caps = _caps(cells.get("cap", ""), said, points, decimal)
    if not caps:
        return {}
    blamed = "cap" if cells.get("cap", "").lower() not in _NOTHING else "condition"
    if len(caps) > 1:
        raise RowError(blamed, f"one maximum, not {' and '.join(map(str, sorted(caps)))}")
    cap = caps.pop()
    if cap < abs(points):
        raise RowError(blamed, f"a maximum of at least the points themselves, {abs(points)}")
    if cap == abs(points):
        keys.pop("each", None)
        return {}
    if "attribute" in keys:
        raise RowError(
            blamed,
            f"no maximum, or {abs(points)}: an attribute gives points once; an axis has a row 'fit cap'",
        )
    if any(name in keys for name in ("at_least", "distinct_days", "days_since")):
        raise RowError(blamed, "no maximum beside points that are given once")
    if not keys.get("each") and "half_life" not in keys:
        notes.append(f"with a maximum of {cap} above its points, each such event is read as giving them")
    return {"cap": cap if points > 0 else -cap, **({} if "half_life" in keys else {"each": True})}


def _caps(text: str, said: tuple[Said | None, Said], points: int, decimal: str | None) -> set[int]:
    """Return every maximum that a row names, in points without their sign."""
    spoken = [one for one in said if one is not None]
    caps = {abs(one.cap) for one in spoken if one.cap is not None}
    caps |= {one.cap_times * abs(points) for one in spoken if one.cap_times is not None}
    if text.lower() in _NOTHING:
        return caps
    try:
        number = read_number(re.sub(r"\s*(?:points?|pts?\.?|punkte?)$", "", text, flags=re.IGNORECASE), decimal)
    except UnreadableError as error:
        raise RowError("cap", f"whole points, as in 20; {error}") from error
    if not number.is_integer():
        raise RowError("cap", "whole points, as in 20")
    return caps | {abs(int(number))}


def _axis(above: tuple[str, str], phrases: Phrases, keys: dict[str, Any]) -> tuple[str, list[str]]:
    for text in above:
        named = phrases.axes.get(plain(text)) if text else None
        if named is not None:
            return named, []
    axis = "engagement" if "event" in keys else "fit"
    return axis, [f"no axis is named, so it is put under {axis}"] if not any(above) else []


def _is_negative(above: tuple[str, str]) -> bool:
    return any(re.match(r"(?:negative|minus|deduction|disqualif|abzug)", text, re.IGNORECASE) for text in above)


def _name(cells: dict[str, str], phrases: Phrases) -> str:
    rule, said = cells.get("rule", ""), cells.get("condition", "")
    parts = [cells.get(name, "") for name in ("subject", "operator", "value")]
    text = rule or said or " ".join(part for part in parts if part)
    # Several rows may be on one attribute, which is then no name for any of them.
    if key(rule) in phrases.attributes:
        value = said or cells.get("value", "")
        text = f"{rule}: {value}" if value else rule
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1].rstrip() + "…"
