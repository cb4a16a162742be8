"""The command that serves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from leadquality.options import TrackingUri


def serve(
    tracking_uri: TrackingUri = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; others than this machine need keys.")
    ] = ("127.0.0.1"),
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 3000,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that answer.")] = 1,
    ledger: Annotated[
        str,
        typer.Option(
            "--ledger",
            envvar="LEADQUALITY_LEDGER",
            show_envvar=False,
            help="File or postgresql+psycopg:// address; none keeps nothing. Else LEADQUALITY_LEDGER.",
        ),
    ] = "ledger.db",
    durability: Annotated[
        Literal["power", "process"],
        typer.Option(
            "--durability", help="What an acknowledged write outlives: a power cut, or this process's end."
        ),
    ] = "power",
    keys_required: Annotated[
        bool, typer.Option("--keys-required", help="Ask for a key even before the first one was made.")
    ] = False,
    per_minute: Annotated[
        float | None, typer.Option("--per-minute", help="Requests a minute for keys without a limit of their own.")
    ] = None,
    log: Annotated[
        Literal["problems", "requests"], typer.Option("--log", help="Log what is slow or fails, or every request.")
    ] = "problems",
    shadow: Annotated[
        str | None, typer.Option("--shadow", help="Version or alias that scores too, unseen, to be compared.")
    ] = None,
    mapping: Annotated[
        list[Path] | None, typer.Option("--mapping", help="A mapping of callers' own records. Repeatable.")
    ] = None,
    capacity: Annotated[
        str | None,
        typer.Option("--capacity", help="Leads that the team calls a week, as in 40/week: a line in the list."),
    ] = None,
    segment_by: Annotated[
        str, typer.Option("--segment-by", help="Attribute by which the list can be narrowed; else a usual one.")
    ] = "",
    user_header: Annotated[
        str | None,
        typer.Option("--user-header", help="Header in which your reverse proxy says who looks at the pages."),
    ] = None,
) -> None:
    """Serve the champion over HTTP: the pages at /, POST /v1/score for one lead; curl the address for the rest."""
    from serving.launch import Wanted
    from serving.launch import serve as run

    calls = None
    if capacity is not None:
        from training.duel import parse_capacity

        calls = parse_capacity(capacity)
    wanted = Wanted(
        tracking_uri=tracking_uri,
        host=host,
        port=port,
        workers=workers,
        ledger=None if ledger == "none" else ledger,
        durability=durability,
        keys_required=keys_required,
        per_minute=per_minute,
        log=log,
        shadow=shadow,
        mappings=tuple(mapping or ()),
        capacity=calls,
        segment_by=segment_by,
        user_header=user_header,
    )
    raise typer.Exit(run(wanted))
