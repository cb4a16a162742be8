"""One lead of a request: every doubt is an error that names its field, and what is read equals the batch."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import numpy as np
import pytest

import models
from features.errors import DatasetError, PayloadError
from features.facts.clock import DAY, HOUR, MINUTE, parse_moment
from features.history import History
from features.language import expand, profile_dataset, read_declaration
from features.levels import learn_levels
from features.open_leads import open_leads
from features.payload import Vocabulary, read_lead
from features.plan import compile_plan
from features.requests import request_for
from features.simulation import import_simulated

NOW = parse_moment("2026-06-01T12:00:00Z")
WORDS = Vocabulary(
    kinds=("visit", "webinar"),
    observed_from={"visit": 0, "webinar": 0},
    attributes={
        ("lead", "title"): "category",
        ("lead", "visits_before"): "number",
        ("account", "employees"): "number",
        ("lead", "country"): "category",
        ("account", "country"): "category",
    },
)
GOOD = {
    "lead_id": "L1",
    "created_at": "2026-05-01T00:00:00Z",
    "as_of": "2026-05-20T00:00:00Z",
    "attributes": {"title": "VP"},
    "account_attributes": {"employees": 800},
    "events": [{"kind": "visit", "at": "2026-05-02T00:00:00Z", "value": 2, "event_id": "e1"}],
    "colleagues": [
        {
            "lead_id": "L0",
            "created_at": "2026-04-01T00:00:00Z",
            "events": [{"kind": "webinar", "at": "2026-05-03T00:00:00Z"}],
        }
    ],
}
EVENT = {"kind": "visit", "at": "2026-05-02T00:00:00Z"}
MATE = {"created_at": "2026-04-01T00:00:00Z"}
FUTURE = "2026-06-01T12:05:00.000001Z"
NOT_A_TIME = "is not an ISO 8601 time"


def changed(key, value):
    return copy.deepcopy(GOOD) | {key: value}


def without(key):
    return {name: value for name, value in GOOD.items() if name != key}


@pytest.mark.parametrize("payload", [GOOD, {"created_at": "2026-05-01"}, changed("as_of", None)])
def test_a_good_payload_is_read(payload):
    assert read_lead(payload, WORDS, NOW).created_at == parse_moment("2026-05-01")


@pytest.mark.parametrize(
    ("payload", "field", "message"),
    [
        ([], "lead", "expected an object, got a list"),
        (None, "lead", "expected an object, got null"),
        ("L1", "lead", "expected an object, got text"),
        (7, "lead", "expected an object, got a number"),
        (changed("lead_idd", "x"), "lead_idd", "no such field\nHint: did you mean 'lead_id'?"),
        (changed("probability", 1), "probability", "no such field"),
        (changed("lead_id", 7), "lead_id", "expected text, got a number"),
        (changed("lead_id", None), "lead_id", "expected text, got null"),
        (without("created_at"), "created_at", "is missing; expected an ISO 8601 time"),
        (changed("created_at", None), "created_at", "is missing; expected an ISO 8601 time"),
        (changed("created_at", "soon"), "created_at", f"'soon' {NOT_A_TIME}"),
        (changed("created_at", ""), "created_at", f"'' {NOT_A_TIME}"),
        (changed("created_at", "2026-02-30"), "created_at", NOT_A_TIME),
        (changed("created_at", 1772323200), "created_at", "expected a time as text, got a number"),
        (changed("created_at", True), "created_at", "expected a time as text, got true or false"),
        (changed("created_at", FUTURE), "created_at", "lies in the future; it is now 2026-06-01T12:00:00Z"),
        (changed("as_of", "9999-12-31T23:59:59-14:00"), "as_of", "lies in the future"),
        (changed("as_of", {}), "as_of", "expected a time as text, got an object"),
        (
            changed("as_of", "2026-05-01T00:00:00Z"),
            "created_at",
            "2026-05-01T00:00:00Z is not before as_of 2026-05-01T00:00:00Z",
        ),
        (changed("attributes", []), "attributes", "expected an object, got a list"),
        (changed("attributes", "VP"), "attributes", "expected an object, got text"),
        (
            changed("attributes", {"titel": "VP"}),
            "attributes.titel",
            "is no attribute of this model\nHint: did you mean 'title'?",
        ),
        (changed("attributes", {"title": {"value": "VP"}}), "attributes.title", "expected text, got an object"),
        (changed("attributes", {"visits_before": "many"}), "attributes.visits_before", "'many' is not a number"),
        (changed("attributes", {"visits_before": "nan"}), "attributes.visits_before", "'nan' is not a number"),
        (changed("attributes", {"visits_before": "-inf"}), "attributes.visits_before", "'-inf' is not a number"),
        (
            changed("attributes", {"visits_before": math.inf}),
            "attributes.visits_before",
            "expected a finite number, got inf",
        ),
        (
            changed("attributes", {"visits_before": 10**400}),
            "attributes.visits_before",
            "expected a finite number",
        ),
        (changed("attributes", {"visits_before": True}), "attributes.visits_before", "'true' is not a number"),
        (changed("attributes", {"title": math.nan}), "attributes.title", "expected a finite number, got nan"),
        (changed("attributes", {"title": ["VP"]}), "attributes.title[0]", "expected an object, got text"),
        (
            changed("attributes", {"title": [{"value": "VP"}]}),
            "attributes.title[0].known_at",
            "is missing; expected an ISO 8601 time",
        ),
        (
            changed("attributes", {"title": [{"value": "VP", "known_at": FUTURE}]}),
            "attributes.title[0].known_at",
            "lies in the future",
        ),
        (
            changed("attributes", {"title": [{"value": "VP", "knownat": "2026-05-01"}]}),
            "attributes.title[0].knownat",
            "no such field\nHint: did you mean 'known_at'?",
        ),
        (
            changed(
                "attributes",
                {"title": [{"value": v, "known_at": "2026-05-01"} for v in ("VP", "CTO")]},
            ),
            "attributes.title",
            "two versions are known at the same time",
        ),
        (
            changed("attributes", {"visits_before": [{"value": "x", "known_at": "2026-05-01"}]}),
            "attributes.visits_before[0].value",
            "'x' is not a number",
        ),
        (
            changed("attributes", {"employees": 5}),
            "account_attributes.employees",
            "is given twice, in attributes and account_attributes",
        ),
        (
            changed("account_attributes", {"title": "VP"}),
            "account_attributes.title",
            "is an attribute of leads\nHint: it belongs in attributes",
        ),
        (
            changed("colleagues", [MATE | {"attributes": {"employees": 5}}]),
            "colleagues[0].attributes.employees",
            "is an attribute of the account\nHint: it belongs in account_attributes",
        ),
        (
            changed("account_opportunities", [{"created_at": "2026-05-03", "closed_at": "2026-05-02"}]),
            "account_opportunities[0].closed_at",
            "is before the opportunity was created",
        ),
        (
            changed("account_opportunities", [{"created_at": "2026-05-03", "won": True}]),
            "account_opportunities[0].closed_at",
            "is missing, although won is true",
        ),
        (
            changed("account_opportunities", [{"created_at": "2026-05-03", "won": "yes"}]),
            "account_opportunities[0].won",
            "expected true or false, got text",
        ),
        (changed("events", [EVENT | {"channel": 5}]), "events[0].channel", "expected text, got a number"),
        (changed("events", [EVENT | {"campaign": [1]}]), "events[0].campaign", "expected text, got a list"),
        (changed("attributes", {"title": "x" * 1001}), "attributes.title", "is longer than 1,000 characters"),
        (changed("as_of", "0001-01-01T00:00:00+23:00"), "as_of", "lies before 1970"),
        (changed("lead_id", "x" * 201), "lead_id", "is longer than 200 characters"),
        (changed("attributes", {"visits_before": "1_000"}), "attributes.visits_before", "is not a number"),
        (changed("attributes", {"visits_before": "٣"}), "attributes.visits_before", "is not a number"),
        (
            changed("colleagues", [{"lead_id": "c", "created_at": "2026-01-01", "events": []}] * 2),
            "colleagues[1].lead_id",
            "'c' is colleagues[0]: its events would count twice",
        ),
        (changed("events", {}), "events", "expected a list, got an object"),
        (changed("events", ["visit"]), "events[0]", "expected an object, got text"),
        (changed("events", [{"at": "2026-05-02"}]), "events[0].kind", "expected text, got null"),
        (changed("events", [EVENT | {"kind": 3}]), "events[0].kind", "expected text, got a number"),
        (
            changed("events", [EVENT, EVENT | {"kind": "visits"}]),
            "events[1].kind",
            "'visits' is no event kind of this model\nHint: did you mean 'visit'?",
        ),
        (changed("events", [{"kind": "visit"}]), "events[0].at", "is missing; expected an ISO 8601 time"),
        (changed("events", [EVENT | {"at": "x"}]), "events[0].at", f"'x' {NOT_A_TIME}"),
        (changed("events", [EVENT | {"at": FUTURE}]), "events[0].at", "lies in the future"),
        (
            changed("events", [EVENT | {"known_at": "2026-05-01T23:59:59Z"}]),
            "events[0].known_at",
            "is before the event's own time",
        ),
        (changed("events", [EVENT | {"value": "2"}]), "events[0].value", "expected a number, got text"),
        (changed("events", [EVENT | {"value": True}]), "events[0].value", "expected a number, got true or false"),
        (changed("events", [EVENT | {"value": math.nan}]), "events[0].value", "expected a finite number, got nan"),
        (changed("events", [EVENT | {"when": 1}]), "events[0].when", "no such field"),
        (changed("events", [EVENT | {"event_id": 1}]), "events[0].event_id", "expected text, got a number"),
        (
            changed("events", [EVENT | {"event_id": "e"}, EVENT, EVENT | {"event_id": "e"}]),
            "events[2].event_id",
            "'e' repeats events[0]",
        ),
        (changed("colleagues", {}), "colleagues", "expected a list, got an object"),
        (changed("colleagues", [1]), "colleagues[0]", "expected an object, got a number"),
        (changed("colleagues", [{}]), "colleagues[0].created_at", "is missing; expected an ISO 8601 time"),
        (changed("colleagues", [MATE | {"title": "x"}]), "colleagues[0].title", "no such field"),
        (changed("colleagues", [MATE | {"lead_id": 1}]), "colleagues[0].lead_id", "expected text, got a number"),
        (changed("colleagues", [MATE | {"events": 1}]), "colleagues[0].events", "expected a list, got a number"),
        (
            changed("colleagues", [MATE, MATE | {"events": [EVENT, EVENT | {"kind": "x"}]}]),
            "colleagues[1].events[1].kind",
            "'x' is no event kind of this model",
        ),
    ],
)
def test_a_doubt_is_an_error_that_names_its_field(payload, field, message):
    with pytest.raises(PayloadError) as caught:
        read_lead(payload, WORDS, NOW)
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field}: ")
    assert message in str(caught.value)


def test_what_a_payload_says_is_read_as_it_says():
    facts = read_lead(GOOD, WORDS, NOW)
    created = parse_moment("2026-05-01")
    assert (facts.lead_id, facts.as_of) == ("L1", parse_moment("2026-05-20"))
    assert facts.versions == {("lead", "title"): [(created, "VP")], ("account", "employees"): [(created, "800")]}
    assert facts.events == [(parse_moment("2026-05-02"), "visit", parse_moment("2026-05-02"), 2.0, None, None)]
    [mate] = facts.colleagues
    [mate_event] = mate.events
    assert mate.created_at == parse_moment("2026-04-01")
    assert mate_event[:2] == (parse_moment("2026-05-03"), "webinar")
    assert math.isnan(mate_event[3])


def test_what_a_payload_leaves_out_is_unknown_or_none():
    facts = read_lead({"created_at": "2026-05-01T02:00:00+02:00"}, WORDS, NOW)
    assert facts.created_at == parse_moment("2026-05-01")
    assert (facts.as_of, facts.lead_id, facts.events, facts.versions) == (NOW, "", [], {})
    assert facts.colleagues is None, "nothing is known of an account"
    assert read_lead(without("colleagues") | {"colleagues": []}, WORDS, NOW).colleagues == []


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("VP", "VP"),
        (" VP ", "VP"),
        ("", None),
        ("  ", None),
        (None, None),
        (True, "true"),
        (7, "7"),
        (2.5, "2.5"),
    ],
)
def test_values_of_a_category_become_text(given, text):
    facts = read_lead(changed("attributes", {"title": given}), WORDS, NOW)
    assert [value for _, value in facts.versions["lead", "title"]] == [text]


def test_an_attribute_finds_its_owner():
    given = changed("attributes", {"employees": "50", "country": "DE"})
    facts = read_lead(given | {"account_attributes": {"country": "NO"}}, WORDS, NOW)
    assert {key: versions[0][1] for key, versions in facts.versions.items()} == {
        ("account", "employees"): "50",
        ("lead", "country"): "DE",
        ("account", "country"): "NO",
    }


def test_versions_are_put_in_order():
    given = [{"value": "CTO", "known_at": "2026-05-10"}, {"value": "VP", "known_at": "2026-05-01"}]
    facts = read_lead(changed("attributes", {"title": given}), WORDS, NOW)
    expected = [(parse_moment("2026-05-01"), "VP"), (parse_moment("2026-05-10"), "CTO")]
    assert facts.versions["lead", "title"] == expected


def test_a_clock_that_runs_a_little_ahead_is_taken_for_now():
    facts = read_lead(changed("as_of", "2026-06-01T12:05:00Z"), WORDS, NOW)
    assert facts.as_of == NOW
    with pytest.raises(PayloadError, match="lies in the future"):
        read_lead(changed("as_of", "2026-06-01T12:05:01Z"), WORDS, NOW)
    with pytest.raises(PayloadError, match="is not before as_of"):
        read_lead({"created_at": "2026-06-01T12:01:00Z"}, WORDS, NOW)
    assert parse_moment("2026-06-01T12:05:00Z") - NOW == 5 * MINUTE


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    return import_simulated(2000, 3, tmp_path_factory.mktemp("payload") / "data")


@pytest.fixture(scope="module")
def learnt(market):
    """Return the default set with levels, the history, and the vocabulary that a model of them has."""
    profile = profile_dataset(market)
    path = Path(models.__file__).parent / "feature_sets" / "default.yaml"
    history = History.from_dataset(market)
    everybody = np.arange(len(history.lead_ids), dtype=np.int64)
    ends = np.full(len(everybody), market.observed_until)
    feature_set = learn_levels(expand(read_declaration(path), profile), history, everybody, ends)
    attributes = {(a.entity, a.name): a.type for a in profile.attributes}
    return feature_set, history, Vocabulary(history.kinds, history.observed_from, attributes)


@pytest.mark.parametrize("ago", [0, 100 * DAY, 365 * DAY + 7 * HOUR])
def test_a_request_for_a_lead_gives_the_row_of_the_batch_bit_for_bit(market, learnt, ago):
    feature_set, history, vocabulary = learnt
    as_of = market.observed_until - ago
    leads = open_leads(market, history, as_of)
    leads = leads[:: len(leads) // 10]
    plan = compile_plan(feature_set, history.kinds, history.observed_from)
    batch = plan.run(history, leads, np.full(len(leads), as_of))
    accounts = 0
    for lead, expected in zip(leads, batch, strict=True):
        body = request_for(market, str(history.lead_ids[lead]), as_of, set(vocabulary.attributes))
        accounts += len(body.get("colleagues", []))
        facts = read_lead(body, vocabulary, market.observed_until)
        single = plan.run(History.of_lead(facts, vocabulary), np.zeros(1, np.int64), np.array([as_of]))[0]
        differ = (single.view(np.int64) != expected.view(np.int64)) & ~(np.isnan(single) & np.isnan(expected))
        assert not differ.any(), [feature_set.names[i] for i in np.flatnonzero(differ)]
    assert accounts > 2, "some of these leads have colleagues"
    assert np.isfinite(batch).mean() > 0.5


def test_a_request_holds_what_was_known_and_what_the_model_knows(market):
    """Asked at the very moment of an event: that event is not in it, nor any later fact."""
    [(lead_id, event_id, at)] = market.rows(
        """SELECT lead_id, event_id, epoch_us(known_at) FROM events
        WHERE lead_id IN (SELECT lead_id FROM events GROUP BY lead_id HAVING count(*) > 20)
        ORDER BY known_at LIMIT 1 OFFSET 5000"""
    )
    before = request_for(market, lead_id, at, {("lead", "title")})
    after = request_for(market, lead_id, at + 1, {("lead", "title")})
    assert set(before["attributes"]) <= {"title"}
    assert before.get("account_attributes", {}) == {}
    assert all(parse_moment(e.get("known_at", e["at"])) < at for e in before["events"])
    assert event_id in {e["event_id"] for e in after["events"]}
    [(version, entity_id, name)] = market.rows(
        """SELECT epoch_us(known_at), entity_id, name FROM attributes
        WHERE entity = 'lead' ORDER BY known_at DESC LIMIT 1"""
    )
    assert name not in request_for(market, entity_id, version, {("lead", name)})["attributes"]
    assert name in request_for(market, entity_id, version + 1, {("lead", name)})["attributes"]
    with pytest.raises(DatasetError, match="no lead 'nobody' in leads"):
        request_for(market, "nobody", at, set())
