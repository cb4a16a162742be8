"""A Bento is built, and serves from another folder, with no registry and by its own packages."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.metadata import packages_distributions
from pathlib import Path

import psutil
import pytest
import yaml

from serving import bento
from serving.bento import BentoError, build_bento
from serving.software import this_software
from tests.postgres import free_port
from tests.serving.live import PATIENCE, stop


@pytest.fixture(scope="module")
def built(model, tmp_path_factory):
    return build_bento(model, tmp_path_factory.mktemp("bento") / "made")


def test_it_holds_service_model_and_card(built, model):
    content = yaml.safe_load((built / "bento.yaml").read_text())
    assert content["service"] == "serving.service:LeadScoring"
    assert content["version"] == "v7"
    assert content["labels"] == {"model_version": "7", "card": model.card.name}
    packed = built / "src" / "packed_model"
    assert (packed / "version.txt").read_text() == "7\n"
    assert (packed / "card.json").is_file()
    assert not list(built.rglob("*.nb?"))
    assert not (built / "src" / "training").exists()
    text = (built / "env" / "python" / "requirements.txt").read_text()
    assert all("==" in line for line in text.split())
    assert "index-url" not in text
    assert "libgomp1" in (built / "bento.yaml").read_text()


def test_a_folder_that_is_there_stays(model, tmp_path):
    with pytest.raises(BentoError, match="is there already"):
        build_bento(model, tmp_path)


def test_all_that_answering_needs_is_named():
    """Whatever a worker imports is named, or comes with what is."""
    code = "import sys, serving.service, serving.app, serving.adapters.library; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    whose = packages_distributions()
    used = {name.lower() for module in done.stdout.split() for name in whose.get(module.partition(".")[0], ())}
    declared = yaml.safe_load("[" + ",".join(f'"{name}"' for name in bento.NEEDED) + "]")
    named = {name.partition("[")[0].lower() for name in declared}
    own = {"mlflow", "matplotlib", "optuna", "openpyxl", "shap", "pyspark", "polars"}
    assert not own & used
    direct = {"alembic", "bentoml", "duckdb", "lightgbm", "numba", "numpy", "orjson", "pandas", "pyarrow"}
    direct |= {"prometheus_client", "psycopg", "pydantic", "pyyaml", "sqlalchemy", "starlette", "scipy"}
    assert {name.replace("_", "-") for name in direct & used} <= named


def ask(url, path, body=None):
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url + path, body, headers)  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@contextlib.contextmanager
def serving_bento(built, folder, **more):
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW", "PYTHONPATH"))}
    log = (folder / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "bentoml", "serve", str(built), "--host", "127.0.0.1", "--port", str(port)],
        cwd=folder,
        env=kept | {"HOME": str(folder)} | more,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    url, until = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE
    try:
        while True:
            with contextlib.suppress(OSError):
                if ask(url, "/readyz")[0] == 200:
                    break
            assert process.poll() is None
            assert time.monotonic() < until, (folder / "log").read_text()
            time.sleep(0.3)
        yield url, process
    finally:
        stop(process)
        log.close()


def test_it_runs_by_itself(built, tmp_path):
    lead = json.dumps({"lead_id": "L-1", "created_at": "2026-05-01"}).encode()
    ledger = tmp_path / "ledger.db"
    with serving_bento(built, tmp_path, LEADQUALITY_LEDGER=str(ledger), LEADQUALITY_KEYS_REQUIRED="0") as (
        url,
        run,
    ):
        status, answer = ask(url, "/v1/score", lead)
        assert (status, answer["status"], answer["model_version"]) == (200, "scored", "7")
        status, receipt = ask(url, f"/v1/receipts/{answer['receipt_id']}")
        # Of the same code and texts, although nothing is installed there.
        assert (status, receipt["software"]) == (200, this_software())
        status, told = ask(url, "/v1/model/reload", b"")
        assert status == 409
        assert "has its model with it" in told["message"]
        workers = [
            child
            for child in psutil.Process(run.pid).children(recursive=True)
            if "_bentoml_impl.worker.service" in child.cmdline()
        ]
        # By its own packages, not by those that happen to be installed here.
        assert {Path(worker.cwd()) for worker in workers} == {built / "src"}
    assert ledger.is_file()
    # Once started, nobody knows who can reach it: without that word, a key is asked for.
    with serving_bento(built, tmp_path) as (url, _):
        assert ask(url, "/v1/score", lead)[0] == 401
