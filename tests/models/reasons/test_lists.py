"""The full answer's lists: for, against, not known, and what would change it, with the card beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.facts.clock import parse_moment
from features.payload import read_lead
from models.answer import UNEXPLAINED, answer_lead, lead_row
from models.reasons.card_side import parting, rules_by_group
from models.reasons.messages import catalogue
from models.reasons.would_change import within_reach
from models.typical import learn_typical

NOW = parse_moment("2026-06-01T00:00:00Z")
LEAD = {
    "lead_id": "L1",
    "created_at": "2026-05-01T00:00:00Z",
    "as_of": "2026-05-20T00:00:00Z",
    "attributes": {"title": "VP"},
    "events": [{"kind": "visit", "at": f"2026-05-0{day}T00:00:00Z"} for day in range(2, 7)],
}


@pytest.fixture
def typical_model(model, matrix):
    return replace(model, typical=learn_typical(model.feature_set, matrix, np.ones(len(matrix)), matrix))


@pytest.fixture
def full(typical_model):
    return answer_lead(typical_model, read_lead(LEAD, typical_model.vocabulary, NOW), full=True)


def test_for_and_against_are_the_flat_reasons_sorted_apart(full):
    both = full["reasons_for"] + full["reasons_against"]
    flat = [full[f"reason_{i}"] for i in range(1, 6) if full[f"reason_{i}"]]
    assert set(flat) <= {entry["sentence"] for entry in both}
    assert all(entry["points"] > 0 and "(+" in entry["sentence"] for entry in full["reasons_for"])
    assert all(entry["points"] < 0 and "(-" in entry["sentence"] for entry in full["reasons_against"])
    for side in ("reasons_for", "reasons_against"):
        sizes = [abs(entry["points"]) for entry in full[side]]
        assert sizes == sorted(sizes, reverse=True)


def test_the_card_stands_beside_the_model(model, full):
    assert rules_by_group(model) == {"title": [0], "company": [1], "visits": [2]}
    assert rules_by_group(replace(model, card=None)) == {}
    by_group = {entry["group"]: entry for entry in full["reasons_for"] + full["reasons_against"]}
    # Five visits at 5 points, capped at 20.
    assert by_group["visits"]["card_points"] == 20
    for entry in by_group.values():
        apart = abs(entry["card_points"] - entry["points"]) >= 5
        assert bool(entry["parting"]) == apart


@pytest.mark.parametrize(
    ("card", "points", "said"),
    [
        (20, 4.2, "the card gives 20 for this, the model 4"),
        (20, 15.1, ""),
        (20, 15.0, "the card gives 20 for this, the model 15"),
        (0, 7.6, "the card gives nothing for this, the model 8"),
        (-10, 3.0, "the card gives -10 for this, the model 3"),
        (None, 50.0, ""),
    ],
)
def test_where_card_and_model_part(card, points, said):
    assert parting(catalogue(), card, points) == said


def test_what_is_not_known_is_named_with_what_it_does(full, typical_model):
    groups = {entry["group"] for entry in full["not_known"]}
    assert groups <= {"company"}
    bare = read_lead({"created_at": "2026-05-01"}, typical_model.vocabulary, NOW)
    found = answer_lead(typical_model, bare, full=True)["not_known"]
    assert {"title"} <= {entry["group"] for entry in found}
    # That nobody visited is known.
    assert "visits" not in {entry["group"] for entry in found}
    assert all("not known" in entry["sentence"] for entry in found)


def test_only_what_the_team_can_bring_about_is_proposed():
    kinds = (
        *("meeting", "Call", "webinar", "content_download", "demo_held", "whitepaper"),
        *("demo_request", "web_visit", "email_open", "opportunity_call", "call_missed", "deal_won", "trade_show"),
    )
    assert list(within_reach(catalogue(), kinds)) == list(kinds[:6])


def test_what_would_change_it_is_the_models_own_answer(typical_model):
    # In this market visits are meetings, which the team can bring about.
    words = replace(typical_model)
    desk = typical_model.desk
    reach = desk.words.model_copy(update={"within_reach": {"visit": "a visit"}})
    words.__dict__["desk"] = replace(desk, words=reach)
    quiet = LEAD | {"events": []}
    facts = read_lead(quiet, words.vocabulary, NOW)
    found = answer_lead(words, facts, full=True)
    [change] = found["would_change"]
    more = read_lead(
        quiet | {"events": [{"kind": "visit", "at": "2026-05-19T23:59:59.999999Z"}]}, words.vocabulary, NOW
    )
    assert change["probability"] == answer_lead(words, more)["probability"] > found["probability"]
    assert change["kind"] == "visit"
    shown = f"{100 * change['probability']:.1f} % instead of {100 * found['probability']:.1f} %"
    assert change["sentence"] == f"With a visit now: {shown}"
    assert "not what causes them" in found["would_change_note"]
    assert lead_row(words, facts)[0, 0] == 0


def test_without_reasons_the_lists_are_there_and_empty(typical_model, monkeypatch):
    monkeypatch.setattr("models.single.ADDITIVITY", -1.0)
    found = answer_lead(typical_model, read_lead(LEAD, typical_model.vocabulary, NOW), full=True)
    assert found["status"] == "degraded"
    assert {key: found[key] for key in UNEXPLAINED} == UNEXPLAINED
