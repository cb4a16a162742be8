"""What the model knows only of companies is the company's, however, in whatever parts and by whom it is told."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.facts.clock import DAY, format_moment, parse_moment
from serving.adapters.library import Library
from serving.app import create_app
from serving.ledger import open_ledger
from tests.serving.conftest import Clock, TestClient

START = parse_moment("2026-04-01T00:00:00Z")
AS_OF = START + 30 * DAY
NOW = START + 60 * DAY
# Each example makes a ledger: shrinking one would take minutes.
SLOWLY = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
VALUES = {"title": ["VP Engineering", "Intern"], "employees": [5, 80, 12_000], "industry": ["Software", "Retail"]}
MAPPING = """version: 1
name: {name}
lead_id: id
created_at: created
as_of: changed
{account}
attributes:
  title: title
  industry: industry
  employees: employees
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mappings")
    (folder / "silent.yaml").write_text(MAPPING.format(name="silent", account=""))
    (folder / "firm.yaml").write_text(MAPPING.format(name="firm", account="account_id: company"))
    return Library([folder / "silent.yaml", folder / "firm.yaml"])


@pytest.fixture
def client(model, library, tmp_path):
    with open_ledger(str(tmp_path / "ledger.db"), durability="process", patience=20) as ledger:
        yield TestClient(create_app(model, Clock(NOW), ledger, library=library))


def lead(**more):
    return {"lead_id": "L1", "created_at": format_moment(START), "known_at": format_moment(START)} | more


def version(value, day):
    return [{"value": value, "known_at": format_moment(START + day * DAY)}]


@st.composite
def facts(draw):
    """Draw (name, value, day): no two of one name on a day."""
    wanted = st.lists(st.tuples(st.sampled_from(sorted(VALUES)), st.integers(0, 25)), max_size=8, unique=True)
    return [(name, draw(st.sampled_from(VALUES[name])), day) for name, day in draw(wanted)]


def telling(draw, fact, account):
    """Return route and body that tell one fact, in one of the ways to do so."""
    name, value, day = fact
    firm = account is not None and draw(st.booleans())
    if draw(st.booleans()):
        record = {"id": "L1", "created": format_moment(START), "changed": format_moment(START + day * DAY)}
        own = record | {name: value} | ({"company": account} if firm else {})
        return f"/v1/mapped/{'firm' if firm else 'silent'}", own
    places = ["attributes", *(["account_attributes"] if firm and name != "title" else [])]
    body = lead(**{draw(st.sampled_from(places)): {name: version(value, day)}})
    return "/v1/leads", body | ({"account_id": account} if firm else {})


def whole(facts, account):
    """Return all of it in one request."""
    told: dict = {"attributes": {}, "account_attributes": {}}
    for name, value, day in sorted(facts, key=lambda fact: fact[2]):
        own = told["attributes" if name == "title" else "account_attributes"].setdefault(name, [])
        if not own or own[-1]["value"] != value:
            own += version(value, day)
    alone = {} if account is None else {"colleagues": [], "account_opportunities": []}
    return {key: v for key, v in lead().items() if key != "known_at"} | told | alone


@SLOWLY
@given(data=st.data())
def test_told_in_any_parts_scores_as_told_whole(model, library, tmp_path_factory, data):
    account = data.draw(st.sampled_from(["acme", None]))
    told = data.draw(facts())
    first = ("/v1/leads", lead() if account is None else lead(account_id=account))
    requests = [first, *(telling(data.draw, fact, account) for fact in told)]
    requests += data.draw(st.lists(st.sampled_from(requests), max_size=3))
    as_of = format_moment(AS_OF)
    file = tmp_path_factory.mktemp("told") / "ledger.db"
    with open_ledger(str(file), durability="process", patience=20) as ledger:
        client = TestClient(create_app(model, Clock(NOW), ledger, library=library))
        for route, body in data.draw(st.permutations(requests)):
            answer = client.post(route, json=body)
            assert answer.status_code == 200, answer.text
            assert answer.json().get("unknown_to_model", []) == []
        asked = {"lead_id": "L1", "as_of": as_of}
        by_id = client.post("/v1/score?detail=full", json=asked).json()
        many = client.post("/v1/score/batch?detail=full", json={"leads": [asked]}).json()["results"]
        at_once = client.post("/v1/score?detail=full", json=whole(told, account) | {"as_of": as_of}).json()
        known = client.get("/v1/leads/L1", params={"as_of": as_of}).json()
    # The same facts in the same canonical form: even the receipt is the same.
    assert by_id == at_once
    assert many == [at_once]
    assert all(each["known_to_model"] for each in known["attributes"] + known["account_attributes"])
    for name in VALUES:
        place = "attributes" if name == "title" else "account_attributes"
        assert (f"{place}.{name}" in known["missing"]) == (name not in {fact[0] for fact in told})


def known_employees(client, lead_id="L1"):
    """Return the versions of employees that a score by id saw, read alone and with others."""
    asked = {"lead_id": lead_id, "as_of": format_moment(AS_OF)}
    answer = client.post("/v1/score", json=asked).json()
    assert client.post("/v1/score/batch", json={"leads": [asked]}).json()["results"] == [answer]
    receipt = client.get(f"/v1/receipts/{answer['receipt_id']}").json()
    return [each["value"] for each in receipt["input"]["account_attributes"].get("employees", [])]


def test_of_one_moment_what_was_told_of_the_account_itself_holds(client):
    late = lead(known_at=format_moment(START + 9 * DAY))
    client.post(
        "/v1/leads", json=late | {"account_id": "acme", "account_attributes": {"employees": version(80, 3)}}
    )
    # Its account is known from the ninth day on only: these are kept as the lead's.
    client.post("/v1/leads", json=lead(attributes={"employees": version(5, 3)}))
    client.post("/v1/leads", json=lead(attributes={"employees": version(7, 4)}))
    assert known_employees(client) == ["80", "7"]


def test_what_is_told_as_a_colleagues_is_the_companys_too(client):
    """In whatever order: told after its account it was always kept as the company's."""
    client.post("/v1/leads", json=lead(attributes={"employees": version(5, 1)}))
    client.post("/v1/leads", json=lead(account_id="acme"))
    client.post("/v1/leads", json=lead(lead_id="L2", account_id="acme"))
    client.post("/v1/leads", json=lead(lead_id="L3", account_id="bolt"))
    assert known_employees(client, "L2") == ["5"]
    assert known_employees(client, "L3") == []


def test_a_record_alone_counts_it_as_the_companys(model, library):
    client = TestClient(create_app(model, Clock(NOW), library=library))
    record = {"id": "L1", "created": format_moment(START), "changed": format_moment(START + DAY)}
    mapped = client.post("/v1/mapped/silent", json=record | {"employees": 5, "industry": "Retail"}).json()
    body = {key: value for key, value in lead().items() if key != "known_at"}
    typed = client.post(
        "/v1/score",
        json=body | {"attributes": {"employees": 5, "industry": "Retail"}, "as_of": mapped["as_of"]},
    ).json()
    assert {key: mapped[key] for key in typed} == typed
