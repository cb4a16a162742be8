"""One server of two workers under load: the model is changed and refused, clients dawdle, the clock goes back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import resource
import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlparse

import psutil
import pytest
from mlflow import MlflowClient

from models.registry import MODEL_NAME
from serving.ledger import open_ledger
from tests.serving.faults.conftest import point
from tests.serving.faults.load import Load, assert_all_kept
from tests.serving.live import serving
from training.tracking import Record, record_training

pytestmark = [
    pytest.mark.faults,
    pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:The ``noload`` loader:sqlalchemy.exc.SADeprecationWarning"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def live(served_registry, folder, site):
    options = ("--tracking-uri", served_registry, "--workers", "2", "--ledger", str(folder / "ledger.db"))
    # BentoML's own switch is not set here: the launcher must.
    with serving(folder, *options, env=site | {"BENTOML_DO_NOT_TRACK": ""}) as started:
        assert len(started.workers()) == 2
        yield started


def versions_now(live):
    """Return who answers, asked on several connections, so that both workers are."""
    return {live.ask("/v1/model")[2]["model_version"] for _ in range(12)}


def test_the_model_changes_under_load_and_no_request_fails(live, served_registry):
    with Load(live.port, threads=2) as load:
        load.wait_for(30)
        point(served_registry, "2")
        status, _, told = live.ask("/v1/model/reload", b"", timeout=120)
        assert (status, told.get("workers"), told.get("model_version")) == (200, 2, "2"), told
        assert versions_now(live) == {"2"}
        load.wait_for(30)
        point(served_registry, "1")
        os.kill(live.process.pid, signal.SIGHUP)
        live.wait_until(lambda: "Model version 1 answers now." in live.said, 120)
        assert versions_now(live) == {"1"}
        load.wait_for(30)
    assert load.failed == []
    assert set(load.versions) == {"1", "2"}
    assert load.versions[-1] == "1"


def test_a_model_with_damaged_files_is_refused(live, served_registry, model):
    record_training(Record(model, {}, {}, {}, {}, {}), served_registry)
    client = MlflowClient(served_registry, served_registry)
    version = max(int(found.version) for found in client.search_model_versions(f"name = '{MODEL_NAME}'"))
    where = client.get_model_version_download_uri(MODEL_NAME, str(version))
    booster = next(Path(urlparse(where).path).rglob("booster.txt"))
    whole = booster.read_text()
    point(served_registry, str(version))
    try:
        with Load(live.port, threads=1) as load:
            # Whole but for one number, over which LightGBM may end the process that it is in.
            booster.write_text(_with_a_wild_child(whole))
            status, _, told = live.ask("/v1/model/reload", b"", timeout=120)
            assert status == 409, told
            assert "stays" in told["message"]
            about = live.ask("/v1/model")[2]
            assert about["model_version"] == "1"
            assert about["reload_failed"]
            booster.unlink()
            os.kill(live.process.pid, signal.SIGHUP)
            live.wait_until(lambda: any(line.startswith("Error: the model") for line in live.complained), 120)
            load.wait_for(10)
        assert load.failed == []
    finally:
        point(served_registry, "1")


def _with_a_wild_child(text):
    """Return the trees with one child far beyond the leaves, at the same length."""
    start = text.index("left_child=") + len("left_child=")
    end = text.index("\n", start)
    return text[:start] + "9" * (end - start) + text[end:]


def test_a_registry_out_of_reach_is_no_reason_to_stop(live, served_registry):
    file = Path(served_registry.removeprefix("sqlite:///"))
    file.rename(file.with_suffix(".away"))
    try:
        status, _, told = live.ask("/v1/model/reload", b"", timeout=120)
        assert status == 409
        assert "no such file" in told["message"]
        assert live.ask("/v1/score", live.example)[0] == 200
        assert "no such file" in live.ask("/v1/model")[2]["reload_failed"]
    finally:
        file.unlink(missing_ok=True)
        file.with_suffix(".away").rename(file)
    assert live.ask("/v1/model/reload", b"", timeout=120)[2]["changed"] is False
    live.wait_until(lambda: live.ask("/v1/model")[2]["reload_failed"] == "")


def test_a_worker_that_is_started_anew_answers_as_its_sibling(live, served_registry):
    point(served_registry, "2")
    assert live.ask("/v1/model/reload", b"", timeout=120)[0] == 200
    point(served_registry, "1")
    before = set(live.workers())
    os.kill(min(before), signal.SIGKILL)
    live.wait_until(lambda: len(set(live.workers()) - before) == 1, 60)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert versions_now(live) == {"2"}
        if len(signed_in(live)) == 2:
            break
        time.sleep(0.5)
    status, _, told = live.ask("/v1/model/reload", b"", timeout=120)
    assert (status, told["workers"]) == (200, 2)
    assert versions_now(live) == {"1"}


def signed_in(live):
    """Return the workers that have signed in."""
    home = next(
        Path(value)
        for value in (psutil.Process(pid).environ().get("LEADQUALITY_SERVICE_HOME") for pid in live.workers())
        if value
    )
    found = []
    for file in (home / "model").glob("worker-*.json"):
        pid = json.loads(file.read_text())["pid"]
        if psutil.pid_exists(pid):
            found.append(pid)
    return found


def test_the_clock_goes_back(live, site, folder):
    clock = Path(site["TEST_CLOCK"])
    with Load(live.port, threads=2) as load:
        for shift in (0, 3600, -86_400, 0):
            clock.write_text(str(shift))
            load.wait_for(8)
    clock.unlink()
    assert load.failed == []
    with open_ledger(str(folder / "ledger.db"), create=False) as ledger:
        assert_all_kept(ledger, load)
        times = ledger.read(
            lambda c: [row[0] for row in c.exec_driver_sql("SELECT recorded_at FROM event_facts ORDER BY seq")]
        )
    assert times == sorted(times)


def test_clients_that_never_finish_their_request(live):
    half = [socket.create_connection(("127.0.0.1", live.port)) for _ in range(200)]
    try:
        starts = (b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"P", b"GET / HTTP/1.1\r\n")
        for i, one in enumerate(half):
            one.sendall(starts[i % 3])
        body = socket.create_connection(("127.0.0.1", live.port))
        body.sendall(
            b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
        )
        began = time.monotonic()
        for _ in range(20):
            assert live.ask("/v1/score", live.example)[0] == 200
        assert time.monotonic() - began < 5
        body.settimeout(15)
        assert b" 408 " in body.recv(100)
        body.close()
        # A byte now and then helps nobody.
        gone, until = 0, time.monotonic() + 25
        while gone < len(half) and time.monotonic() < until:
            gone = sum(_is_closed(one) for one in half)
            time.sleep(0.5)
        assert gone == len(half)
    finally:
        for one in half:
            one.close()
    assert live.ask("/livez")[0] == 200


def _is_closed(one) -> bool:
    one.setblocking(False)
    try:
        one.send(b"x")
        return one.recv(1000) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_a_head_without_end(live):
    with socket.create_connection(("127.0.0.1", live.port)) as one:
        one.settimeout(10)
        one.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 50_000_000:
                one.sendall(b"a" * 65_536)
                sent += 65_536
        assert sent < 20_000_000
    with socket.create_connection(("127.0.0.1", live.port)) as one:
        one.sendall(b"\x16\x03\x01 this is TLS, or nothing at all\r\n\r\n")
        answer = one.recv(2000)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b'"status":"error"' in answer


def test_many_connections_that_stay(live):
    """10,000 of them where one user may open as many, else as many as that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    ports = 28_000
    wanted = min(10_000, hard - 1_000, ports)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        opened = asyncio.run(_keep_open(live, wanted))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert opened == wanted
    print(f"{opened:,} connections stayed open")  # noqa: T201 - said with pytest -s, and when it fails


async def _keep_open(live, wanted) -> int:
    kept = []
    request = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"

    async def ask(reader, writer):
        writer.write(request)
        await reader.readuntil(b'"alive"}')

    async def one():
        pair = await asyncio.open_connection("127.0.0.1", live.port)
        await ask(*pair)
        kept.append(pair)

    for start in range(0, wanted, 250):
        await asyncio.gather(*(one() for _ in range(min(250, wanted - start))))
    began = time.monotonic()
    assert (await asyncio.to_thread(live.ask, "/v1/score", live.example))[0] == 200
    assert time.monotonic() - began < 5
    # All of them still answer.
    for start in range(0, wanted, 500):
        await asyncio.gather(*(ask(*pair) for pair in kept[start : start + 500]))
    for _, writer in kept:
        writer.transport.abort()
    return len(kept)


def test_bodies_of_every_kind_and_memory_that_stays(live):
    workers = [psutil.Process(pid) for pid in live.workers()]
    chance = random.Random(7)

    def bodies(n):
        for i in range(n):
            yield (
                b"[" * chance.randrange(1, 900_000),
                b"{" + b'"a":1,' * chance.randrange(1, 60_000) + b'"a":1}',
                os.urandom(chance.randrange(0, 2000)),
                json.dumps({"created_at": "2026-05-01", "x" * chance.randrange(1, 5000): i}).encode(),
                json.dumps({"leads": [{"created_at": "2026-05-01"}] * chance.randrange(0, 400)}).encode(),
                b'{"created_at": "2026-05-01", "events": [' + b"{}," * 3000 + b"{}]}",
                b" " * 1_000_001,
            )[i % 7]

    def memory():
        return sum(worker.memory_info().rss for worker in workers)

    statuses = set()

    def send(n):
        for body in bodies(n):
            statuses.add(live.ask("/v1/score/batch" if b'"leads"' in body[:10] else "/v1/score", body)[0])

    send(210)
    before = memory()
    send(420)
    assert statuses <= {200, 400, 413}
    assert memory() - before < 20_000_000, (before, memory())
    assert live.ask("/v1/score", live.example)[0] == 200


def test_nobody_outside_was_called(live, site):
    """Runs last: of all that happened before, nothing went beyond this machine."""
    called = set(Path(site["TEST_CALLS"]).read_text().splitlines())
    beyond = [line for line in called if not ("127.0.0.1" in line or "localhost" in line or line.startswith("/"))]
    assert beyond == []
    for pid in [*live.workers(), *(child.pid for child in psutil.Process(live.process.pid).children())]:
        assert psutil.Process(pid).environ()["BENTOML_DO_NOT_TRACK"] == "True"
