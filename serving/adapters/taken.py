"""What a mapping finds in one record: the facts of a lead, or what is missing to have any."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from features.facts.clock import format_moment
from serving.adapters.events import take_events
from serving.adapters.paths import MISSING, count_ignored, key_tree, look_up, parse_path
from serving.adapters.unwrap import Unwrap
from serving.adapters.values import BadValueError, read_id, read_value
from serving.ledger import AttributeFact, LeadFact
from serving.ledger.facts import id_fault, text_fault

if TYPE_CHECKING:
    from features.language import Entity
    from features.payload import Version
    from serving.adapters.mapping import AttributeField, IdField, Mapping, TimeField
    from serving.adapters.moments import Moment
    from serving.ledger import EventFact, Fact


@dataclass(slots=True)
class Taken:
    """The facts of one record; times in microseconds since 1970 UTC.

    ``known_at`` is when the record was as it is: by its own time if the mapping names one, so that a record told
    again, however late, says the same; else now. ``versions`` are by entity and name; ``plain`` names those that
    came without a time of their own. ``ignored`` counts the fields that the mapping does not look at; ``unread``
    says which of its own could not be read, and why. ``says_account`` is False where the mapping does not ask for
    an account, or what the record has there cannot be read: the lead then stays of the account that it was.
    """

    lead_id: str
    created_at: int
    known_at: int
    account_id: str | None = None
    says_account: bool = False
    versions: dict[tuple[Entity, str], list[Version]] = field(default_factory=dict)
    plain: set[tuple[Entity, str]] = field(default_factory=set)
    events: list[EventFact] = field(default_factory=list)
    ignored: int = 0
    unread: list[str] = field(default_factory=list)

    @property
    def as_of(self) -> int:
        """The moment to score at: the first at which all that the record says counts as known."""
        return self.known_at + 1

    def facts(self, account_id: str | None) -> list[Fact]:
        """Return the facts as the ledger keeps them; ``account_id`` is the account that the lead is of."""
        own = LeadFact(self.lead_id, account_id, self.created_at, self.known_at, says_account=self.says_account)
        facts: list[Fact] = [own]
        for (entity, name), versions in self.versions.items():
            owner = self.lead_id if entity == "lead" else account_id
            if owner is not None:
                facts += [AttributeFact(entity, owner, name, text, known_at) for known_at, text in versions]
        return [*facts, *self.events]


@dataclass(slots=True)
class Untaken:
    """A record without what makes it a lead: ``missing`` names it in the service's own words."""

    lead_id: str
    missing: str
    why: str
    ignored: int = 0
    unread: list[str] = field(default_factory=list)


class _LackError(Exception):
    """What a record lacks to be a lead, and why that is so."""

    def __init__(self, missing: str, why: str) -> None:
        self.missing, self.why = missing, why
        super().__init__(missing)


class Taker:
    """Reads records by one mapping."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self._unwrap = Unwrap(mapping.boxed)
        self._tree = key_tree(mapping.all_paths())

    def take(self, record: object, now: int) -> Taken | Untaken:
        """Return what a decoded record says; ``now`` is the service's clock in microseconds.

        Whatever the record is, this never raises.
        """
        unread: list[str] = []
        lead_id = ""
        ignored = count_ignored(record, self._tree)
        try:
            lead_id = self._required_id(record)
            taken = self._start(record, lead_id, now, unread)
        except _LackError as lack:
            return Untaken(lead_id, lack.missing, lack.why, ignored, unread)
        taken.ignored = ignored
        self._take_account(record, taken)
        for name, each in self.mapping.attributes.items():
            try:
                self._take_attribute(record, name, each, taken, now)
            except BadValueError as error:
                unread.append(f"{name}: {error}")
        for number, rule in enumerate(self.mapping.events):
            take_events(record, rule, self._unwrap, taken, f"events[{number}]", self.mapping.name, now)
        return taken

    def _required_id(self, record: object) -> str:
        try:
            lead_id = self._id(record, self.mapping.lead_id)
        except BadValueError as error:
            raise _LackError("lead_id", f"{_named(self.mapping.lead_id)}: {error}") from error
        if lead_id is None:
            raise _LackError("lead_id", f"is missing: expected it at {_named(self.mapping.lead_id)}")
        return lead_id

    def _start(self, record: object, lead_id: str, now: int, unread: list[str]) -> Taken:
        created = self._required_moment(record, self.mapping.created_at, "created_at", now)
        if created is None:
            raise _LackError("created_at", f"is missing: expected it at {_named(self.mapping.created_at)}")
        own = None
        if self.mapping.as_of is not None:
            own = self._required_moment(record, self.mapping.as_of, "as_of", now)
            if own is None:
                unread.append("as_of: is missing, so now was taken")
        known_at = now if own is None else own.known_at
        if created.at > known_at:
            why = f"{format_moment(created.at)} is after {format_moment(known_at)}: it was no lead yet"
            raise _LackError("created_at", why)
        return Taken(lead_id, created.at, known_at, unread=unread)

    def _required_moment(self, record: object, where: TimeField, name: str, now: int) -> Moment | None:
        try:
            return self._unwrap.moment(record, where, now)
        except BadValueError as error:
            raise _LackError(name, f"{_named(where)}: {error}") from error

    def _take_account(self, record: object, taken: Taken) -> None:
        where = self.mapping.account_id
        if where is None:
            return
        try:
            taken.account_id = self._id(record, where)
            taken.says_account = True
        except BadValueError as error:
            taken.unread.append(f"account_id: {error}")

    def _id(self, record: object, where: IdField) -> str | None:
        for path in where.path:
            found = read_id(self._unwrap.value(look_up(record, parse_path(path))), where.type)
            if found is not None:
                named = where.prefix + found
                if (fault := id_fault(named)) is not None:
                    raise BadValueError(fault)
                return named
        return None

    def _take_attribute(self, record: object, name: str, each: AttributeField, taken: Taken, now: int) -> None:
        key: tuple[Entity, str] = (each.entity, name)
        if each.entity == "account" and taken.account_id is None and self.mapping.account_id is not None:
            raise BadValueError("is the account's, and the record names none")
        if each.path is None:
            taken.versions[key] = [(taken.known_at, _worded(each.const, each))]
            taken.plain.add(key)
            return
        found = self._unwrap.first(record, each.path)
        if found is MISSING:
            return
        versions, dated = self._unwrap.versions(found, taken, now)
        read = [(known_at, _worded(given, each)) for known_at, given in versions if known_at <= taken.known_at]
        if read:
            taken.versions[key] = read
            if not dated:
                taken.plain.add(key)


def _worded(given: Any, each: AttributeField) -> str | None:  # noqa: ANN401 - any JSON
    """Return a value as the mapping words it."""
    text = read_value(given, each.type)
    if text is None:
        text = each.default
    elif each.values is not None:
        text = each.values.get(text, text)
    if text is not None and (fault := text_fault(text)) is not None:
        raise BadValueError(fault)
    return text


def _named(where: TimeField | IdField) -> str:
    return " or ".join(where.path)
