"""A simulated market with two leaks planted: a field filled in afterwards, and a kind that is the conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.facts import Source, Staging, publish
from features.facts.schema import TABLES
from features.simulation import import_simulated

if TYPE_CHECKING:
    from pathlib import Path

    from features.facts import Dataset

LEADS, SEED = 2000, 5

_ORIGIN = "'planted' AS _source, row_number() OVER () AS _row"

_CONVERTED = """(SELECT l.lead_id, min(o.created_at) AS outcome FROM opportunities o JOIN leads l
    ON l.lead_id = o.lead_id OR (o.lead_id IS NULL AND o.account_id = l.account_id AND l.created_at < o.created_at)
    GROUP BY l.lead_id)"""

#: Filled in for nearly all that converted, as of the export, and for a few others.
_LATE_NOTE = f"""SELECT 'lead' AS entity, l.lead_id AS entity_id, 'late_note' AS name, l.created_at AS known_at,
    CASE hash(l.lead_id) % 3 WHEN 0 THEN 'called' WHEN 1 THEN 'booked' ELSE 'signed' END AS value, {_ORIGIN}
    FROM leads l LEFT JOIN {_CONVERTED} c USING (lead_id)
    WHERE hash(l.lead_id) % 50 = 0 OR c.outcome IS NOT NULL"""

#: Six hours before the outcome, and never otherwise.
_CONTRACT = f"""SELECT 'contract-' || lead_id AS event_id, lead_id, 'contract_sent' AS kind,
    outcome - INTERVAL 6 HOUR AS "at", outcome - INTERVAL 6 HOUR AS known_at, {_ORIGIN}
    FROM {_CONVERTED} JOIN leads USING (lead_id) WHERE outcome - INTERVAL 6 HOUR > created_at"""


def leaky_market(folder: Path) -> Dataset:
    """Publish the market at ``folder / "leaky"``; the honest one is beside it."""
    honest = import_simulated(LEADS, SEED, folder / "honest")
    with Staging() as staging:
        for name in TABLES:
            staging.connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{honest.file(name)}')")
            staging.stage(name, f"SELECT *, {_ORIGIN} FROM {name}")
        staging.stage("attributes", _LATE_NOTE)
        staging.stage("events", _CONTRACT)
        kinds = honest.manifest.observed_from
        start = min(kinds.values())
        source = Source(
            name="a market with leaks",
            importer="test",
            importer_version=1,
            observed_until=honest.manifest.observed_until,
            observed_from={**kinds, "contract_sent": start},
            current_only=("late_note",),
        )
        return publish(staging, source, folder / "leaky")
