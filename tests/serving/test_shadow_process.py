"""The shadow follows its alias when the model is reloaded, and stays what it was where that will not do."""

from __future__ import annotations

import sys
import threading

import pytest

from features.errors import LeadQualityError
from serving import attend, shadow_process
from serving.scoring import trial
from serving.scoring.board import Board, ReloadRefusedError
from serving.shadow_process import Shadow


class Names:
    """A registry of one alias."""

    def __init__(self):
        self.challenger = "2"
        self.tried = []
        self.asked = 0
        self.broken = None

    def resolve(self, name):
        self.asked += 1
        if isinstance(self.challenger, Exception):
            raise self.challenger
        return self.challenger if name == "challenger" else name

    def try_out(self, version):
        self.tried.append(version)
        if self.broken is not None:
            raise self.broken


@pytest.fixture
def names():
    return Names()


@pytest.fixture
def board(tmp_path):
    return Board(tmp_path / "model")


@pytest.fixture
def made(tmp_path, names, board, monkeypatch):
    """Return a function that makes a shadow whose process sleeps under the name of its version."""
    sleep = "import sys, time; time.sleep(600)"
    monkeypatch.setattr(shadow_process, "_command", lambda version: [sys.executable, "-c", sleep, version])
    shadows = []

    def make(wanted="challenger"):
        environment = {"BENTOML_HOME": str(tmp_path)}
        shadow = Shadow.of("2", wanted, environment, board, names.resolve, names.try_out)
        shadows.append(shadow)
        shadow.look()
        return shadow

    yield make
    for shadow in shadows:
        shadow.stop()


def look(shadow):
    """Look until nothing is being tried."""
    shadow.look()
    while shadow._trial is not None:
        shadow._trial.join(20)
        shadow.look()


def reload(board):
    """Do what SIGHUP and POST /v1/model/reload both do to the board, whether or not the champion changes."""
    wish = board.propose("1")
    yield
    board.go(wish)
    yield


def test_another_version_of_the_alias_takes_over_after_a_reload(made, names, board, capsys):
    shadow = made()
    first = shadow.process
    assert first.args[-1] == "2"
    names.challenger = "3"
    look(shadow)
    assert shadow.process is first
    steps = reload(board)
    next(steps)
    look(shadow)
    # Not while the workers are about it.
    assert (shadow.process, names.asked) == (first, 0)
    next(steps)
    look(shadow)
    assert first.poll() is not None
    assert (shadow.process.args[-1], shadow.process.poll()) == ("3", None)
    assert names.tried == ["3"]
    assert "Shadow: version 3" in capsys.readouterr().out
    second = shadow.process
    look(shadow)
    assert (shadow.process, names.asked) == (second, 1)


@pytest.mark.parametrize("wanted", ["challenger", "2"])
def test_the_same_version_goes_on(made, names, board, wanted):
    shadow = made(wanted)
    first = shadow.process
    if wanted == "2":
        names.challenger = "3"
    list(reload(board))
    look(shadow)
    assert (shadow.process, names.tried) == (first, [])


@pytest.mark.parametrize("where", ["resolve", "try_out"])
def test_what_will_not_do_leaves_the_old_one_scoring(made, names, board, where, capsys):
    shadow = made()
    first = shadow.process
    if where == "resolve":
        names.challenger = LeadQualityError("the registry does not answer", hint="check --tracking-uri")
    else:
        names.challenger, names.broken = "3", ReloadRefusedError("booster.txt is damaged")
    list(reload(board))
    look(shadow)
    assert (shadow.process, shadow.version, first.poll()) == (first, "2", None)
    told = capsys.readouterr().err
    assert "the shadow stays version 2" in told
    assert ("does not answer" in told) == (where == "resolve")
    # The next reload asks again.
    names.challenger, names.broken = "3", None
    list(reload(board))
    look(shadow)
    assert shadow.process.args[-1] == "3"


def test_a_refused_reload_of_the_champion_is_one_of_the_shadow_all_the_same(made, names, board):
    shadow = made()
    names.challenger = "3"
    board.refuse("booster.txt is damaged")
    look(shadow)
    assert shadow.process.args[-1] == "3"


def test_a_trial_holds_nobody_up(made, names, board):
    shadow, begun, done = made(), threading.Event(), threading.Event()
    first = shadow.process
    shadow.try_out = lambda _: (begun.set(), done.wait(60))
    names.challenger = "3"
    list(reload(board))
    shadow.look()
    assert begun.wait(20)
    # The old one scores meanwhile, and whoever looks is not kept.
    shadow.look()
    assert (shadow.process, first.poll()) == (first, None)
    done.set()
    look(shadow)
    assert shadow.process.args[-1] == "3"


@pytest.mark.parametrize("where", ["resolve", "try_out"])
def test_a_system_without_memory_ends_no_service(made, names, board, where, capsys):
    shadow = made()
    first, lack = shadow.process, OSError(12, "Cannot allocate memory")
    names.challenger, names.broken = (lack, None) if where == "resolve" else ("3", lack)
    list(reload(board))
    look(shadow)
    assert (shadow.process, first.poll()) == (first, None)
    assert "Cannot allocate memory" in capsys.readouterr().err


def test_neither_does_a_shadow_that_cannot_be_started(made, monkeypatch, capsys):
    def lack(*_, **__):
        raise OSError(12, "Cannot allocate memory")

    with monkeypatch.context() as then:
        then.setattr(attend.subprocess, "Popen", lack)
        shadow = made()
    assert shadow.process is None
    assert "cannot be started just now: Cannot allocate memory" in capsys.readouterr().err
    shadow.look()
    # It is tried again, and not at once.
    assert shadow.process is None
    shadow._next = 0.0
    shadow.look()
    assert shadow.process.poll() is None


def test_neither_does_a_trial_that_cannot_be_started(monkeypatch):
    def lack(*_, **__):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(trial.subprocess, "run", lack)
    with pytest.raises(ReloadRefusedError, match="3 could not be tried: Cannot allocate memory"):
        trial.try_out(None, "3")
