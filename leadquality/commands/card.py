"""Commands on point cards: check, sign, diff, show, schema, replay."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import ConfigError
from leadquality.console import errors, out, steps

if TYPE_CHECKING:
    import numpy as np

    from features.facts import Dataset
    from models.card.check import Fault
    from models.card.replay_dataset import LeadPoints
    from models.card.scorer import CardScorer

CardFile = Annotated[
    str, typer.Argument(metavar="FILE", help="The card's YAML file, or the name of a shipped one.")
]
Data = Annotated[
    Path | None, typer.Option("--data", help="A dataset: rules are held against its attributes, kinds and values.")
]

cards = typer.Typer(
    help="Point cards that were agreed by hand: check, sign, compare, show and replay them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@cards.command("check")
def check(
    file: CardFile,
    data: Data = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings too.")] = False,
) -> None:
    """Tell every fault of a card at once, with line, column and what to do; exit with 1 if there are errors."""
    from features.facts import Dataset
    from models.card.check import check_card, errors_in

    path = _path(file)
    found = check_card(path, dataset=None if data is None else Dataset.open(data))
    for fault in found:
        _print_fault(path, fault)
    wrong = len(errors_in(found))
    doubtful = len(found) - wrong
    if not found:
        out.print(f"{path}: no fault found", markup=False, soft_wrap=True)
    else:
        said = f"{_counted(wrong, 'error')}, {_counted(doubtful, 'warning')}"
        out.print(f"{path}: {said}", markup=False, soft_wrap=True)
    if wrong or (strict and doubtful):
        raise typer.Exit(1)


@cards.command("sign")
def sign(
    file: Annotated[Path, typer.Argument(help="The card's YAML file; a signed block is appended to it.")],
    by: Annotated[list[str], typer.Option("--by", help="Who signs, once for each.")],
    on: Annotated[str | None, typer.Option("--on", help="The day, as in 2026-03-01; else today.")] = None,
) -> None:
    """Freeze a card: from then on it cannot change, only be replaced by a new one."""
    from models.card.sign import sign_card

    try:
        day = dt.datetime.now(dt.UTC).date() if on is None else dt.date.fromisoformat(on)
    except ValueError:
        raise ConfigError(f"--on {on}: not a day", hint="as in 2026-03-01") from None
    card = sign_card(file, by, day)
    out.print(f"{file}: signed as {card.label}", markup=False, soft_wrap=True)
    out.print(f"Its successor says, under agreed:  replaces: {card.label}", markup=False, soft_wrap=True)


@cards.command("diff")
def diff(
    old: Annotated[str, typer.Argument(help="A card: file or shipped name.")],
    new: Annotated[str, typer.Argument(help="The other card.")],
) -> None:
    """Say in words what the second card says otherwise than the first."""
    from models.card.diff import diff_cards
    from models.card.read import read_card

    before, after = read_card(_path(old)), read_card(_path(new))
    found = diff_cards(before, after)
    out.print(f"{before.label} -> {after.label}", markup=False, soft_wrap=True)
    for sentence in found or ["the same in everything"]:
        out.print(f"  {sentence}", markup=False, soft_wrap=True)


@cards.command("show")
def show(file: CardFile, data: Data = None) -> None:
    """Print a card as a person reads it."""
    from features.facts import Dataset
    from models.card.read import read_card
    from models.card.show import show_card

    path = _path(file)
    if data is None:
        lines = show_card(read_card(path))
    else:
        scorer = _bound(path, Dataset.open(data))
        lines = show_card(scorer.card, scorer.unbound)
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)


@cards.command("schema")
def schema(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="JSON file to write; else printed.")
    ] = None,
) -> None:
    """Print the JSON Schema of cards, by which editors complete and check while one types."""
    from models.card.schema import card_schema

    text = json.dumps(card_schema(), indent=2)
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"-o {output}: cannot be written: {error.strerror or error}") from error
    out.print(f"{output}: the schema of cards, version 2", markup=False, soft_wrap=True)


@cards.command("replay")
def replay(
    dataset: Annotated[Path, typer.Argument(help="Dataset folder.")],
    card: Annotated[str, typer.Option("--card", help="The agreed card: a YAML file or a shipped name.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Moment, as in 2026-03-01, or now: the end of the data.")
    ] = None,
    weekly: Annotated[bool, typer.Option("--weekly", help="Every Monday of the data instead.")] = False,
    lead: Annotated[
        str | None, typer.Option("--lead", help="One lead, by its id: its points are printed, rule by rule.")
    ] = None,
    into: Annotated[Path | None, typer.Option("--into", help="Parquet file to write.")] = None,
) -> None:
    """Give the points of every open lead as they would have stood at a moment, or every week, rule by rule."""
    import numpy as np

    from features.facts import Dataset
    from models.batch import read_moment
    from models.card.replay_dataset import replay_lead, write_replay

    if (as_of is None) == (not weekly):
        raise ConfigError("card replay: give either --as-of or --weekly", hint="as in --as-of 2026-03-01")
    if (lead is None) == (into is None):
        raise ConfigError(
            "card replay: give either --into for all leads, or --lead for one", hint="as in --into points.parquet"
        )
    if into is not None and (into.suffix.lower() != ".parquet" or into.is_dir()):
        raise ConfigError(f"--into {into}: expected a file that ends in .parquet")
    opened = Dataset.open(dataset)
    scorer = _bound(_path(card), opened)
    moments: np.ndarray | None = None
    if as_of is not None:
        moments = np.array([read_moment(as_of, opened)], np.int64)
    if scorer.said_unbound is not None:
        errors.print(scorer.said_unbound, style="yellow", markup=False, soft_wrap=True)
    if lead is not None:
        _print_lead(scorer, replay_lead(opened, scorer, lead, moments))
    elif into is not None:
        with steps() as step:
            rows = write_replay(opened, scorer, moments, into, step)
        out.print(f"{into}: {rows:,} rows of {scorer.card.label}", markup=False, soft_wrap=True)


def _path(name_or_path: str) -> Path:
    from training.material import shipped

    if Path(name_or_path).is_dir():
        raise ConfigError(f"{name_or_path}: is a folder; expected a card's YAML file", hint="name a file in it")
    return shipped("cards", name_or_path)


def _bound(path: Path, dataset: Dataset) -> CardScorer:
    from features.language import profile_dataset
    from training.material import bound_card

    return bound_card(str(path), profile_dataset(dataset))


def _print_fault(path: Path, fault: Fault) -> None:
    style = "bold red" if fault.severity == "error" else "yellow"
    out.print(f"{path}:{fault.line}:{fault.column}:", markup=False, end=" ", soft_wrap=True)
    out.print(f"{fault.severity}:", style=style, end=" ")
    out.print(fault.what, markup=False, soft_wrap=True)
    if fault.hint:
        out.print(f"    {fault.hint}", style="dim", markup=False, soft_wrap=True)


def _print_lead(scorer: CardScorer, found: LeadPoints) -> None:
    from models.card.show import lead_lines

    for line in lead_lines(scorer, found.lead_id, found.moments(), found.points):
        out.print(line, markup=False, soft_wrap=True)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
