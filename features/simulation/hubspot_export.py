"""A simulated market as a HubSpot export: one CSV file per object and history, with the traps of real ones.

Stage dates cleared when a stage was moved back, and set by hand without a deal; counters, stamps and old scores as
of the export; e-mail keyed by addresses that change; merged contacts, some without the time of it; renewals
and upsells among the deals; tasks with due dates and meetings to come; slices that overlap; no page visits at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyarrow import csv

from features.simulation.hubspot_activity import email_table, engagement_tables, form_table
from features.simulation.hubspot_deals import deal_tables
from features.simulation.hubspot_people import (
    company_history,
    company_table,
    contact_history,
    contact_table,
    draw_identities,
)
from features.simulation.hubspot_stages import STAGES_YAML, draw_stages

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from features.simulation.market import Market

_OVERLAP = 40


def hubspot_tables(market: Market) -> dict[str, pa.Table]:
    """Return the export's tables by file name; e-mail events come in two slices that overlap."""
    stages, selves = draw_stages(market), draw_identities(market)
    mails = email_table(market, selves)
    half = mails.num_rows // 2
    return {
        "contacts": contact_table(market, stages, selves),
        "contact_property_history": contact_history(market, stages, selves),
        "companies": company_table(market),
        "company_property_history": company_history(market),
        **deal_tables(market, selves),
        "form_submissions": form_table(market, selves),
        "email_events_1": mails.slice(0, half + _OVERLAP),
        "email_events_2": mails.slice(half),
        **engagement_tables(market, selves),
    }


def write_hubspot_export(market: Market, folder: Path) -> list[Path]:
    """Write the CSV files into ``folder``, and beside them ``stages.yaml``, what this account's names mean."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, table in hubspot_tables(market).items():
        files.append(folder / f"{name}.csv")
        csv.write_csv(table, files[-1])
    files.append(folder / "stages.yaml")
    files[-1].write_text(STAGES_YAML, encoding="utf-8")
    return files
