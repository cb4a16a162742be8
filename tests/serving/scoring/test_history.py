"""A lead's scores: newest first, in pages, with what changed adding up exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import orjson
import pytest

from serving.app import create_app
from serving.ledger import RecordReceipts, open_ledger, unpack_features
from serving.scoring.champion import Champion
from serving.scoring.history import describe_scores
from tests.serving.conftest import TestClient


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(str(tmp_path / "ledger.db"), durability="process", patience=20) as opened:
        yield opened


@pytest.fixture
def client(model, clock, ledger):
    return TestClient(create_app(model, clock, ledger))


@pytest.fixture
def grown(client, clock, lead):
    """Score a lead three times: as it was, after more events, and without a title."""
    del lead["as_of"]
    answers = []
    more = [{"kind": "pricing_page_visit", "at": f"2026-05-2{i}T10:00:00Z"} for i in range(5)]
    for change in ({}, {"events": lead["events"] + more}, {"attributes": {"title": "Intern"}}):
        clock.time += 3_600_000_000
        answers.append(client.post("/v1/score?detail=full", json=lead | change).json())
    return answers


def test_newest_first_with_what_changed(client, grown):
    told = client.get("/v1/leads/L-1/scores").json()
    assert told["next_before"] is None
    assert [score["receipt_id"] for score in told["scores"]] == [answer["receipt_id"] for answer in grown[::-1]]
    assert told["scores"][-1]["trend"] == "first"
    for score, new, old in zip(told["scores"], grown[:0:-1], grown[-2::-1], strict=False):
        groups = [{g["group"]: g["log_odds"] for g in answer["groups"]} for answer in (new, old)]
        moved = {g: groups[0][g] - groups[1][g] for g in groups[0]}
        assert {c["group"]: c["log_odds"] for c in score["changed"]} == pytest.approx(
            {g: v for g, v in moved.items() if v != 0}, abs=1e-12
        )
        assert sum(c["log_odds"] for c in score["changed"]) == pytest.approx(new["log_odds"] - old["log_odds"])
        points = [c["points"] for c in score["changed"]]
        assert points == sorted(points, key=lambda p: -abs(p))
        assert score["probability_change"] == new["probability"] - old["probability"]
        assert score["trend"] == ["same", "up", "down"][int(np.sign(score["probability_change"]))]
    assert told["scores"][0]["trend"] == "down"
    assert len(told["scores"][0]["changed"]) > 1


def test_pages_hold_every_score_once(client, grown):
    whole = client.get("/v1/leads/L-1/scores").json()["scores"]
    found, before = [], {}
    while True:
        page = client.get("/v1/leads/L-1/scores", params={"limit": 1, **before}).json()
        found += page["scores"]
        if page["next_before"] is None:
            break
        before = {"before": page["next_before"]}
    assert found == whole


def test_one_moment_is_not_divided_between_pages(client, lead):
    many = [lead | {"attributes": {"title": f"Boss {i}"}} for i in range(7)]
    client.post("/v1/score/batch", json={"leads": many})
    page = client.get("/v1/leads/L-1/scores?limit=2").json()
    assert (len(page["scores"]), page["next_before"]) == (7, None)


def test_a_replay_is_neither_the_newest_nor_the_trend(client, clock, grown):
    before = client.get("/v1/leads/L-1/scores").json()["scores"]
    clock.time += 3_600_000_000
    body = {"lead_id": "L-1", "created_at": "2026-05-01T08:00:00Z", "as_of": "2026-05-02T00:00:00Z"}
    replay = client.post("/v1/score", json=body).json()
    after = client.get("/v1/leads/L-1/scores").json()["scores"]
    assert [score["receipt_id"] for score in after] == [s["receipt_id"] for s in before] + [replay["receipt_id"]]
    assert after[:-2] == before[:-1]
    assert after[-1]["trend"] == "first"
    page = client.get("/v1/leads/L-1/scores", params={"limit": 3}).json()
    rest = client.get("/v1/leads/L-1/scores", params={"before": page["next_before"]}).json()
    assert page["scores"] + rest["scores"] == after


def test_by_another_model_it_says_so(client, model, ledger, clock, grown):
    other = Champion.of(replace(model, past=None, version="8"), clock())
    ledger.write(
        RecordReceipts([replace_receipt(ledger.receipt(grown[0]["receipt_id"]), other.digest, clock() + 1)])
    )
    told = client.get("/v1/leads/L-1/scores").json()["scores"]
    assert told[0]["changed"] is None
    assert told[0]["why"] == "model 8 scored one of both, and 7 is in service"
    assert told[1]["changed"]


def replace_receipt(stored, digest, scored_at):
    from serving.ledger import Receipt  # noqa: PLC0415

    names = [name for name in Receipt.__slots__ if hasattr(stored, name)]
    same = {name: getattr(stored, name) for name in names}
    return Receipt(
        **same
        | {
            "receipt_id": "other",
            "model_digest": digest,
            "model_version": "8",
            "scored_at": scored_at,
            "as_of": scored_at,
        }
    )


def test_pruned_features_are_said(client, ledger, clock, grown):
    ledger.apply_retention(-1, clock())
    told = client.get("/v1/leads/L-1/scores").json()["scores"]
    assert [score["why"] for score in told] == ["the features of one of both were deleted by retention"] * 2 + [
        "there is no earlier score"
    ]
    assert told[0]["probability_change"] is not None


def test_nobody_scored_yet(client, model, clock):
    client.post("/v1/leads", json={"lead_id": "L9", "created_at": "2026-05-01"})
    assert client.get("/v1/leads/L9/scores").json() == {"lead_id": "L9", "scores": [], "next_before": None}
    assert describe_scores([], Champion.of(model, clock())) == []


@pytest.mark.parametrize("limit", ["0", "-1", "301", "many", "", "١"])
def test_limits(client, limit):
    response = client.get("/v1/leads/L-1/scores", params={"limit": limit})
    assert (response.status_code, response.json()["field"]) == (400, "limit")


def test_a_receipt_is_shown_and_verified(client, ledger, model, grown):
    receipt_id = grown[0]["receipt_id"]
    told = client.get(f"/v1/receipts/{receipt_id}?verify=true").json()
    assert told["verification"] == {"outcome": "verified", "says": []}
    assert client.get(f"/v1/receipts/{receipt_id}").json() == told | {"verification": None}
    assert told["answer"] == orjson.loads(ledger.receipt(receipt_id).answer)
    values = [np.nan if f["value"] is None else f["value"] for f in told["features"]]
    kept = unpack_features(ledger.receipt(receipt_id).features)
    assert np.array(values).tobytes() == kept.tobytes()
    assert [f["name"] for f in told["features"]] == list(model.feature_set.names)
    assert told["input"]["attributes"]["title"] == "VP Engineering"
    assert len(told["input"]["events"]) == 4
    assert (told["caller"], told["forgotten"], told["features_why"]) == ("", False, "")


def test_a_forgotten_receipt_is_shown_without_the_person(client, ledger, clock, grown):
    ledger.forget("L-1", clock())
    told = client.get(f"/v1/receipts/{grown[0]['receipt_id']}?verify=true").json()
    assert (told["forgotten"], told["answer"], told["input"], told["features"]) == (True, None, None, None)
    assert told["verification"]["outcome"] == "forgotten"
    assert "L-1" not in str(told)


def test_receipts_that_are_not(client):
    for path, status in (("r1", 404), ("r%00", 400), ("r1?verify=yes", 400), ("r1?detail=full", 400)):
        assert client.get(f"/v1/receipts/{path}").status_code == status
