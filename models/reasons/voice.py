"""What one feature says of a value: made once a model, so that a sentence costs little when it is wanted."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from features.language import (
    AttributeChange,
    AttributeMatch,
    AttributeValue,
    Behaviour,
    ColleagueAttribute,
    FilledShare,
    LeadAge,
    Touch,
)
from features.language.behaviour import ALL_TIME, DECAY_REACH
from models.reasons.compare import Manner, compare
from models.reasons.numbers import plain_number, signed_points
from models.reasons.subject import subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from features.language import Feature
    from models.reasons.messages import Catalogue, Verb
    from models.typical import TypicalValue

#: Below so many days, time is told in hours.
_HOURS_SAID = 2.0
#: Stands for the value while a template waits for it, and the fields that are the value.
_VALUE = "\0"
_VALUE_FIELDS = ("n", "x", "ago", "percent", "text")
#: A feature that people do not read at a glance speaks for its group only where it weighs so much more.
PLAIN, ROUNDABOUT = 1.0, 0.5
_ROUNDABOUT = {"decayed", "decayed_sum", "trend", "burst", "sum", "share"}


class Voice:
    """A feature's sentences in one language.

    ``weight`` is how readily it speaks for its group; ``manner`` how its values are compared.
    """

    def __init__(self, feature: Feature, words: Catalogue, typical: TypicalValue | None = None) -> None:
        self.feature = feature
        self.words = words
        self.typical = typical
        self.kind = kind_of(feature)
        self.manner = _MANNERS.get(self.kind, "number")
        self.weight = ROUNDABOUT if self.kind in _ROUNDABOUT else PLAIN
        self._filled = _fill(words.sentences[self.kind], _fields(feature, words))
        self._shape = self._shaped()
        self._compared: dict[tuple[int, bool, bool], str] = {}
        self._endings: dict[int, str] = {}

    def says(self, value: float) -> str:
        """Return the value in words, without comparison."""
        form, said = self._form(value)
        before, after = self._filled[form]
        if after is None:
            return before
        if not before:
            said = said[:1].upper() + said[1:]
        return before + said + after

    def compares(self, value: float) -> str:
        """Return the comparison with the reference leads, empty without any."""
        if self.typical is None:
            return ""
        # All values between two marks stand alike among the leads, so each comparison is written once.
        marks = self.typical.marks
        place = bisect_left(marks, value) if value == value else -1  # noqa: PLR0124 - NaN is not itself
        key = (place, 0 <= place < len(marks) and marks[place] == value, value == 0)
        said = self._compared.get(key)
        if said is None:
            said = self._compared[key] = compare(self.words, self.manner, self.typical, value)
        return said

    def ending(self, whole: int) -> str:
        """Return " (+11 points)"."""
        said = self._endings.get(whole)
        if said is None:
            template = self.words.points["one" if whole in {1, -1} else "many"]
            said = self._endings[whole] = template.format(size=signed_points(whole, self.words.minus))
        return said

    def _form(self, value: float) -> tuple[str, str]:
        """Return which sentence a value wants, and what it puts there."""
        if value != value:  # noqa: PLR0124 - not a number is not itself
            return "missing", ""
        if value == 0 and "zero" in self._filled:
            return "zero", ""
        return self._shape(value)

    def _category(self, value: float) -> tuple[str, str]:
        text = self.feature.levels[int(value)]
        return "value", text.replace("_", " ") if self.kind == "touch" else text

    def _yes_or_no(self, value: float) -> tuple[str, str]:
        return ("yes" if value else "no"), ""

    def _counted(self, value: float) -> tuple[str, str]:
        size = plain_number(value, self.words.minus)
        return ("one" if size == "1" else "many"), size

    def _changed(self, value: float) -> tuple[str, str]:
        size = plain_number(abs(value))
        return f"{'more' if value > 0 else 'fewer'}.{'one' if size == '1' else 'many'}", size

    def _days(self, value: float) -> tuple[str, str]:
        return "value", _ago(value, self.words)

    def _percent(self, value: float) -> tuple[str, str]:
        return "value", plain_number(round(100 * value, 1), self.words.minus)

    def _number(self, value: float) -> tuple[str, str]:
        return "value", plain_number(value, self.words.minus) + _unit(self.feature, value, self.words)

    def _shaped(self) -> Callable[[float], tuple[str, str]]:
        """Return the method that puts this kind's values into words."""
        match self.kind:
            case "category" | "touch":
                return self._category
            case "says" | "whether_or_not":
                return self._yes_or_no
            case "trend":
                return self._changed
            case "since_last" | "since_first" | "age" | "days_since_change":
                return self._days
            case "share" | "filled" | "percent":
                return self._percent
            case _:
                return self._counted if "many" in self._filled else self._number


class PointsVoice(Voice):
    """What the agreed points say, where the trees began from them."""

    def __init__(self, words: Catalogue, typical: TypicalValue | None) -> None:
        self.words, self.typical = words, typical
        self.kind, self.manner, self.weight = "agreed_points", "number", PLAIN
        self._filled = _fill(words.sentences[self.kind], {})
        self._shape = self._agreed
        self._compared, self._endings = {}, {}

    def _agreed(self, value: float) -> tuple[str, str]:
        return "value", plain_number(round(value), self.words.minus)


_MANNERS: dict[str, Manner] = {
    **dict.fromkeys(("count", "active_days", "active_days_of_people", "campaigns", "people", "burst"), "amount"),
    **dict.fromkeys(("whether", "changes", "decayed"), "amount"),
    **dict.fromkeys(("since_last", "since_first", "days_since_change"), "ago"),
    **dict.fromkeys(("category", "touch", "says", "whether_or_not"), "alike"),
    "age": "age",
}


def kind_of(feature: Feature) -> str:  # noqa: C901, PLR0911 - one case a source
    """Return the key of a feature's sentences in the catalogue."""
    match feature.source:
        case Behaviour() as source:
            if source.measure == "people" and source.scope != "colleagues":
                return "whether"
            if source.measure == "active_days" and source.scope == "colleagues":
                return "active_days_of_people"
            return source.measure
        case Touch():
            return "touch"
        case LeadAge():
            return "age"
        case AttributeMatch():
            return "says" if " says " in feature.label else "whether_or_not"
        case AttributeChange() as source:
            return source.measure
        case FilledShare():
            return "filled"
        case ColleagueAttribute():
            return "colleagues_distinct"
        case AttributeValue() if feature.is_category:
            return "category"
        case _:
            if feature.unit == "yes or no":
                return "whether_or_not"
            return "percent" if feature.unit == "share" else "attribute"


def _fields(feature: Feature, words: Catalogue) -> dict[str, str]:
    """Return what a feature fills into its sentences whatever the value."""
    subject = subject_of(feature)
    found = {"subject": subject.words, "label": feature.label}
    source = feature.source
    if isinstance(source, AttributeMatch):
        found["subject"], _, found["what"] = feature.label.partition(" says ")
    if isinstance(source, Behaviour):
        one, many = words.noun(subject.words)
        found |= {"one": one, "many": many, "whose": words.whose[source.scope], "hours": _hours(subject.hours)}
        found["window"] = words.window_words(source.span, ALL_TIME)
        if source.span != ALL_TIME:
            found["half"] = words.span_words(source.span)
            found["reach"] = words.span_words(source.span * DECAY_REACH)
    return found


def _hours(name: str) -> str:
    return name.replace("_", " ")


def _fill(
    templates: Mapping[str, str | dict[Verb, str]], fields: Mapping[str, str]
) -> dict[str, tuple[str, str | None]]:
    """Fill in what does not depend on the value, and return what stands before and after it.

    What does not name the value has None after it. Nested forms are named "more.one"; a field that begins with a
    capital gives its text one.
    """
    flat: dict[str, str] = {}
    for form, template in templates.items():
        if isinstance(template, str):
            flat[form] = template
        else:
            flat |= {f"{form}.{verb}": text for verb, text in template.items()}
    known = dict.fromkeys(_VALUE_FIELDS, _VALUE)
    for name, text in fields.items():
        safe = text.replace(_VALUE, " ")
        known |= {name: safe, name.capitalize(): safe[:1].upper() + safe[1:]}
    found = {}
    for form, template in flat.items():
        before, waits, after = template.format(**known).partition(_VALUE)
        found[form] = (before, after if waits else None)
    return found


def _ago(days: float, words: Catalogue) -> str:
    """Return "5 hours ago" or "12 days ago", rounded.

    Below an hour it is not counted; from two days on, in days.
    """
    if days * 24 < 1:
        return words.ago["moment"]
    letter, form = ("h", "hours") if days < _HOURS_SAID else ("d", "days")
    count = round(days * 24 if letter == "h" else days)
    unit = words.units[letter]["one" if count == 1 else "many"]
    return words.ago[form].format(n=f"{count:,}", unit=unit)  # type: ignore[index]


def _unit(feature: Feature, value: float, words: Catalogue) -> str:
    unit = feature.unit
    if unit in words.unsaid or unit.startswith("times ") or unit.casefold() in feature.label.casefold():
        return ""
    if isinstance(feature.source, Behaviour):
        return ""
    one, many = words.noun(unit)
    return f" {one if abs(value) == 1 else many}"
