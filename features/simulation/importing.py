"""``import simulated``: a market brought to a dataset as any other source, with its truth beside the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.facts import Source, Staging, publish, silent
from features.facts.clock import format_moment
from features.simulation.hubspot_export import write_hubspot_export
from features.simulation.market import simulate_market
from features.simulation.marketo_export import write_marketo_export
from features.simulation.parameters import DAYS, KINDS, OBSERVED_UNTIL, START
from features.simulation.salesforce_export import write_salesforce_export
from features.simulation.tables import fact_tables
from features.simulation.truth_store import write_truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from features.facts import Dataset

VERSION = 1


def import_simulated(
    leads: int,
    seed: int,
    into: Path,
    step: Callable[[str], None] = silent,
    salesforce: Path | None = None,
    marketo: Path | None = None,
    hubspot: Path | None = None,
) -> Dataset:
    """Simulate a market and publish it at ``into``; optionally also write it to ``salesforce``, ``marketo``
    or ``hubspot`` as an export of that tool.

    The same ``leads`` and ``seed`` give byte-identical files. The truth goes to ``<into>/truth/``, which no reader
    of the dataset opens; only :func:`~features.simulation.true_probability` does.
    """
    step(f"simulating {leads:,} leads over {DAYS} days")
    market = simulate_market(leads, seed)
    with Staging() as staging:
        for name, table in fact_tables(market).items():
            _stage(staging, name, table)
        staging.note(
            f"A simulated market (seed {seed}): figures measured on it say whether the method works, "
            "nothing about any real market."
        )
        dataset = publish(
            staging, _source(leads, seed), into, step, beside=lambda folder: write_truth(market, folder)
        )
    if salesforce is not None:
        step(f"writing the market as a Salesforce export to {salesforce}")
        write_salesforce_export(market, salesforce)
    if marketo is not None:
        step(f"writing the market as a Marketo export to {marketo}")
        write_marketo_export(market, marketo)
    if hubspot is not None:
        step(f"writing the market as a HubSpot export to {hubspot}")
        write_hubspot_export(market, hubspot)
    return dataset


def _stage(staging: Staging, name: str, table: pa.Table) -> None:
    staging.connection.register("simulated", table)
    staging.stage(name, "SELECT *, 'simulated' AS _source, row_number() OVER () AS _row FROM simulated")
    staging.connection.unregister("simulated")


def _source(leads: int, seed: int) -> Source:
    start = format_moment(START)
    return Source(
        name=f"simulated market, {leads} leads, seed {seed}",
        importer="simulated",
        importer_version=VERSION,
        observed_until=OBSERVED_UNTIL,
        observed_from=dict.fromkeys(KINDS, start),
    )
