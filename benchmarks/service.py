"""What a scored lead costs over HTTP: the service beside the same routes on bare uvicorn, and beside a bare echo.

``python -m benchmarks.service`` trains a small model on a simulated market first; ``--model FOLDER`` takes a saved
one. All servers run at once and are asked in turn, so that what else the machine does falls on all of them: read
the ratios, not the milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request  # noqa: TC002 - one name
from starlette.responses import Response
from starlette.routing import Route

MODEL = "LEADQUALITY_BENCHMARK_MODEL"
ROUNDS, SECONDS = 5, 1.5
ARMS = {
    "echo on uvicorn": ["uvicorn", "benchmarks.service:echo_app", "--factory", "--log-level", "error", "--port"],
    "/score on uvicorn": [
        "uvicorn",
        "benchmarks.service:score_app",
        "--factory",
        "--log-level",
        "error",
        "--port",
    ],
    "/score as served": ["leadquality", "serve", "--port"],
}


def echo_app() -> Starlette:
    """Return what the framework alone can do: a body in, the same body out."""

    async def echo(request: Request) -> Response:
        return Response(await request.body(), media_type="application/json")

    return Starlette(routes=[Route("/score", echo, methods=["POST"]), Route("/readyz", lambda _: Response())])


def score_app() -> Starlette:
    """Return the service's own application without BentoML around it."""
    from models.lead_model import LeadModel
    from serving.app import create_app
    from serving.settings import now

    app = create_app(LeadModel.load(Path(os.environ[MODEL])), now)
    app.router.routes.append(Route("/readyz", lambda _: Response()))
    return app


def prepare(given: Path | None, folder: Path) -> tuple[Path, str]:
    """Train a small model unless one is given, and make it the champion; return its folder and the registry."""
    # ruff: noqa: PLC0415 - the echo imports this module too, and must not carry all this
    from mlflow import MlflowClient

    from features.simulation import import_simulated
    from models.lead_model import LeadModel
    from models.registry import CHAMPION, MODEL_NAME
    from training.fit import fit_all
    from training.material import gather
    from training.spec import read_spec
    from training.tracking import Record, record_training

    if given is None:
        print("training a small model ...")
        spec = read_spec("default", card="b2b_example", folds=2)
        fit_all(gather(import_simulated(3000, 1, folder / "dataset"), spec), spec).model.save(folder / "model")
    model, uri = given or folder / "model", f"sqlite:///{folder}/mlflow.db"
    record_training(Record(LeadModel.load(model), {}, {}, {}, {}, {}), uri)
    MlflowClient(uri, uri).set_registered_model_alias(MODEL_NAME, CHAMPION, "1")
    return model, uri


def start(stack: ExitStack, command: list[str], environment: dict[str, str]) -> int:
    """Start a server, wait until it is ready, and return its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    full = [sys.executable, "-m", *command, str(port)]
    server = stack.enter_context(subprocess.Popen(full, env=environment, stdout=subprocess.DEVNULL))
    stack.callback(server.terminate)
    while server.poll() is None:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=60):
            return port
        time.sleep(0.1)
    raise SystemExit(f"{' '.join(full)} ended with code {server.returncode}")


async def ask(port: int, request: bytes, connections: int) -> np.ndarray:
    """Ask over kept connections for some seconds; return each answer's time in milliseconds."""
    times, stop = [], time.perf_counter() + SECONDS

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (since := time.perf_counter()) < stop:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 200"), head
            await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
            times.append((time.perf_counter() - since) * 1000)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return np.array(times)


def report(ports: dict[str, int], request: bytes, connections: int) -> None:
    times: dict[str, list[np.ndarray]] = {arm: [] for arm in ports}
    for _ in range(ROUNDS):
        for arm, port in ports.items():
            times[arm].append(asyncio.run(ask(port, request, connections)))
    print(f"\n{connections} at a time, {ROUNDS} rounds of {SECONDS} s; ratios to the first line")
    every = {arm: np.concatenate(found) for arm, found in times.items()}
    rows = {arm: [len(ms) / (ROUNDS * SECONDS), *np.percentile(ms, [50, 99])] for arm, ms in every.items()}
    first = next(iter(rows.values()))
    for arm, row in rows.items():
        cells = [f"{value:9.2f} ({value / one:5.2f}x)" for value, one in zip(row, first, strict=True)]
        print(f"{arm:18}  per second {cells[0]}  p50 ms {cells[1]}  p99 ms {cells[2]}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, help="folder of a saved model; without it a small one is trained")
    with TemporaryDirectory() as folder, ExitStack() as stack:
        model, uri = prepare(parser.parse_args().model, Path(folder))
        environment = os.environ | {MODEL: str(model.resolve()), "MLFLOW_TRACKING_URI": uri}
        ports = {arm: start(stack, command, environment) for arm, command in ARMS.items()}
        with urlopen(f"http://127.0.0.1:{ports['/score as served']}/openapi.json") as answer:
            asked = json.load(answer)["paths"]["/score"]["post"]["requestBody"]
        body = json.dumps(asked["content"]["application/json"]["example"]).encode()
        head = f"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nContent-Type: application/json"
        for connections in (1, 16):
            report(ports, head.encode() + b"\r\n\r\n" + body, connections)


if __name__ == "__main__":
    main()
