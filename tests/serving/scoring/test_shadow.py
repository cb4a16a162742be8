"""A version in shadow scores what was answered, and the comparison says what would have been different."""

from __future__ import annotations

import json
from dataclasses import replace

import orjson
import pytest
from starlette.testclient import TestClient

from features.errors import LeadQualityError
from features.facts.clock import DAY
from features.payload import read_lead
from models.calibration import LogitLine
from serving.app import create_app
from serving.ledger import OpportunityFact, RecordFacts, open_ledger
from serving.scoring import shadow
from serving.scoring.compare_shadow import compare_shadow
from serving.scoring.shadow import SETTLE, Follower, known_to


@pytest.fixture
def address(tmp_path):
    return str(tmp_path / "ledger.db")


@pytest.fixture
def ledger(address):
    with open_ledger(address, durability="process", patience=20) as opened:
        yield opened


@pytest.fixture
def client(model, clock, ledger):
    return TestClient(create_app(model, clock, ledger))


@pytest.fixture
def twin(model):
    """Return a version that scores alike."""
    return model.with_version("8")


@pytest.fixture
def bolder(model):
    """Return a version that gives everybody more."""
    return replace(model, version="9", calibration=LogitLine(slope=1.0, intercept=1.0), band=None)


def score(client, lead, n):
    return [client.post("/v1/score", json=lead | {"lead_id": f"S-{i}"}).json() for i in range(n)]


def test_equal_versions_give_equal_bits(client, ledger, clock, lead, twin):
    follower = Follower.resume(ledger, twin)
    answers = score(client, lead, 3)
    assert follower.round(clock.time + SETTLE) == 3
    for answer in answers:
        (found,) = ledger.shadow_scores(answer["receipt_id"])
        assert found.model_version == "8"
        assert found.probability == answer["probability"]
        assert (found.grade, found.points) == (answer["grade"], answer["points"])
    assert follower.round(clock.time + SETTLE) == 0


def test_what_may_still_be_under_way_is_waited_for(client, ledger, clock, lead, twin):
    follower = Follower.resume(ledger, twin)
    score(client, lead, 1)
    assert follower.round(clock.time + SETTLE - 1) == 0
    # A clock that went back is no reason to wait until it has caught up.
    assert follower.round(clock.time - DAY) == 1


def test_it_resumes_where_it_was(client, ledger, clock, lead, twin, bolder):
    score(client, lead, 2)
    assert Follower.resume(ledger, twin).round(clock.time + SETTLE) == 0
    follower = Follower(ledger, twin, 0)
    assert follower.round(clock.time + SETTLE) == 2
    score(client, lead, 4)
    assert Follower.resume(ledger, twin).round(clock.time + SETTLE) == 2
    assert Follower.resume(ledger, bolder).round(clock.time + SETTLE) == 0


def test_what_it_cannot_keep_up_with_is_left_out_and_counted(client, ledger, clock, lead, twin, monkeypatch):
    follower = Follower.resume(ledger, twin)
    follower.most_behind = 3
    monkeypatch.setattr(shadow, "CHUNK", 2)
    score(client, lead, 10)
    assert follower.round(clock.time + SETTLE) == 2
    assert (follower.dropped, follower.behind) == (7, 10)
    assert follower.round(clock.time + SETTLE) == 1
    assert follower.dropped == 7


def test_the_forgotten_are_passed_over(client, ledger, clock, lead, twin):
    follower = Follower.resume(ledger, twin)
    score(client, lead, 2)
    ledger.forget("S-0", clock.time)
    assert follower.round(clock.time + SETTLE) == 1


def test_a_version_that_knows_less_scores_without_it(client, ledger, clock, lead, model):
    kept = model.manifest.kinds[:1]
    attributes = model.manifest.attributes[:2]
    vocabulary = replace(model.vocabulary, kinds=kept, attributes={(a.entity, a.name): a.type for a in attributes})
    facts = read_lead(lead, model.vocabulary, clock.time)
    less = known_to(vocabulary, facts)
    assert {event[1] for event in less.events} <= set(kept)
    assert set(less.versions) <= {(a.entity, a.name) for a in attributes}
    assert len(less.events) < len(facts.events)
    assert len(less.colleagues) == len(facts.colleagues)
    assert known_to(model.vocabulary, facts) == facts


def test_the_comparison(client, ledger, clock, lead, bolder):
    follower = Follower.resume(ledger, bolder)
    answers = score(client, lead, 4)
    follower.round(clock.time + SETTLE)
    scores = [ledger.shadow_scores(answer["receipt_id"])[0] for answer in answers]
    found = compare_shadow(ledger, None, clock.time).to_dict()
    assert (found["shadow"], found["receipts"], found["compared"]) == ("9", 4, 4)
    assert found["other_probability"] == 4
    assert found["answered_by"] == {"7": 4}
    assert found["outcomes"] == []
    gap = scores[0].probability - answers[0]["probability"]
    assert found["difference_quantiles"]["0.5"] == pytest.approx(gap, abs=1e-6)
    assert sum(row["receipts"] for row in found["grades"]) == 4
    changed = sum(s.grade != a["grade"] for s, a in zip(scores, answers, strict=True))
    assert found["other_grade"] == changed


def test_outcomes_once_the_horizon_is_over(client, ledger, clock, lead, bolder):
    follower = Follower.resume(ledger, bolder)
    (answer, *_) = score(client, lead, 4)
    as_of = 1_779_235_200_000_000
    assert answer["as_of"] == "2026-05-20T00:00:00Z"
    horizon = 90 * DAY
    deals = {"S-0": as_of + DAY, "S-1": as_of + horizon, "S-2": as_of - DAY}
    facts = [OpportunityFact(f"O-{who}", at, at, lead_id=who) for who, at in deals.items()]
    ledger.write(RecordFacts(facts, "k", clock.time))
    follower.round(clock.time + SETTLE)
    assert compare_shadow(ledger, "9", as_of + horizon - 1).to_dict()["outcomes"] == []
    (row,) = compare_shadow(ledger, "9", as_of + horizon).to_dict()["outcomes"]
    # One in time, one too late, one before, one never.
    assert (row["leads"], row["opportunities"]) == (4, 1)
    assert row["log_loss_answered"] != row["log_loss_shadow"]


def test_what_there_is_to_compare(client, ledger, clock, lead, twin, bolder):
    with pytest.raises(LeadQualityError, match="nothing was scored in shadow"):
        compare_shadow(ledger, None, clock.time)
    score(client, lead, 1)
    for version in (twin, bolder):
        Follower(ledger, version, 0).round(clock.time + SETTLE)
    with pytest.raises(LeadQualityError, match="several versions") as caught:
        compare_shadow(ledger, None, clock.time)
    assert "8, 9" in str(caught.value.hint)
    with pytest.raises(LeadQualityError, match="version 5"):
        compare_shadow(ledger, "5", clock.time)
    assert compare_shadow(ledger, "8", clock.time).to_dict()["other_probability"] == 0


def test_the_command(leadquality, client, ledger, address, clock, lead, bolder):
    follower = Follower.resume(ledger, bolder)
    score(client, lead, 3)
    follower.round(clock.time + SETTLE)
    code, printed, _ = leadquality("shadow", "compare", "--ledger", address)
    assert code == 0
    assert "3 of 3 receipts were scored in shadow by version 9" in printed
    assert "another probability: 3 (100.0%)" in printed
    code, printed, _ = leadquality("shadow", "compare", "--ledger", address, "--json")
    assert json.loads(printed)["compared"] == 3
    code, _, complained = leadquality("shadow", "compare", "--ledger", address, "--version", "5")
    assert code == 2
    assert "version 5 scored nothing in shadow" in complained
    assert orjson.loads(ledger.receipts_of("S-0")[0].answer)["model_version"] == "7"
