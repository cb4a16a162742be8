"""A worker's part in changing the model, and what is refused."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from features.errors import DatasetError
from models.registry import RegistryError
from serving.api.model import LONGEST
from serving.app import create_app
from serving.front.connections import MAY_TAKE
from serving.ledger import open_ledger
from serving.scoring import reload
from serving.scoring.board import Board, Progress, ReloadRefusedError
from serving.scoring.reload import Source, change_model


class Shelf:
    """Versions to load, and which is champion; whatever is no model is raised."""

    def __init__(self, model):
        self.versions = {"7": model, "8": model.with_version("8")}
        self.champion = "7"

    def load(self, version):
        found = self.versions[version]
        if isinstance(found, Exception):
            raise found
        return found

    def resolve(self):
        if isinstance(self.champion, Exception):
            raise self.champion
        return self.champion


@pytest.fixture
def shelf(model):
    return Shelf(model)


@pytest.fixture
def front(model, clock, shelf, tmp_path):
    return create_app(model, clock, source=Source(Board(tmp_path), shelf.resolve, shelf.load))


@pytest.fixture
def worker(front):
    """Let the worker follow its board in a thread; yield its application."""
    ended = threading.Event()

    async def follow():
        while not ended.is_set():
            await front.reloader.look()
            await asyncio.sleep(0.01)

    thread = threading.Thread(target=asyncio.run, args=(follow(),))
    thread.start()
    yield front
    ended.set()
    thread.join()


@pytest.fixture
def client(worker):
    return TestClient(worker)


def test_the_champions_present_version_answers(client, shelf, lead):
    assert client.post("/v1/score", json=lead).json()["model_version"] == "7"
    shelf.champion = "8"
    answer = client.post("/v1/model/reload")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"status": "done", "model_version": "8", "changed": True, "workers": 1}
    assert client.post("/v1/score", json=lead).json()["model_version"] == "8"
    about = client.get("/v1/model").json()
    assert about["model_version"] == "8"
    assert about["reload_failed"] == ""
    assert client.post("/v1/model/reload").json()["changed"] is False


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (DatasetError("version 9: not a usable model: booster.txt is damaged"), "booster.txt is damaged"),
        (RegistryError("its files cannot be fetched"), "cannot be fetched"),
        (RuntimeError("jane.doe@example.com"), "version 9 cannot be used: RuntimeError"),
    ],
)
def test_what_cannot_be_loaded_changes_nothing(client, shelf, lead, wrong, reason):
    shelf.versions["9"] = wrong
    shelf.champion = "9"
    answer = client.post("/v1/model/reload")
    assert answer.status_code == 409
    assert reason in answer.json()["message"]
    assert "jane" not in answer.text
    assert client.post("/v1/score", json=lead).json()["model_version"] == "7"
    failed = client.get("/v1/model").json()["reload_failed"]
    assert reason in failed
    # What helps is forgotten once it helped.
    shelf.champion = "8"
    assert client.post("/v1/model/reload").status_code == 200
    assert client.get("/v1/model").json()["reload_failed"] == ""


def test_a_model_that_cannot_score_the_example_is_refused(client, shelf, model):
    nan = replace(model, version="9", calibration=model.calibration.__class__(**_broken(model.calibration)))
    shelf.versions["9"], shelf.champion = nan, "9"
    answer = client.post("/v1/model/reload")
    assert answer.status_code == 409
    assert client.get("/v1/model").json()["model_version"] == "7"


def _broken(calibration):
    content = calibration.model_dump()
    return {key: float("nan") if isinstance(value, float) else value for key, value in content.items()}


def test_a_reload_is_not_ended_as_a_request_that_dawdles(worker, lead):
    seen = []

    async def noting(scope, receive, send):
        await worker(scope, receive, send)
        seen.append((scope["path"], scope.get("state", {}).get(MAY_TAKE)))

    asking = TestClient(noting)
    assert asking.post("/v1/model/reload").status_code == 200
    asking.post("/v1/score", json=lead)
    assert seen == [("/v1/model/reload", LONGEST), ("/v1/score", None)]


def test_a_registry_that_does_not_answer(client, shelf, worker):
    shelf.champion = RegistryError("sqlite:///gone.db: the registry does not answer", hint="check --tracking-uri")
    answer = client.post("/v1/model/reload")
    assert answer.status_code == 409
    assert answer.json()["hint"] == "check --tracking-uri"
    assert "does not answer" in answer.json()["message"]
    worker.reloader.board.propose("7")
    assert client.get("/v1/model").json()["model_version"] == "7"


def test_a_service_with_its_model_packed_in_has_no_other(model, clock):
    client = TestClient(create_app(model, clock))
    answer = client.post("/v1/model/reload")
    assert answer.status_code == 409
    assert client.get("/v1/model").json()["reload_failed"] == ""


# --- the board of several workers -----------------------------------------------------------------------


class Other:
    """Another worker, in this process's name: does what the test says."""

    def __init__(self, folder, pid):
        self.board, self.pid, self.ended = Board(folder), pid, threading.Event()
        self.seen = []

    def tell(self, state, number=0, reason=""):
        self.board.tell(Progress(self.pid, number, state, "7", reason))

    def follow(self, states):
        def run():
            while not self.ended.is_set():
                wish = self.board.wish()
                if wish.number and (wish.phase, wish.number) not in self.seen:
                    self.seen.append((wish.phase, wish.number))
                    self.tell(states[wish.phase], wish.number, "it is damaged here")
                self.ended.wait(0.01)

        self.thread = threading.Thread(target=run)
        self.thread.start()

    def stop(self):
        self.ended.set()
        self.thread.join()


@pytest.fixture
def other(tmp_path):
    # Any process that lives.
    made = Other(tmp_path, os.getppid())
    made.tell("idle")
    yield made
    made.stop()


def test_one_that_cannot_holds_all_back(client, shelf, other, worker):
    other.follow({"prepare": "failed", "go": "done", "no": "idle"})
    shelf.champion = "8"
    answer = client.post("/v1/model/reload")
    assert answer.status_code == 409
    assert "it is damaged here" in answer.json()["message"]
    assert [phase for phase, _ in other.seen] in (["prepare"], ["prepare", "no"])
    assert worker.reloader.desk.champion.model.version == "7"
    assert worker.reloader.board.wish().settled == ""


def test_all_change_once_all_are_ready(client, shelf, other, worker):
    other.follow({"prepare": "ready", "go": "done", "no": "idle"})
    shelf.champion = "8"
    answer = client.post("/v1/model/reload")
    assert answer.json() == {"status": "done", "model_version": "8", "changed": True, "workers": 2}
    assert [phase for phase, _ in other.seen] == ["prepare", "go"]
    assert worker.reloader.board.wish().settled == "8"


def test_one_that_says_nothing_holds_all_back(shelf, other, worker, tmp_path, monkeypatch):
    other.follow({"prepare": "idle", "go": "done", "no": "idle"})
    shelf.champion = "8"
    monkeypatch.setattr(reload, "_SEEING", 0.5)
    with pytest.raises(ReloadRefusedError, match="not ready in every worker in time"):
        change_model(Board(tmp_path), shelf.resolve, patience=0.5)
    assert worker.reloader.desk.champion.model.version == "7"


def test_one_that_is_dead_is_not_waited_for(client, shelf, tmp_path, worker):
    Board(tmp_path).tell(Progress(2**22 - 3, 0, "idle", "7"))
    shelf.champion = "8"
    assert client.post("/v1/model/reload").json()["workers"] == 1


def test_two_who_ask_at_once(shelf, tmp_path, worker):
    board = Board(tmp_path)
    with board.asking(), pytest.raises(ReloadRefusedError, match="under way"):
        change_model(Board(tmp_path), shelf.resolve)


def test_a_worker_that_starts_later_follows(front, shelf, tmp_path):
    """One that was started while the others changed finds the wish, and follows it."""
    board = Board(tmp_path)
    board.go(board.propose("8"))
    asyncio.run(front.reloader.look())
    assert front.reloader.desk.champion.model.version == "8"
    assert [worker.state for worker in board.workers()] == ["done"]
    front.reloader.close()
    assert board.workers() == []


def test_a_worker_that_cannot_follow_ends(model, clock, shelf, tmp_path):
    ended = []
    board = Board(tmp_path)
    source = Source(board, shelf.resolve, shelf.load, end=lambda: ended.append(board.workers()[0].state))
    front = create_app(model, clock, source=source)
    shelf.versions["8"] = DatasetError("booster.txt is damaged here alone")
    board.go(board.propose("8"))
    asyncio.run(front.reloader.look())
    assert ended == ["failed"]
    assert front.reloader.desk.champion.model.version == "7"
    assert Source(board, shelf.resolve, shelf.load).end is reload.end_worker


def test_ending_a_worker_is_telling_it_to_end():
    told = []
    before = signal.signal(signal.SIGTERM, lambda *_: told.append("end"))
    try:
        reload.end_worker()
        for _ in range(100):
            if told:
                break
            time.sleep(0.01)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told == ["end"]


@pytest.mark.parametrize("at_the_end", ["failed", "ready"])
def test_one_that_did_not_follow_is_reported(shelf, other, worker, tmp_path, monkeypatch, at_the_end):
    other.follow({"prepare": "ready", "go": at_the_end, "no": "idle"})
    shelf.champion = "8"
    monkeypatch.setattr(reload, "_SEEING", 0.5)
    with pytest.raises(ReloadRefusedError, match="8 answers, but not in every worker yet: 1 did not") as caught:
        change_model(Board(tmp_path), shelf.resolve)
    assert "restart the service" in caught.value.hint
    assert worker.reloader.desk.champion.model.version == "8"


def test_a_lead_that_is_being_read_keeps_its_model(model, clock, shelf, tmp_path, monkeypatch):
    with open_ledger(str(tmp_path / "ledger.db"), durability="process", patience=20) as ledger:
        front = create_app(model, clock, ledger, source=Source(Board(tmp_path), shelf.resolve, shelf.load))
        client, board = TestClient(front), Board(tmp_path)
        told = client.post("/v1/leads", json={"lead_id": "L-1", "created_at": "2026-05-01T00:00:00Z"})
        assert told.status_code == 200, told.text
        clock.time += 1_000_000
        read = ledger.lead_facts

        def swap(*arguments):
            board.go(board.propose("8"))
            asyncio.run(front.reloader.look())
            return read(*arguments)

        monkeypatch.setattr(ledger, "lead_facts", swap)
        answer = client.post("/v1/score", json={"lead_id": "L-1"}).json()
        assert answer["model_version"] == "7"
        assert ledger.receipt(answer["receipt_id"]).model_version == "7"
        assert front.reloader.desk.champion.model.version == "8"


def test_looking_costs_little(front, monkeypatch):
    asyncio.run(front.reloader.look())
    monkeypatch.setattr(reload.Board, "wish", lambda _: pytest.fail("the file was read again"))
    asyncio.run(front.reloader.look())
