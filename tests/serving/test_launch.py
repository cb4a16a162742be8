"""``serve``: what it refuses before it starts, and one real server from start to Ctrl-C."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import lightgbm as lgb
import pytest
from mlflow import MlflowClient

from models.registry import CHAMPION, MODEL_NAME
from serving import launch
from training.tracking import Record, record_training

# MLflow's own: it leaves its SQLite database open, and its queries use an option that SQLAlchemy 2.1 deprecates.
# Each can go when MLflow no longer does so.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:The ``noload`` loader:sqlalchemy.exc.SADeprecationWarning"),
]


@pytest.fixture(scope="module")
def registry(model, tmp_path_factory):
    """Return the URI of a registry with version 1, which is no champion yet."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('registry') / 'mlflow.db'}"
    record_training(Record(model, {}, {}, {}, {}, {}), uri)
    return uri


@pytest.fixture(scope="module")
def champion(registry):
    MlflowClient(registry, registry).set_registered_model_alias(MODEL_NAME, CHAMPION, "1")
    return registry


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def no_server(monkeypatch):
    started = []
    monkeypatch.setattr(launch.subprocess, "Popen", lambda command, env: started.append((command, env)))
    return started


def test_no_registry(tmp_path, port, no_server, capsys):
    assert launch.serve(f"sqlite:///{tmp_path}/none.db", port=port) == 2
    told = capsys.readouterr()
    assert "leadquality train" in told.err
    assert told.out == ""
    assert no_server == []


def test_no_champion(registry, port, no_server, capsys):
    assert launch.serve(registry, port=port) == 2
    assert "no version is champion yet" in (told := capsys.readouterr().err)
    assert "leadquality promote 1" in told
    assert no_server == []


def test_port_in_use(champion, no_server, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert launch.serve(champion, port=port) == 2
    assert f"port {port} on 127.0.0.1 cannot be had: address already in use" in capsys.readouterr().err
    assert no_server == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"port": 0}, "port 0: expected 1 to 65535"),
        ({"port": 65_536}, "port 65536"),
        ({"workers": 0}, "workers 0"),
        ({"host": "example.com"}, "'example.com' is not an IP address"),
        ({"host": "203.0.113.1"}, "cannot be had"),
    ],
)
def test_impossible_address(wrong, told, port, no_server, capsys):
    assert launch.serve("sqlite:///none.db", **({"port": port} | wrong)) == 2
    assert told in capsys.readouterr().err
    assert no_server == []


def test_workers_are_told_one_version_and_the_parent_never_predicts(
    champion, port, no_server, monkeypatch, capsys
):
    def predict(*_, **__):
        raise AssertionError("a process that starts workers must not have used LightGBM's threads")

    monkeypatch.setattr(lgb.Booster, "predict", predict)
    monkeypatch.setattr(launch, "_attend", lambda *_: 0)
    assert launch.serve(champion, "localhost", port, workers=3) == 0
    ((command, env),) = no_server
    assert command[-5:] == ["--host", "127.0.0.1", "--port", str(port), "--quiet"]
    assert env["LEADQUALITY_TRACKING_URI"] == champion
    assert env["LEADQUALITY_MODEL_VERSION"] == "1"
    assert env["LEADQUALITY_WORKERS"] == "3"
    assert env["BENTOML_DO_NOT_TRACK"] == "True"
    assert "model version 1, card b2b_example" in capsys.readouterr().out


def test_importing_the_service_loads_no_model():
    heavy = "{'mlflow', 'lightgbm'} & set(__import__('sys').modules)"
    code = f"import serving.service; print(sorted({heavy}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def ask(url, body=None):
    headers = {"Content-Type": "application/json", "X-Request-ID": "smoke-1"}
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - the server we started
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def read_until_ready(process):
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.lstrip().startswith("-d "):
            return lines
    raise AssertionError(f"not ready: {lines}")


def check_routes(url, lead):
    status, headers, body = ask(f"{url}/v1/score", json.dumps(lead).encode())
    assert status == 200, body
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Request-ID"] == "smoke-1"
    answer = json.loads(body)
    assert answer["status"] == "scored"
    assert answer["model_version"] == "1"
    status, _, body = ask(f"{url}/v1/score", b'{"created_at": "2020-01-01", "created_at": "2020-01-01"}')
    assert status == 400
    assert json.loads(body)["field"] == "created_at"
    assert ask(f"{url}/livez")[0] == ask(f"{url}/readyz")[0] == 200
    metrics = ask(f"{url}/metrics")[2].decode()
    assert 'leadquality_requests_total{path="/v1/score",status="200"} 1.0' in metrics
    assert json.loads(ask(f"{url}/v1/model")[2])["model_version"] == "1"
    # BentoML's own index page and documents must not be reachable: they load a third party's tag.
    assert json.loads(ask(url)[2])["service"] == "lead quality"
    assert json.loads(ask(f"{url}/docs.json")[2])["status"] == "error"


def test_a_real_server_from_start_to_interrupt(champion, port, tmp_path):
    code = f"import sys; from serving.launch import serve; sys.exit(serve({champion!r}, port={port}))"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"HOME": str(tmp_path)},
        start_new_session=True,
    )
    try:
        lines = read_until_ready(process)
        url = f"http://127.0.0.1:{port}"
        assert any(line.startswith(f"Ready at {url}") for line in lines)
        # What the example tells a user to send must work as it stands.
        check_routes(url, json.loads(shlex.split(lines[-1])[1]))
        # As a terminal does it: everybody in the foreground hears of Ctrl-C.
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    finally:
        process.poll() is None and os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0
    assert rest.split() == ["Stopped."]
    assert len(lines) <= 8, lines
    with pytest.raises(urllib.error.URLError):
        ask(f"{url}/livez")
    assert list(tmp_path.iterdir()) == []
