"""Commands that hold a card against what became of the leads: card judge and card refit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from features.errors import ConfigError
from leadquality.console import errors, out, steps
from leadquality.options import AsJson, TrackingUri

Data = Annotated[Path, typer.Argument(help="Dataset folder.")]
CardName = Annotated[str, typer.Option("--card", help="The agreed card: a YAML file or a shipped name.")]


def judge(
    dataset: Data,
    card: CardName,
    model: Annotated[
        str | None, typer.Option("--model", help="Version or alias: what it makes of the same things, in points.")
    ] = None,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """Judge a card rule by rule: who meets it, what it is worth in points, and a verdict in words."""
    from features.facts import Dataset
    from training.rules.on_dataset import judge_on
    from training.rules.table import verdicts_table

    with steps() as step:
        found = judge_on(card, Dataset.open(dataset), model, uri=tracking_uri, step=step)
    if as_json:
        _print_json(found.to_dict())
        return
    out.print(verdicts_table(found))
    for one in found.rules:
        if one.code != "agrees":
            _print(f"{one.rule}: {one.sentence}")
    for sentence in found.sentences():
        _print(sentence)


def refit(
    dataset: Data,
    card: CardName,
    into: Annotated[
        Path | None, typer.Option("--into", help="YAML file for the changed card, to be looked at and signed.")
    ] = None,
    changes: Annotated[
        int | None, typer.Option("--changes", min=1, help="At most so many changes; else all that are proven.")
    ] = None,
    capacity: Annotated[
        int | None, typer.Option("--capacity", min=1, help="Leads that the team can call a week.")
    ] = None,
    unit: Annotated[
        int | None, typer.Option("--unit", min=1, help="Points are multiples of it; else of the card's own step.")
    ] = None,
    allow_negative: Annotated[
        bool, typer.Option("--allow-negative", help="Rules may punish more engagement.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Propose the fewest changes of a card's points that the data ask for, one by one, with what each gains."""
    from features.facts import Dataset
    from models.card.card_yaml import card_yaml
    from training.rules.on_dataset import refit_on
    from training.rules.table import path_table

    if into is not None and into.exists():
        raise ConfigError(f"--into {into}: is there already; expected a new file", hint="name another, or move it")
    with steps() as step:
        path = refit_on(
            card,
            Dataset.open(dataset),
            changes=changes,
            capacity=capacity,
            allow_negative=allow_negative,
            unit=unit,
            step=step,
        )
    if into is not None and path.steps:
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_text(card_yaml(path.refitted()), encoding="utf-8")
    if as_json:
        _print_json(path.to_dict())
        if into is not None:
            errors.print(_written(into, card, proposed=bool(path.steps)), markup=False, soft_wrap=True)
        return
    if path.steps:
        out.print(path_table(path))
    for sentence in path.sentences():
        _print(sentence)
    if into is not None:
        _print(_written(into, card, proposed=bool(path.steps)))


def _written(into: Path, card: str, *, proposed: bool) -> str:
    if not proposed:
        return f"{into}: not written, since no change is proposed: go on with {card}"
    return f"{into}: the changed card, unsigned. To agree on it: leadquality card sign {into} --by NAME"


def _print(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)


def _print_json(content: dict[str, Any]) -> None:
    typer.echo(json.dumps(content, indent=2, allow_nan=False))
