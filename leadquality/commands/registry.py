"""Commands on registered versions: compare, promote, rollback, runs, model-card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from features.errors import ConfigError
from leadquality.console import out, steps
from leadquality.options import AsJson, TrackingUri


def _print_json(content: Any) -> None:  # noqa: ANN401 - whatever is to be printed
    typer.echo(json.dumps(content, indent=2, allow_nan=False))


def _print(line: str, style: str | None = None) -> None:
    out.print(line, style=style, markup=False, soft_wrap=True)


def compare(
    a: Annotated[str, typer.Argument(help="A model's version or alias, or a card's file or shipped name.")],
    b: Annotated[str, typer.Argument(help="What to hold it against: the same choices.")],
    dataset: Annotated[
        Path | None, typer.Argument(help="Dataset; else the one that the model was trained on.")
    ] = None,
    capacity: Annotated[
        int | None, typer.Option("--capacity", min=1, help="Leads that the team can call a week.")
    ] = None,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
    plot: Annotated[Path | None, typer.Option("--plot", help="Also draw the gains of both as a PNG.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write everything as one page that needs nothing else.")
    ] = None,
) -> None:
    """Compare two scorers on rows that neither learnt from: who is better, for whom, and what would change."""
    from training.compare import compare_scorers
    from training.compare.page import render

    for option, path in (("--plot", plot), ("--html", html)):
        if path is not None and path.is_dir():
            raise ConfigError(f"{option} {path}: is a folder; expected a file")
    with steps() as step:
        result = compare_scorers(a, b, dataset, uri=tracking_uri, capacity=capacity, step=step)
    if plot is not None:
        plot.parent.mkdir(parents=True, exist_ok=True)
        result.figure.savefig(plot, dpi=150)
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(render(result), encoding="utf-8")
    if as_json:
        _print_json(result.to_dict())
        return
    _print_comparison(result)
    if html is not None:
        _print(f"\n{html}: the whole comparison as a page, with the leads and the reasons")


def _print_comparison(result: Any) -> None:  # noqa: ANN401 - Compared, imported where it is needed
    from training.compare.tables import churn_table, origins_table, parts_table
    from training.tables import comparison_table

    _print(result.rows_said)
    out.print(comparison_table(result.comparison, out.width))
    parts = parts_table(result)
    if parts is not None:
        out.print(parts)
    origins = origins_table(result)
    if origins is not None:
        out.print(origins)
    if result.churn is not None:
        out.print(churn_table(result.churn, result.a.label, result.b.label))
    for sentence in result.sentences():
        _print(sentence)


def promote(
    version: Annotated[str, typer.Argument(help="Version number, as printed by train.")],
    tracking_uri: TrackingUri = None,
    gates: Annotated[
        Path | None, typer.Option("--gates", help="Thresholds in YAML; else training/gates/default.yaml.")
    ] = None,
    force: Annotated[
        str | None, typer.Option("--force", help="Promote although a gate fails: the reason, which is recorded.")
    ] = None,
    dataset: Annotated[
        Path | None, typer.Option("--dataset", help="Judge on this dataset; else the one it was trained on.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a version the champion, which the service loads at its start or when told, if it passes the gates."""
    from training.arms import heading
    from training.promote import promote as run

    with steps() as step:
        result = run(version, uri=tracking_uri, gates=gates, force=force, dataset=dataset, step=step)
    if as_json:
        _print_json(result.to_dict())
    else:
        if result.against:
            _print(f"Version {result.version} against {heading(result.against, ', ')}:")
        for gate in (*result.gates, *result.notes):
            _print(f"  {gate.line}", None if gate.passed else "red")
            _print(f"          {gate.sentence}", "dim")
        _print(result.sentence)
    if not result.promoted:
        raise typer.Exit(2)


def rollback(
    tracking_uri: TrackingUri = None,
    why: Annotated[str | None, typer.Option("--why", help="The reason, kept with the version taken back.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the previous champion the champion again."""
    from training.rollback import rollback as run

    result = run(uri=tracking_uri, why=why)
    if as_json:
        _print_json(result.to_dict())
    else:
        _print(result.sentence)


def runs(tracking_uri: TrackingUri = None, as_json: AsJson = False) -> None:
    """List the registered versions, newest first, with what matters about each."""
    from training.runs import list_versions, versions_table

    found = list_versions(tracking_uri)
    if as_json:
        _print_json([row.to_dict() for row in found])
    elif found:
        out.print(versions_table(found))
        for row in found:
            for line in row.remarks():
                _print(line)
    else:
        _print("The registry is there and holds no version yet; train one: leadquality train DATASET")


def model_card(
    version: Annotated[str, typer.Argument(help="A version's number or alias.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write, .html or .md; else Markdown is printed.")
    ] = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Show a version's model card: data, figures with intervals, limits, and where it must not be used."""
    from training.card.version import model_card as run

    if output is not None and (output.is_dir() or output.suffix.lower() not in {".html", ".md"}):
        raise ConfigError(f"--output {output}: expected a file that ends in .html or .md")
    text = run(version, tracking_uri, as_html=output is not None and output.suffix.lower() == ".html")
    if output is None:
        typer.echo(text)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    _print(f"{output}: the model card of version {version}")
