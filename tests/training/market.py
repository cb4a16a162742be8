"""Leads with opportunities written by hand, as a dataset and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from features.facts import Source, Staging, publish
from features.facts.clock import DAY, format_moment, parse_moment
from features.history import History

if TYPE_CHECKING:
    from pathlib import Path

    from features.facts import Dataset

START = parse_moment("2025-01-01")
UNTIL = START + 100 * DAY

#: (lead_id, account_id, day of creation) and (lead_id, account_id, day of the opportunity).
Lead = tuple[str, str | None, float]
Deal = tuple[str | None, str | None, float]


def day(number: float) -> str:
    return format_moment(START + round(number * DAY))


def small_market(folder: Path, leads: list[Lead], deals: list[Deal] = ()) -> tuple[Dataset, History]:
    columns = {
        "leads": {
            "lead_id": [lead for lead, _, _ in leads],
            "account_id": [account for _, account, _ in leads],
            "created_at": [day(created) for _, _, created in leads],
        },
        "opportunities": {
            "opportunity_id": [f"o{i}" for i in range(len(deals))],
            "lead_id": [lead for lead, _, _ in deals],
            "account_id": [account for _, account, _ in deals],
            "created_at": [day(created) for _, _, created in deals],
        },
    }
    with Staging() as staging:
        for name, given in columns.items():
            table = pa.table({key: pa.array(values, pa.string()) for key, values in given.items()})
            staging.connection.register("given", table)
            staging.stage(name, "SELECT *, 'x' AS _source, row_number() OVER () AS _row FROM given")
        dataset = publish(staging, Source("by hand", "test", 1, format_moment(UNTIL)), folder)
        assert staging.rejects == []
    return dataset, History.from_dataset(dataset)
