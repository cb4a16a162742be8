"""No reason that is shown contradicts the facts or its direction: read back over simulated leads, and by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.reasons import count_contradictions
from features.facts.clock import DAY, parse_moment
from features.payload import read_lead
from models.answer import answer_lead, lead_row
from models.lead_model import LeadModel
from models.reasons import LEFT_OUT, reasons_for
from models.reasons.desk import Desk
from models.reasons.recount import Recount
from models.typical import learn_typical

NOW = parse_moment("2026-06-01T00:00:00Z")


@pytest.fixture(scope="session")
def trained(registered):
    return registered.trained.fitted.model


@pytest.fixture
def typical_model(model, matrix):
    return replace(model, typical=learn_typical(model.feature_set, matrix, np.ones(len(matrix)), matrix))


def test_nothing_shown_over_simulated_leads_is_untrue(trained, registered):
    found = count_contradictions(trained, registered.dataset, 2000)
    assert found.contradictions == []
    assert found.leads > 1500
    assert found.reasons > 2 * found.leads
    assert found.left_out["direction"] > 0


def test_a_wrong_window_is_found(trained, registered, monkeypatch):
    monkeypatch.setattr("models.reasons.messages.Catalogue.window_words", lambda *_: " in the last 11 days")
    assert count_contradictions(replace(trained), registered.dataset, 60).contradictions


def test_a_flipped_sign_is_found(trained, registered, monkeypatch):
    def flipped(self, model, rows, contributions, most):
        return self._run(model, rows, -contributions, most)

    monkeypatch.setattr(Desk, "choose", flipped)
    desk = Desk.of(trained)
    blind = replace(trained)
    blind.__dict__["desk"] = replace(desk, walked=False)
    wrong = count_contradictions(blind, registered.dataset, 60).contradictions
    assert any("with typical values the score moves" in why for why in wrong)


def test_a_value_that_the_facts_deny_is_left_out_and_counted(typical_model):
    told = {
        "lead_id": "L1",
        "created_at": "2026-05-01T00:00:00Z",
        "as_of": "2026-05-20T00:00:00Z",
        "attributes": {"title": "VP", "employees": 12},
        "events": [{"kind": "visit", "at": f"2026-05-{day:02d}T00:00:00Z"} for day in range(2, 12)],
    }
    facts = read_lead(told, typical_model.vocabulary, NOW)
    row = lead_row(typical_model, facts)
    parts = typical_model.feature_contributions(row).values[0]
    honest = reasons_for(typical_model, row[0], parts, facts=facts)
    assert "10 visits in the last 30 days" in " ".join(r.sentence for r in honest)
    row[0, 0] += 1
    before = LEFT_OUT.counts()["facts"]
    shown = reasons_for(typical_model, row[0], parts, facts=facts)
    assert "visits" not in {r.group for r in shown}
    assert LEFT_OUT.counts()["facts"] > before
    assert [r.group for r in shown] == [r.group for r in honest if r.group != "visits"]


def test_what_every_lead_has_is_no_reason(typical_model):
    usual = np.array([[v.value for v in typical_model.typical.features.values()]])
    parts = typical_model.feature_contributions(usual).values[0]
    before = LEFT_OUT.counts()
    assert reasons_for(typical_model, usual[0], parts) == []
    after = LEFT_OUT.counts()
    assert after["typical"] > before["typical"]


def test_the_direction_is_tested_with_typical_values(typical_model, matrix):
    width, names = typical_model.width, typical_model.feature_set.names
    usual = np.array([typical_model.typical.features[n].value for n in names[:width]], float)
    parts = typical_model.feature_contributions(matrix).values
    for i in range(0, 400, 5):
        for reason in reasons_for(typical_model, matrix[i], parts[i]):
            group = np.array([f.group == reason.group for f in typical_model.feature_set.features[:width]])
            changed = np.where(group, usual, matrix[i, :width])
            raw = typical_model.booster.predict(np.vstack([matrix[i, :width], changed]), raw_score=True)
            assert (raw[0] - raw[1]) * reason.points > 0


def test_trees_that_only_lightgbm_walks_are_tested_the_same(typical_model, matrix):
    slow = replace(typical_model)
    slow.__dict__["shap"] = None
    parts = typical_model.feature_contributions(matrix).values
    for i in range(0, 200, 10):
        ours, theirs = (reasons_for(m, matrix[i], parts[i]) for m in (typical_model, slow))
        assert [(r.feature, r.sentence) for r in ours] == [(r.feature, r.sentence) for r in theirs]


def test_a_model_saved_before_has_reasons_without_comparison(model, typical_model, tmp_path):
    told = {"created_at": "2026-05-01", "attributes": {"title": "VP", "employees": 12}}
    facts = read_lead(told, model.vocabulary, NOW)
    model.save(tmp_path / "old")
    typical_model.save(tmp_path / "new")
    assert not (tmp_path / "old" / "typical.json").exists()
    old, new = (LeadModel.load(tmp_path / name, version="3") for name in ("old", "new"))
    assert old.typical is None
    assert new.typical == typical_model.typical
    assert "; " not in answer_lead(old, facts)["reason_1"]
    assert "; " in answer_lead(new, facts)["reason_1"]
    assert answer_lead(old, facts)["probability"] == answer_lead(new, facts)["probability"]


def test_a_recount_knows_windows_and_what_was_known(model):
    told = {
        "created_at": "2026-03-01",
        "as_of": "2026-05-31T00:00:00Z",
        "events": [
            {"kind": "visit", "at": "2026-05-30T12:00:00Z"},
            {"kind": "visit", "at": "2026-05-01T00:00:00Z"},
            {"kind": "visit", "at": "2026-04-30T23:59:59Z"},
            {"kind": "visit", "at": "2026-05-20T00:00:00Z", "known_at": "2026-05-31T00:00:00Z"},
            {"kind": "email", "at": "2026-05-20T00:00:00Z"},
        ],
    }
    facts = read_lead(told, model.vocabulary, NOW)
    count, since, employees = (Recount(f, model.manifest.observed_from) for f in model.feature_set.features[:3])
    assert count.feature.source.span == 30 * DAY
    assert count.value(facts) == 2.0
    assert since.value(facts) == 0.5
    assert math.isnan(employees.value(facts))
    assert count.agrees(2.0, facts)
    assert not count.agrees(3.0, facts)
    assert not count.agrees(math.nan, facts)
    assert employees.agrees(math.nan, facts)
    late = Recount(count.feature, {"visit": parse_moment("2026-05-15")})
    assert math.isnan(late.value(facts))
