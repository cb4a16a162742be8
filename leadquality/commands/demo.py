"""The whole job on a simulated market, each step as the command that a user would type."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer

from leadquality.commands import audit, data, ledger_filling, model, registry
from leadquality.console import out

_PATIENCE = 90.0


def demo(
    into: Annotated[Path, typer.Option("--into", help="Folder for everything that the demo makes.")] = Path(
        "demo"
    ),
    leads: Annotated[int, typer.Option("--leads", min=2000, help="Size of the market.")] = 8_000,
    seed: Annotated[int, typer.Option("--seed")] = 1,
) -> None:
    """Watch the main job from an export to a scored lead with its reasons."""
    from features.facts import Dataset

    began = time.monotonic()
    into.mkdir(parents=True, exist_ok=True)
    export, dataset, uri = into / "export", into / "data", f"sqlite:///{into}/mlflow.db"

    _say("1  A market is simulated and written as a Salesforce export, traps included")
    _run(f"import simulated --leads {leads} --seed {seed} --into {into}/market --as salesforce {export}")
    data.simulated(into / "market", leads, seed, ("salesforce", export))

    _say("2  The export is read, checked and brought to five tables")
    _run(f"import salesforce {export} --into {dataset}")
    data.salesforce(export, dataset)

    _say("3  The export is X-rayed: what it hides, cuts off or tells too early")
    _run(f"audit {dataset} --into {into}")
    audit.audit(dataset, into)

    _say("4  A model is trained on what was known at each moment, and held against the agreed card")
    _run(f"train {dataset} --horizon 90 --card b2b_example --tracking-uri {uri}")
    # The same data and specification come up whenever the demonstration is run again.
    version = model.train(
        dataset, horizon="90", card="b2b_example", tracking_uri=uri, again="the demonstration is run again"
    )

    _say("5  The new version must pass the gates to become the champion")
    _run(f"promote {version} --tracking-uri {uri}")
    registry.promote(version, uri)

    _say("6  Every open lead is scored")
    _run(f"score {dataset} --as-of now -o {into}/scores.parquet --tracking-uri {uri}")
    model.score(dataset, "now", into / "scores.parquet", tracking_uri=uri)

    _say("7  The service's ledger is told all of it, and every open lead is scored there")
    ledger, until = into / "ledger.db", Dataset.open(dataset).manifest.observed_until
    _remove(ledger)
    _run(f"ledger load {dataset} --ledger {ledger}")
    ledger_filling.load(dataset, str(ledger))
    _run(f"ledger score --ledger {ledger} --as-of {until} --tracking-uri {uri}")
    ledger_filling.score(str(ledger), until, uri)

    _say("8  The service scores one lead, with its reasons")
    _score_one(into, dataset, uri, ledger)
    _where_next(into, uri, ledger, time.monotonic() - began)


def _say(text: str) -> None:
    out.print(f"\n[bold]{text}[/bold]")


def _run(arguments: str) -> None:
    out.print(f"$ .venv/bin/leadquality {arguments}", style="cyan", markup=False, soft_wrap=True)


def _remove(ledger: Path) -> None:
    """Begin with an empty ledger: the last demonstration may have told of another market."""
    for end in ("", "-wal", "-shm"):
        Path(f"{ledger}{end}").unlink(missing_ok=True)


def _score_one(into: Path, dataset: Path, uri: str, ledger: Path) -> None:
    port = _free_port()
    body = into / "lead.json"
    body.write_text(json.dumps(_best_lead(into, dataset, uri), indent=1), encoding="utf-8")
    _run(f"serve --tracking-uri {uri} --ledger {ledger} --port {port} &")
    log = (into / "service.log").open("w")
    options = ["--tracking-uri", uri, "--ledger", str(ledger), "--port", str(port)]
    command = [sys.executable, "-m", "leadquality", "serve", *options]
    service = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(f"http://127.0.0.1:{port}/readyz", service, into / "service.log")
        out.print(f"$ curl -d @{body} -H 'Content-Type: application/json' 127.0.0.1:{port}/v1/score", style="cyan")
        out.print_json(data=_post(f"http://127.0.0.1:{port}/v1/score", body.read_bytes()))
    finally:
        os.killpg(service.pid, signal.SIGTERM)
        service.wait(timeout=30)
        log.close()


def _best_lead(into: Path, dataset: Path, uri: str) -> dict[str, Any]:
    """Return the request for the best open lead on which model and card disagree."""
    import pandas as pd

    from features.facts import Dataset
    from features.requests import request_for
    from models.registry import Registry

    scores = pd.read_parquet(into / "scores.parquet")
    apart = scores[~scores["agree"]] if not scores["agree"].all() else scores
    opened = Dataset.open(dataset)
    known = set(Registry(uri).load("champion").vocabulary.attributes)
    return request_for(opened, str(apart["lead_id"].iloc[0]), opened.observed_until, known)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, service: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and service.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.2)
    out.print(f"The service did not come up; its log is {log}", style="red")
    raise typer.Exit(1)


def _post(url: str, body: bytes) -> Any:  # noqa: ANN401 - whatever JSON comes back
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - our own address
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        return json.load(response)


def _where_next(into: Path, uri: str, ledger: Path, seconds: float) -> None:
    _say(f"Done in {seconds:.0f} s. Where to look next")
    for line in (
        f"{into}/audit.html               what the export covers and hides, with the evidence",
        f"{into}/scores.parquet           every open lead, best first, with reasons",
        f".venv/bin/leadquality serve --tracking-uri {uri} --ledger {ledger}",
        "                               then who to call now: http://127.0.0.1:3000/",
        f"                               and one lead: POST {into}/lead.json to /v1/score",
        f".venv/bin/mlflow ui --backend-store-uri {uri}   the run: figures, plots, the model's files",
        "models/cards/b2b_example.yaml  the agreed card; change it and train again",
        "README.md                      the same on your own export",
    ):
        out.print(f"  {line}", markup=False, soft_wrap=True)
