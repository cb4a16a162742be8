"""``serve``: what it refuses before it starts, and one real server from start to Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import lightgbm as lgb
import psutil
import pytest
from mlflow import MlflowClient

from models.registry import CHAMPION, MODEL_NAME
from serving import launch
from serving.launch import Wanted
from serving.ledger import AddKey, RevokeKey, open_ledger
from tests.serving.live import serving
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
    assert launch.serve(Wanted(f"sqlite:///{tmp_path}/none.db", port=port)) == 2
    told = capsys.readouterr()
    assert "leadquality train" in told.err
    assert told.out == ""
    assert no_server == []


def test_no_champion(registry, port, no_server, capsys):
    assert launch.serve(Wanted(registry, port=port)) == 2
    assert "no version is champion yet" in (told := capsys.readouterr().err)
    assert "leadquality promote 1" in told
    assert no_server == []


def test_port_in_use(champion, no_server, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert launch.serve(Wanted(champion, port=port)) == 2
    assert f"port {port} on 127.0.0.1 cannot be had: address already in use" in capsys.readouterr().err
    assert no_server == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"port": 0}, "port 0: expected 1 to 65535"),
        ({"port": 65_536}, "port 65536"),
        ({"workers": 0}, "workers 0"),
        ({"per_minute": 0}, "per-minute 0"),
        ({"mappings": (Path("none.yaml"),)}, "none.yaml"),
        ({"host": "example.com"}, "'example.com' is not an IP address"),
        ({"host": "203.0.113.1"}, "cannot be had"),
    ],
)
def test_impossible_address(wrong, told, port, no_server, capsys):
    assert launch.serve(Wanted("sqlite:///none.db", **({"port": port} | wrong))) == 2
    assert told in capsys.readouterr().err
    assert no_server == []


def test_workers_are_told_one_version_and_the_parent_never_predicts(
    champion, port, no_server, monkeypatch, capsys
):
    def predict(*_, **__):
        raise AssertionError("a process that starts workers must not have used LightGBM's threads")

    monkeypatch.setattr(lgb.Booster, "predict", predict)
    monkeypatch.setattr(launch, "attend", lambda *_: 0)
    assert launch.serve(Wanted(champion, "localhost", port, workers=3, per_minute=90)) == 0
    ((command, env),) = no_server
    assert command[-5:] == ["--host", "127.0.0.1", "--port", str(port), "--quiet"]
    assert env["LEADQUALITY_TRACKING_URI"] == champion
    assert env["LEADQUALITY_MODEL_VERSION"] == "1"
    assert env["LEADQUALITY_WORKERS"] == "3"
    assert env["LEADQUALITY_PER_MINUTE"] == "90"
    assert env["LEADQUALITY_KEYS_REQUIRED"] == "0"
    assert env["BENTOML_DO_NOT_TRACK"] == "True"
    assert "model version 1, card b2b_example" in capsys.readouterr().out


def test_importing_the_service_loads_no_model():
    heavy = "{'mlflow', 'lightgbm'} & set(__import__('sys').modules)"
    code = f"import serving.service; print(sorted({heavy}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def key(key_id):
    return AddKey(key_id, "crm", "0" * 64, ("score",), 1)


@pytest.fixture
def refused(champion, port, no_server, capsys):
    def start(**wanted):
        code = launch.serve(Wanted(champion, **({"port": port} | wanted)))
        assert no_server == []
        assert code == 2
        return capsys.readouterr().err

    return start


def test_ledgers_that_will_not_do(refused, tmp_path):
    assert "no such folder" in refused(ledger=str(tmp_path / "none" / "ledger.db"))
    (tmp_path / "text.db").write_text("no database at all, but a text that goes on for a while" * 50)
    assert "text.db" in refused(ledger=str(tmp_path / "text.db"))
    assert "no such kind of ledger" in refused(ledger="mysql://host/db")
    told = refused(ledger="postgresql://me:secret@127.0.0.1:1/leads")
    assert "postgresql://me@127.0.0.1:1/leads" in told
    assert "secret" not in told


def test_others_get_in_only_with_keys(refused, champion, port, no_server, monkeypatch, capsys, tmp_path):
    ledger = str(tmp_path / "ledger.db")
    told = refused(host="0.0.0.0", ledger=ledger)  # noqa: S104
    assert f"leadquality keys create --name crm --scope score --ledger {ledger}" in told
    assert "--ledger" in refused(host="0.0.0.0")  # noqa: S104
    assert "--ledger" in refused(keys_required=True)
    with open_ledger(ledger) as opened:
        opened.write(key("a1"))
        opened.write(RevokeKey("a1", 2))
    monkeypatch.setattr(launch, "attend", lambda *_: 0)
    assert launch.serve(Wanted(champion, "0.0.0.0", port, ledger=ledger)) == 0  # noqa: S104
    assert no_server[0][1]["LEADQUALITY_KEYS_REQUIRED"] == "1"
    assert "0 are valid" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wanted", "told", "required"),
    [
        ({}, "without a ledger there are no API keys", "0"),
        ({"ledger": "ledger.db"}, "no API key was ever made", "0"),
        ({"ledger": "ledger.db", "keys_required": True}, "there is none yet", "1"),
    ],
)
def test_it_says_who_may_ask(champion, port, no_server, monkeypatch, capsys, tmp_path, wanted, told, required):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(launch, "attend", lambda *_: 0)
    assert launch.serve(Wanted(champion, port=port, **wanted)) == 0
    assert told in capsys.readouterr().out
    assert no_server[0][1]["LEADQUALITY_KEYS_REQUIRED"] == required


def test_a_shadow_needs_a_ledger_and_a_version(refused, tmp_path):
    assert "--ledger" in refused(shadow="1")
    assert "no version or alias '9'" in refused(shadow="9", ledger=str(tmp_path / "ledger.db"))


def test_the_shadow_follows_the_board_of_the_workers(champion, port, no_server, monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(launch, "attend", lambda *told: seen.append(told) or 0)
    ledger = str(tmp_path / "ledger.db")
    assert launch.serve(Wanted(champion, port=port, ledger=ledger, shadow=CHAMPION)) == 0
    shadow = seen[0][-1]
    assert (shadow.version, shadow.wanted, shadow.command[-1]) == ("1", CHAMPION, "1")
    assert shadow.board.folder == Path(no_server[0][1]["LEADQUALITY_SERVICE_HOME"]) / "model"
    assert shadow.resolve(CHAMPION) == "1"


def check_routes(live):
    status, headers, answer = live.ask("/v1/score", live.example)
    assert status == 200, answer
    assert headers["Content-Type"] == "application/json"
    assert answer["status"] == "scored"
    assert answer["model_version"] == "1"
    assert answer["receipt_id"]
    status, _, error = live.ask("/v1/score", b'{"created_at": "2020-01-01", "created_at": "2020-01-01"}')
    assert status == 400
    assert error["field"] == "created_at"
    assert live.ask("/livez")[0] == live.ask("/readyz")[0] == 200
    status, _, unknown = live.ask("/v1/leads/a%2Fb")
    assert (status, unknown["field"]) == (404, "lead_id")
    assert live.ask("/v1/leads/a/b")[2]["message"].startswith("no such path")
    metrics = live.ask("/metrics")[2]
    assert 'leadquality_requests_total{path="/v1/score",status="200"} 1.0' in metrics
    assert live.ask("/v1/model")[2]["model_version"] == "1"
    # BentoML's own index page and documents must not be reachable: they load a third party's tag.
    status, headers, page = live.ask("/")
    assert page["service"] == "lead quality"
    for path in ("/docs.json", "/healthz", "/schema.json", "/index.html", "/static_content/main.css"):
        assert live.ask(path)[2]["status"] == "error"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "server" not in headers


def test_a_launcher_that_is_killed_leaves_nobody_behind(champion, tmp_path):
    with serving(tmp_path, "--tracking-uri", champion, "--workers", "2") as live:
        live.wait_until(lambda: len(live.workers()) == 2)
        family = psutil.Process(live.process.pid).children(recursive=True)
        answer = live.ask("/v1/score", live.example)[2]
        live.process.kill()
        gone, left = psutil.wait_procs(family, 60)
        assert left == []
        assert len(gone) >= 3
        assert any("the launcher is gone" in line for line in live.complained), live.complained
        with socket.socket() as freed:
            freed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            freed.bind(("127.0.0.1", live.port))
    with open_ledger(str(tmp_path / "ledger.db"), create=False) as ledger:
        assert ledger.receipt(answer["receipt_id"]) is not None


def test_a_worker_whose_supervisor_is_killed_ends(champion, tmp_path):
    with serving(tmp_path, "--tracking-uri", champion) as live:
        (worker,) = (psutil.Process(pid) for pid in live.workers())
        worker.parent().kill()
        worker.wait(60)
        assert live.process.wait(60) == 1
    assert any("ended by itself" in line for line in live.complained)


def test_a_real_server_from_start_to_interrupt(champion, tmp_path):
    with serving(tmp_path, "--tracking-uri", champion) as live:
        assert any(line.startswith(f"Ready at {live.url}") for line in live.said)
        assert "Ledger: ledger.db (made now)" in live.said
        # What the example tells a user to send must work as it stands.
        check_routes(live)
        lines = len(live.said)
        # As a terminal does it: everybody in the foreground hears of Ctrl-C.
        os.killpg(live.process.pid, signal.SIGINT)
        assert live.process.wait(30) == 0
    assert live.said[lines:] == ["", "Stopped."]
    assert live.complained == []
    assert lines <= 10, live.said
    with open_ledger(str(tmp_path / "ledger.db"), create=False) as ledger:
        assert ledger.counts()["receipts"] == 1
    assert {file.name for file in tmp_path.iterdir()} <= {"ledger.db", "ledger.db-wal", "ledger.db-shm"}


def test_strange_requests_are_answered_at_once_and_the_log_stays_json(champion, tmp_path):
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    upgrade += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    head = b"GET /jane HTTP/1.1\r\nHost: localhost\r\n" + upgrade
    with serving(tmp_path, "--tracking-uri", champion, "--ledger", "ledger.db") as live:

        def sent(raw):
            with socket.create_connection(("127.0.0.1", live.port), 10) as one:
                one.sendall(raw)
                return one.recv(100)

        assert sent(head).startswith(b"HTTP/1.1 403")
        for _ in range(20):
            assert sent(b"JANE\x00 doe\r\n\r\n").startswith(b"HTTP/1.1 400")
        assert sent(b"GET /v1/model HTTP/1.1\r\nHost: jane.example\r\n\r\n").startswith(b"HTTP/1.1 403")
        (tmp_path / "ledger.db").rename(tmp_path / "moved.db")
        assert {live.ask("/readyz")[0] for _ in range(3)} == {503}
        live.wait_until(lambda: any("was moved or deleted" in line for line in live.complained))
        told = [json.loads(line) for line in live.complained]
    assert [line["what"] for line in told].count("Invalid HTTP request received.") == 1
    assert not [line for line in live.complained if "jane" in line.lower()]
