"""Commands on data: imports, and features as they were known at a moment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from features.errors import ConfigError
from leadquality.console import errors, out, steps
from leadquality.files import check_output, write_frame
from leadquality.options import ClusterPath, EngineName, Master

if TYPE_CHECKING:
    import pandas as pd

    from features.facts import Dataset

Into = Annotated[
    Path, typer.Option("--into", help="Folder of the dataset to write; an old one is replaced whole.")
]
Merge = Annotated[
    bool,
    typer.Option("--merge", help="Merge with the dataset that is there, if any: nothing twice, nothing lost."),
]
AllowRejected = Annotated[
    bool, typer.Option("--allow-rejected", help="Exit with 0 even where rows were rejected.")
]

imports = typer.Typer(
    help="Bring a source to the five tables of a dataset, every row checked.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@imports.command("salesforce")
def salesforce(
    export: Annotated[Path, typer.Argument(help="Folder with Data Loader CSVs: Lead.csv, Task.csv, ...")],
    into: Into,
    take: Annotated[
        list[str] | None, typer.Option("--take", help="A further field of Lead to take as an attribute.")
    ] = None,
    opportunity_type: Annotated[
        list[str] | None,
        typer.Option(
            "--opportunity-types", help="A value of Opportunity.Type that counts; else those with the word New."
        ),
    ] = None,
    converted_status: Annotated[
        list[str] | None,
        typer.Option(
            "--converted-status", help="A value of Status by which your sales convert without the Convert button."
        ),
    ] = None,
    merge: Merge = False,
    allow_rejected: AllowRejected = False,
) -> None:
    """Import a Salesforce export: the label is the opportunity, never IsConverted."""
    from features.importers import import_salesforce

    with steps() as step:
        dataset = import_salesforce(
            export,
            into,
            step,
            opportunity_types=tuple(opportunity_type) if opportunity_type else None,
            converted_status=tuple(converted_status or ()),
            take=tuple(take or ()),
            merge=merge,
        )
    report_import(dataset, allow_rejected=allow_rejected)


@imports.command("marketo")
def marketo(
    export: Annotated[
        Path, typer.Argument(help="Folder with leads*.csv, activities*.csv, activity_types.json, ...")
    ],
    into: Into,
    take: Annotated[
        list[str] | None, typer.Option("--take", help="A further field of leads to take as an attribute.")
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option("--leave-out", help="An activity type, by name, that gives no events: one kept for 90 days."),
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option("--split", help="An activity type, by name, with a kind for each asset: Fill Out Form."),
    ] = None,
    merge: Merge = False,
    allow_rejected: AllowRejected = False,
) -> None:
    """Import a Marketo bulk extract: windows that reach back before what Marketo still keeps are unknown."""
    from features.importers import import_marketo

    with steps() as step:
        dataset = import_marketo(
            export,
            into,
            step,
            take=tuple(take or ()),
            leave_out=tuple(leave_out or ()),
            split=tuple(split or ()),
            merge=merge,
        )
    report_import(dataset, allow_rejected=allow_rejected)


@imports.command("hubspot")
def hubspot(
    export: Annotated[Path, typer.Argument(help="Folder with contacts.csv, deals.csv, deal_contact.csv, ...")],
    into: Into,
    stages: Annotated[
        Path | None, typer.Option("--stages", help="YAML: what this account's stages, statuses and forms mean.")
    ] = None,
    pipeline: Annotated[
        list[str] | None,
        typer.Option("--pipeline", help="A pipeline whose deals count, by name or id; else all but renewals."),
    ] = None,
    take: Annotated[
        list[str] | None, typer.Option("--take", help="A further property of contacts to take as an attribute.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="Of times without an offset, as in Europe/Berlin; else UTC.")
    ] = None,
    merge: Merge = False,
    allow_rejected: AllowRejected = False,
) -> None:
    """Import a HubSpot export: the label is the contact's deal, never the date of its stage."""
    from features.importers import import_hubspot

    with steps() as step:
        dataset = import_hubspot(
            export,
            into,
            step,
            stages=stages,
            pipelines=tuple(pipeline) if pipeline else None,
            take=tuple(take or ()),
            timezone=timezone,
            merge=merge,
        )
    report_import(dataset, allow_rejected=allow_rejected)


@imports.command("tables")
def tables(
    mapping: Annotated[Path, typer.Argument(help="YAML that says what the files' columns mean.")],
    into: Into,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder that the mapping's paths start from; else its own.")
    ] = None,
    merge: Merge = False,
    allow_rejected: AllowRejected = False,
) -> None:
    """Import any CSV or Parquet files by a commented mapping (see features/mappings/)."""
    from features.importers import import_tables

    with steps() as step:
        dataset = import_tables(mapping, into, step, data, merge=merge)
    report_import(dataset, allow_rejected=allow_rejected)


@imports.command("simulated")
def simulated(
    into: Into,
    leads: Annotated[int, typer.Option("--leads", min=100, help="How many leads the market has.")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same market, to the byte.")] = 1,
    written_as: Annotated[
        tuple[str, Path] | None,
        typer.Option(
            "--as",
            metavar="salesforce|hubspot|marketo DIR",
            help="Also write the market as an export of that tool to DIR.",
        ),
    ] = None,
) -> None:
    """Simulate a B2B market whose true probabilities are known (kept apart in truth/)."""
    from features.simulation import import_simulated

    tools = ("salesforce", "hubspot", "marketo")
    if written_as is not None and written_as[0] not in tools:
        raise ConfigError(f"--as {written_as[0]}: known are {', '.join(tools)}", hint="--as salesforce DIR")
    with steps() as step:
        dataset = import_simulated(leads, seed, into, step, **dict([written_as] if written_as else []))
    report_import(dataset, allow_rejected=False)


def report_import(dataset: Dataset, *, allow_rejected: bool) -> None:
    """Print what an import took, left and noted; exit with 2 where rows were rejected."""
    manifest = dataset.manifest
    counts = ", ".join(f"{count:,} {table}" for table, count in manifest.counts.items() if count)
    out.print(f"[bold]{dataset.path}[/bold]: {counts}; observed until {manifest.observed_until}")
    _print_report(manifest.report)
    for note in manifest.notes:
        out.print(f"  note: {note}", markup=False, soft_wrap=True)
    for what, count in manifest.skipped.items():
        out.print(f"  left out: {count:,} {what}", markup=False)
    if not manifest.rejected:
        return
    total = sum(manifest.rejected.values())
    detail = ", ".join(f"{count:,} of {table}" for table, count in manifest.rejected.items())
    errors.print(
        f"rejected: {total:,} rows ({detail}); see {dataset.path / 'rejected'}", style="yellow", soft_wrap=True
    )
    if not allow_rejected:
        errors.print("The other rows were imported. Mend the source, or pass --allow-rejected.", soft_wrap=True)
        raise typer.Exit(2)


def _print_report(report: dict[str, Any]) -> None:
    """Print what was read of each file: rows, the months that they span, gaps and repeated ids."""
    rows = report.get("rows")
    if not rows:
        return
    table = Table("read", "rows", "files", "from", "to", "months without rows", "repeated ids", box=None)
    for name, entry in rows.items():
        months, gaps = list(entry.get("months", {})), entry.get("gaps", [])
        shown = ", ".join(gaps[:3]) + (f" and {len(gaps) - 3} more" if len(gaps) > 3 else "")
        ends = (months[0], months[-1]) if months else ("", "")
        repeated = entry.get("repeated", 0)
        table.add_row(
            name, f"{entry['rows']:,}", str(entry["files"]), *ends, shown, f"{repeated:,}" if repeated else ""
        )
    out.print(table)


def features(
    dataset: Annotated[Path, typer.Argument(help="Dataset folder.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Parquet or CSV file to write.")] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", help="Moment, as in 2026-03-01; only facts known before it count. Open leads only."
        ),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option(
            "--rows", help="Instead: Parquet or CSV of rows lead_id, as_of; the answer keeps their order."
        ),
    ] = None,
    feature_set: Annotated[
        str, typer.Option("--features", help="A shipped feature set by name, or a YAML file.")
    ] = "default",
    describe: Annotated[
        bool, typer.Option("--describe", help="List the features that the set has on this dataset, and stop.")
    ] = False,
    engine: EngineName = "local",
    master: Master = None,
    cluster_path: ClusterPath = None,
) -> None:
    """Write the features of every lead that was open at a moment, or of any leads at any moments."""
    from features.engines import choose_engine, read_rows
    from features.facts import Dataset
    from training.describe import described, features_at

    if output is not None:
        check_output(output)
    if describe:
        report_features(described(Dataset.open(dataset), feature_set), output)
        return
    if output is None:
        raise ConfigError(
            "features: give the file to write", hint="as in -o features.parquet, or ask to --describe"
        )
    if (as_of is None) == (rows is None):
        raise ConfigError(
            "features: give either --as-of or --rows", hint="as in --as-of 2026-03-01, or --as-of now"
        )
    computing = choose_engine(engine, master=master, cluster_path=cluster_path)
    wanted = str(as_of) if rows is None else read_rows(rows)
    with steps() as step:
        frame = features_at(Dataset.open(dataset), feature_set, wanted, step, computing)
    write_frame(frame, output)
    what = "open leads" if rows is None else "rows"
    out.print(f"{output}: {len(frame):,} {what}, {frame.shape[1] - 2} features", markup=False)


def report_features(table: pd.DataFrame, output: Path | None) -> None:
    """Print a set's features by group, or write them to a file as a table."""
    if output is not None:
        write_frame(table, output)
        out.print(f"{output}: {len(table):,} features", markup=False)
        return
    for group, members in table.groupby("group", sort=False):
        out.print(f"[bold]{group}[/bold]")
        for row in members.itertuples():
            direction = "" if row.direction == "any" else f", {row.direction}"
            out.print(f"  {row.name}  ({row.unit}{direction})", markup=False, highlight=False)
            out.print(f"      {row.label}", markup=False, highlight=False, soft_wrap=True)
    groups = table["group"].nunique()
    out.print(f"{len(table):,} features in {groups:,} groups; -o FILE writes them as a table")
