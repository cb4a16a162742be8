"""Planted faults in events, stamps and the label are found; their absence is not made up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.audit import Audit, audit_dataset
from features.audit.maturity import kaplan_meier
from tests.features.audit.datasets import DAY, END, START, Market


def audit(market: Market, tmp_path) -> Audit:
    return audit_dataset(market.write(tmp_path / "data"))


def only(found: Audit, check: str, name: str):
    matching = [f for f in found.findings if f.check == check and f.subject.name == name]
    assert len(matching) == 1, [(f.check, str(f.subject)) for f in found.findings]
    return matching[0]


def checks(found: Audit) -> set[str]:
    return {f.check for f in found.findings}


def test_clean_events_have_no_finding_of_their_own(tmp_path):
    planted = {
        "re_parented",
        "comes_with_outcome",
        "retention_cliff",
        "ends_early",
        "hole",
        "date_only",
        "duplicates",
        "bulk_import",
        "left_truncation",
        "right_truncation",
        "huge_account",
    }
    assert not checks(audit(Market(), tmp_path)) & planted


def test_activity_that_moved_away_at_conversion(tmp_path):
    market = Market()
    calls = market.events[-1]
    market.events[-1] = calls[~market.y[calls["lead"]]]
    found = audit(market, tmp_path)
    finding = only(found, "re_parented", "call")
    assert finding.severity == "convicted"
    assert finding.evidence["events"] == 0
    # By hand: about 2 calls in 80 days make 0.7 in four weeks, a little more for better leads.
    expected = 0.7 * market.y.sum()
    assert 0.6 * expected < finding.evidence["events expected"] < 1.6 * expected
    assert [s.key for s in found.quarantined] == ["events.call"]


def test_activity_that_is_only_rarer_is_a_warning(tmp_path):
    market = Market()
    calls = market.events[-1]
    kept = ~market.y[calls["lead"]] | (market.random.random(len(calls)) < 0.1)
    market.events[-1] = calls[kept]
    found = audit(market, tmp_path)
    assert only(found, "re_parented", "call").severity == "warning"
    assert found.quarantined == ()


def test_a_kind_that_is_part_of_the_conversion(tmp_path):
    market = Market()
    won = np.flatnonzero(market.y)
    days = ((market.outcome - market.leads["created_at"]) / DAY).to_numpy()[won]
    market.event("contract_sent", won, days - 0.1)
    finding = only(audit(market, tmp_path), "comes_with_outcome", "contract_sent")
    assert finding.severity == "convicted"
    assert finding.evidence["outcome within a day"] == len(won)


def test_a_strong_honest_kind_is_not_convicted(tmp_path):
    """A demonstration that half of the converted leads and few others ask for, at any time before."""
    market = Market()
    won = np.flatnonzero(market.y & (market.random.random(market.size) < 0.5))
    lost = np.flatnonzero(~market.y & (market.random.random(market.size) < 0.05))
    days = ((market.outcome - market.leads["created_at"]) / DAY).to_numpy()[won]
    market.event("demo", won, days * market.random.uniform(0, 0.9, len(won)))
    market.event("demo", lost, market.random.uniform(0, 60, len(lost)))
    assert audit(market, tmp_path).quarantined == ()


def test_a_retention_cliff_is_repaired_where_the_dataset_knows_it(tmp_path):
    market = Market()
    cliff = END - 90 * DAY
    market.events[0] = market.events[0][market.events[0]["at"] >= cliff]
    finding = only(audit(market, tmp_path), "retention_cliff", "visit")
    # By default a kind is observed from its first event on, so windows before it are unknown.
    assert (finding.done, finding.severity) == ("repaired", "note")
    before = (market.leads["created_at"].dt.tz_localize(None).dt.to_period("M") < pd.Period("2025-04")).sum()
    assert finding.leads == before
    assert finding.months == ("2024-01", "2025-03")


def test_a_kind_that_stops(tmp_path):
    market = Market()
    market.events[0] = market.events[0][market.events[0]["at"] < END - 120 * DAY]
    assert only(audit(market, tmp_path), "ends_early", "visit").severity == "warning"


def test_a_missing_slice(tmp_path):
    market = Market()
    at = market.events[0]["at"]
    market.events[0] = market.events[0][(at < "2024-08-01") | (at >= "2024-10-01")]
    assert only(audit(market, tmp_path), "hole", "visit").months == ("2024-08", "2024-09")


@pytest.mark.parametrize(("hours", "expected"), [(0, "left"), (24, "repaired")])
def test_dates_without_a_time(tmp_path, hours, expected):
    market = Market()
    moment = market.events[0]["at"].dt.floor("D") + pd.Timedelta(hours=hours)
    market.events[0]["at"] = moment - pd.Timedelta(microseconds=1) if hours else moment
    finding = only(audit(market, tmp_path), "date_only", "visit")
    assert finding.done == expected


def test_repeated_events(tmp_path):
    market = Market()
    market.events.append(market.events[0].iloc[:400])
    finding = only(audit(market, tmp_path), "duplicates", "visit")
    assert finding.evidence["repeated"] == 400


def test_a_bulk_import(tmp_path):
    market = Market()
    instant = pd.Timestamp("2024-12-01 10:00:00", tz="UTC")
    lead = np.flatnonzero((market.leads["created_at"] < instant).to_numpy())[:500]
    market.event("visit", lead, ((instant - market.leads["created_at"]) / DAY).to_numpy()[lead])
    finding = only(audit(market, tmp_path), "bulk_import", "visit")
    assert finding.leads >= 500
    assert finding.months == ("2024-12", "2024-12")


def test_outcomes_that_were_not_recorded_at_first(tmp_path):
    market = Market()
    kept = (market.outcome >= START + 150 * DAY).to_numpy()
    market.y = market.y & kept
    market.outcome = market.outcome.where(kept)
    finding = only(audit(market, tmp_path), "left_truncation", "opportunity")
    assert finding.evidence["outcomes"] == 0
    assert "2024-05-3" in finding.sentence or "2024-06-0" in finding.sentence


def test_outcomes_that_stop_before_the_end(tmp_path):
    market = Market()
    kept = (market.outcome < END - 100 * DAY).to_numpy()
    market.y = market.y & kept
    market.outcome = market.outcome.where(kept)
    assert only(audit(market, tmp_path), "right_truncation", "opportunity").severity == "warning"


def test_outcomes_before_their_lead(tmp_path):
    market = Market()
    early = np.flatnonzero(market.y)[:40]
    market.outcome.iloc[early] = market.leads["created_at"].iloc[early] - 3 * DAY
    finding = only(audit(market, tmp_path), "outcome_before_lead", "opportunity")
    assert (finding.leads, finding.severity) == (40, "warning")


def test_converted_leads_are_watched_as_long_as_the_others(tmp_path):
    """Nearly everybody converts within weeks; the leads of the first days could be watched for 18 months."""
    market = Market(rate=5.0)
    assert market.y.mean() > 0.9
    span = (END - market.leads["created_at"]).dt.days
    watched = audit(market, tmp_path).pictures["maturity"]["days_watched"]
    assert (span >= watched).mean() == pytest.approx(0.1, abs=0.01)


def test_one_account_for_everybody(tmp_path):
    market = Market()
    market.leads.loc[:400, "account_id"] = "gmail.com"
    assert only(audit(market, tmp_path), "huge_account", "leads").leads == 401


def test_the_label_matures_as_kaplan_and_meier_say():
    """Four leads: outcomes on day 0 and 1, the others watched to day 0 and 1; 1/4, then 1/2 of 3/4 more."""
    curve = kaplan_meier(np.array([1.0, 1.0]), np.array([1.0, 1.0]))
    assert curve.tolist() == [0.25, 0.625]
