"""A value beside those of the reference leads, in words: "; 9 of 10 leads have none"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from models.reasons.messages import Catalogue
    from models.typical import TypicalValue

#: How values of a feature are compared: as amounts of something that many have none of, by how long ago, by age,
#: as numbers, or as values that are alike or not.
Manner: TypeAlias = Literal["amount", "ago", "age", "number", "alike"]

#: "More than" and "longer ago" are said where at least so many leads stand on the other side.
MOST_SAY = 0.5


def compare(words: Catalogue, manner: Manner, typical: TypicalValue | None, value: float) -> str:  # noqa: PLR0911
    """Return the comparison with its semicolon, empty where there is nothing worth saying."""
    if typical is None or not (typical.marks or typical.missing):
        return ""
    place = typical.place(value)
    if value != value:  # noqa: PLR0124 - not a number is not itself
        if manner == "ago":
            return _said(words, "have_one", 1 - place.missing)
        return _said(words, "known", 1 - place.missing)
    match manner:
        case "alike":
            return _said(words, "alike", place.at)
        case "ago":
            later = place.above + place.missing
            return _said(words, "later", later) if later >= MOST_SAY else _said(words, "sooner", place.below)
        case "age":
            older = place.above >= MOST_SAY
            return _said(words, "older", place.above) if older else _said(words, "newer", place.below)
        case "amount":
            return _amount(words, typical, value)
        case "number":
            return _exceeded(words, "higher", "lower", place.below, place.above)


def _amount(words: Catalogue, typical: TypicalValue, value: float) -> str:
    none = typical.place(0.0)
    if value == 0:
        return _said(words, "some", none.above)
    if none.at >= MOST_SAY:
        return _said(words, "none", none.at)
    place = typical.place(value)
    return _exceeded(words, "more", "fewer", place.below, place.above)


def _said(words: Catalogue, which: str, share: float) -> str:
    said, verb = words.share_words(share)
    template = words.comparisons[which]
    return (template if isinstance(template, str) else template[verb]).format(share=said)


def _exceeded(words: Catalogue, above: str, below: str, less: float, more: float) -> str:
    """Say it where most stand on one side; a value in the middle is left without a comparison."""
    if less >= MOST_SAY:
        return str(words.comparisons[above]).format(exceeded=words.exceeded_words(less))
    if more >= MOST_SAY:
        return str(words.comparisons[below]).format(exceeded=words.exceeded_words(more))
    return ""
