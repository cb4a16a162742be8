"""Keys of one rule that do not go together, or lack something."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from features.errors import did_you_mean
from features.texts import READERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.card.rule import RuleFields

#: What a rule may be about; exactly one is given.
SUBJECTS = ("attribute", "event", "account")
#: The conditions that each subject may have.
TESTS = {
    "attribute": ("equals", "in", "contains", "between", "missing"),
    "event": ("at_least", "each", "days_since", "distinct_days", "half_life"),
    "account": ("at_least", "each", "days_since"),
}
#: What else may stand with each subject.
MORE = {
    "attribute": ("entity", "read"),
    "event": ("who", "within", "cap"),
    "account": ("within", "cap"),
}


class Contradiction(NamedTuple):
    """The key that is at fault, what is wrong in words, and whether something is lacking rather than too much."""

    key: str
    what: str
    lacking: bool = False


def contradictions(rule: RuleFields) -> Iterator[Contradiction]:
    """Yield everything that keeps the keys of one rule from being one condition."""
    about = [subject for subject in SUBJECTS if subject in rule.given]
    if len(about) != 1:
        seen = " and ".join(about) or "none of them"
        yield Contradiction(
            about[-1] if about else "name",
            f"give one of attribute, event and account; it has {seen}",
            lacking=not about,
        )
    else:
        yield from _about(rule, about[0])
    yield from _counts(rule)
    yield from _reading(rule)


def _about(rule: RuleFields, subject: str) -> Iterator[Contradiction]:
    tests = [test for test in TESTS[subject] if test in rule.given]
    belong = (*TESTS[subject], *MORE[subject])
    strange = sorted(rule.given - {subject, *belong})
    if strange:
        message = f"{', '.join(strange)} cannot stand with {subject}, which takes {', '.join(belong)}"
        yield Contradiction(strange[0], message)
    if len(tests) > 1:
        least = "" if subject == "attribute" else "at most "
        message = f"give {least}one of {', '.join(TESTS[subject])}; it has {', '.join(tests)}"
        yield Contradiction(tests[1], message)
    if subject == "attribute" and not tests:
        yield Contradiction(subject, f"give one of {', '.join(TESTS[subject])}", lacking=True)


def _counts(rule: RuleFields) -> Iterator[Contradiction]:
    if rule.cap is not None and not rule.repeats:
        yield Contradiction("cap", "a cap needs each: true or half_life, or points are given once", lacking=True)
    if rule.cap is not None and rule.cap * rule.points < 0:
        yield Contradiction("cap", f"the cap {rule.cap} has not the sign of the points {rule.points}")
    if rule.cap == 0:
        yield Contradiction("cap", "a cap of 0 leaves no points; leave out the rule, or the cap")
    if rule.half_life == "all":
        yield Contradiction("half_life", "points that never halve need no half_life; write each: true")
    if rule.within is not None and (rule.half_life is not None or rule.days_since is not None):
        other = "half_life" if rule.half_life is not None else "days_since"
        yield Contradiction("within", f"within and {other} exclude one another")
    if rule.missing and rule.read is not None:
        yield Contradiction("read", "nothing is read where a value is missing; leave out read")


def _reading(rule: RuleFields) -> Iterator[Contradiction]:
    if rule.read is None:
        return
    reader = READERS[rule.read]
    if reader.kind == "number":
        if rule.between is None and not rule.missing:
            message = f"read: {rule.read} gives a number; test it with between"
            yield Contradiction("read", message, lacking=True)
        return
    if rule.equals is None and rule.one_of is None and not rule.missing:
        message = f"read: {rule.read} gives a word; test it with equals or in"
        yield Contradiction("read", message, lacking=True)
        return
    for text in rule.texts:
        if text not in reader.levels:
            message = f"read: {rule.read} never gives {text!r}; {did_you_mean(text, reader.levels)}"
            yield Contradiction("equals" if rule.equals is not None else "in", message)
