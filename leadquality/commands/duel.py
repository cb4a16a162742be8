"""The command duel: the agreed card against a model, week by week at the team's capacity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import ConfigError
from leadquality.console import out, steps
from leadquality.options import TrackingUri

if TYPE_CHECKING:
    from training.duel import Duel


def duel(
    dataset: Annotated[Path, typer.Argument(help="Dataset folder.")],
    capacity: Annotated[str, typer.Option("--capacity", help="Leads that the team calls a week: 40/week, or 40.")],
    card: Annotated[
        str, typer.Option("--card", help="The present definition: a card's file or shipped name, or a version.")
    ],
    model: Annotated[
        str, typer.Option("--model", help="What is held against it: a version or alias, or another card.")
    ] = "champion",
    capacities: Annotated[
        str | None, typer.Option("--capacities", help="Capacities of the curve, as in 10,20,40,80.")
    ] = None,
    again_after: Annotated[
        str | None, typer.Option("--again-after", help="Call a lead again after so long, as in 90d; else never.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write everything to a JSON file.")] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Also draw the curve of capacities as a PNG.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", help="Also write the meeting's paper, an HTML page to print, and the cards it proposes."
        ),
    ] = None,
    distil: Annotated[
        int | None,
        typer.Option("--distil", min=1, help="The paper also tries a new card of at most so many learnt rules."),
    ] = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Let the card and a model each call the team's capacity every Monday: who finds what, and its worth."""
    from features.facts import Dataset
    from features.facts.clock import parse_duration
    from models.registry import Registry
    from training.compare.names import is_card
    from training.distil.on_dataset import distil_on
    from training.duel import hold_duel, parse_capacity
    from training.duel.keep import keep_rules
    from training.paper import paper_for
    from training.paper.gather import new_card_file

    _check_files(json_file, plot, report)
    _check_paper(card, report, distil)
    per_week = parse_capacity(capacity)
    curve = [parse_capacity(part) for part in capacities.split(",")] if capacities is not None else []
    wait = None if again_after is None else parse_duration(again_after, where="--again-after")
    opened = Dataset.open(dataset)
    with steps() as step:
        result = hold_duel(
            opened,
            model,
            card,
            per_week,
            capacities=curve,
            again_after=wait,
            uri=tracking_uri,
            step=step,
        )
        new = None
        if distil is not None:
            # On the model's own training rows, so that the duel's leads are new to the card as to the model.
            against = None if is_card(model) else model
            learnt = distil_on(opened, rules=distil, card=card, model=against, uri=tracking_uri, step=step)
            new = learnt.card
        paper = None if report is None else paper_for(result, new, stem=report.stem, step=step)
        if paper is not None and not is_card(model):
            step("keeping the verdicts on the rules with the run")
            keep_rules(Registry(tracking_uri), model, paper.rules)
    if json_file is not None:
        _write(json_file, result.to_json())
    if plot is not None:
        plot.parent.mkdir(parents=True, exist_ok=True)
        result.capacity_figure.savefig(plot, dpi=150)
    if report is not None and paper is not None:
        paper.write(report)
    _print_duel(result)
    if report is not None and paper is not None:
        out.print(f"\n{report}: the meeting's paper, to be printed from a browser", markup=False, soft_wrap=True)
        for name in paper.cards:
            what = "a proposed card, to be signed"
            if name == new_card_file(report.stem):
                what = "a card of learnt rules, tried, not proposed"
            out.print(f"{report.parent / name}: {what}", markup=False, soft_wrap=True)
    if json_file is not None:
        out.print(f"\n{json_file}: every figure, week, segment and lead", markup=False, soft_wrap=True)


def _check_files(json_file: Path | None, plot: Path | None, report: Path | None) -> None:
    for option, path in (("--json", json_file), ("--plot", plot), ("--report", report)):
        if path is not None and path.is_dir():
            raise ConfigError(f"{option} {path}: is a folder; expected a file")


def _check_paper(card: str, report: Path | None, distil: int | None) -> None:
    from training.compare.names import is_card

    if report is not None and not is_card(card):
        raise ConfigError(
            f"--report: the paper is about a card, and --card {card} is none", hint="name a card's file"
        )
    if distil is not None and report is None:
        raise ConfigError("--distil: is for the paper", hint="add --report FILE, or see leadquality card distil")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _print_duel(result: Duel) -> None:
    from training.duel.tables import curve_table, leads_table, measures_table, segments_table

    out.print(result.sentence, style="bold", markup=False, soft_wrap=True)
    out.print(f"\n{result.said}", markup=False, soft_wrap=True)
    for table in (measures_table(result), curve_table(result), segments_table(result), leads_table(result)):
        if table is not None:
            out.print(table)
    for sentence in result.sentences()[1:]:
        out.print(sentence, markup=False, soft_wrap=True)
