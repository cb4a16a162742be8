"""Commands on models: train, compare, promote, score, serve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from features.errors import ConfigError
from leadquality.console import out, steps
from leadquality.files import check_output, write_frame
from leadquality.options import ClusterPath, EngineName, Master

TrackingUri = Annotated[
    str | None,
    typer.Option("--tracking-uri", help="MLflow's URI; else MLFLOW_TRACKING_URI, else sqlite:///mlflow.db."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def train(
    dataset: Annotated[Path, typer.Argument(help="Dataset folder.")],
    spec: Annotated[
        str, typer.Option("--spec", help="A shipped training specification, or a YAML file.")
    ] = "default",
    horizon: Annotated[str | None, typer.Option("--horizon", help="As in 90d; a bare number is days.")] = None,
    card: Annotated[
        str | None, typer.Option("--card", help="The agreed card: a YAML file or a shipped name.")
    ] = None,
    feature_set: Annotated[
        str | None, typer.Option("--features", help="A shipped feature set by name, or a YAML file.")
    ] = None,
    capacity: Annotated[
        int | None, typer.Option("--capacity", min=1, help="Leads that the team can call a week.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Same data, specification and seed: same trees.")
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option("--trust", help='Take back what the leak guard leaves out: NAME="the reason". Repeatable.'),
    ] = None,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
    engine: EngineName = "local",
    master: Master = None,
    cluster_path: ClusterPath = None,
) -> str:
    """Train on a dataset, hold the model against the card on the same later leads, and register it."""
    from features.engines import choose_engine
    from features.facts import Dataset
    from training.describe import training_summary
    from training.leak_report import guard_dict, guard_sentences, guard_table
    from training.spec import read_spec, read_trust
    from training.tables import comparison_table
    from training.train import train as run

    chosen = read_spec(spec, horizon=horizon, card=card, features=feature_set, capacity=capacity, seed=seed)
    chosen = chosen.model_copy(update={"trust": [*chosen.trust, *map(read_trust, trust or [])]})
    computing = choose_engine(engine, master=master, cluster_path=cluster_path)
    with steps() as step:
        result = run(
            Dataset.open(dataset), chosen, uri=tracking_uri, step=step, on_round=step.round, engine=computing
        )
    if as_json:
        guarded = {"leak_guard": guard_dict(result.material.guard, result.inflation)}
        _print_json(result.comparison.to_dict() | guarded | {"version": result.registered.version})
        return result.registered.version
    for line in training_summary(result.material, chosen):
        out.print(line, markup=False, soft_wrap=True)
    convicted = guard_table(result.material.guard)
    if convicted is not None:
        out.print(convicted)
    for line in guard_sentences(result.material.guard, result.inflation):
        out.print(line, markup=False, soft_wrap=True)
    out.print(comparison_table(result.comparison, out.width))
    out.print(result.comparison.verdict(["model"]), markup=False, soft_wrap=True)
    out.print(
        f"\nRegistered as version {result.registered.version} in {result.registered.uri}. To use it:\n"
        f"  leadquality promote {result.registered.version}{_with_uri(tracking_uri)}",
        markup=False,
        soft_wrap=True,
    )
    return result.registered.version


def _with_uri(uri: str | None) -> str:
    return f" --tracking-uri {uri}" if uri else ""


def _print_json(content: dict[str, Any]) -> None:
    typer.echo(json.dumps(content, indent=2, allow_nan=False))


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
) -> None:
    """Compare two scorers on rows that neither learnt from, each figure and difference with its interval."""
    from training.compare import compare_scorers
    from training.tables import comparison_table

    if plot is not None and plot.is_dir():
        raise ConfigError(f"--plot {plot}: is a folder; expected a file")
    with steps() as step:
        result = compare_scorers(a, b, dataset, uri=tracking_uri, capacity=capacity, step=step)
    if plot is not None:
        plot.parent.mkdir(parents=True, exist_ok=True)
        result.figure.savefig(plot, dpi=150)
    if as_json:
        _print_json(result.comparison.to_dict())
        return
    out.print(result.rows_said, markup=False, soft_wrap=True)
    out.print(comparison_table(result.comparison, out.width))
    out.print(result.comparison.verdict(), markup=False, soft_wrap=True)


def promote(
    version: Annotated[str, typer.Argument(help="Version number, as printed by train.")],
    tracking_uri: TrackingUri = None,
) -> None:
    """Make a version the champion, which the service loads at its next start."""
    from training.promote import promote as run

    result = run(version, uri=tracking_uri)
    out.print(result, markup=False, soft_wrap=True)


def score(
    dataset: Annotated[Path, typer.Argument(help="Dataset folder.")],
    as_of: Annotated[str, typer.Option("--as-of", help="Moment, as in 2026-03-01, or now: the end of the data.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Parquet or CSV file to write.")],
    model: Annotated[str, typer.Option("--model", help="Version or alias.")] = "champion",
    tracking_uri: TrackingUri = None,
) -> None:
    """Score every lead that is open at a moment, with reasons."""
    from features.facts import Dataset
    from models.batch import score_open_leads
    from models.registry import Registry

    check_output(output)
    with steps() as step:
        step("loading the model")
        chosen = Registry(tracking_uri).load(model)
        frame = score_open_leads(chosen, Dataset.open(dataset), as_of, step)
    write_frame(frame, output)
    out.print(f"{output}: {len(frame):,} open leads scored by version {chosen.version}", markup=False)


def serve(
    tracking_uri: TrackingUri = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 3000,
    workers: Annotated[int, typer.Option("--workers", min=1)] = 1,
) -> None:
    """Serve the champion: POST /score answers for one lead."""
    from serving.launch import serve as run

    raise typer.Exit(run(tracking_uri, host=host, port=port, workers=workers))
