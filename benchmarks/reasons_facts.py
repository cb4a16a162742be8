"""A dataset's leads twice over: as a request tells them, and as the plain reference of features reads them."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import DAY
from features.payload import Colleague, LeadFacts
from features.reference import PlainLead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.facts import Dataset
    from features.language import Entity
    from models.lead_model import LeadModel


@dataclass
class Market:
    """All leads by id, the account's members by account, and the model's words."""

    leads: dict[str, PlainLead]
    members: dict[str, list[str]]
    attributes: set[tuple[Entity, str]]
    observed_until: int

    @classmethod
    def read(cls, dataset: Dataset, model: LeadModel) -> Market:
        """Read a whole dataset; only the attributes that the model knows are kept."""
        known = set(model.vocabulary.attributes)
        leads: dict[str, PlainLead] = {}
        members: dict[str, list[str]] = defaultdict(list)
        for lead_id, account, created in _rows(dataset, "lead_id, account_id, epoch_us(created_at)", "leads"):
            leads[lead_id] = PlainLead(created, [], account, untracked=frozenset(dataset.manifest.current_only))
            if account is not None:
                members[account].append(lead_id)
        columns = 'lead_id, epoch_us("at"), kind, epoch_us(known_at), value, channel, campaign'
        for lead_id, at, kind, known_at, value, channel, campaign in _rows(dataset, columns, "events"):
            number = math.nan if value is None else float(value)
            leads[lead_id].events.append((at, kind, known_at, number, channel, campaign))
        columns = "entity, entity_id, name, epoch_us(known_at), value"
        for entity, entity_id, name, known_at, value in _rows(dataset, columns, "attributes"):
            if (entity, name) in known:
                for lead_id in [entity_id] if entity == "lead" else members[entity_id]:
                    leads[lead_id].versions.setdefault((entity, name), []).append((known_at, value))
        for lead in leads.values():
            for versions in lead.versions.values():
                versions.sort(key=lambda version: version[0])
        _add_deals(dataset, leads, members)
        return cls(leads, dict(members), known, dataset.observed_until)

    def everybody(self, lead_id: str) -> list[PlainLead]:
        """Return the lead and all others of its account."""
        lead = self.leads[lead_id]
        return [lead] if lead.account is None else [self.leads[other] for other in self.members[lead.account]]

    def facts(self, lead_id: str, as_of: int) -> LeadFacts:
        """Return what a request at a moment would tell of a lead."""
        lead = self.leads[lead_id]
        colleagues, deals = None, None
        if lead.account is not None:
            others = sorted(other for other in self.members[lead.account] if other != lead_id)
            colleagues = [
                Colleague(
                    self.leads[o].created_at,
                    self.leads[o].events,
                    {name: texts for (entity, name), texts in self.leads[o].versions.items() if entity == "lead"},
                )
                for o in others
                if self.leads[o].created_at < as_of
            ]
            deals = [deal for member in self.everybody(lead_id) for deal in member.deals if deal[0] < as_of]
        return LeadFacts(
            lead_id=lead_id,
            created_at=lead.created_at,
            as_of=as_of,
            events=lead.events,
            versions=lead.versions,
            colleagues=colleagues,
            deals=deals,
            untracked=frozenset(key for key in self.attributes if key[1] in lead.untracked),
        )

    def moments(self, count: int, seed: int = 0) -> Iterator[tuple[str, int]]:
        """Yield so many leads, each with a moment within its first 120 days."""
        rng = np.random.default_rng(seed)
        names = sorted(self.leads)
        for place in rng.permutation(len(names))[:count]:
            lead = self.leads[names[place]]
            last = min(lead.created_at + 120 * DAY, self.observed_until)
            if last > lead.created_at + 2:
                yield names[place], int(rng.integers(lead.created_at + 1, last))


def _add_deals(dataset: Dataset, leads: dict[str, PlainLead], members: dict[str, list[str]]) -> None:
    columns = "lead_id, account_id, epoch_us(created_at), epoch_us(closed_at), won"
    for lead_id, account, created_at, closed_at, won in _rows(dataset, columns, "opportunities"):
        owner = lead_id if lead_id in leads else next(iter(members.get(account, ())), None)
        if owner is not None:
            leads[owner].deals.append((created_at, closed_at, won))


def _rows(dataset: Dataset, columns: str, table: str) -> list[tuple[Any, ...]]:
    return dataset.rows(f"SELECT {columns} FROM {table}", [])
