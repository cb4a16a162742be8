"""The true probability on a whole market: calibrated, strong, blind to the future."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from features.errors import ConfigError, DatasetError
from features.facts import Dataset
from features.facts.clock import DAY
from features.simulation import true_probability
from features.simulation.behaviour import Happenings, to_microseconds
from features.simulation.conversion import Weights
from features.simulation.truth import probabilities


@pytest.fixture(scope="module")
def scored(truth, snapshots):
    found = probabilities(truth, truth.lead_ids[snapshots["lead"]], snapshots["moment"].to_numpy(), 90.0)
    group = np.searchsorted(truth.starts, snapshots["lead"], side="right")
    return snapshots.assign(truth=found, group=group)


def _area_under_curve(label, score):
    ranks = pd.Series(score).rank().to_numpy()
    positives = label.sum()
    return (ranks[label].sum() - positives * (positives + 1) / 2) / (positives * (len(label) - positives))


def _standard_scores(rows, by):
    """Observed minus expected in standard errors; groups of leads are independent, rows within them are not."""
    residual = (rows["label"] - rows["truth"]).groupby([by, rows["group"]]).sum()
    between = (residual**2).groupby(level=0).sum()
    # Where nobody converted the residuals show no spread; the truth's own variance is the least there can be.
    within = (rows["truth"] * (1 - rows["truth"])).groupby(by).sum()
    return residual.groupby(level=0).sum() / np.sqrt(np.maximum(between, within))


def test_truth_is_calibrated_in_every_tenth_and_at_every_age(scored):
    tenth = pd.qcut(scored["truth"], 10, labels=False)

    # Sixteen looks at one market: 3.5 standard errors is one false alarm in a hundred and thirty runs.
    assert _standard_scores(scored, tenth[tenth > 0]).abs().max() < 3.5
    assert _standard_scores(scored, scored["age"]).abs().max() < 3.5
    assert abs(_standard_scores(scored, pd.Series(0, scored.index)).iloc[0]) < 3.5


@pytest.mark.parametrize("horizon", [14.0, 180.0])
def test_truth_is_calibrated_at_other_horizons(truth, horizon):
    moment = np.full(len(truth.created), 500.25)
    lead = np.flatnonzero((truth.created < moment) & (truth.opportunity >= moment))
    rows = pd.DataFrame({"label": truth.opportunity[lead] < 500.25 + horizon})
    rows["truth"] = probabilities(truth, truth.lead_ids[lead], moment[lead], horizon)
    rows["group"] = np.searchsorted(truth.starts, lead, side="right")

    assert _standard_scores(rows, pd.qcut(rows["truth"], 4, labels=False)).abs().max() < 3.5


def test_truth_tells_leads_apart_well_and_not_perfectly(scored):
    assert 0.82 < _area_under_curve(scored["label"].to_numpy(), scored["truth"]) < 0.90


def test_probabilities_lie_between_nought_and_one(scored):
    assert scored["truth"].between(0, 1).all()


def test_the_dataset_route_agrees_and_undefined_rows_are_nan(folders, truth):
    converted = int(np.flatnonzero(np.isfinite(truth.opportunity))[0])
    moments = np.array(
        [truth.created[converted] - 1e-3, truth.opportunity[converted] + 1e-3, truth.created[0] + 1]
    )
    moments = np.clip(moments, 0, 730)
    ids = truth.lead_ids[[converted, converted, 0]].to_numpy()
    found = true_probability(folders / "market", ids, to_microseconds(moments), 90 * DAY)

    assert np.isnan(found[:2]).all()
    assert found[2] == pytest.approx(probabilities(truth, ids[2:], moments[2:], 90.0)[0], rel=1e-9)


def test_order_of_rows_does_not_matter(truth, scored):
    rows = scored.sample(500, random_state=1)
    again = probabilities(truth, truth.lead_ids[rows["lead"]], rows["moment"].to_numpy(), 90.0)

    np.testing.assert_array_equal(again, rows["truth"])


def test_nothing_at_or_after_the_moment_changes_the_answer(truth):
    moment = 400.5
    lead = np.flatnonzero((truth.created < moment) & (truth.opportunity >= moment))[:3000]
    before = probabilities(truth, truth.lead_ids[lead], np.full(len(lead), moment), 90.0)
    seen = truth.events.at < moment
    starts = np.concatenate([[0], np.cumsum(seen)])[truth.event_starts]
    planted = dataclasses.replace(
        truth,
        events=Happenings(*(column[seen] for column in truth.events)),
        event_starts=starts,
        weights=Weights(*(column[seen] for column in truth.weights)),
        opportunity=np.where(truth.opportunity >= moment, moment, truth.opportunity),
        verdict=np.where(truth.verdict >= moment, np.inf, truth.verdict),
        accepted=np.where(truth.verdict >= moment, ~truth.accepted, truth.accepted),
        epochs=truth.epochs._replace(
            segment=np.where(truth.epochs.day > moment, _one_step_earlier(truth), truth.epochs.segment)
        ),
    )
    after = probabilities(planted, truth.lead_ids[lead], np.full(len(lead), moment), 90.0)

    np.testing.assert_array_equal(before, after)


def _one_step_earlier(truth):
    return np.concatenate([truth.epochs.segment[:1], truth.epochs.segment[:-1]])


def test_an_event_before_the_moment_does_change_it(truth):
    lead = int(truth.events.lead[truth.events.kind == 4][0])
    leads, kinds, moments = truth.events
    at = moments[(leads == lead) & (kinds == 4)][0]
    just_before, just_after = probabilities(truth, truth.lead_ids[[lead, lead]], np.array([at, at + 1e-6]), 90.0)

    assert just_after > just_before


def test_a_strange_lead_is_named(truth):
    with pytest.raises(DatasetError, match="00QSTRANGE"):
        probabilities(truth, np.array(["00QSTRANGE"]), np.array([5.0]), 90.0)


@pytest.mark.parametrize(("moment", "horizon"), [(0, 0), (0, 401 * DAY), (-5 * DAY, DAY)])
def test_times_outside_the_market_are_refused(folders, truth, moment, horizon):
    with pytest.raises(ConfigError):
        true_probability(folders / "market", truth.lead_ids[:1], to_microseconds(np.zeros(1)) + moment, horizon)


def test_truth_speaks_of_the_opportunities_of_the_dataset(folders, truth):
    frame = Dataset.open(folders / "market").query(
        "SELECT lead_id, min(epoch_us(created_at)) AS at FROM opportunities WHERE lead_id IS NOT NULL GROUP BY 1"
    )
    lead = truth.lead_ids.get_indexer(pd.Index(frame["lead_id"]))

    np.testing.assert_array_equal(to_microseconds(truth.opportunity[lead]), frame["at"])
    assert len(frame) == np.isfinite(truth.opportunity).sum()
