"""Whole duels: against a replay in plain Python, without a future, and what is said beside the figures."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from features.errors import ConfigError
from features.facts.clock import DAY, parse_moment
from features.history import History
from features.plan import compile_plan
from models.card import bind_card, read_card
from models.registry import Registry
from tests.training.duel.hand import Deal, Event, Lead, arena_of, ground_of, scores, write_market
from training.capacity import lead_hash
from training.comparison import Estimate
from training.duel import fight, finds, hold_duel
from training.duel.arena import WEEK
from training.duel.calls import call_order, make_calls
from training.duel.measures import KINDS, Measure
from training.material import bound_card, shipped
from training.split import cluster_names

CAPACITY = 5


@pytest.fixture(scope="module")
def held(registered):
    return hold_duel(registered.dataset, "1", "b2b_example", CAPACITY, uri=registered.uri)


class Replay:
    """The duel again: tables and loops, one lead and one Monday at a time."""

    def __init__(self, registered, scorer):
        dataset, material = registered.dataset, registered.trained.material
        learnt = material.rows.cluster[material.parts.train | material.parts.young]
        self.learnt = set(cluster_names(np.unique(learnt), material.history))
        self.history, self.scorer = History.from_dataset(dataset), scorer
        self.horizon = registered.spec.horizon_us
        self.until = dataset.observed_until
        self.accounts, self.created, self.first, self.amount = {}, {}, {}, {}
        for row in dataset.frame("leads").itertuples():
            self.accounts[row.lead_id] = row.account_id if isinstance(row.account_id, str) else row.lead_id
            self.created[row.lead_id] = micros(row.created_at)
        for row in dataset.frame("opportunities").sort_values(["created_at", "opportunity_id"]).itertuples():
            if isinstance(row.lead_id, str) and row.lead_id not in self.first:
                self.first[row.lead_id], self.amount[row.lead_id] = micros(row.created_at), row.amount
        self.tie = dict(
            zip(self.history.lead_ids, lead_hash(self.history.lead_ids, registered.spec.seed), strict=True)
        )
        self.mondays = []
        monday = parse_moment("2020-01-06")
        while monday <= self.until:
            if monday >= material.parts.test_from:
                self.mondays.append(monday)
            monday += WEEK

    def open_on(self, monday):
        return [
            lead
            for lead in self.created
            if self.accounts[lead] not in self.learnt
            and self.created[lead] < monday <= self.first.get(lead, 2**62)
        ]

    def calls(self, capacity):
        """Return (monday, lead) in calling order."""
        plan = compile_plan(self.scorer.feature_set, self.history.kinds, self.history.observed_from)
        done, made = set(), []
        for monday in self.mondays:
            leads = self.open_on(monday)
            numbers = self.history.positions(leads)
            total = self.scorer.total(plan.run(self.history, numbers, np.full(len(leads), monday)))
            wanted = [
                (-score, self.tie[lead], lead)
                for score, lead in zip(total, leads, strict=True)
                if lead not in done
            ]
            for *_, lead in sorted(wanted)[:capacity]:
                done.add(lead)
                made.append((monday, lead))
        return made

    def finds(self, calls):
        """Return each lead found in counted weeks with the Monday of its call."""
        return {
            lead: monday
            for monday, lead in calls
            if monday + self.horizon <= self.until and self.first.get(lead, 2**62) < monday + self.horizon
        }

    def possible(self):
        return {
            lead
            for monday in self.mondays
            if monday + self.horizon <= self.until
            for lead in self.open_on(monday)
            if self.first.get(lead, 2**62) < monday + self.horizon
        }


def micros(stamp):
    return int(pd.Timestamp(stamp).value // 1000)


def test_a_duel_is_what_a_replay_in_plain_python_gives(registered, held):
    finds = []
    for side, scorer in (
        (held.a, Registry(registered.uri).load("1")),
        (held.b, bound_card("b2b_example", held.ground.profile)),
    ):
        replay = Replay(registered, scorer)
        calls = replay.calls(CAPACITY)
        frame = held.calls_frame[held.calls_frame["side"] == side.label]
        mine = list(zip(frame["monday"], frame["lead_id"], strict=True))
        assert [(str(np.datetime64(monday, "us"))[:10], lead) for monday, lead in calls] == mine
        finds.append(replay.finds(calls))
    possible, (a, b) = replay.possible(), finds
    assert len(a) > 5
    assert held.whole.opportunities == len(possible)
    assert held.measures["found"].a.value == len(a)
    assert held.measures["found"].b.value == len(b)
    shared = {name: held.shared[name].value for name in ("both", "only_a", "only_b", "neither")}
    assert shared == {
        "both": len(a.keys() & b.keys()),
        "only_a": len(a.keys() - b.keys()),
        "only_b": len(b.keys() - a.keys()),
        "neither": len(possible - a.keys() - b.keys()),
    }
    days = [(replay.first[lead] - monday) / DAY for lead, monday in a.items()]
    assert held.measures["days_early"].a.value == pytest.approx(np.mean(days))
    assert held.measures["pipeline"].b.value == pytest.approx(sum(replay.amount[lead] for lead in b))
    weeks = [(b[lead] - a[lead]) / WEEK for lead in a.keys() & b.keys()]
    assert held.shared["weeks_earlier"].value == pytest.approx(np.mean(weeks))
    assert {find.lead_id for find in held.only_a} == a.keys() - b.keys()
    assert {find.lead_id for find in held.only_b} == b.keys() - a.keys()
    assert {find.lead_id for find in held.missed} <= possible - a.keys() - b.keys()


def test_segments_weeks_and_capacities_add_up_to_the_whole(held):
    sortings = defaultdict(list)
    for segment in held.segments:
        sortings[segment.label].append(segment.part)
    assert {segment.kind for segment in held.segments} == {"attribute", "grade", "channel", "campaign"}
    for parts in sortings.values():
        assert sum(part.leads for part in parts) == held.whole.leads
        assert sum(part.opportunities for part in parts) == held.whole.opportunities
        assert sum(part.measures["found"].a.value for part in parts) == held.measures["found"].a.value
        assert sum(part.calls_b for part in parts) == held.whole.calls_b
    own = next(point.part for point in held.curve if point.capacity == CAPACITY)
    assert own.to_dict()["found"] == held.whole.to_dict()["found"]
    assert (own.calls_a, own.opportunities) == (held.whole.calls_a, held.whole.opportunities)
    assert sum(week.found_a for week in held.counted) == held.measures["found"].a.value
    assert sum(week.called_b for week in held.counted) == held.whole.calls_b
    assert len(held.weeks) > len(held.counted) > 5


def test_marks_allow_for_how_many_capacities_are_looked_at(held):
    shown = [point for point in held.curve if not point.exhausted]
    assert len(shown) > 1
    assert {point.tests for point in held.curve} == {len(shown)}
    # Clear by itself, at 2.1 standard errors, and not as one of seven.
    barely = Measure(KINDS[0], *(Estimate(0, 0, 0),) * 2, Estimate(21, 1, 41), 10.0)
    part = replace(shown[0].part, measures=shown[0].part.measures | {"found": barely})
    assert replace(shown[0], part=part, tests=1).standing == "better"
    assert replace(shown[0], part=part, tests=7).standing == "unclear"
    assert all(
        row["standing"] == point.standing for row, point in zip(held.to_dict()["curve"], held.curve, strict=True)
    )


def test_the_best_that_both_missed_come_by_value_the_highest_first(tmp_path):
    leads = [Lead(name) for name in "abcd"]
    deals = [Deal("a", 30, 100.0, True), Deal("b", 30, 900.0, True), Deal("c", 30, 500.0, True), Deal("d", 30)]
    arena = arena_of(tmp_path, leads, deals)
    score = scores(arena, {"a": 4, "b": 3, "c": 2, "d": 1})
    order = call_order(arena, score)
    nobody = make_calls(arena, order, 1)
    nobody = replace(nobody, called=np.zeros(len(arena), bool))
    sides = [SimpleNamespace(calls=nobody, score=score)] * 2
    chosen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finds, "_described", lambda arena, a, b, rows: chosen.extend(arena.lead[rows]))
        finds.best_misses(arena, *sides)
    assert [str(arena.history.lead_ids[lead]) for lead in chosen] == ["b", "c", "a", "d"]


def test_what_only_one_found_comes_with_reasons_of_both(held):
    rules = {rule.name for rule in held.b.scorer.card.rules}
    for find in (*held.only_a, *held.only_b, *held.missed):
        assert find.a.reasons
        assert {reason.rsplit(" (", 1)[0] for reason in find.b.reasons} <= rules
        assert 0 <= find.days_early < held.arena.horizon / DAY
    assert all(
        find.a.place <= CAPACITY and (find.b.place is None or find.b.place > CAPACITY) for find in held.only_a
    )


def test_everything_is_in_the_json_and_kept_with_the_run(registered, held):
    found = json.loads(held.to_json())
    assert found["sentence"] == held.sentence
    assert len(found["segments"]) == len(held.segments)
    assert found["whole"]["found"]["difference"]["value"] == held.measures["found"].difference.value
    assert found["b"]["agreed_on"] == "2025-03-03"
    client = MlflowClient(tracking_uri=registered.uri, registry_uri=registered.uri)
    run_id = registered.trained.registered.run_id
    folder = client.get_run(run_id).info.artifact_uri.removeprefix("file://")
    assert json.loads((Path(folder) / "duel.json").read_text()) == found
    for frame in (held.measures_frame, held.weeks_frame, held.segments_frame, held.curve_frame, held.finds_frame):
        assert len(frame)
    for figure in (held.capacity_figure, held.weeks_figure, held.shared_figure):
        assert figure.axes


def test_again_after_calls_leads_again(registered):
    again = hold_duel(registered.dataset, "1", "b2b_example", 40, again_after=14 * DAY, uri=registered.uri)
    frame = again.calls_frame
    calls = frame[frame["side"] == again.a.label].groupby("lead_id")["monday"].apply(list)
    repeated = [days for days in calls if len(days) > 1]
    assert repeated
    assert min(np.diff(np.array(days, "datetime64[D]")).min() for days in repeated) >= np.timedelta64(14, "D")


CARD = """version: 2
name: {name}
agreed: {{by: [sales], on: {on}}}
qualified: 10
engagement:
  rules:
    - {{name: First, points: 20, event: {event}, each: true}}
    - {{name: Missing, points: 5, event: trade_show}}
grades: {{A: 30, B: 20, C: 10}}
"""


def card_of(folder, ground, name, event, on="2025-01-01"):
    path = folder / f"{name}.yaml"
    path.write_text(CARD.format(name=name, event=event, on=on))
    return name, bind_card(read_card(path), [], list(ground.profile.kinds))


#: Both kinds are observed from before the others came.
LEADS = [Lead("old", None, -30), Lead("a", "p", -9), Lead("b", "q", -9), Lead("c", "r", -9), Lead("d", None, -9)]
DEALS = [Deal("old", -20), Deal("a", 8.0, 100, won=True), Deal("b", 9.0, 50), Deal("c", 30.0)]
EVENTS = [
    Event("old", -29),
    Event("old", -29, "pricing"),
    Event("a", 0.5, campaign="spring"),
    Event("b", 0.6, "pricing"),
    Event("c", 1.0),
    Event("d", 2.0, "pricing"),
]


def hand_duel(folder, events=(), deals=(), **cards):
    folder.mkdir(exist_ok=True)
    dataset = write_market(folder / "data", LEADS, [*DEALS, *deals], 60, [*EVENTS, *events])
    ground = ground_of(dataset)
    a = card_of(folder, ground, "first", "demo", **cards)
    b = card_of(folder, ground, "second", "pricing", **cards)
    return fight(ground, a, b, 1, replicates=50)


def monday_calls(duel):
    frame = duel.calls_frame
    return {(row.side, row.monday): row.lead_id for row in frame.itertuples()}


def upto(calls, monday):
    return {key: lead for key, lead in calls.items() if key[1] <= monday}


def test_a_planted_future_changes_no_call_before_it(tmp_path):
    plain = monday_calls(hand_duel(tmp_path / "plain"))
    # On the second Monday's instant, and before but learnt of at that instant: neither is known then.
    future = [Event("b", 7.0), Event("b", 7.0), Event("b", 6.0, known=7.0), Event("c", 7.5, "pricing")]
    planted = monday_calls(hand_duel(tmp_path / "planted", future, [Deal("d", 14.5, 9e6, won=True)]))
    assert upto(planted, "2025-01-13") == upto(plain, "2025-01-13")
    # The same a moment earlier is known.
    known = monday_calls(hand_duel(tmp_path / "known", [Event("b", 6.9), Event("b", 6.9)]))
    assert upto(known, "2025-01-06") == upto(plain, "2025-01-06")
    assert plain["first", "2025-01-13"] in {"a", "c"}
    assert known["first", "2025-01-13"] == "b"


def test_what_must_be_said_is_said(tmp_path):
    duel = hand_duel(tmp_path, on="2025-01-20")
    said = " ".join(duel.notes)
    assert "Only 3 accounts have an opportunity" in said
    assert "First was agreed on 2025-01-20, after 2 of the 7 counted weeks" in said
    assert 'The data have nothing of second\'s rule "Missing": its points are never given.' in said
    assert "1 of 3 opportunities have no amount" in said
    assert "2 of 3 opportunities are not closed" in said
    assert "Only 7 weeks are counted" in said
    assert "2 of the 9 weeks are shown and not counted: the 14 days after them were not over on 2025-03-07" in said
    assert "calls drawn by lot" in said
    assert "reach everybody who could be called" in said


def test_a_call_too_early_finds_nothing_and_is_named(tmp_path):
    # "c" is the first side's best from the third Monday on, called once, and has its opportunity on day 30.
    duel = hand_duel(tmp_path)
    calls = duel.calls_frame
    first = calls[(calls.side == "first") & (calls.lead_id == "c")]
    assert first.monday.tolist() == ["2025-01-20"]
    assert not first.found.any()
    second = calls[(calls.side == "second") & (calls.lead_id == "c") & calls.decided]
    early = int(not second.found.any() and len(second) > 0)
    [note] = [note for note in duel.notes if "so early" in note]
    assert note == (
        "A call more than 14 days before the opportunity counts as not found: of those that it did not find, "
        f"first had called 1 so early, second {early}."
    )
    assert "an earlier call found nothing" in duel.said


def test_a_capacity_for_everybody_tells_nothing(tmp_path):
    dataset = write_market(tmp_path / "data", LEADS, DEALS, 60, EVENTS)
    ground = ground_of(dataset)
    a, b = (card_of(tmp_path, ground, name, kind) for name, kind in (("first", "demo"), ("second", "pricing")))
    duel = fight(ground, a, b, 10, replicates=20)
    assert duel.cost.verdict == "untold"
    assert "The duel tells nothing" in duel.sentence
    assert all(point.exhausted for point in duel.curve if point.capacity >= 4)


def test_errors_name_what_is_wrong(registered, tmp_path):
    with pytest.raises(ConfigError, match="against itself"):
        hold_duel(registered.dataset, "1", "1", 5, uri=registered.uri)
    copied = tmp_path / "b2b.yaml"
    copied.write_text(shipped("cards", "b2b_example").read_text())
    with pytest.raises(ConfigError, match="are the same card b2b_example"):
        hold_duel(registered.dataset, str(copied), "b2b_example", 5)
