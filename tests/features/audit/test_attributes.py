"""Planted leaks in fields are convicted by evidence; honest fields, strong ones too, are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.audit import Audit, audit_dataset
from tests.features.audit.datasets import DAY, END, Market


def audit(market: Market, tmp_path, **how) -> Audit:
    return audit_dataset(market.write(tmp_path / "data", **how))


def convicted(found: Audit) -> set[str]:
    return {suspect.key for suspect in found.quarantined}


def evidence(found: Audit, name: str) -> str:
    return " ".join(" ".join(f.evidence) for f in found.findings if f.subject.name == name)


@pytest.mark.parametrize("undated", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_honest_leads_are_not_convicted(tmp_path, seed, undated):
    assert convicted(audit(Market(seed), tmp_path, undated=undated)) == set()


def filled_only_when_won(market: Market):
    return [f"plan {i % 4}" if won and market.random.random() < 0.7 else None for i, won in enumerate(market.y)]


def filled_only_when_lost(market: Market):
    return [None if won or market.random.random() < 0.5 else f"because {i % 3}" for i, won in enumerate(market.y)]


def says_the_outcome(market: Market):
    return np.where(market.y, 1.0, 0.0) + market.random.normal(0, 0.35, market.size)


def decides_both_ways(market: Market):
    """Give a judgement written down once it is known how it went, for most leads."""
    sure = market.random.random(market.size) < 0.6
    middle = market.random.choice(["b", "c"], market.size)
    return np.where(sure, np.where(market.y, "a", "d"), middle)


def length_of_the_talk(market: Market):
    """Give a number that must pass a mark for an outcome: nobody converts below it."""
    short = np.exp(market.random.normal(5.0, 1.0, market.size))
    return np.where(market.y, 160 + np.exp(market.random.normal(5.6, 0.6, market.size)), short).astype(int)


@pytest.mark.parametrize("undated", [False, True])
@pytest.mark.parametrize(
    "plant",
    [filled_only_when_won, filled_only_when_lost, says_the_outcome, decides_both_ways, length_of_the_talk],
)
def test_planted_leaks_are_convicted_without_a_telling_name(tmp_path, plant, undated):
    market = Market(size=6000)
    market.attribute("region", market.random.choice(["north", "south", "east"], market.size))
    market.attribute("x", plant(market))
    assert convicted(audit(market, tmp_path, undated=undated)) == {"lead.x"}


@pytest.mark.parametrize(
    ("strength", "shape"),
    [(1.5, "normal"), (2.5, "normal"), (2.5, "skewed"), (2.5, "count"), (2.0, "ordered")],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_honest_strong_fields_are_never_convicted(tmp_path, strength, shape, seed):
    market = Market(seed, size=6000)
    z = market.random.normal(size=market.size)
    chance = 1 / (1 + np.exp(-(-2.5 + strength * z)))
    market.y = market.random.random(market.size) < chance
    outcome = market.leads["created_at"] + 20 * DAY
    market.outcome = outcome.where(market.y & (outcome < END))
    market.y = market.outcome.notna().to_numpy()
    values = {
        "normal": z,
        "skewed": np.exp(z),
        "count": np.floor(np.exp(1.5 + z)),
        "ordered": [f"level {code}" for code in np.digitize(z, [-1.0, -0.3, 0.3, 1.0])],
    }
    market.attribute("x", values[shape])
    assert convicted(audit(market, tmp_path, undated=True)) == set()


def test_a_name_alone_convicts_nothing(tmp_path):
    market = Market()
    market.attribute("last_status_score", market.random.choice(["a", "b", "c"], market.size))
    assert convicted(audit(market, tmp_path, undated=True)) == set()


def test_a_name_counts_beside_evidence_from_the_data(tmp_path):
    """Odds tenfold up and down are a warning under a neutral name, a conviction under a telling one."""
    found = {}
    for name in ("x", "lead_status"):
        market = Market(size=6000, rate=-1.0)
        mixed = market.random.random(market.size)
        up = np.where(market.y, 0.35, 0.02)
        down = np.where(market.y, 0.02, 0.35)
        values = np.where(mixed < up, "warm", np.where(mixed < up + down, "cold", "new"))
        market.attribute(name, values)
        result = audit_dataset(market.write(tmp_path / name, undated=True))
        found[name] = next(f.severity for f in result.findings if f.subject.name == name)
    assert found == {"x": "warning", "lead_status": "convicted"}


def test_a_field_that_follows_the_calendar_is_not_taken_for_a_leak(tmp_path):
    """The rate rises from 2 % to 60 % over time, and the field only says what time it is."""
    market = Market(size=6000)
    time = np.linspace(0, 1, market.size)
    market.y = market.random.random(market.size) < 0.02 + 0.58 * time
    market.outcome = (market.leads["created_at"] + 5 * DAY).where(market.y)
    market.attribute("interest_rate", 5 - 4 * time + 0.01 * market.random.normal(size=market.size))
    market.attribute("quarter", [f"q{int(12 * t)}" for t in time])
    found = audit(market, tmp_path, undated=True)
    assert convicted(found) == set()
    assert any(f.check == "base_rate_drift" for f in found.findings)


def test_fields_written_by_one_process_now_and_then(tmp_path):
    market = Market(size=6000, rate=-0.5)
    block = np.arange(market.size) * 20 // market.size
    runs = (block < 4) | (block > 15)
    score = np.where(
        market.y, market.random.choice([15, 16], market.size), market.random.choice([12, 15, 16], market.size)
    )
    for name, values in (("p", score), ("q", score // 4), ("r", market.random.integers(1, 9, market.size))):
        market.attribute(name, [f"{value}" if ran else None for value, ran in zip(values, runs, strict=True)])
    assert convicted(audit(market, tmp_path, undated=True)) == {"lead.p", "lead.q", "lead.r"}


def test_a_form_that_came_late_is_not_a_process(tmp_path):
    market = Market(size=6000, rate=-0.5)
    late = np.arange(market.size) > 3000
    for name in ("p", "q", "r"):
        values = market.random.integers(1, 5, market.size) + market.y
        market.attribute(name, [f"{value}" if there else None for value, there in zip(values, late, strict=True)])
    assert convicted(audit(market, tmp_path, undated=True)) == set()


def test_a_field_overwritten_later_is_found_by_its_twin(tmp_path):
    market = Market(size=6000, rate=-0.5)
    first = market.random.choice(["mail", "call", "chat", "visit"], market.size)
    touched = market.random.random(market.size) < np.where(market.y, 0.2, 0.5)
    market.attribute("p", first)
    market.attribute("q", np.where(touched, "changed", first))
    found = audit(market, tmp_path, undated=True)
    verdict = {f.subject.name: f.severity for f in found.findings if f.check == "written_after_outcome"}
    assert verdict["q"] == "warning"
    assert "overwritten" in evidence(found, "q")


def test_totals_as_of_export_are_reconciled_with_the_events(tmp_path):
    market = Market()
    lead = np.repeat(np.flatnonzero(market.y), 10)
    market.event("visit", lead, market.random.uniform(0, 200, len(lead)))
    visits = pd.concat(market.events)
    totals = visits[visits["kind"] == "visit"].groupby("lead").size().reindex(range(market.size), fill_value=0)
    at_start = visits[(visits["kind"] == "visit") & (visits["days"] <= 0.9)].groupby("lead").size()
    market.attribute("x", totals.to_numpy())
    market.attribute("y", at_start.reindex(range(market.size), fill_value=0).to_numpy())
    found = audit(market, tmp_path)
    assert convicted(found) == {"lead.x"}
    assert "total at export" in evidence(found, "x")


def test_totals_that_went_on_growing_are_convicted_without_events(tmp_path):
    market = Market(size=6000)
    since = ((END - market.outcome) / DAY).fillna(0).to_numpy()
    market.attribute("x", market.random.poisson(3 + 0.2 * since))
    market.events = [frame[frame["kind"] == "call"] for frame in market.events]
    found = audit(market, tmp_path)
    assert convicted(found) == {"lead.x"}
    assert "goes on growing" in evidence(found, "x")


def test_dates_later_than_they_are_said_to_be_known(tmp_path):
    market = Market()
    until = (END - market.leads["created_at"]) / DAY
    last = market.leads["created_at"] + pd.to_timedelta(market.random.uniform(0, 1, market.size) * until, unit="D")
    planned = market.leads["created_at"] + pd.to_timedelta(market.random.uniform(0, 400, market.size), unit="D")
    market.attribute("touched", last.dt.strftime("%Y-%m-%d"))
    market.attribute("planned", planned.dt.strftime("%Y-%m-%d"))
    assert convicted(audit(market, tmp_path)) == {"lead.touched"}


def test_a_version_written_in_the_act_of_conversion(tmp_path):
    market = Market()
    market.attribute("stage", ["new"] * market.size)
    market.attribute("stage", ["won"] * market.size, market.outcome - pd.Timedelta(hours=2))
    found = audit(market, tmp_path)
    assert convicted(found) == {"lead.stage"}
    assert any(f.check == "written_in_the_act" for f in found.findings)


def test_a_version_written_after_the_outcome_is_left_to_its_date(tmp_path):
    market = Market()
    market.attribute("segment", ["key account"] * market.size, market.outcome + pd.Timedelta(days=1))
    found = audit(market, tmp_path)
    assert convicted(found) == set()
    assert any(f.check == "filled_after_outcome" and f.done == "repaired" for f in found.findings)


def test_running_totals_are_warned_of_and_left(tmp_path):
    market = Market()
    market.attribute(
        "total_minutes_on_site", np.floor(np.exp(1 + market.quality + market.random.normal(size=market.size)))
    )
    found = audit(market, tmp_path, undated=True)
    warned = [f for f in found.findings if f.check == "as_of_export_counter"]
    assert [f.subject.name for f in warned] == ["total_minutes_on_site"]
    assert warned[0].decide
    assert convicted(found) == set()


def test_constants_copies_ids_and_shared_identities(tmp_path):
    market = Market()
    size = market.size
    market.attribute("colour", ["blue"] * size)
    tone = market.random.choice(["x", "y", "z"], size)
    market.attribute("tone", tone)
    market.attribute("tone_again", tone)
    market.attribute("number", np.arange(size) + 7000)
    person = np.arange(size)
    person[100:200] = person[0:100]
    market.attribute("email", [f"p{i}@example.com" for i in person])
    found = {f.check: f for f in audit(market, tmp_path).findings}
    assert "lead.colour" in found["constants"].sentence
    assert "tone, tone_again" in found["copies"].sentence
    assert found["identity"].leads == 200
    assert "in the order of time" in " ".join(
        f.sentence for f in audit(market, tmp_path).findings if f.check == "id"
    )


def test_what_was_blank_at_first_counts_as_blank_though_filled_later(tmp_path):
    """A dated field, blank at creation and filled at the outcome, is honest: its first version is blank."""
    market = Market()
    market.attribute("plan", [""] * market.size)
    market.attribute("plan", ["gold"] * market.size, market.outcome + pd.Timedelta(days=1))
    found = audit(market, tmp_path)
    assert convicted(found) == set()
    assert next(row for row in found.attributes if row["attribute"] == "lead.plan")["filled"] == 0


def test_versions_are_counted_alike_in_one_stretch_and_in_many(tmp_path, monkeypatch):
    market = Market(size=600)
    market.attribute("x", filled_only_when_won(market))
    market.attribute("stage", ["new"] * market.size)
    market.attribute("stage", ["won"] * market.size, market.outcome - pd.Timedelta(hours=2))
    dataset = market.write(tmp_path / "data")
    whole = audit_dataset(dataset).to_json()
    monkeypatch.setattr("features.audit.firsts.CHUNK", 100)
    monkeypatch.setattr("features.audit.stamps.PART", 500)
    assert audit_dataset(dataset).to_json() == whole
    assert "lead.stage" in whole


def test_many_rare_values_are_no_constant(tmp_path, monkeypatch):
    monkeypatch.setattr("features.audit.reading.MOST_LEVELS", 1)
    market = Market()
    market.attribute("name", [f"name {i}" for i in range(market.size)])
    assert not any(f.check == "constants" for f in audit(market, tmp_path).findings)


def test_fields_with_the_same_counts_are_no_copies(tmp_path):
    market = Market()
    for name in ("p", "q"):
        market.attribute(name, market.random.permutation(np.arange(market.size) % 2))
    assert not any(f.check == "copies" for f in audit(market, tmp_path).findings)


def handed_over_at_once(market: Market):
    """Give half of the converted leads an owner whom nobody else has."""
    handed = market.y & (market.random.random(market.size) < 0.5)
    return np.where(
        handed, market.random.choice(["e", "f"], market.size), market.random.choice(list("abcd"), market.size)
    )


def days_or_zero(market: Market):
    closed = market.y & (market.random.random(market.size) < 0.6)
    return np.where(closed, market.random.integers(10, 150, market.size), 0)


@pytest.mark.parametrize("undated", [False, True])
@pytest.mark.parametrize("plant", [handed_over_at_once, days_or_zero])
def test_a_value_that_only_one_outcome_has_is_convicted(tmp_path, plant, undated):
    market = Market(size=6000)
    market.attribute("x", plant(market))
    assert convicted(audit(market, tmp_path, undated=undated)) == {"lead.x"}


def test_an_honest_source_of_sixty_percent_is_not_convicted(tmp_path):
    market = Market(size=6000)
    referred = np.where(
        market.y, market.random.random(market.size) < 0.3, market.random.random(market.size) < 0.03
    )
    market.attribute("x", np.where(referred, "referral", market.random.choice(["web", "ads"], market.size)))
    assert convicted(audit(market, tmp_path, undated=True)) == set()


def test_a_queue_that_no_outcome_comes_from_is_a_warning(tmp_path):
    market = Market(size=6000)
    handed = market.y | (market.random.random(market.size) < 0.12)
    owners = [f"{'ae' if there else 'sdr'} {i % 8}" for i, there in enumerate(handed)]
    market.attribute("x", owners)
    found = audit(market, tmp_path, undated=True)
    assert [f.severity for f in found.findings if f.subject.name == "x"] == ["warning"]


@pytest.mark.parametrize("written", ["%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y %H:%M"])
def test_later_dates_are_found_however_they_are_written(tmp_path, written):
    market = Market()
    until = (END - market.leads["created_at"]) / DAY
    last = market.leads["created_at"] + pd.to_timedelta(market.random.uniform(0, 1, market.size) * until, unit="D")
    market.attribute("x", last.dt.strftime(written))
    found = audit(market, tmp_path)
    assert convicted(found) == {"lead.x"}
    assert not any(f.check == "identity" for f in found.findings)


def test_a_number_that_grows_with_age_alike_is_a_running_total_to_decide_on(tmp_path):
    market = Market()
    age = ((END - market.leads["created_at"]) / DAY).to_numpy()
    market.attribute("x", market.random.poisson(1 + 0.05 * age))
    market.current_only = ("x",)
    found = audit(market, tmp_path)
    assert convicted(found) == set()
    warned = next(f for f in found.findings if f.check == "as_of_export_counter")
    assert "older a lead is" in warned.sentence


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noise_of_few_outcomes_is_not_convicted(tmp_path, seed):
    market = Market(seed, rate=-5.1)
    for count in (3, 30, 300):
        market.attribute(f"last_status_{count}", market.random.integers(0, count, market.size).astype(str))
    market.attribute(
        "gap", [f"{i % 3}" if u < 0.2 else None for i, u in enumerate(market.random.random(market.size))]
    )
    assert convicted(audit(market, tmp_path, undated=True)) == set()
