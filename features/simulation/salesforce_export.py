"""A simulated market as a Salesforce export: the CSV files that Data Loader gives, with the traps of real ones.

Converted leads with and without an opportunity; opportunities attached later through the contact; activities and
campaign members moved to the contact on conversion; date-only responses; due dates in the future; Status, Rating
and LastActivityDate as of the export; renewals among the opportunities; ids of 15 and 18 characters; merged leads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyarrow import csv

from features.simulation.export_activity import activity_tables
from features.simulation.export_conversions import draw_conversions
from features.simulation.export_deals import opportunity_table, role_table
from features.simulation.export_people import (
    account_table,
    contact_table,
    field_history,
    history_table,
    lead_table,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from features.simulation.market import Market


def salesforce_tables(market: Market) -> dict[str, pa.Table]:
    """Return the export's tables by object name, columns in the vendor's spelling."""
    conversions = draw_conversions(market)
    changes = field_history(market, conversions)
    return {
        "Lead": lead_table(market, conversions, changes),
        "LeadHistory": history_table(market, changes),
        "Account": account_table(market, conversions),
        "Contact": contact_table(market, conversions),
        "Opportunity": opportunity_table(market, conversions),
        "OpportunityContactRole": role_table(market, conversions),
        **activity_tables(market, conversions),
    }


def write_salesforce_export(market: Market, folder: Path) -> list[Path]:
    """Write one CSV file per object into ``folder``, every value quoted as Data Loader does, and return them."""
    folder.mkdir(parents=True, exist_ok=True)
    options = csv.WriteOptions(quoting_style="all_valid")
    files = []
    for name, table in salesforce_tables(market).items():
        file = folder / f"{name}.csv"
        csv.write_csv(table, file, options)
        files.append(file)
    return files
