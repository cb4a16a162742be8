"""Commands on the ledger: upgrade, info, export, forget, prune."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from leadquality.console import out, steps
from leadquality.options import AsJson

ledgers = typer.Typer(help="Facts and receipts of the scoring service.", no_args_is_help=True)

Address = Annotated[
    str,
    typer.Option(
        "--ledger",
        envvar="LEADQUALITY_LEDGER",
        show_envvar=False,
        help="File or postgresql+psycopg:// address; else LEADQUALITY_LEDGER, else ledger.db.",
    ),
]
_DEFAULT = "ledger.db"


def _print(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)


@ledgers.command("upgrade")
def upgrade(address: Address = _DEFAULT) -> None:
    """Make a ledger, or bring an older one up to this program's schema."""
    from serving.ledger import upgrade_ledger
    from serving.ledger.address import place_of, read_address

    before, after = upgrade_ledger(address)
    what = "made with" if before is None else "is up to date with" if before == after else f"went from {before} to"
    _print(f"{place_of(read_address(address))}: {what} schema {after}")


@ledgers.command("info")
def info(address: Address = _DEFAULT, as_json: AsJson = False) -> None:
    """Show how many facts, receipts and keys a ledger holds."""
    from serving.ledger import open_ledger

    with open_ledger(address, create=False) as ledger:
        counts, place = ledger.counts(), ledger.place
    if as_json:
        typer.echo(json.dumps({"ledger": place, "rows": counts}, indent=2))
        return
    _print(place)
    width = max(map(len, counts))
    for name, rows in counts.items():
        _print(f"  {name.replace('_', ' '):{width}}  {rows:>12,}")


@ledgers.command("export")
def export(
    into: Annotated[Path, typer.Option("--into", help="Folder to write the dataset to.")],
    address: Address = _DEFAULT,
) -> None:
    """Write the facts as a dataset, to audit it and train on it."""
    from serving.ledger import open_ledger
    from serving.ledger.export import export_dataset
    from serving.settings import now

    with open_ledger(address, create=False) as ledger, steps() as step:
        dataset = export_dataset(ledger, into, now(), step)
    counts = dataset.manifest.counts
    _print(f"{into}: " + ", ".join(f"{rows:,} {name}" for name, rows in counts.items()))
    rejected = sum(dataset.manifest.rejected.values())
    if rejected:
        _print(f"{rejected:,} rows could not be taken; why is in {into / 'rejected'}")


@ledgers.command("forget")
def forget(
    lead: Annotated[str, typer.Argument(help="Id of the lead whose person is to be forgotten.")],
    address: Address = _DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Erase a person: facts, inputs and answers go; receipts stay, without personal data, to be counted."""
    from serving.ledger import open_ledger
    from serving.settings import now

    with open_ledger(address, create=False) as ledger:
        gone = ledger.forget(lead, now())
    if as_json:
        typer.echo(json.dumps(asdict(gone), indent=2))
        return
    facts = ", ".join(f"{rows:,} {name}" for name, rows in gone.facts.items() if rows)
    _print(f"facts erased: {facts or 'none, nothing was known of this lead'}")
    _print(f"inputs erased: {gone.inputs:,}; receipts emptied: {gone.receipts:,}")
    if gone.receipts_of_others:
        _print(f"receipts of colleagues that can no longer be computed again: {gone.receipts_of_others:,}")
    _print("facts told of this lead from now on are refused")
    if gone.log_held:
        _print(
            "not yet gone from the disk: another program reads the ledger and so holds its log (the -wal file),"
        )
        _print(
            "in which the data still stand. End what reads it (an export, a backup), then run this command again"
        )


@ledgers.command("prune")
def prune(
    older_than: Annotated[str, typer.Option("--older-than", help="As in 400d.")],
    address: Address = _DEFAULT,
) -> None:
    """Delete inputs and features of old receipts; facts and what was answered stay."""
    from features.facts.clock import DAY, parse_duration
    from serving.ledger import open_ledger
    from serving.settings import now

    days = parse_duration(older_than, where="--older-than") / DAY
    with open_ledger(address, create=False) as ledger:
        gone = ledger.apply_retention(days, now())
    _print(f"features of {gone.receipts:,} receipts and {gone.inputs:,} inputs deleted")
    if gone.receipts:
        _print("these receipts can still be read, and no longer be computed again")
