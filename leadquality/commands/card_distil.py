"""The command that learns a card of few rules from the data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from features.errors import ConfigError
from leadquality.console import out, steps
from leadquality.options import AsJson, TrackingUri


def distil(
    dataset: Annotated[Path, typer.Argument(help="Dataset folder.")],
    into: Annotated[Path, typer.Option("--into", help="The card's YAML file to write; it must not be there yet.")],
    rules: Annotated[int, typer.Option("--rules", help="At most so many rules.")] = 10,
    card: Annotated[
        str | None,
        typer.Option("--card", help="The agreed card, whose scale and grades are kept: a file or a shipped name."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="Hold it against this version or alias; else against trees grown beside it."),
    ] = None,
    spec: Annotated[
        str, typer.Option("--spec", help="Without --model: a shipped training specification, or a YAML file.")
    ] = "default",
    step_size: Annotated[
        int | None, typer.Option("--step", help="Points go in such steps; else in those of the agreed card.")
    ] = None,
    allow_negative: Annotated[
        bool, typer.Option("--allow-negative", help="Rules may take points for what people did.")
    ] = False,
    capacity: Annotated[
        int | None, typer.Option("--capacity", min=1, help="Leads that the team can call a week.")
    ] = None,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """Learn a card of few rules from the data, and say what is lost against the model."""
    from features.facts import Dataset
    from models.card.card_yaml import card_yaml
    from training.distil.on_dataset import distil_on
    from training.distil.tables import arms_table, path_table, rules_table, values_table

    _check_into(into)
    with steps() as step:
        found = distil_on(
            Dataset.open(dataset),
            rules=rules,
            card=card,
            model=model,
            spec=spec,
            step_size=step_size,
            allow_negative=allow_negative,
            capacity=capacity,
            uri=tracking_uri,
            step=step,
        )
    note = "\n".join(["Proposed; nobody has agreed to it yet.", *found.sentences()])
    _write(into, card_yaml(found.card, note))
    if as_json:
        typer.echo(json.dumps(found.to_dict(), indent=2, allow_nan=False))
        return
    for table in (rules_table(found), path_table(found), arms_table(found), values_table(found)):
        out.print(table)
    for sentence in found.sentences():
        out.print(sentence, markup=False, soft_wrap=True)
    out.print(
        f"\n{into}: {found.card.label}, unsigned, and agreed by nobody yet. Read it, change what you know better, "
        "write under agreed: who agreed it (by) and when (on), then:\n"
        f"  leadquality card check {into}\n  leadquality card sign {into} --by NAME",
        markup=False,
        soft_wrap=True,
    )


def _check_into(into: Path) -> None:
    """Refuse, before any work is done, a file that is there already or that no card can be."""
    if into.suffix.lower() not in {".yaml", ".yml"}:
        raise ConfigError(f"--into {into}: expected a name that ends in .yaml")
    if into.exists():
        raise ConfigError(
            f"--into {into}: is there already", hint="name another file: an agreed card is not replaced"
        )


def _write(into: Path, text: str) -> None:
    partial = into.with_name(f".{into.name}.partial")
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(into)
    except OSError as error:
        raise ConfigError(f"--into {into}: cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
