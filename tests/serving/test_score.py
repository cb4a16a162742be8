"""``POST /v1/score``: what a good request gets, and that it is what the dataset would get."""

from __future__ import annotations

import copy
import itertools
import math
import random

import numpy as np
import pytest

from features.facts.clock import DAY, format_moment, parse_moment
from features.plan import compile_plan
from models.answer import score_matrix
from models.reasons import MOST_REASONS

REASONS = [f"reason_{i + 1}" for i in range(MOST_REASONS)]
KEYS = [
    *("status", "lead_id", "probability", "probability_low", "probability_high"),
    *("score", "grade", "points", "points_grade", "agree"),
    *REASONS,
    *("model_version", "card_version", "as_of", "horizon_days", "missing", "receipt_id"),
]


def test_answer_is_flat_and_complete(client, lead):
    response = client.post("/v1/score", json=lead)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert list(answer) == KEYS
    assert all(value is None or isinstance(value, str | int | float) for value in answer.values())
    assert answer["status"] == "scored"
    assert answer["lead_id"] == "L-1"
    assert answer["model_version"] == "7"
    assert answer["as_of"] == "2026-05-20T00:00:00Z"
    assert answer["horizon_days"] == 90
    assert 0 < answer["probability"] < 1
    assert type(answer["score"]) is int
    assert type(answer["points"]) is int
    assert answer["agree"] is (answer["grade"] == answer["points_grade"])


def test_same_question_same_bytes(client, lead):
    assert client.post("/v1/score", json=lead).content == client.post("/v1/score", json=lead).content


def test_without_as_of_it_is_now(client, lead, clock):
    del lead["as_of"]
    assert client.post("/v1/score", json=lead).json()["as_of"] == "2026-06-01T12:00:00Z"
    clock.time += DAY
    assert client.post("/v1/score", json=lead).json()["as_of"] == "2026-06-02T12:00:00Z"


def test_bare_lead_is_scored(client):
    answer = client.post("/v1/score", json={"created_at": "2026-05-01"}).json()
    assert list(answer) == KEYS
    assert answer["lead_id"] == ""


def test_detail_adds_up(client, lead):
    answer = client.post("/v1/score?detail=full", json=lead).json()
    assert list(answer)[: len(KEYS)] == KEYS
    total = answer["base_log_odds"] + math.fsum(group["log_odds"] for group in answer["groups"])
    assert total == pytest.approx(answer["log_odds"], abs=1e-9)
    assert 1 / (1 + math.exp(-answer["log_odds"])) == pytest.approx(answer["probability"], abs=1e-12)
    assert sum(rule["points"] for rule in answer["rules"]) == answer["points"]
    for group in answer["groups"]:
        assert group["points"] == pytest.approx(group["log_odds"] * answer["points_per_log_odds"])
    sizes = [abs(group["log_odds"]) for group in answer["groups"]]
    assert sizes == sorted(sizes, reverse=True)


def test_replay_heeds_nothing_later(client, lead):
    then = client.post("/v1/score?detail=full", json=lead).content
    later = copy.deepcopy(lead)
    later["events"].append({"kind": "demo_request", "at": "2026-05-25T00:00:00Z"})
    # It happened before as_of, but could only be known after.
    late = {"kind": "meeting", "at": "2026-05-15T00:00:00Z", "known_at": "2026-05-20T00:00:00Z"}
    later["events"].append(late)
    later["attributes"]["lead_source"].append({"value": "referral", "known_at": "2026-05-21T00:00:00Z"})
    later["colleagues"][0]["events"].append({"kind": "meeting", "at": "2026-05-22T00:00:00Z"})
    assert client.post("/v1/score?detail=full", json=later).content == then
    later["as_of"] = "2026-05-30T00:00:00Z"
    assert client.post("/v1/score?detail=full", json=later).content != then


def test_order_of_events_is_irrelevant(client, lead):
    lead["events"].append({"kind": "web_visit", "at": "2026-05-03T08:00:00Z", "value": 0.1})
    lead["events"].append({"kind": "web_visit", "at": "2026-05-03T08:00:00Z", "value": 0.7})
    first = client.post("/v1/score?detail=full", json=lead).content
    for order in itertools.islice(itertools.permutations(lead["events"]), 0, 720, 37):
        assert client.post("/v1/score?detail=full", json=lead | {"events": list(order)}).content == first


def payload_of(lead_id, tables, as_of):
    """Tell a dataset's lead as a caller would."""
    leads, events, attributes = tables
    me = leads[lead_id]

    def events_of(one):
        return [
            {
                "kind": event["kind"],
                "at": event["at"].isoformat(),
                "known_at": event["known_at"].isoformat(),
                "value": event["value"],
                "event_id": event["event_id"],
            }
            for event in events.get(one, [])
        ]

    def attributes_of(entity, entity_id):
        found = {}
        for row in attributes.get((entity, entity_id), []):
            version = {"value": row["value"], "known_at": row["known_at"].isoformat()}
            found.setdefault(row["name"], []).append(version)
        return found

    account = me["account_id"]
    colleagues = [key for key, row in leads.items() if row["account_id"] == account and key != lead_id]
    return {
        "lead_id": lead_id,
        "created_at": me["created_at"].isoformat(),
        "as_of": format_moment(as_of),
        "attributes": attributes_of("lead", lead_id),
        "account_attributes": attributes_of("account", account),
        "events": events_of(lead_id),
        "colleagues": None
        if account is None
        else [
            {"lead_id": key, "created_at": leads[key]["created_at"].isoformat(), "events": events_of(key)}
            for key in colleagues
        ],
    }


@pytest.fixture(scope="session")
def tables(dataset):
    leads = {row["lead_id"]: row for row in dataset.arrow("leads").to_pylist()}
    events, attributes = {}, {}
    for row in dataset.arrow("events").to_pylist():
        events.setdefault(row["lead_id"], []).append(row)
    for row in dataset.arrow("attributes").to_pylist():
        attributes.setdefault((row["entity"], row["entity_id"]), []).append(row)
    return leads, events, attributes


def test_service_and_dataset_agree_to_the_last_bit(client, clock, model, dataset, history, tables):
    clock.time = parse_moment("2030-01-01")
    chance = random.Random(3)
    lead_ids = chance.sample(list(history.lead_ids), 120)
    numbers = history.positions(lead_ids)
    ages = np.array([chance.randrange(1, 200 * 86_400) for _ in lead_ids], np.int64) * 1_000_000
    as_of = history.arrays.created_at[numbers] + ages
    plan = compile_plan(model.feature_set, history.kinds, history.observed_from)
    batch = score_matrix(model, plan.run(history, numbers, as_of))
    for i, lead_id in enumerate(lead_ids):
        answer = client.post("/v1/score", json=payload_of(lead_id, tables, as_of[i])).json()
        assert answer["probability"] == batch.probability[i]
        assert answer["score"] == batch.score[i]
        assert answer["grade"] == batch.grade[i]
        assert answer["points"] == batch.points[i]
        assert answer["points_grade"] == batch.points_grade[i]
        assert [answer[key] for key in REASONS if answer[key]] == batch.reasons[i]
