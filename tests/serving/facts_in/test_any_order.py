"""Facts told in any order, in parts and more than once score as the same facts told whole, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.facts.clock import DAY, HOUR, format_moment, parse_moment
from features.history import History
from features.plan import compile_plan
from serving.app import create_app
from serving.ledger import open_ledger, unpack_features
from serving.ledger.export import export_dataset
from tests.serving.conftest import Clock, TestClient

START = parse_moment("2026-04-01T00:00:00Z")
AS_OF = START + 30 * DAY
NOW = START + 60 * DAY
PEOPLE = ("L0", "L1", "L2", "L3")
ACCOUNTS = ("acme", "bolt", None)
KINDS = ("web_visit", "webinar", "email_open", "demo_request", "pricing_page_visit", "carrier_pigeon")
# Each example makes two ledgers and a dataset: shrinking one would take minutes.
SLOWLY = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
MOMENTS = st.integers(0, 40 * 4).map(lambda quarter: START + quarter * 6 * HOUR)


@st.composite
def versions(draw, values):
    """Draw versions with a moment each, in any order; some say what was said before."""
    moments = sorted(draw(st.lists(MOMENTS, min_size=2, max_size=5, unique=True)))
    found = [{"value": draw(values), "known_at": format_moment(moment)} for moment in moments]
    return draw(st.permutations(found))


#: Few, so that one comes back after another.
TITLES = st.sampled_from(["VP Engineering", "Intern", None])
COMPANIES = {
    "employees": st.sampled_from([5, 80, 12_000.5]),
    "industry": st.sampled_from(["Software", "Retail"]),
}


@st.composite
def leads(draw):
    found = []
    for name in PEOPLE:
        created = draw(st.integers(0, 20 * 4).map(lambda quarter: START + quarter * 6 * HOUR))
        known = {"created_at": format_moment(created), "known_at": format_moment(created)}
        attributes = {"title": draw(versions(TITLES))} if draw(st.integers(0, 4)) else {}
        found.append(
            {"lead_id": name, **known, "account_id": draw(st.sampled_from(ACCOUNTS)), "attributes": attributes}
        )
    return found


@st.composite
def events(draw):
    found = []
    for i in range(draw(st.integers(0, 25))):
        at = draw(MOMENTS)
        known_at = at + draw(st.sampled_from([0, 0, 0, HOUR, 9 * DAY]))
        found.append(
            {
                "event_id": f"e{i}",
                "lead_id": draw(st.sampled_from(PEOPLE)),
                "kind": draw(st.sampled_from(KINDS)),
                "at": format_moment(at),
                "known_at": format_moment(known_at),
                "value": draw(st.none() | st.sampled_from([0.1, 0.2, 1e16, -3.0])),
                "channel": draw(st.none() | st.sampled_from(["web", "mail"])),
            }
        )
    return found


@st.composite
def markets(draw):
    """Draw leads, what is known of their accounts, and events."""
    people = draw(leads())
    told = {name: draw(st.fixed_dictionaries({}, optional=COMPANIES | {})) for name in ("acme", "bolt")}
    accounts = {
        account: {name: [{"value": value, "known_at": format_moment(START)}] for name, value in own.items()}
        for account, own in told.items()
    }
    deals = {
        account: draw(st.lists(st.integers(0, 20), max_size=2, unique=True))
        for account in ("acme", "bolt")
        # An opportunity of an account without leads is nobody's.
        if any(lead["account_id"] == account for lead in people)
    }
    return people, accounts, draw(events()), deals


def tellings(market):
    """Return the requests that tell a market, as small as they can be."""
    people, accounts, happened, deals = market
    for lead in people:
        own = accounts.get(lead["account_id"]) or {}
        yield "leads", {**lead, "attributes": {}, "account_attributes": own}
        # The same in parts, each version by itself: it may come before those that precede it in time.
        yield "leads", {**lead, "attributes": {}}
        for name, own in lead["attributes"].items():
            for version in own:
                yield "leads", {**lead, "attributes": {name: [version]}}
    for event in happened:
        yield "events", event
    for account, days in deals.items():
        for day in days:
            created = format_moment(max(START + day * DAY, _first_of(people, account)))
            yield (
                "opportunities",
                {
                    "opportunity_id": f"{account}{day}",
                    "account_id": account,
                    "created_at": created,
                    "known_at": created,
                },
            )


def _first_of(people, account):
    return min(parse_moment(lead["created_at"]) for lead in people if lead["account_id"] == account)


def whole(market, lead_id, vocabulary):
    """Return what a caller who knows everything would ask at once: of the past before AS_OF, in known words."""
    people, accounts, happened, _ = market
    (me,) = (lead for lead in people if lead["lead_id"] == lead_id)

    def past(moment):
        return parse_moment(moment) < AS_OF

    def own_events(name):
        return [
            {key: value for key, value in event.items() if key != "lead_id"}
            for event in happened
            if event["lead_id"] == name and event["kind"] in vocabulary.places and past(event["known_at"])
        ]

    def own_attributes(given_attributes):
        kept = {name: changes(v for v in own if past(v["known_at"])) for name, own in given_attributes.items()}
        return {name: own for name, own in kept.items() if own}

    body = {
        "lead_id": lead_id,
        "created_at": me["created_at"],
        "as_of": format_moment(AS_OF),
        "attributes": own_attributes(me["attributes"]),
        "events": own_events(lead_id),
    }
    if me["account_id"] is None:
        return body
    return body | {
        "account_attributes": own_attributes(accounts[me["account_id"]]),
        "colleagues": [
            {
                "lead_id": lead["lead_id"],
                "created_at": lead["created_at"],
                "events": own_events(lead["lead_id"]),
                "attributes": own_attributes(lead["attributes"]),
            }
            for lead in people
            if lead["account_id"] == me["account_id"] and lead is not me and past(lead["created_at"])
        ],
        "account_opportunities": [
            {"opportunity_id": item["opportunity_id"], "created_at": item["created_at"]}
            for name, item in tellings(market)
            if name == "opportunities" and item["account_id"] == me["account_id"] and past(item["created_at"])
        ],
    }


def changes(told):
    """Return versions in the order of time, without those that say what the one before them says."""
    found = []
    for version in sorted(told, key=lambda v: parse_moment(v["known_at"])):
        if not found or found[-1]["value"] != version["value"]:
            found.append(version)
    return found


def in_requests(told, draw):
    """Tell items one by one or some at once, each with its neighbours of the same kind."""
    while told:
        name = told[0][0]
        most = next((i for i, (other, _) in enumerate(told) if other != name), len(told))
        size = draw(st.integers(1, most))
        items = [item for _, item in told[:size]]
        yield name, items[0] if size == 1 and draw(st.booleans()) else {name: items}
        told = told[size:]


@SLOWLY
@given(data=st.data())
def test_any_order_any_parts_any_repeats(model, tmp_path_factory, data):
    market = data.draw(markets())
    items = list(tellings(market))
    repeats = data.draw(st.lists(st.sampled_from(items), max_size=10))
    told = data.draw(st.permutations(items + repeats))
    folder = tmp_path_factory.mktemp("told")
    with open_ledger(str(folder / "ledger.db"), durability="process", patience=20) as ledger:
        client = TestClient(create_app(model, Clock(NOW), ledger))
        for name, body in in_requests(told, data.draw):
            answer = client.post(f"/v1/{name}", json=body)
            assert answer.status_code == 200, answer.text
            assert answer.json().get("error", 0) == 0, answer.text
        dataset = export_dataset(ledger, folder / "data", NOW)
        by_id, at_once = {}, {}
        for lead_id in PEOPLE:
            asked = {"lead_id": lead_id, "as_of": format_moment(AS_OF)}
            by_id[lead_id] = client.post("/v1/score?detail=full", json=asked).json()
            at_once[lead_id] = client.post(
                "/v1/score?detail=full", json=whole(market, lead_id, model.vocabulary)
            ).json()
        # The same facts in the same canonical form: even the receipt is the same.
        assert by_id == at_once
        kept = {name: ledger.receipt(answer["receipt_id"]).features for name, answer in by_id.items()}
    history = History.from_dataset(dataset)
    plan = compile_plan(model.feature_set, history.kinds, model.manifest.observed_from)
    batch = plan.run(history, history.positions(list(PEOPLE)), np.full(len(PEOPLE), AS_OF))
    for row, lead_id in zip(batch, PEOPLE, strict=True):
        assert row.tobytes() == unpack_features(kept[lead_id]).tobytes(), lead_id


@pytest.mark.parametrize("wrong", ["known late", "another value"])
def test_what_is_told_otherwise_gives_another_score(model, tmp_path, wrong):
    """The comparison above can fail."""
    lead = {
        "lead_id": "L0",
        "created_at": format_moment(START),
        "known_at": format_moment(START),
        "account_id": "a",
    }
    event = {"event_id": "e", "lead_id": "L0", "kind": "webinar", "at": format_moment(START + DAY), "value": 1.0}
    told = event | ({"value": 2.0} if wrong == "another value" else {"known_at": format_moment(AS_OF)})
    with open_ledger(str(tmp_path / "ledger.db"), durability="process", patience=20) as ledger:
        client = TestClient(create_app(model, Clock(NOW), ledger))
        client.post("/v1/leads", json=lead)
        client.post("/v1/events", json={"known_at": told["at"]} | told)
        asked = client.post("/v1/score", json={"lead_id": "L0", "as_of": format_moment(AS_OF)}).json()
        body = whole(
            ([lead | {"attributes": {}}], {"a": {}}, [{"known_at": event["at"]} | event], {}),
            "L0",
            model.vocabulary,
        )
        assert asked["receipt_id"] != client.post("/v1/score", json=body).json()["receipt_id"]
