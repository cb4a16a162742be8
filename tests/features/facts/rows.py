"""A good row of each table, and a dataset of rows written as text."""

from __future__ import annotations

import csv

import pyarrow as pa

from features.facts import TABLES, Source, Staging, publish

UNTIL = "2025-06-30T00:00:00Z"
GOOD = {
    "leads": {"lead_id": "L1", "account_id": "acme", "created_at": "2025-01-01T00:00:00Z"},
    "attributes": {
        "entity": "lead",
        "entity_id": "L1",
        "name": "title",
        "value": "VP",
        "known_at": "2025-01-01T00:00:00Z",
    },
    "events": {
        "event_id": "e1",
        "lead_id": "L1",
        "kind": "visit",
        "at": "2025-02-01T00:00:00Z",
        "known_at": "2025-02-02T00:00:00Z",
        "channel": "web",
        "campaign": "spring",
        "value": "2.5",
    },
    "opportunities": {
        "opportunity_id": "o1",
        "lead_id": "L1",
        "account_id": "acme",
        "created_at": "2025-03-01T00:00:00Z",
        "amount": "100",
        "closed_at": "2025-04-01T00:00:00Z",
        "won": "true",
    },
    "verdicts": {"lead_id": "L1", "at": "2025-01-02T00:00:00Z", "verdict": "accepted", "reason": "fits"},
}


BY_HAND = {"name": "by hand", "importer": "test", "importer_version": 3}


def put(folder, rows, *, beside=None, merge=False, until=UNTIL, **source):
    """Publish rows (table -> list of rows as text), each from a source named after its table."""
    with Staging() as staging:
        for table, given in rows.items():
            names = list(TABLES[table].column_names)
            columns = {name: pa.array([row.get(name) for row in given], pa.string()) for name in names}
            staging.connection.register("given", pa.table(columns))
            staging.stage(table, f"SELECT *, '{table}.csv' AS _source, row_number() OVER () AS _row FROM given")
        described = Source(**BY_HAND | {"observed_until": until} | source)
        dataset = publish(staging, described, folder, beside=beside, merge=merge)
        return dataset, staging.rejects


def good(**more):
    return {table: [row] for table, row in GOOD.items()} | more


def rejected_file(dataset, table):
    with (dataset.path / "rejected" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
