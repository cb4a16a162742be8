"""The verdict on a rule in words, and the words' rules."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from training.comparison import Estimate
    from training.rules.rates import Rates

Code = Literal["agrees", "more", "less", "no_evidence", "wrong_way", "repeats", "untestable"]

WORDS: dict[Code, str] = {
    "agrees": "worth about what you gave",
    "more": "worth more",
    "less": "worth less",
    "no_evidence": "no evidence",
    "wrong_way": "points the wrong way",
    "repeats": "repeats",
    "untestable": "cannot be tested",
}


@dataclass(frozen=True)
class RuleVerdict:
    """What the data say of one rule.

    ``given`` are its agreed points, for one event where it ``each`` counts. ``leads`` meet it at some look.
    ``worth`` and ``model_worth`` are points by all rules together and by the model; None where there is neither.
    ``repeats`` names the rule that it repeats. ``sentence`` says the verdict with its figures.
    """

    rule: str
    axis: str
    given: int
    each: bool
    leads: int
    rates: Rates
    worth: Estimate | None
    model_worth: Estimate | None
    code: Code
    repeats: str | None
    sentence: str

    @property
    def words(self) -> str:
        """The verdict in the words that tables have."""
        return f"repeats {self.repeats}" if self.code == "repeats" else WORDS[self.code]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: what does not exist is None."""
        return finite({**asdict(self), "words": self.words})


def code_of(given: float, worth: Estimate) -> Code:
    """Return what an interval of a rule's worth says of its agreed points.

    - It holds not 0 and lies on the other side of it: points the wrong way.
    - It holds not 0, and it holds the agreed points: worth about what you gave.
    - It holds neither: worth more or less, by size.
    - It holds 0: no evidence that the rule is worth anything, whether or not it also holds the agreed points.

    >>> from training.comparison import Estimate
    >>> code_of(20, Estimate(12, 8, 16)), code_of(20, Estimate(2, -3, 7)), code_of(-10, Estimate(-25, -35, -15))
    ('less', 'no_evidence', 'more')
    """
    if given == 0 and worth.low <= 0 <= worth.high:
        return "agrees"
    if worth.low <= 0 <= worth.high:
        return "no_evidence"
    if given * worth.value < 0:
        return "wrong_way"
    if worth.low <= given <= worth.high:
        return "agrees"
    return "more" if abs(worth.value) > abs(given) else "less"


def sentence_of(code: Code, given: int, worth: Estimate, *, each: bool) -> str:
    """Return the verdict with its figures in one sentence, rounded to whole points."""
    span = f"{whole(worth.value)} point{'' if abs(round(worth.value)) == 1 else 's'}{' each time' if each else ''}"
    reach = span_of(worth)
    if code == "no_evidence":
        if not np.isfinite(worth.low) and not np.isfinite(worth.high):
            return (
                f"Too few leads to tell: any number of points is possible, 0 as well as the agreed {whole(given)}."
            )
        if not worth.low <= given <= worth.high:
            return f"No evidence that it is worth anything: {span} ({reach}), and not the agreed {whole(given)}."
        return f"Too few leads to tell: {span} ({reach}), which holds 0 as well as the agreed {whole(given)}."
    if code == "wrong_way":
        return f"Points the wrong way: worth {span} ({reach}), agreed {whole(given)}."
    if code == "agrees":
        return f"Worth about what you gave: {span} ({reach}), agreed {whole(given)}."
    return f"Worth {code} than you gave: {span} ({reach}), agreed {whole(given)}."


def whole(points: float) -> str:
    """Return points as people write them, rounded to whole ones.

    >>> whole(-4.6), whole(0.2), whole(float("inf"))
    ('−5', '0', 'any number')
    """
    if not np.isfinite(points):
        return "any number"
    return f"{round(points):d}".replace("-", "−")


def span_of(worth: Estimate) -> str:
    """Return an interval of points as people write it; an end that does not exist is left out.

    >>> from training.comparison import Estimate
    >>> inf = float("inf")
    >>> span_of(Estimate(5, 2, 9)), span_of(Estimate(5, 2, inf)), span_of(Estimate(5, -inf, inf))
    ('2 to 9', '2 or more', 'any number')
    """
    low, high = np.isfinite(worth.low), np.isfinite(worth.high)
    if low and high:
        return f"{whole(worth.low)} to {whole(worth.high)}"
    if not low and not high:
        return "any number"
    return f"{whole(worth.low)} or more" if low else f"{whole(worth.high)} or less"


def finite(content: Any) -> Any:  # noqa: ANN401 - any plain value
    """Return plain values with None for every number that is not finite, as JSON needs."""
    if isinstance(content, dict):
        return {key: finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [finite(value) for value in content]
    if isinstance(content, float | np.floating):
        return float(content) if np.isfinite(content) else None
    return int(content) if isinstance(content, np.integer) else content
