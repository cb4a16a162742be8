"""A card replayed through compiled features against the same card counted by hand, row by row."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import ConfigError
from features.facts.clock import DAY, HOUR, parse_moment
from features.history import History
from features.language import profile_dataset
from features.simulation import import_simulated
from models.card import bind_card, read_card
from models.card.replay import replay
from models.card.replay_dataset import mondays, replay_lead, write_replay
from models.card.show import lead_lines
from tests.features.histories import START, markets, write_dataset
from tests.models.card.plain_card import plain_points, read_world
from tests.models.card.random_cards import random_card

MADE_UP_TEXTS = {"title": ["VP Sales", "Intern", "CTO", "Chief of nothing"], "employees": ["11-50", "200", "many"]}
MADE_UP_NUMBERS = {"visits_before": [-3, 1, 2.5], "size": [10, 100, 500]}


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    return import_simulated(150, 3, tmp_path_factory.mktemp("market") / "data")


def bound(card: dict, dataset, folder):
    path = folder / "card.yaml"
    path.write_text(yaml.safe_dump(card, sort_keys=False), encoding="utf-8")
    profile = profile_dataset(dataset)
    return bind_card(read_card(path), [(a.entity, a.name) for a in profile.attributes], list(profile.kinds))


def compare(card, dataset, world, history, rows, folder):
    scorer = bound(card, dataset, folder)
    numbers = history.positions([lead_id for lead_id, _ in rows])
    found = replay(scorer, history, np.array(numbers), np.array([as_of for _, as_of in rows], np.int64))
    some = 0
    for place, (lead_id, as_of) in enumerate(rows):
        wanted = plain_points(card, world, lead_id, as_of)
        seen = dict(zip(found.names, found.rule_points[place].tolist(), strict=True))
        assert seen == wanted["rules"], (lead_id, as_of)
        assert found.axes[place].tolist() == [wanted["axes"]["fit"], wanted["axes"]["engagement"]]
        assert found.total[place] == wanted["total"]
        assert found.grades[place] == wanted["grade"]
        assert (None if found.cells is None else found.cells[place]) == wanted["cell"]
        some += any(wanted["rules"].values())
    return some


def test_replay_equals_plain_python(market, tmp_path):
    world, history = read_world(market), History.from_dataset(market)
    leads = sorted(world.people)
    first = min(person.created_at for person in world.people.values())
    texts = {
        name: [
            v for (v,) in market.rows("SELECT DISTINCT value FROM attributes WHERE name = ? ORDER BY 1", [name])
        ][:30]
        for name in ("title", "lead_source", "industry")
    }
    numbers = {"employees": [20, 200, 1000, 5000], "annual_revenue": [1e6, 1e7, 1e8]}
    rng = random.Random(11)
    some = 0
    for _ in range(60):
        card = random_card(rng, texts, numbers, sorted(world.kinds))
        rows = [(rng.choice(leads), rng.randrange(first, market.observed_until)) for _ in range(60)]
        some += compare(card, market, world, history, rows, tmp_path)
    assert some > 1000, "most rows have points, so that equal is not equally nothing"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(markets(), st.integers(0, 2**32), st.data())
def test_replay_equals_plain_python_at_every_edge(tmp_path_factory, people, seed, data):
    """Ties, delays, windows' edges and accounts come up all the time on a coarse grid of moments."""
    folder = tmp_path_factory.mktemp("edges")
    dataset = write_dataset(people, folder / "data")
    world, history = read_world(dataset), History.from_dataset(dataset)
    rng = random.Random(seed)
    rows = [
        (f"L{i:03}", START + step * 6 * HOUR) for i in range(len(people)) for step in rng.sample(range(241), 25)
    ]
    for _ in range(4):
        card = random_card(rng, MADE_UP_TEXTS, MADE_UP_NUMBERS, ["visit", "email", "webinar"])
        compare(card, dataset, world, history, rows, folder)


CARD = {
    "version": 2,
    "name": "small",
    "agreed": {"by": ["Ann"], "on": "2025-03-03"},
    "fit": {
        "rules": [{"name": "Boss", "attribute": "title", "read": "seniority", "in": ["director"], "points": 10}]
    },
    "engagement": {
        "rules": [
            {"name": "Visits", "event": "web_visit", "within": "30d", "each": True, "points": 2},
            {"name": "Fax", "event": "fax", "points": 9},
        ]
    },
    "cap": 15,
    "grades": {"A": 10, "B": 5, "C": 1},
    "qualified": 5,
}


def test_a_whole_dataset_is_written_week_by_week(market, tmp_path, monkeypatch):
    scorer = bound(CARD, market, tmp_path)
    rows = write_replay(market, scorer, None, tmp_path / "points" / "weekly.parquet")
    frame = pd.read_parquet(tmp_path / "points" / "weekly.parquet")
    assert len(frame) == rows
    assert list(frame.columns) == [
        "lead_id", "as_of", "points", "grade", "fit", "engagement", "rule: Boss", "rule: Visits", "rule: Fax",
    ]  # fmt: skip
    assert set(frame["as_of"].dt.day_name()) == {"Monday"}
    assert (frame["points"] == (frame["fit"] + frame["engagement"]).clip(upper=15)).all()
    assert not frame.duplicated(["lead_id", "as_of"]).any()
    monkeypatch.setattr("models.card.replay_dataset._BLOCK", 400)
    write_replay(market, scorer, None, tmp_path / "blocks.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "blocks.parquet"), frame)
    one = frame[frame["as_of"] == frame["as_of"].iloc[-1]]
    moment = np.array([one["as_of"].iloc[0].value // 1000])
    write_replay(market, scorer, moment, tmp_path / "one.parquet")
    assert pd.read_parquet(tmp_path / "one.parquet")["points"].tolist() == one["points"].tolist()


def test_only_open_leads_are_replayed(market, tmp_path):
    scorer = bound(CARD, market, tmp_path)
    write_replay(market, scorer, None, tmp_path / "weekly.parquet")
    frame = pd.read_parquet(tmp_path / "weekly.parquet")
    rows = zip(frame["lead_id"], frame["as_of"].astype("int64"), strict=True)
    created = dict(market.rows("SELECT lead_id, epoch_us(created_at) FROM leads"))
    first = dict(
        market.rows("SELECT lead_id, epoch_us(min(created_at)) FROM opportunities WHERE lead_id > '' GROUP BY 1")
    )
    assert all(created[lead_id] < as_of and not first.get(lead_id, as_of) < as_of for lead_id, as_of in rows)


def test_a_moment_before_the_first_lead_writes_nothing(market, tmp_path):
    scorer = bound(CARD, market, tmp_path)
    with pytest.raises(ConfigError, match="no lead was open"):
        write_replay(market, scorer, np.array([parse_moment("2001-01-01")]), tmp_path / "none.parquet")
    assert list(tmp_path.glob("*.parquet*")) == []


def test_mondays(market):
    history = History.from_dataset(market)
    found = mondays(market, history)
    assert (np.diff(found) == 7 * DAY).all()
    assert 0 < found[0] - history.arrays.created_at.min() <= 7 * DAY
    assert market.observed_until - 7 * DAY < found[-1] <= market.observed_until
    assert (found - parse_moment("2024-01-01")).tolist() == [
        step * 7 * DAY for step in ((found - parse_moment("2024-01-01")) // (7 * DAY)).tolist()
    ]


def test_one_lead_rule_by_rule(market, tmp_path):
    scorer = bound(CARD, market, tmp_path)
    history = History.from_dataset(market, scorer.feature_set)
    everybody = np.arange(len(history.lead_ids))
    found = replay(scorer, history, everybody, np.full(len(everybody), market.observed_until, np.int64))
    [best] = np.flatnonzero(found.total == found.total.max())[:1]
    lead_id = str(history.lead_ids[best])
    one = replay_lead(market, scorer, lead_id, np.array([market.observed_until]))
    assert one.points.total.tolist() == [found.total[best]]
    lines = lead_lines(scorer, lead_id, one.moments(), one.points)
    assert lines[0] == f"{lead_id} by {scorer.card.label}"
    given = int(one.points.rule_points[0, 1])
    assert any(line.strip().startswith(f"{given}  Visits (2 points for each web visit") for line in lines)
    if given + int(one.points.rule_points[0, 0]) > 15:
        assert lines[-1].endswith("taken away by the caps")
    weekly = replay_lead(market, scorer, lead_id, None)
    assert len(weekly.moments()) == len(weekly.points) > 0


def test_a_lead_that_is_not_there(market, tmp_path):
    scorer = bound(CARD, market, tmp_path)
    with pytest.raises(ConfigError, match="--lead nobody: no such lead"):
        replay_lead(market, scorer, "nobody", np.array([market.observed_until]))
    lead_id = market.frame("leads")["lead_id"].iloc[0]
    with pytest.raises(ConfigError, match=f"--lead {lead_id}: was created"):
        replay_lead(market, scorer, lead_id, np.array([parse_moment("2001-01-01")]))


def test_what_the_data_lack_is_said(market, tmp_path):
    scorer = bound(CARD, market, tmp_path)
    assert scorer.said_unbound == "1 of 3 rules speaks of what these data do not have and gives no points: Fax"
