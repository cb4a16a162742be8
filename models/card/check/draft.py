"""What of a card can be understood although other parts of it cannot, and what is wrong with each part's form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from models.card.card import AXES, CardFields
from models.card.check.fault import Finding
from models.card.check.wording import reworded, without_echoes
from models.card.letters import plain_name
from models.card.rule import RuleFields
from models.card.rule_sense import contradictions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from models.card.check.fault import Path
    from models.card.check.tree import Tree

_LONGEST_NAME = 80
#: Stands where a card's own part is faulty, so that the other parts can still be read.
_INSTEAD: dict[str, Any] = {
    "version": 2,
    "name": "unnamed",
    "agreed": {"by": ["nobody"], "on": "2000-01-01"},
    "grades": {"A": 3, "B": 2, "C": 1},
    "qualified": 2,
}


@dataclass(frozen=True)
class Placed:
    """A rule that could be understood, under which axis, and its path in the card."""

    rule: RuleFields
    axis: str
    path: Path


@dataclass(frozen=True)
class Draft:
    """A card as far as it could be understood.

    ``card`` has no rules; those that were understood are in ``rules``. ``broken`` names the top keys whose own
    value stands for nothing, and an axis where one of its rules could not be understood.
    """

    card: CardFields
    rules: tuple[Placed, ...]
    broken: frozenset[str]
    findings: list[Finding] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether everything was understood."""
        return not self.broken and not self.findings


def read_draft(tree: Tree) -> Draft:
    """Return what a card's content can be understood as, with a finding for everything that cannot."""
    content: dict[str, Any] = dict(tree.content)
    findings: list[Finding] = []
    rules: list[Placed] = []
    broken: set[str] = set()
    for axis in AXES:
        part = content.get(axis)
        if not isinstance(part, dict) or not isinstance(part.get("rules"), list):
            continue
        content[axis] = {key: value for key, value in part.items() if key != "rules"}
        for number, given in enumerate(part["rules"]):
            path: Path = (axis, "rules", number)
            found = list(_rule_findings(given, path, tree))
            findings += found
            rule = None if found else RuleFields.model_validate(given)
            if rule is None:
                broken.add(axis)
            else:
                rules.append(Placed(rule, axis, path))
    card = _frame(content, findings, broken)
    return Draft(card, tuple(rules), frozenset(broken), findings)


def _frame(content: dict[str, Any], findings: list[Finding], broken: set[str]) -> CardFields:
    """Read everything but the rules; what is faulty is noted, and something else put in its place."""
    try:
        return CardFields.model_validate(content)
    except ValidationError as error:
        faulty = set()
        for one in error.errors(include_url=False):
            faulty.add(str(one["loc"][0]) if one["loc"] else "")
        findings += [reworded(one, CardFields) for one in without_echoes(error)]
    kept = {key: value for key, value in content.items() if str(key) not in faulty}
    kept |= {key: value for key, value in _INSTEAD.items() if key in faulty}
    broken |= faulty & set(CardFields.model_fields)
    return CardFields.model_validate(kept)


def _rule_findings(given: object, path: Path, tree: Tree) -> Iterator[Finding]:
    faulty: set[str] = set()
    try:
        rule = RuleFields.model_validate(given)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        for one in without_echoes(error):
            yield reworded(one, RuleFields, path, _called(given, path))
        faulty = {str(one["loc"][0]) if one["loc"] else "" for one in faults}
        if not isinstance(given, dict) or "" in faulty:
            return
        kept: dict[str, Any] = {key: value for key, value in given.items() if str(key) not in faulty}
        rule = RuleFields.model_validate({"name": "?", "points": 1} | kept)
    yield from _written_otherwise(rule, path, tree)
    for found in contradictions(rule):
        # What was taken out above may be what seems to be lacking.
        if faulty and (found.lacking or ("points" in faulty and found.key == "cap")):
            continue
        on_key = isinstance(given, dict) and found.key in given
        what = f"rule {rule.name!r}: {found.what}" if "name" not in faulty else found.what
        yield Finding((*path, found.key) if on_key else path, what, on_key=on_key)


def _called(given: object, path: Path) -> str:
    """Return what people call a rule that may be anything: its name, or where it stands."""
    name = given.get("name") if isinstance(given, dict) else None
    if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME:
        return f"rule {name!r}"
    return f"rule {int(path[-1]) + 1} of {path[0]}"


def _written_otherwise(rule: RuleFields, path: Path, tree: Tree) -> Iterator[Finding]:
    """Yield the texts that are written as numbers and read as other texts: 1.10 is 1.1."""
    keys = {"equals": (rule.equals,), "in": rule.one_of or (), "contains": rule.contains or ()}
    for key, texts in keys.items():
        for number, text in enumerate(texts):
            where = (*path, key) if key == "equals" else (*path, key, number)
            written = tree.written(where)
            if written is not None and written != text:
                what = f"rule {rule.name!r}: YAML reads {written} as the number {text}"
                yield Finding(where, what, f'write "{written}"')


def faulty_names(rules: Iterable[Placed]) -> Iterator[Finding]:
    """Yield the rules whose name another one before them has."""
    seen: dict[str, str] = {}
    for placed in rules:
        name = placed.rule.name
        before = seen.get(plain_name(name))
        if before is None:
            seen[plain_name(name)] = name
            continue
        what = f"another rule is called {name!r} too"
        if before != name:
            what = f"rule {name!r} has the name of {before!r}; case and blanks do not count"
        yield Finding((*placed.path, "name"), what, "give each rule a name of its own")
