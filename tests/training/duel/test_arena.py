"""Who can be called when, and what counts as found."""

from __future__ import annotations

import numpy as np
import pytest

from features.errors import ConfigError
from features.facts.clock import DAY, format_moment, parse_moment
from features.open_leads import is_open, open_at_each
from tests.training.duel.hand import START, Deal, Lead, arena_of, ground_of, write_market
from training.duel.arena import mondays_within, open_arena


def test_a_monday_belongs_if_it_is_not_before_the_beginning_nor_after_the_end():
    found = mondays_within(START, START + 14 * DAY)
    assert [format_moment(monday)[:10] for monday in found] == ["2025-01-06", "2025-01-13", "2025-01-20"]
    assert mondays_within(START + 1, START + 14 * DAY - 1).tolist() == [START + 7 * DAY]
    assert len(mondays_within(parse_moment("2025-01-07"), parse_moment("2025-01-12"))) == 0


def rows_of(arena):
    return {
        (str(arena.history.lead_ids[lead]), int(week)) for lead, week in zip(arena.lead, arena.week, strict=True)
    }


def test_a_lead_is_there_from_after_its_creation_until_its_opportunity(tmp_path):
    leads = [Lead("early"), Lead("on_monday", created=7), Lead("never_listed", created=8)]
    deals = [Deal("early", 14), Deal("never_listed", 9)]
    arena = arena_of(tmp_path, leads, deals, until=30)
    assert rows_of(arena) == {
        *(("early", week) for week in (0, 1, 2)),  # the opportunity of day 14 is not known on Monday 2
        *(("on_monday", week) for week in (2, 3, 4)),  # created at that instant, it is not known on Monday 1
    }


def test_a_call_finds_what_comes_within_the_horizon_and_only_of_weeks_that_are_over(tmp_path):
    arena = arena_of(tmp_path, [Lead("a"), Lead("b")], [Deal("a", 14), Deal("b", 20)], until=28)
    assert arena.decided.tolist() == [True, True, True, False, False]
    found = {(str(arena.history.lead_ids[arena.lead[r]]), int(arena.week[r])) for r in np.flatnonzero(arena.found)}
    # Horizon 14 days, its end left out: a call of Monday 0 does not find what comes on day 14.
    assert found == {("a", 1), ("a", 2), ("b", 1), ("b", 2)}


def test_a_lead_whose_opportunity_only_undecided_weeks_find_cannot_be_found(tmp_path):
    arena = arena_of(tmp_path, [Lead("late", created=15), Lead("other")], [Deal("late", 25)], until=28)
    assert arena.found.any()
    assert arena.reachable.tolist() == []


def test_accounts_that_were_learnt_from_are_left_out(tmp_path):
    leads = [Lead("a", "x"), Lead("b", "y"), Lead("c")]
    dataset = write_market(tmp_path, leads, [], until=30)
    arena = open_arena(ground_of(dataset, learnt=("x",)), 0)
    assert {name for name, _ in rows_of(arena)} == {"b", "c"}
    assert arena.absent == pytest.approx(1 / 3)


def test_open_at_each_says_what_is_open_says(registered):
    from features.history import History  # noqa: PLC0415

    history = History.from_dataset(registered.dataset)
    until = registered.dataset.observed_until
    moments = np.array([until - k * 40 * DAY for k in range(12)][::-1])
    lead, which = open_at_each(registered.dataset, history, moments)
    for number, moment in enumerate(moments):
        everybody = np.arange(len(history.lead_ids))
        expected = is_open(registered.dataset, history, everybody, np.full(len(everybody), moment))
        assert lead[which == number].tolist() == np.flatnonzero(expected).tolist()


def test_no_week_that_is_over_is_an_error(tmp_path):
    dataset = write_market(tmp_path, [Lead("a")], [], until=10)
    with pytest.raises(ConfigError, match="no lead that neither side learnt from was open on a Monday"):
        open_arena(ground_of(dataset), 0)


def test_data_without_dates_have_no_weeks(tmp_path):
    dataset = write_market(tmp_path, [Lead("a")], [], until=60)
    undated = dataset.manifest.model_copy(update={"undated": True})
    ground = ground_of(dataset)
    ground.dataset = type(dataset)(dataset.path, undated)
    with pytest.raises(ConfigError, match="no dates"):
        open_arena(ground, 0)
