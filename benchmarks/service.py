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
from typing import TYPE_CHECKING
from urllib.request import urlopen

import numpy as np
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

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
    from models.lead_model import LeadModel  # noqa: PLC0415 - the echo must not carry it
    from serving.app import create_app  # noqa: PLC0415
    from serving.settings import now  # noqa: PLC0415

    app = create_app(LeadModel.load(Path(os.environ[MODEL])), now)
    app.router.routes.append(Route("/readyz", lambda _: Response()))
    return app


def train_model(folder: Path) -> None:
    """Train as ``leadquality train`` would, on few leads and in few rounds."""
    from features.simulation import import_simulated  # noqa: PLC0415
    from training.fit import fit_all  # noqa: PLC0415
    from training.material import gather  # noqa: PLC0415
    from training.spec import read_spec  # noqa: PLC0415

    spec = read_spec("default", card="b2b_example", folds=2)
    fit_all(gather(import_simulated(3000, 1, folder.parent / "dataset"), spec), spec).model.save(folder)


def register(folder: Path, uri: str) -> None:
    """Make a saved model the champion of a registry."""
    from mlflow import MlflowClient  # noqa: PLC0415

    from models.lead_model import LeadModel  # noqa: PLC0415
    from models.registry import CHAMPION, MODEL_NAME  # noqa: PLC0415
    from training.tracking import Record, record_training  # noqa: PLC0415

    record_training(Record(LeadModel.load(folder), {}, {}, {}, {}, {}), uri)
    MlflowClient(uri, uri).set_registered_model_alias(MODEL_NAME, CHAMPION, "1")


def start(stack: ExitStack, command: list[str], environment: dict[str, str]) -> int:
    """Start a server, wait until it is ready, and return its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    full = [sys.executable, "-m", *command, str(port)]
    server = subprocess.Popen(full, env=os.environ | environment, stdout=subprocess.DEVNULL)
    stack.callback(server.wait)
    stack.callback(server.terminate)
    while server.poll() is None:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=60):
            return port
        time.sleep(0.1)
    raise SystemExit(f"{' '.join(full)} ended with code {server.returncode}")


async def ask(port: int, request: bytes, connections: int) -> np.ndarray:
    """Ask over kept connections for some seconds; return each answer's time in milliseconds."""
    times: list[float] = []
    stop = time.perf_counter() + SECONDS

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
    """Print requests a second and latencies of every server, and their ratios to the first."""
    times: dict[str, list[np.ndarray]] = {arm: [] for arm in ports}
    for _ in range(ROUNDS):
        for arm, port in ports.items():
            times[arm].append(asyncio.run(ask(port, request, connections)))
    print(
        f"\n{connections} connection{'s'[: connections - 1]}, {ROUNDS} rounds of {SECONDS} s; ratios to the first line"
    )
    first: np.ndarray | None = None
    for arm, rounds in times.items():
        every = np.concatenate(rounds)
        row = np.array([len(every) / (ROUNDS * SECONDS), *np.percentile(every, [50, 99])])
        first = row if first is None else first
        cells = [f"{v:9.2f} ({v / f:5.2f}x)" for v, f in zip(row, first, strict=True)]
        print(f"{arm:18}  per second {cells[0]}  p50 ms {cells[1]}  p99 ms {cells[2]}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", type=Path, help="folder of a saved model; without it a small one is trained")
    given: Path | None = parser.parse_args().model
    with TemporaryDirectory() as folder, ExitStack() as stack:
        model = given or Path(folder) / "model"
        if given is None:
            print("training a small model ...")
            train_model(model)
        uri = f"sqlite:///{folder}/mlflow.db"
        register(model, uri)
        environment = {MODEL: str(model.resolve()), "MLFLOW_TRACKING_URI": uri}
        ports = {arm: start(stack, command, environment) for arm, command in ARMS.items()}
        with urlopen(f"http://127.0.0.1:{ports['/score as served']}/openapi.json") as answer:
            post = json.load(answer)["paths"]["/score"]["post"]
        body = json.dumps(post["requestBody"]["content"]["application/json"]["example"]).encode()
        head = f"POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        for connections in (1, 16):
            report(ports, head.encode() + body, connections)


if __name__ == "__main__":
    main()
