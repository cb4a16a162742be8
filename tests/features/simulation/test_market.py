from __future__ import annotations

import numpy as np
import pytest

from features.simulation import simulate_market
from features.simulation.parameters import BUYER_KINDS, DAYS, KINDS


def test_market_has_the_leads_asked_for_in_groups_of_very_different_size(market):
    sizes = np.diff(market.people.starts)

    assert sizes.sum() == len(market.people.created) == len(market.lead_ids) == 12_000
    assert (sizes == 1).mean() > 0.3
    assert sizes.max() >= 10
    assert 0.1 < (market.people.account < 0).mean() < 0.25


def test_creation_rises_within_groups_and_lies_in_the_period(market):
    starts = market.people.starts
    steps = np.delete(np.diff(market.people.created), starts[1:-1] - 1)

    assert (steps >= 0).all()
    assert market.people.created.min() >= 0
    assert market.people.created.max() < DAYS


def test_events_are_as_many_as_in_a_real_market_and_never_precede_their_lead(market):
    events = market.events

    assert 20 < len(events.at) / 12_000 < 30
    assert set(np.unique(events.kind)) == set(range(len(KINDS)))
    assert (events.at >= market.people.created[events.lead]).all()
    assert events.at.max() < DAYS


def test_events_go_on_after_the_opportunity(market):
    after = market.events.at > market.opportunity[market.events.lead]
    kinds = np.asarray(market.events.kind)[after]

    assert (kinds == KINDS.index("meeting")).any()
    assert (kinds < len(BUYER_KINDS)).any()


def test_times_are_whole_milliseconds(market):
    for moment in (market.events.at, market.people.created, market.opportunity[np.isfinite(market.opportunity)]):
        milliseconds = moment * 86_400_000
        assert np.abs(milliseconds - np.rint(milliseconds)).max() < 1e-3


def test_share_of_snapshots_that_become_opportunities_is_realistic(snapshots):
    assert 0.03 < snapshots["label"].mean() < 0.08
    assert snapshots.groupby("age")["label"].mean().between(0.02, 0.09).all()


def test_a_member_belongs_to_one_edition_of_a_campaign_once(market):
    member = np.isin(market.events.kind, [KINDS.index(kind) for kind in ("webinar", "trade_show", "demo_request")])
    pairs = np.column_stack([market.events.lead[member], market.campaign[member]])

    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert (market.campaign[member] >= 0).all()


def test_webinars_lose_worth_in_the_second_year(market):
    webinar = market.events.kind == KINDS.index("webinar")
    early, late = (market.events.at < DAYS / 2) & webinar, (market.events.at > DAYS - 60) & webinar

    assert market.weights.own[late].mean() < 0.6 * market.weights.own[early].mean()


def test_december_is_quiet(market):
    web = market.events.at[market.events.kind == 0]
    second_half_of_december = ((web >= 533) & (web < 550)).sum() / 17
    second_half_of_november = ((web >= 503) & (web < 520)).sum() / 17

    assert second_half_of_december < 0.7 * second_half_of_november


@pytest.mark.parametrize("leads", [1, 2, 7])
def test_tiny_markets_work(leads):
    assert len(simulate_market(leads, 3).lead_ids) == leads


@pytest.mark.parametrize(("leads", "seed"), [(0, 1), (5, -1)])
def test_nonsense_is_refused(leads, seed):
    with pytest.raises(ValueError, match="expected at least 1 lead"):
        simulate_market(leads, seed)
