"""One answer for one lead: flat, the same keys and types whatever is known, and a detail that adds up."""

from __future__ import annotations

import json
from dataclasses import replace
from types import NoneType

import numpy as np
import pytest

from features.facts.clock import DAY, parse_moment
from features.payload import read_lead
from models.answer import adds_up, answer_lead, score_matrix
from models.scorer import Contributions

NOW = parse_moment("2026-06-01T00:00:00Z")
LEAD = {
    "lead_id": "L1",
    "created_at": "2026-05-01T00:00:00Z",
    "as_of": "2026-05-20T00:00:00Z",
    "attributes": {"title": "VP", "employees": 12},
    "events": [{"kind": "visit", "at": f"2026-05-0{day}T00:00:00Z"} for day in (2, 3)],
}
TYPES = {
    "status": str,
    "lead_id": str,
    "probability": float,
    "probability_low": NoneType,
    "probability_high": NoneType,
    "score": int,
    "grade": str,
    "points": int,
    "points_grade": str,
    "agree": bool,
    **{f"reason_{i}": str for i in range(1, 6)},
    "model_version": str,
    "card_version": str,
    "as_of": str,
    "horizon_days": float,
}

DETAIL = ["log_odds", "base_log_odds", "points_per_log_odds", "groups", "rules", "horizons", "similar"]
DETAIL += ["reasons_for", "reasons_against", "not_known", "would_change", "would_change_note"]


def answer(model, lead=LEAD, **more):
    return answer_lead(model, read_lead(lead, model.vocabulary, NOW), **more)


@pytest.mark.parametrize("lead", [LEAD, {"created_at": "2026-05-01"}, LEAD | {"colleagues": []}])
def test_the_answer_is_flat_with_the_same_keys_and_types(model, lead):
    found = answer(model, lead)
    assert {key: type(value) for key, value in found.items()} == TYPES
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert 0 < found["probability"] < 1
    assert 0 <= found["score"] <= 100
    assert {found["grade"], found["points_grade"]} <= set("ABCD")


def test_an_answer_by_hand(model):
    found = answer(model)
    assert (found["status"], found["lead_id"], found["model_version"]) == ("scored", "L1", "3")
    assert (found["as_of"], found["horizon_days"]) == ("2026-05-20T00:00:00Z", 90.0)
    # A VP (20), two visits at 5, and a small company (-10).
    assert (found["points"], found["points_grade"], found["card_version"]) == (20, "B", model.card.name)
    assert found["agree"] == (found["grade"] == "B")
    given = [found[f"reason_{i}"] for i in range(1, 6)]
    assert given == sorted(given, key=lambda text: text == ""), "empty ones come last"
    assert given[0] != ""
    assert answer(model) == found


def test_without_a_card_its_keys_are_null(model):
    found = answer(replace(model, card=None))
    assert list(found) == list(TYPES)
    assert [found[key] for key in ("points", "points_grade", "agree", "card_version")] == [None] * 4


def test_only_facts_known_before_as_of_count(model):
    later = [{"kind": "visit", "at": "2026-05-20T00:00:00Z"}, {"kind": "visit", "at": "2026-05-25T00:00:00Z"}]
    known_late = {"kind": "visit", "at": "2026-05-04T00:00:00Z", "known_at": "2026-05-20T00:00:00Z"}
    assert answer(model, LEAD | {"events": LEAD["events"] + later + [known_late]}) == answer(model)
    assert (
        answer(model, LEAD | {"as_of": "2026-05-25T00:00:01Z", "events": LEAD["events"] + later})["points"] == 30
    )


def test_the_detail_adds_up(model):
    found = answer(model, full=True)
    assert {key: found[key] for key in TYPES} == answer(model)
    assert list(found)[len(TYPES) :] == DETAIL
    parts = [part["log_odds"] for part in found["groups"]]
    assert found["base_log_odds"] + sum(parts) == pytest.approx(found["log_odds"], abs=1e-9)
    assert found["probability"] == pytest.approx(1 / (1 + np.exp(-found["log_odds"])))
    assert [abs(part) for part in parts] == sorted(map(abs, parts), reverse=True)
    assert {part["group"] for part in found["groups"]} == set(model.groups)
    for part in found["groups"]:
        assert part["points"] == pytest.approx(part["log_odds"] * found["points_per_log_odds"])
    assert found["rules"] == [
        {"rule": "Chief", "points": 20},
        {"rule": "Small", "points": -10},
        {"rule": "Visits", "points": 10},
    ]
    json.dumps(found, allow_nan=False)
    assert answer(replace(model, card=None), full=True)["rules"] == []


def test_the_answer_equals_the_batch(model):
    facts = read_lead(LEAD, model.vocabulary, NOW)
    # visits, days since, employees, title, chief, and what the card reads.
    row = np.array([[2.0, 17.0, 12.0, 1.0, 1.0, 1.0, 12.0]])
    assert model.feature_set.names[5:] == ["card_1_chief", "card_account_employees_number"]
    batch = score_matrix(model, row)
    found = answer_lead(model, facts)
    assert found["probability"] == batch.probability[0]
    assert (found["score"], found["grade"], found["points"]) == (batch.score[0], batch.grade[0], batch.points[0])
    assert [found[f"reason_{i + 1}"] for i in range(len(batch.reasons[0]))] == batch.reasons[0]
    assert facts.as_of - facts.created_at == 19 * DAY


def test_reasons_that_do_not_add_up_are_left_out(model, monkeypatch):
    honest = type(model).feature_contributions

    def off(self, matrix):
        found = honest(self, matrix)
        return Contributions(found.groups, found.values, found.base + 0.1)

    monkeypatch.setattr(type(model), "feature_contributions", off)
    found = answer(model)
    assert found["status"] == "degraded"
    assert [found[f"reason_{i}"] for i in range(1, 6)] == [""] * 5
    assert 0 < found["probability"] < 1


@pytest.mark.parametrize(
    ("total", "exact"), [(6.0, True), (6.0 + 5e-6, True), (6.0 + 7e-6, False), (5.9, False), (np.nan, False)]
)
def test_adding_up_is_relative_to_the_size(total, exact):
    single = Contributions(("a", "b"), np.array([[2.0, 3.0]]), 1.0)
    assert adds_up(single, np.array([total])).tolist() == [exact]
