"""Rules as rows of our own sheet, whose columns never change, and rows as rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from features.yaml_files import reword
from models.card.rule import Rule
from models.card.sheet.faults import UnreadableError
from models.card.sheet.guard import guarded, one_text_cell, read_text, read_texts, text_cell, texts_cell
from models.card.words import condition_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The columns of our own sheet; ``note`` says the rule in words, for people, and is not read.
COLUMNS = ("axis", "rule", "about", "name", "read", "test", "value", "within", "who", "points", "cap", "note")

#: Fields of a rule by the word under ``test``; an empty test, or once, is one event of any number.
TESTS = {
    "equals": "equals",
    "in": "one_of",
    "contains": "contains",
    "between": "between",
    "missing": "missing",
    "at least": "at_least",
    "each": "each",
    "days since": "days_since",
    "distinct days": "distinct_days",
    "half-life": "half_life",
}
ONCE = "once"
_RANGES, _LISTS, _FLAGS, _COUNTS = (
    {"between", "days_since"},
    {"one_of", "contains"},
    {"missing", "each"},
    {
        "at_least",
        "distinct_days",
    },
)


def rule_cells(axis: str, rule: Rule) -> dict[str, str | int]:
    """Return one rule as the cells of its row, by column."""
    field = next((name for name in TESTS.values() if getattr(rule, name)), None)
    test = next((word for word, name in TESTS.items() if name == field), ONCE)
    named = rule.attribute or rule.account or rule.event
    who = "colleagues" if rule.who == "colleagues" else (rule.entity or "")
    return {
        "axis": axis,
        "rule": text_cell(rule.name),
        "about": rule.subject,
        "name": texts_cell(named) if isinstance(named, list) else one_text_cell(str(named)),
        "read": rule.read or "",
        "test": test,
        "value": "" if field is None else _value_cell(field, getattr(rule, field)),
        "within": "" if rule.within is None else text_cell(rule.within),
        "who": who,
        "points": rule.points,
        "cap": "" if rule.cap is None else rule.cap,
        "note": guarded(condition_words(rule)),
    }


def read_rule(cells: Mapping[str, str]) -> Rule:
    """Return the rule that a row of our own sheet holds; ``cells`` are its texts by column.

    Raises
    ------
    UnreadableError
        The row is none that :func:`rule_cells` writes. The error's ``column`` is ours where one cell is to blame.

    """
    about = cells["about"].lower()
    if about not in {"attribute", "event", "account"}:
        raise CellError("about", "attribute, event or account")
    given: dict[str, Any] = {"name": read_text(cells["rule"]), "points": _whole("points", cells["points"])}
    given[about] = _read_name(cells["name"]) or None
    test = cells["test"].lower()
    if test and test != ONCE:
        if test not in TESTS:
            raise CellError("test", f"one of {', '.join((*TESTS, ONCE))}")
        given[Rule.model_fields[TESTS[test]].alias or TESTS[test]] = _read_value(TESTS[test], cells["value"])
    elif cells["value"]:
        raise CellError("value", "nothing, since no test is named")
    given |= {
        "read": cells["read"] or None,
        "within": read_text(cells["within"]) or None,
        "cap": _whole("cap", cells["cap"]) if cells["cap"] else None,
        ("entity" if about == "attribute" else "who"): cells["who"].lower() or None,
    }
    try:
        return Rule.model_validate({key: value for key, value in given.items() if value is not None})
    except ValidationError as error:
        raise UnreadableError(reword(error, Rule)) from error


class CellError(UnreadableError):
    """One cell of a row is to blame: ``column`` is its name."""

    def __init__(self, column: str, expected: str) -> None:
        self.column = column
        super().__init__(expected)


def _read_name(cell: str) -> str | list[str]:
    texts = read_texts(cell)
    return texts[0] if len(texts) == 1 and not cell.endswith(";") else texts


def _value_cell(field: str, value: Any) -> str | int:  # noqa: ANN401 - a rule's fields have many types
    if field in _FLAGS:
        return ""
    if field in _LISTS:
        return texts_cell(value)
    if field in _RANGES:
        return guarded(range_words(*value))
    return value if field in _COUNTS else text_cell(value)


def _read_value(field: str, cell: str) -> Any:  # noqa: ANN401 - a rule's fields have many types
    if field in _FLAGS:
        if cell:
            raise CellError("value", "nothing, since the test says it all")
        return True
    if field in _LISTS:
        return read_texts(cell)
    if field in _RANGES:
        return _read_range(read_text(cell))
    return _whole("value", cell) if field in _COUNTS else read_text(cell)


def range_words(low: float | None, high: float | None) -> str:
    """Return a range as people write it.

    >>> range_words(200, 5000.0), range_words(None, 7), range_words(0.5, None)
    ('200 to 5000', 'up to 7', 'from 0.5')
    """
    if low is None or high is None:
        return f"up to {number_text(high)}" if low is None else f"from {number_text(low)}"
    return f"{number_text(low)} to {number_text(high)}"


def number_text(number: float | None) -> str:
    """Return the shortest text that reads back as the same number."""
    return repr(float(number or 0)).removesuffix(".0")


def _read_range(text: str) -> tuple[float | None, float | None]:
    forms: tuple[tuple[str, Callable[[str], list[str | None]]], ...] = (
        ("up to ", lambda rest: [None, rest]),
        ("from ", lambda rest: [rest, None]),
        ("", lambda rest: list(rest.split(" to ", 1))),
    )
    for beginning, ends in forms:
        if text.startswith(beginning):
            try:
                low, high = (None if end is None else float(end) for end in ends(text.removeprefix(beginning)))
            except ValueError:
                break
            return low, high
    raise CellError("value", "a range, as in 200 to 5000, from 200, or up to 5000")


def _whole(column: str, cell: str) -> int:
    try:
        return int(unsigned(cell))
    except ValueError:
        raise CellError(column, "a whole number, as in 20 or -10") from None


def unsigned(cell: str) -> str:
    """Return a number's text without the apostrophe and with the minus that programs may have put there."""
    return cell.removeprefix("'").replace("−", "-").removesuffix(".0")
