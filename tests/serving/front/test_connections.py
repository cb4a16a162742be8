"""The sweeper ends what dawdles, and lets a handler that said so take its time."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from serving.api import model
from serving.front import connections
from serving.front.connections import HEAD_WAIT, MAY_TAKE, REQUEST_WAIT, Sweeper
from serving.scoring import reload, trial


@pytest.fixture
def clock(monkeypatch):
    found = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(connections, "monotonic", lambda: found.now)
    return found


class Connection:
    """What the sweeper sees of one."""

    def __init__(self, cycle=None):
        self.cycle, self.timeout_keep_alive_task, self.aborted = cycle, None, False
        self.transport = SimpleNamespace(abort=self.abort)

    def abort(self):
        self.aborted = True


def request(**state):
    return SimpleNamespace(response_complete=False, scope={"state": state})


def lasts(connection, clock):
    """Return the seconds after which a connection is ended."""
    sweeper, began = Sweeper(), clock.now
    while not sweeper.sweep([connection]):
        clock.now += 1
        assert clock.now - began < 1000
    assert connection.aborted
    return clock.now - began


@pytest.mark.parametrize(
    ("cycle", "seconds"), [(None, HEAD_WAIT), (request(), REQUEST_WAIT), (request(**{MAY_TAKE: 90.0}), 90.0)]
)
def test_how_long_each_may_last(clock, cycle, seconds):
    assert lasts(Connection(cycle), clock) == seconds + 1


def test_a_reload_may_take_as_long_as_it_is_given():
    assert model.LONGEST > trial.PATIENCE + reload.PATIENCE + reload._SEEING
