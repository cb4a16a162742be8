"""Small datasets for the audit's tests: honest leads, and whatever a test plants in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.facts import Dataset, Source, Staging, publish

if TYPE_CHECKING:
    from pathlib import Path

START = pd.Timestamp("2024-01-01", tz="UTC")
END = pd.Timestamp("2025-07-01", tz="UTC")
DAY = pd.Timedelta(days=1)


@dataclass
class Market:
    """Leads with honest fields: an industry, a number of employees, and visits and calls before the outcome.

    Tests add fields (:meth:`attribute`), events (:meth:`event`) or change the frames before :meth:`write`.
    """

    seed: int = 1
    size: int = 3000
    rate: float = -2.0
    leads: pd.DataFrame = field(init=False)
    attributes: list[pd.DataFrame] = field(init=False, default_factory=list)
    events: list[pd.DataFrame] = field(init=False, default_factory=list)
    current_only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        random, size = self.random, self.size
        days = np.sort(random.uniform(0, 480, size))
        self.quality = random.normal(size=size)
        industry = random.integers(0, 6, size)
        chance = 1 / (1 + np.exp(-(self.rate + 0.8 * self.quality + 0.3 * (industry - 2.5))))
        self.y = random.random(size) < chance
        lag = random.exponential(25, size) + 15
        self.leads = pd.DataFrame(
            {
                "lead_id": [f"L{i:05d}" for i in range(size)],
                "account_id": [f"A{i:05d}" for i in range(size)],
                "created_at": START + pd.to_timedelta(days, unit="D").round("us"),
            }
        )
        outcome = self.leads["created_at"] + pd.to_timedelta(lag, unit="D").round("us")
        self.outcome = outcome.where(self.y & (outcome < END))
        self.y = self.outcome.notna().to_numpy()
        self.attribute("industry", [f"industry {code}" for code in industry])
        self.attribute("employees", np.exp(4 + self.quality + random.normal(size=size)).astype(int))
        for kind, mean in (("visit", 4), ("call", 2)):
            self.event(kind, *self.happenings(mean))

    def happenings(self, mean: float) -> tuple[np.ndarray, np.ndarray]:
        """Return lead positions and days after creation of about ``mean`` events a lead in its first 80 days."""
        count = self.random.poisson(mean * np.exp(0.3 * self.quality))
        lead = np.repeat(np.arange(self.size), count)
        return lead, self.random.uniform(0, 80, len(lead))

    def attribute(self, name: str, values: object, known_at: pd.Series | None = None) -> None:
        """Add a lead's attribute; None and NaN are not filled in."""
        known = self.leads["created_at"] if known_at is None else known_at
        frame = pd.DataFrame({"entity_id": self.leads["lead_id"], "value": pd.Series(list(values), dtype=object)})
        frame["name"], frame["known_at"] = name, known.array
        self.attributes.append(frame[frame["value"].notna() & known.notna().to_numpy()])

    def event(self, kind: str, lead: np.ndarray, days: np.ndarray) -> None:
        """Add events at so many days after their leads' creation; those after the end are dropped."""
        after = pd.Series(pd.to_timedelta(days, unit="D").round("us"))
        moment = self.leads["created_at"].iloc[lead].reset_index(drop=True) + after
        frame = pd.DataFrame({"lead_id": self.leads["lead_id"].iloc[lead].to_numpy(), "kind": kind, "at": moment})
        frame["days"], frame["lead"] = days, lead
        self.events.append(frame[frame["at"] < END])

    def write(self, folder: Path, *, undated: bool = False) -> Dataset:
        """Publish the dataset."""
        attributes = pd.concat(self.attributes)
        attributes["value"] = attributes["value"].astype(str)
        events = pd.concat(self.events)[["lead_id", "kind", "at"]]
        events["event_id"] = [f"E{i}" for i in range(len(events))]
        won = self.leads[self.y].assign(created_at=self.outcome[self.y])
        with Staging() as staging:
            frames = {"leads": self.leads, "attributes": attributes, "events": events, "opportunities": won}
            selects = {
                "leads": "lead_id, account_id, created_at",
                "attributes": "'lead' AS entity, entity_id, name, value, known_at",
                "events": 'event_id, lead_id, kind, "at", "at" AS known_at',
                "opportunities": "'O' || lead_id AS opportunity_id, lead_id, account_id, created_at",
            }
            for table, frame in frames.items():
                staging.connection.register(f"{table}_frame", frame.reset_index(drop=True))
                origin = "'test' AS _source, row_number() OVER () AS _row"
                staging.stage(table, f"SELECT {selects[table]}, {origin} FROM {table}_frame")
            source = Source(
                name="planted",
                importer="test",
                importer_version=1,
                observed_until=END.isoformat(),
                current_only=self.current_only,
                undated=undated,
            )
            return publish(staging, source, folder)
