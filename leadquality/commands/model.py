"""Commands on models: train, score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from leadquality.console import out, steps
from leadquality.files import check_output, write_frame
from leadquality.options import AsJson, ClusterPath, EngineName, Master, TrackingUri


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
    trials: Annotated[
        int | None, typer.Option("--trials", min=1, help="Search better parameters over the backtest: so many.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", help="Search for so long, as in 10m; resumes where it stopped.")
    ] = None,
    backtest: Annotated[
        int | None, typer.Option("--backtest", min=0, max=24, help="Origins of the backtest; 0 for none.")
    ] = None,
    again: Annotated[
        str | None,
        typer.Option("--again", help="Why the held-out rows are looked at once more with this specification."),
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
    """Backtest and train on a dataset, hold the model against the card on later leads, and register it."""
    from features.engines import choose_engine
    from features.facts import Dataset
    from training.describe import backtest_sentences, training_summary
    from training.leak_report import guard_dict, guard_sentences, guard_table
    from training.spec import override, read_spec, read_trust
    from training.tables import arms_table, comparison_table
    from training.train import train as run

    chosen = read_spec(spec, horizon=horizon, card=card, features=feature_set, capacity=capacity, seed=seed)
    chosen = override(chosen, {"backtest.folds": backtest, "tuning.trials": trials, "tuning.budget": budget})
    chosen = chosen.model_copy(update={"trust": [*chosen.trust, *map(read_trust, trust or [])]})
    computing = choose_engine(engine, master=master, cluster_path=cluster_path)
    with steps() as step:
        result = run(
            Dataset.open(dataset),
            chosen,
            uri=tracking_uri,
            step=step,
            on_round=step.round,
            engine=computing,
            again=again,
        )
    if as_json:
        guarded = {"leak_guard": guard_dict(result.material.guard, result.inflation)}
        _print_json(result.comparison.to_dict() | guarded | result.to_dict())
        return result.registered.version
    for line in training_summary(result.material, chosen):
        out.print(line, markup=False, soft_wrap=True)
    convicted = guard_table(result.material.guard)
    if convicted is not None:
        out.print(convicted)
    for line in guard_sentences(result.material.guard, result.inflation):
        out.print(line, markup=False, soft_wrap=True)
    if result.backtest is not None:
        out.print(arms_table(result.backtest.pooled))
    for line in backtest_sentences(result):
        out.print(line, markup=False, soft_wrap=True)
    out.print(comparison_table(result.comparison, out.width))
    out.print(result.look, markup=False, soft_wrap=True)
    out.print(result.comparison.verdict(["model"]), markup=False, soft_wrap=True)
    if result.recommendation is not None:
        out.print(result.recommendation.sentence, markup=False, soft_wrap=True)
        if result.recommendation.cost:
            out.print(result.recommendation.cost, markup=False, soft_wrap=True)
    advice = result.recommendation
    use = "To use it" if advice is None or advice.arm == "model" else "To use it against that advice"
    if result.backtest is not None:
        picture = result.registered.artifact("backtest.png")
        out.print(f"\nThe backtest as a picture: {picture}", markup=False, soft_wrap=True, highlight=False)
    out.print(
        f"\nRegistered as version {result.registered.version} in {result.registered.uri}. {use}:\n"
        f"  leadquality promote {result.registered.version}{_with_uri(tracking_uri)}\n"
        "Everything about it on one page:\n"
        f"  leadquality model-card {result.registered.version} -o card.html{_with_uri(tracking_uri)}",
        markup=False,
        soft_wrap=True,
    )
    return result.registered.version


def _with_uri(uri: str | None) -> str:
    return f" --tracking-uri {uri}" if uri else ""


def _print_json(content: dict[str, Any]) -> None:
    typer.echo(json.dumps(content, indent=2, allow_nan=False))


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
