"""The format of mappings, the check that tells every fault, and what is told of a model."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from features.errors import ConfigError
from serving.adapters.check import check_mapping, check_text
from serving.adapters.library import SHIPPED, Library, read_mapping, shipped_path, unknown_to
from serving.app import create_app

from .conftest import OWN, TestClient

GOOD = """version: 1
name: mine
lead_id: id
created_at: created
as_of: changed
attributes:
  title: job
"""


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_mappings_have_no_fault(name):
    assert check_mapping(shipped_path(name)) == []
    assert read_mapping(shipped_path(name)).name == name


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_attributes_are_those_of_the_import(name):
    """A model that was trained on an export knows what the caller sends."""
    from features.importers.hubspot.fields import FIRMOGRAPHICS, PERSON  # noqa: PLC0415
    from features.importers.marketo.fields import STANDARD as MARKETO  # noqa: PLC0415
    from features.importers.salesforce.fields import STANDARD as SALESFORCE  # noqa: PLC0415

    taken = {
        "hubspot": {each.name for each in PERSON if not each.history_only} | {each.name for each in FIRMOGRAPHICS},
        "marketo": {each.name for each in MARKETO},
        "salesforce": {each.name for each in SALESFORCE},
    }
    assert set(read_mapping(shipped_path(name)).attributes) == taken[name]


def test_good_mapping_has_no_fault():
    assert check_text(GOOD) == []
    assert check_text(OWN) == []


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        ("atributes:", 6, "'atributes' is no key"),
        ("lead_id: a..b", 3, "is no path"),
        ('lead_id: ""', 3, "is no path"),
        (
            "lead_id: {path: id, type: uuid}",
            3,
            "'salesforce_id' or 'business_domain', seen 'uuid'",
        ),
        ("created_at: {path: created, format: epoch}", 4, "'epoch' is no form of times"),
        ("created_at: {path: created, format: '%Q'}", 4, "is no pattern of times"),
        ("created_at: {path: created, zone: Berlin}", 4, "'Berlin' is no time zone"),
        ("created_at: {path: created, format: []}", 4, "is empty"),
        ("name: My Mapping", 2, "name"),
        ("version: 2", 1, "expected 1, seen 2"),
        ("  title: {path: job, const: x}", 7, "say either path or const"),
        ("  title: {}", 7, "say either path or const"),
        ("  title: {path: job, type: integer}", 7, "seen 'integer'"),
        ("  title: [job", 7, "is not YAML"),
        ("as_of: !!python/object:os.system ls", 5, "a mapping takes no tag"),
        ("  ' title': job", 7, "begins or ends with white space"),
    ],
)
def test_fault_is_told_with_its_line(change, line, said):
    lines = GOOD.splitlines()
    text = "\n".join([*lines[: line - 1], change, *lines[line:]])
    found = check_text(text)
    assert any(fault.line >= line and said in fault.what for fault in found), found
    assert any(fault.severity == "error" for fault in found)


@pytest.mark.parametrize("text", ["", "7", "[]", "\0", "a: b: c", "- 1\n- 2", "&a [*a]"])
def test_what_is_no_mapping(text):
    found = check_text(text)
    assert found
    assert all("card" not in fault.what for fault in found)


def test_doubts_are_warnings():
    found = check_text(
        GOOD.replace("as_of: changed\n", "") + "  stage: properties.lifecyclestage\n  rating: Rating\n"
    )
    assert [(fault.severity, fault.line) for fault in found] == [("warning", 3), ("warning", 7), ("warning", 8)]
    assert "would be taken for news" in found[0].what
    assert "tells the outcome" in found[1].what
    assert "tells the outcome" in found[2].what


def test_mapping_of_nothing_is_an_error():
    found = check_text(GOOD.partition("attributes")[0])
    assert [fault.severity for fault in found] == ["error"]


def test_what_the_model_does_not_know_is_told(model):
    text = GOOD + "  industry: industry\n  hobby: hobby\nevents:\n  - {kind: web_vist, at: when}\n"
    found = check_text(text, model.vocabulary)
    # Of industry it knows that it is a company's, wherever it is told.
    assert [(fault.line, fault.severity) for fault in found] == [(9, "warning"), (11, "warning")]
    assert "did you mean 'web_visit'" in found[1].hint
    (other,) = check_text(GOOD.replace("title: job", "title: {path: job, entity: account}"), model.vocabulary)
    assert other.hint.startswith("say entity: lead")


def test_own_mapping_is_known_wholly(model, own):
    assert list(unknown_to(read_mapping(own), model.vocabulary)) == []
    assert not [note for note in Library([own]).notes(model.vocabulary) if str(own) in note]


def test_library_tells_what_is_unknown(model, tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(GOOD.replace("title: job", "hobby: job"))
    note, _ = Library([path]).notes(model.vocabulary)
    assert note.startswith(f"{path}: attribute 'hobby' is none that this model knows")


def test_of_shipped_mappings_one_line_tells_what_is_unknown(model, tmp_path):
    (note,) = Library().notes(model.vocabulary)
    counts = {
        name: len([f for f in check_mapping(shipped_path(name), model.vocabulary) if "this model" in f.what])
        for name in SHIPPED
    }
    assert all(f"{name} {count}" in note for name, count in counts.items() if count)
    assert sum(counts.values()) > 1
    assert "leadquality mapping check NAME --model champion" in note
    # One that a file takes the place of is not named as built in.
    path = tmp_path / "m.yaml"
    path.write_text(GOOD.replace("name: mine", "name: marketo"))
    (note,) = Library([path]).notes(model.vocabulary)
    assert "marketo" not in note
    everything = replace(
        model.vocabulary,
        kinds=tuple(one.what.split("'")[1] for n in SHIPPED for one in _unknown(n, model) if "kind" in one.what)
        + model.vocabulary.kinds,
        attributes=model.vocabulary.attributes
        | {
            (entity, one.what.split("'")[1]): "category"
            for n in SHIPPED
            for one in _unknown(n, model)
            for entity in ("lead", "account")
        },
    )
    assert Library().notes(everything) == []


def _unknown(name, model):
    return list(unknown_to(read_mapping(shipped_path(name)), model.vocabulary))


def test_file_takes_the_place_of_a_shipped_mapping(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(GOOD.replace("name: mine", "name: hubspot"))
    assert Library([path])["hubspot"].mapping.attributes.keys() == {"title"}
    assert set(Library([path])) == set(SHIPPED)


def test_two_files_of_one_name_are_refused(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(GOOD)
    with pytest.raises(ConfigError, match="is named 'mine' like"):
        Library([tmp_path / "a.yaml", tmp_path / "b.yaml"])


def test_broken_file_stops_the_start(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("version: 1\nname: x\n")
    with pytest.raises(ConfigError) as stopped:
        Library([path])
    assert stopped.value.hint == f"leadquality mapping check {path}"
    with pytest.raises(ConfigError, match="no such file"):
        Library([tmp_path / "none.yaml"])


def test_check_command(leadquality, tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(GOOD)
    assert leadquality("mapping", "check", path)[0] == 0
    assert leadquality("mapping", "check", "hubspot", "--strict")[0] == 0
    path.write_text(GOOD.replace("lead_id", "leadid"))
    code, printed, _ = leadquality("mapping", "check", path)
    assert code == 1
    assert f"{path}:3:1: error: 'leadid' is no key" in printed
    path.write_text(GOOD.replace("as_of: changed\n", ""))
    assert leadquality("mapping", "check", path)[0] == 0
    assert leadquality("mapping", "check", path, "--strict")[0] == 1
    code, _, complained = leadquality("mapping", "check", tmp_path / "none.yaml")
    assert (code, "no such file" in complained) == (2, True)


def test_check_command_knows_a_model(leadquality, tmp_path, registered):
    path = tmp_path / "m.yaml"
    path.write_text(GOOD.replace("title: job", "titel: job"))
    code, printed, _ = leadquality("mapping", "check", path, "--model", "1", "--tracking-uri", registered.uri)
    assert code == 0
    assert re.search(r":7:3: warning: attribute 'titel' .*\n +did you mean 'title'", printed), printed


def test_try_command(leadquality, own, tmp_path, record):
    import json  # noqa: PLC0415

    body = tmp_path / "body.json"
    body.write_text(json.dumps({"people": [record, {"id": 8}]}))
    code, printed, _ = leadquality("mapping", "try", own, body)
    assert code == 0
    assert "lead own:7, created 2026-05-04T08:00:00Z, account c-1" in printed
    assert "account employees: 800" in printed
    assert "web_visit (4.0, web, ads), id visit:v1" in printed
    assert "lead own:8 cannot be scored: created_at is missing: expected it at created" in printed
    body.write_text("{")
    assert leadquality("mapping", "try", own, body)[0] == 2


def test_mapped_route(keeping: TestClient, plain: TestClient, record):
    for client in (keeping, plain):
        response = client.post("/v1/mapped/own", json={"people": [record]})
        assert response.status_code == 200
        (result,) = response.json()["results"]
        assert (result["status"], result["lead_id"], result["ignored"]) == ("scored", "own:7", 3)
    missing = plain.post("/v1/mapped/owm", json={})
    assert missing.status_code == 404
    assert "did you mean 'own'?" in missing.json()["hint"]


def test_remembered_account_is_the_companys(keeping, record, ledger, model, clock):
    keeping.post("/v1/mapped/own", json={"people": [record, record | {"id": 8, "company": {"id": "c-1"}}]})
    stored = ledger.lead_facts("own:8", model.vocabulary, clock.time)
    assert stored.people == ("own:7",)
    assert stored.facts.versions["account", "employees"][0][1] == "800"


@pytest.mark.parametrize("company", ["not asked for", "not readable"])
def test_a_record_that_says_no_account_leaves_the_lead_where_it_is(model, clock, ledger, own, record, company):
    """As one told to /v1/leads does: both go the same way into the ledger."""
    if company == "not asked for":
        own.write_text(OWN.replace("account_id: company.id\n", ""))
    else:
        record["company"]["id"] = ["c-1"]
    client = TestClient(create_app(model, clock, ledger, library=Library([own])))
    told = {"lead_id": "own:7", "created_at": "2026-05-04T08:00:00Z", "known_at": "2026-05-04T08:00:00Z"}
    assert client.post("/v1/leads", json=told | {"account_id": "acme"}).json()["status"] == "accepted"
    assert client.post("/v1/mapped/own", json={"people": [record]}).json()["scored"] == 1
    assert ledger.lead_facts("own:7", model.vocabulary, clock.time).account_id == "acme"


def test_a_record_that_has_none_takes_the_lead_out_of_its_account(keeping, ledger, record, model, clock):
    told = {"lead_id": "own:7", "created_at": "2026-05-04T08:00:00Z", "known_at": "2026-05-04T08:00:00Z"}
    keeping.post("/v1/leads", json=told | {"account_id": "acme"})
    record["company"]["id"] = None
    keeping.post("/v1/mapped/own", json={"people": [record]})
    assert ledger.lead_facts("own:7", model.vocabulary, clock.time).account_id is None


def test_forgetful_mapping_scores_alone(model, clock, ledger, own, record):
    own.write_text(OWN + "remember: false\n")
    client = TestClient(create_app(model, clock, ledger, library=Library([own])))
    answer = client.post("/v1/mapped/own", json={"people": [record]}).json()["results"][0]
    counts = ledger.counts()
    assert (counts["lead_facts"], counts["event_facts"], counts["receipts"]) == (0, 0, 1)
    assert ledger.receipt(answer["receipt_id"]) is not None


def test_record_alone_is_scored_as_the_typed_route_scores_it(plain, record):
    del record["last_webinar"], record["country"]
    typed = plain.post(
        "/v1/score",
        json={
            "lead_id": "own:7",
            "created_at": "2026-05-04T08:00:00Z",
            "as_of": "2026-05-20T10:00:00.123001Z",
            "attributes": {"title": "VP Engineering", "lead_source": "web"},
            "account_attributes": {"industry": "Software", "employees": "800"},
            "events": [
                {
                    "kind": "web_visit",
                    "at": "2026-05-05T10:00:00Z",
                    "value": 4,
                    "channel": "web",
                    "campaign": "ads",
                },
                {"kind": "demo_request", "at": "2026-05-19T08:00:00Z", "channel": "web"},
            ],
        },
    ).json()
    mapped = plain.post("/v1/mapped/own", json={"people": [record]}).json()["results"][0]
    assert {key: mapped[key] for key in typed} == typed
