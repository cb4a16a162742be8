"""Values of the mapping language: durations, moments, encodings, and a block that refuses unknown keys."""

from __future__ import annotations

import codecs
import time
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from features.errors import ConfigError
from features.facts.clock import parse_duration, parse_moment

#: Stands for every column that the mapping names nowhere else, and among formats for every column of times.
EVERY = "*"


def _duration(value: str) -> str:
    try:
        parse_duration(value, where="here")
    except ConfigError as error:
        raise ValueError(str(error).removeprefix("here: ")) from error
    return value


def _moment(value: str) -> str:
    try:
        parse_moment(value)
    except ValueError as error:
        message = f"{value!r} is not a date or time; expected 2026-03-01 or 2026-03-01T12:00:00Z"
        raise ValueError(message) from error
    return value


def _encoding(value: str) -> str:
    try:
        codecs.lookup(value)
    except LookupError as error:
        message = f"{value!r} is no known encoding; expected utf-8, latin-1, cp1252, utf-16 or another of Python's"
        raise ValueError(message) from error
    return value


def _delimiter(value: str) -> str:
    value = {"tab": "\t", "\\t": "\t"}.get(value, value)
    if len(value) != 1 or value in '"\r\n':
        message = f"{value!r} is not one character; expected , or ; or | or tab"
        raise ValueError(message)
    return value


def _date_format(value: str) -> str:
    try:
        whole = "%d" in value and time.strptime(time.strftime(value), value)
    except ValueError:
        whole = False
    if not whole or not any(each in value for each in ("%Y", "%y")):
        message = f"{value!r} is no format of a date; expected one such as %d/%m/%Y or %m/%d/%y %H:%M"
        raise ValueError(message)
    return value


def _for_every_time(value: Any) -> Any:  # noqa: ANN401 - pydantic checks it next
    return {EVERY: value} if isinstance(value, str) else value


def _one_or_more(value: Any) -> Any:  # noqa: ANN401 - pydantic checks it next
    return [value] if isinstance(value, str | int | float) else value


def _named(value: Any) -> Any:  # noqa: ANN401 - pydantic checks it next
    """Let a list of columns, or one, stand for columns that keep their names."""
    if isinstance(value, str):
        return {value: None}
    if isinstance(value, list):
        return dict.fromkeys(value)
    return value


Duration = Annotated[str, AfterValidator(_duration)]
Moment = Annotated[str, AfterValidator(_moment)]
Encoding = Annotated[str, AfterValidator(_encoding)]
DateFormats = Annotated[dict[str, Annotated[str, AfterValidator(_date_format)]], BeforeValidator(_for_every_time)]
Delimiter = Annotated[str, AfterValidator(_delimiter)]
ColumnsByName = BeforeValidator(_named)
Texts = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]

#: Stands for a row's own number wherever a column is named.
ROW_NUMBER = "row_number"


class Block(BaseModel):
    """A block of the mapping: keys that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    def need_one_of(self, *keys: str) -> None:
        """Refuse a block that gives none or several of ``keys``."""
        given = [key for key in keys if getattr(self, key) is not None]
        if len(given) != 1:
            seen = f"{' and '.join(given)} are given" if given else "none of them is given"
            message = f"exactly one of {', '.join(keys)} is needed; {seen}"
            raise ValueError(message)

    def need_with(self, key: str, *needed: str) -> None:
        """Refuse a block that gives ``key`` without ``needed``, which it makes no sense without."""
        lacking = [name for name in needed if getattr(self, name) is None]
        if getattr(self, key) is not None and lacking:
            message = f"{key} needs {' and '.join(lacking)} beside it"
            raise ValueError(message)
