"""Rules held against what data know: their attributes, event kinds and values."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from features.errors import did_you_mean, nearest
from features.language import AttributeMatch
from features.language.readers import read_number, read_text
from models.card.check.fault import Finding
from models.card.words import range_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from features.facts import Dataset
    from features.language import Profile
    from features.language.profile import KnownAttribute
    from models.card.check.draft import Draft, Placed
    from models.card.rule import RuleFields

_WORD = re.compile(r"[^\W_]+")
_LIST = "leadquality features DATASET --describe lists what they have"


def data_findings(draft: Draft, profile: Profile, dataset: Dataset | None) -> Iterator[Finding]:
    """Yield the rules that speak of what the data lack, and with a ``dataset`` those that no value meets."""
    texts: dict[tuple[str, str], list[str]] = {}
    speaking = 0
    for placed in draft.rules:
        if placed.rule.attribute is None:
            found = list(_kinds(placed, profile.kinds))
            speaking += placed.rule.account is not None or any(k in profile.kinds for k in placed.rule.kinds)
            yield from found
            continue
        owners = _owners(placed.rule, profile)
        speaking += bool(owners)
        yield from _attribute(placed, owners, profile)
        if len(owners) == 1 and dataset is not None:
            key = (owners[0].entity, owners[0].name)
            if key not in texts:
                texts[key] = _values(dataset, *key)
            yield from _never(placed, texts[key])
    if draft.rules and not speaking:
        yield Finding((), "the data have nothing that any rule speaks of", f"write a card for these data; {_LIST}")


def _owners(rule: RuleFields, profile: Profile) -> list[KnownAttribute]:
    return [
        known
        for known in profile.attributes
        if known.name == rule.attribute and rule.entity in {None, known.entity}
    ]


def _kinds(placed: Placed, known: Collection[str]) -> Iterator[Finding]:
    rule = placed.rule
    if rule.account is not None:
        return
    for number, kind in enumerate(rule.kinds):
        if kind in known:
            continue
        path = (*placed.path, "event", number) if isinstance(rule.event, list) else (*placed.path, "event")
        yield _unknown(path, rule, f"no event kind {kind!r}", kind, known)


def _unknown(
    path: tuple[str | int, ...], rule: RuleFields, lacking: str, name: str, known: Collection[str]
) -> Finding:
    """Report an error for what is nearly there, a slip of the pen, and else a warning that there are no points."""
    what = f"rule {rule.name!r}: the data have {lacking}"
    if nearest(name, known) is not None:
        return Finding(path, what, did_you_mean(name, known))
    return Finding(path, f"{what}, so it gives no points", did_you_mean(name, known), "warning")


def _attribute(placed: Placed, owners: Sequence[KnownAttribute], profile: Profile) -> Iterator[Finding]:
    rule, path = placed.rule, (*placed.path, "attribute")
    name = str(rule.attribute)
    if not owners:
        elsewhere = {known.entity for known in profile.attributes if known.name == name}
        if elsewhere:
            what = f"rule {rule.name!r}: the {rule.entity} has no attribute {name!r}; the {elsewhere.pop()} has"
            yield Finding(path, what, "change entity, or leave it out")
            return
        of = {known.name for known in profile.attributes}
        yield _unknown(path, rule, f"no attribute {name!r}", name, of)
    elif len(owners) > 1:
        what = f"rule {rule.name!r}: both lead and account have an attribute {name!r}"
        yield Finding(path, what, "say which: entity: lead, or entity: account")
    elif rule.between is not None and rule.read is None and owners[0].type != "number":
        what = f"rule {rule.name!r}: {name} is text in the data, and between reads numbers"
        yield Finding(path, what, "read: employees or read: revenue reads bands such as 11-50", "warning")


def _values(dataset: Dataset, entity: str, name: str) -> list[str]:
    found = dataset.rows(
        "SELECT DISTINCT value FROM attributes WHERE entity = ? AND name = ? AND value IS NOT NULL", [entity, name]
    )
    return [value for (value,) in found]


def _never(placed: Placed, values: list[str]) -> Iterator[Finding]:
    """Yield the texts, or the range, of a rule that no value ever met."""
    rule = placed.rule
    if rule.missing:
        return
    name = str(rule.attribute)
    if rule.between is not None:
        low, high = rule.between
        numbers = [read_number(rule.read, value) for value in values]
        if not any(
            (low is None or n >= low) and (high is None or n <= high) for n in numbers if not math.isnan(n)
        ):
            what = f"rule {rule.name!r}: no {name} in the data was ever {range_words(rule.between)}"
            yield Finding((*placed.path, "between"), what, _spread(numbers), "warning")
        return
    seen = {read_text(rule.read, value) for value in values} - {None} if rule.read is not None else set(values)
    yield from _unmet(placed, name, sorted(map(str, seen)))


def _unmet(placed: Placed, name: str, seen: list[str]) -> Iterator[Finding]:
    """Yield the texts of a rule that none of the ``seen`` values meets, where that is worth a reader's time.

    A slip of the pen always is. A list of words holds spares for titles yet to come, so that a word which no value
    had says nothing as long as others are met; a whole value that never was may have been renamed.
    """
    rule = placed.rule
    key = next(key for key in ("equals", "in", "contains") if key in rule.given)
    matches = {
        text: AttributeMatch(entity="lead", attribute=name, texts=(text,), whole=rule.contains is None)
        for text in rule.texts
    }
    unmet = [
        number for number, text in enumerate(rule.texts) if not any(matches[text].matches(value) for value in seen)
    ]
    known = seen if rule.contains is None else sorted({word for value in seen for word in _WORD.findall(value)})
    slips = [number for number in unmet if nearest(rule.texts[number].casefold(), map(str.casefold, known))]
    for number in slips:
        text = rule.texts[number]
        path = (*placed.path, key) if key == "equals" else (*placed.path, key, number)
        did = "had the word" if key == "contains" else "was"
        hint = did_you_mean(text.casefold(), map(str.casefold, known)) if key == "contains" else None
        hint = hint or did_you_mean(text, known)
        yield Finding(path, f"rule {rule.name!r}: no {name} in the data ever {did} {text!r}", hint, "warning")
    rest = [repr(rule.texts[number]) for number in unmet if number not in slips]
    nobody = len(unmet) == len(rule.texts)
    if not rest or (key == "contains" and not nobody):
        return
    did = "had the word" if key == "contains" else "was"
    so = ", so it gives no points" if nobody and not slips else ""
    what = f"rule {rule.name!r}: no {name} in the data ever {did} {' or '.join(rest)}{so}"
    yield Finding((*placed.path, key), what, None if not seen else did_you_mean("", seen), "warning")


def _spread(numbers: list[float]) -> str:
    known = [number for number in numbers if not math.isnan(number)]
    return "no value of it is a number" if not known else f"they go from {min(known):,g} to {max(known):,g}"
