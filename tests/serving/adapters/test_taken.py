"""What a mapping reads of a record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.facts.clock import DAY, parse_moment
from serving.adapters.library import Library, read_mapping
from serving.adapters.taken import Taken, Taker, Untaken
from serving.ledger import AttributeFact, EventFact, LeadFact, fault_of

NOW = parse_moment("2026-06-01T12:00:00Z")
AT = parse_moment("2026-05-20T10:00:00.123Z")


@pytest.fixture
def taker(own):
    return Taker(read_mapping(own))


def test_record_is_read_whole(taker, record):
    taken = taker.take(record, NOW)
    assert (taken.lead_id, taken.account_id) == ("own:7", "c-1")
    assert taken.created_at == parse_moment("2026-05-04T08:00:00Z")
    assert (taken.known_at, taken.as_of) == (AT, AT + 1)
    assert taken.versions == {
        ("lead", "title"): [(AT, "VP Engineering")],
        ("lead", "country"): [(AT, "DE")],
        ("lead", "lead_source"): [(AT, "web")],
        ("account", "industry"): [(AT, "Software")],
        ("account", "employees"): [(AT, "800")],
    }
    visit, demo, webinar = taken.events
    at = parse_moment("2026-05-05T10:00:00Z")
    assert visit == EventFact("visit:v1", "own:7", "web_visit", at, at, "web", "ads", 4.0)
    assert (demo.kind, demo.at, demo.value) == ("demo_request", parse_moment("2026-05-19T08:00:00Z"), None)
    # A day without an hour: what happened on it is known at its end.
    assert (webinar.at, webinar.known_at - webinar.at) == (parse_moment("2026-05-18"), DAY)
    assert taken.unread == []
    # hobby, job.since and company.vat.
    assert taken.ignored == 3


def test_facts_are_such_as_can_be_kept(taker, record):
    facts = taker.take(record, NOW).facts("c-1")
    assert LeadFact("own:7", "c-1", parse_moment("2026-05-04T08:00:00Z"), AT) in facts
    assert AttributeFact("account", "c-1", "employees", "800", AT) in facts
    assert [fault_of(fact) for fact in facts] == [None] * len(facts)


def test_empty_is_not_the_same_as_absent(taker, record):
    record["job"]["title"] = ""
    record["country"] = None
    del record["company"]["industry"]
    versions = taker.take(record, NOW).versions
    assert versions["lead", "title"] == [(AT, None)]
    assert versions["lead", "country"] == [(AT, "unknown")]
    assert ("account", "industry") not in versions


def test_second_path_counts_where_the_first_is_empty(taker, record):
    record["id"], record["key"] = "", "k9"
    assert taker.take(record, NOW).lead_id == "own:k9"


def test_without_its_own_time_a_record_is_of_now(taker, record):
    del record["changed"]
    taken = taker.take(record, NOW)
    assert taken.known_at == NOW
    assert taken.unread == ["as_of: is missing, so now was taken"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"job": {"title": ["VP"]}}, "title: expected a value, got a list"),
        ({"job": {"title": "x" * 1001}}, "title: is longer than 1,000 characters"),
        ({"job": {"title": "a\0b"}}, "title: holds the character NUL, which PostgreSQL cannot keep"),
        ({"company": {"id": "c", "staff.count": "many"}}, "employees: 'many' is not a number"),
        ({"company": {"id": 1e300}}, "account_id: expected an id, got a number with a fraction or too large"),
        ({"company": {"industry": "Software"}}, "industry: is the account's, and the record names none"),
        ({"visits": "none"}, "events[0]: expected a list at visits"),
        ({"visits": [{"what": "page", "when": "soon"}]}, "visits[0]: 'soon' is no time in the form iso"),
        ({"visits": [{"what": "page"}]}, "visits[0]: when is missing"),
        ({"visits": [{"what": "page", "when": "2027-01-01"}]}, "visits[0]: '2027-01-01' lies in the future"),
        ({"visits": [{"what": "page", "when": "2026-01-01", "pages": "x"}]}, "visits[0]: 'x' is not a number"),
        ({"last_webinar": "18.05.2026"}, "events[1]: '18.05.2026' is no time in the form date"),
    ],
)
def test_unreadable_part_is_said_and_the_rest_stands(taker, record, change, said):
    taken = taker.take(record | change, NOW)
    assert isinstance(taken, Taken)
    assert any(fault.startswith(said) for fault in taken.unread), taken.unread
    assert ("lead", "lead_source") in taken.versions


@pytest.mark.parametrize(
    ("change", "missing", "why"),
    [
        ({"id": None}, "lead_id", "is missing: expected it at id or key"),
        ({"id": True}, "lead_id", "id or key: expected an id, got true or false"),
        ({"id": "1.02E+11"}, "lead_id", "id or key: '1.02E+11' is a rounded number, no id"),
        ({"id": "x" * 198}, "lead_id", "id or key: is longer than 200 characters"),
        ({"created": ""}, "created_at", "is missing: expected it at created"),
        (
            {"created": "yesterday"},
            "created_at",
            "created: 'yesterday' is no time in the form iso or us",
        ),
        ({"created": "2026-05-21"}, "created_at", "2026-05-21T00:00:00Z is after 2026-05-20T10:00:00.123000Z: it"),
        ({"created": "2026-06-02"}, "created_at", "created: '2026-06-02' lies in the future"),
        ({"changed": "2026-07-01T00:00:00Z"}, "as_of", "changed: '2026-07-01T00:00:00Z' lies in the future"),
    ],
)
def test_record_that_is_no_lead(taker, record, change, missing, why):
    found = taker.take(record | change, NOW)
    assert isinstance(found, Untaken)
    assert found.missing == missing
    assert found.why.startswith(why)


def test_made_ids_are_the_same_when_told_again(taker, record):
    for visit in record["visits"]:
        del visit["id"]
    record["visits"] += [dict(record["visits"][0])]
    first, second = taker.take(record, NOW), taker.take(record, NOW + DAY)
    ids = [event.event_id for event in first.events]
    assert ids == [event.event_id for event in second.events]
    # Two that say the same are two.
    assert len(set(ids)) == len(ids) == 4


def test_repeated_event_of_one_record_counts_once(taker, record):
    record["visits"].append(dict(record["visits"][0]))
    assert [event.event_id for event in taker.take(record, NOW).events].count("visit:v1") == 1


def test_hubspot_history_becomes_versions(recorded):
    taken = Library()["hubspot"].take(recorded("hubspot_contact_workflow.json"), NOW)
    assert taken.lead_id == "3234574"
    assert taken.account_id == "hubspot:1234567"
    assert taken.versions["lead", "title"] == [
        (1_777_881_600_000_000, "Engineer"),
        (1_778_400_000_000_000, "VP Engineering"),
    ]
    assert ("lead", "title") not in taken.plain
    # The company's own record says it, without a time.
    assert taken.versions["lead", "industry"] == [(taken.known_at, "COMPUTER_SOFTWARE")]
    assert ("lead", "industry") in taken.plain
    assert taken.versions["lead", "email_kind"] == [(1_777_881_600_000_000, "business")]
    assert [(event.event_id[:4], event.campaign) for event in taken.events] == [
        ("2e13", "Request a demo"),
        ("b18f", "Guide"),
    ]


def test_version_without_a_time_is_as_old_as_the_lead(recorded):
    body = recorded("hubspot_contact_workflow.json")
    body["properties"]["jobtitle"]["versions"] = [{"value": "Boss", "timestamp": 0}]
    taken = Library()["hubspot"].take(body, NOW)
    assert taken.versions["lead", "title"] == [(taken.created_at, "Boss")]


@pytest.mark.parametrize("name", ["hubspot_properties_only.json", "hubspot_customised.json"])
def test_other_shapes_of_hubspot_say_the_same(recorded, name):
    whole = Library()["hubspot"].take(recorded("hubspot_contact_workflow.json"), NOW)
    taken = Library()["hubspot"].take(recorded(name), NOW)
    assert (taken.lead_id, taken.created_at, taken.known_at) == (whole.lead_id, whole.created_at, whole.known_at)
    assert taken.versions["lead", "title"][-1][1] == "VP Engineering"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)
_KEYS = ["vid", "properties", "form-submissions", "associated-company", "Id", "CreatedDate", "lead_id", "event"]


@given(
    name=st.sampled_from(["hubspot", "marketo", "salesforce"]),
    record=_JSON | st.dictionaries(st.sampled_from(_KEYS), _JSON),
)
def test_no_record_makes_it_fail(name, record):
    found = Library()[name].take(record, NOW)
    assert isinstance(found, Taken | Untaken)


_DATES = st.sampled_from(
    ["1777881600000", 1777881600000, "2026-05-04T08:00:00Z", None, "", 0, "soon", {"value": "1"}]
)
_PROPERTIES = st.dictionaries(
    st.sampled_from(["jobtitle", "email", "country", "numberofemployees", "associatedcompanyid", "industry"]),
    _JSON
    | st.fixed_dictionaries(
        {
            "value": _JSON,
            "versions": _JSON | st.lists(st.fixed_dictionaries({"value": _JSON, "timestamp": _DATES})),
        }
    ),
)
_LIBRARY = Library()


@given(
    properties=_PROPERTIES,
    created=_DATES,
    changed=_DATES,
    forms=_JSON | st.lists(st.fixed_dictionaries({"conversion-id": _JSON, "timestamp": _DATES, "title": _JSON})),
)
def test_whatever_is_taken_can_be_kept(properties, created, changed, forms):
    body = {"vid": 1, "properties": properties | {"createdate": created, "lastmodifieddate": changed}}
    taken = _LIBRARY["hubspot"].take(body | {"form-submissions": forms}, NOW)
    if isinstance(taken, Taken):
        for fact in taken.facts(taken.account_id):
            assert fault_of(fact) is None, fact
        assert all(known_at < taken.as_of for own in taken.versions.values() for known_at, _ in own)
