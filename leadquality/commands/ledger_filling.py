"""Commands that fill the ledger from a dataset, and score all that it knows."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from leadquality.commands.ledger import _DEFAULT, Address, _print
from leadquality.console import errors
from leadquality.options import AsJson, TrackingUri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serving.filling.load import Loaded

#: Rows not taken that are named; all are counted.
_NAMED = 10
#: Seconds that a write may wait for others, who hold the ledger for a moment each.
PATIENCE = 60.0
_STATUSES = {
    "accepted": "recorded",
    "duplicate": "known already",
    "conflict": "in conflict with what was told before",
    "forgotten": "of forgotten people",
    "refused": "refused",
}


@contextmanager
def counting(totals: dict[str, int | None]) -> Iterator[Callable[..., None]]:
    """Show on standard error, if somebody looks, how much of each named part is done, and of how much."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        tasks = {name: progress.add_task(name, total=total) for name, total in totals.items()}

        def step(name: str, done: int, every: int | None = None) -> None:
            progress.update(tasks[name], completed=done, total=every)

        yield step


def load(
    dataset: Annotated[Path, typer.Argument(help="Dataset folder.")],
    address: Address = _DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Tell the ledger all that a dataset knows; to run it again, or on after an interruption, changes nothing."""
    from features.facts import Dataset
    from features.facts.clock import format_moment
    from serving.filling.load import load_dataset
    from serving.filling.rows import ORDER
    from serving.ledger import open_ledger
    from serving.settings import now

    opened = Dataset.open(dataset)
    totals: dict[str, int | None] = {table: opened.manifest.counts[table] for table in ORDER}
    with open_ledger(address, patience=PATIENCE) as ledger, counting(totals) as step:
        loaded, place = load_dataset(ledger, opened, now, step), ledger.place
    if as_json:
        typer.echo(json.dumps(_as_dict(loaded), indent=2))
        return
    _print(f"{place}: {_sentence(loaded)}")
    for table, counts in loaded.by_table.items():
        _print(
            f"  {table:13} "
            + ", ".join(f"{counts[name]:,} {said}" for name, said in _STATUSES.items() if counts[name])
        )
    for row in loaded.not_taken[:_NAMED]:
        errors.print(
            f"{row.table} row {row.row}: {row.column} {row.value} {row.why}", markup=False, soft_wrap=True
        )
    left = loaded.total["refused"] + loaded.total["conflict"] - _NAMED
    if left > 0:
        errors.print(f"and {left:,} more rows like these; --json names up to 1,000", markup=False)
    if opened.observed_until > now():
        until = format_moment(opened.observed_until)
        _print(
            f"it reaches to {until}, after this machine's clock: what lies ahead counts once its moment has come"
        )


def _sentence(loaded: Loaded) -> str:
    total, seconds = loaded.total, max(loaded.seconds, 1e-3)
    facts = sum(total.values())
    return f"{facts:,} facts in {seconds:.1f} s ({facts / seconds:,.0f} a second), {total['accepted']:,} recorded"


def _as_dict(loaded: Loaded) -> dict[str, object]:
    return {
        "seconds": round(loaded.seconds, 3),
        "facts": {table: {name: counts[name] for name in _STATUSES} for table, counts in loaded.by_table.items()},
        "not_taken": [row._asdict() for row in loaded.not_taken],
    }


def score(
    address: Address = _DEFAULT,
    as_of: Annotated[str, typer.Option("--as-of", help="Moment, as in 2026-03-01, or now.")] = "now",
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """Score every lead without an opportunity with the champion, and keep the receipts; as made for a nightly job.

    Exits with 0 if leads were scored, 1 if none was, 2 where there is no champion or the ledger is not to be had.
    """
    from models.registry import CHAMPION, Registry
    from serving.filling.moment import read_as_of
    from serving.filling.score import score_ledger
    from serving.ledger import open_ledger
    from serving.scoring.champion import Champion
    from serving.settings import now

    moment = read_as_of(as_of, now())
    with open_ledger(address, create=False, patience=PATIENCE) as ledger, counting({"scoring": None}) as step:
        champion = Champion.of(Registry(tracking_uri).load(CHAMPION), now())
        scored = score_ledger(ledger, champion, moment, now, lambda done, every: step("scoring", done, every))
    if as_json:
        typer.echo(json.dumps(scored.to_dict(champion.model.version), indent=2))
    else:
        _print(f"{ledger.place}: {scored.sentence(champion.model.version)}")
    if not scored.statuses:
        raise typer.Exit(1)
