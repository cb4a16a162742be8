"""What docs/callers tells an admin to paste, run or parsed, and never merely believed."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from pathlib import Path

import pytest
import requests
import uvicorn

from models.reasons import LONGEST
from serving.adapters.check import check_text
from serving.adapters.library import Library, shipped_path
from serving.adapters.taken import Taken
from serving.app import create_app
from serving.front.callers import hash_of
from serving.ledger import AddKey

from .conftest import TestClient

DOCS = Path(__file__).parents[3] / "docs" / "callers"
NOW = 1_780_315_200_000_000


def blocks(name, language):
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / name).read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def url(model, clock, ledger):
    """Start a real server that wants a key, and return its address."""
    ledger.write(AddKey("hs", "hubspot", hash_of("secret"), ("score", "ingest"), 0))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(
        create_app(model, clock, ledger), port=port, log_level="error", lifespan="off", ws="none"
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(10)


def action(monkeypatch, url, key):
    monkeypatch.setenv("LEADQUALITY_URL", url)
    monkeypatch.setenv("LEADQUALITY_KEY", key)
    (code,) = blocks("hubspot.md", "python")
    # Nothing but what HubSpot has: the standard library and requests.
    assert set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)) == {"os", "requests"}
    names = {}
    exec(compile(code, "hubspot.md", "exec"), names)  # noqa: S102 - our own page
    return names["main"]


def test_custom_code_action_runs(url, monkeypatch, recorded):
    main = action(monkeypatch, url, "lq_hs_secret")
    event = {
        "origin": {"portalId": 62515, "actionDefinitionId": 1},
        "object": {"objectType": "CONTACT", "objectId": 3234574},
        "inputFields": recorded("hubspot_customised.json"),
        "callbackId": "ap-1",
    }
    since = time.monotonic()
    fields = main(event)["outputFields"]
    assert time.monotonic() - since < 5
    assert fields["status"] == "scored"
    assert type(fields["lead_score"]) is int
    assert 0 < len(fields["lead_reason_1"]) <= LONGEST
    assert main(event)["outputFields"] == fields
    lacking = main(event | {"inputFields": {"hs_object_id": "1"}})["outputFields"]
    assert (lacking["status"], lacking["lead_score"]) == ("unscorable", None)


def test_custom_code_action_fails_where_it_is_seen(url, monkeypatch):
    with pytest.raises(requests.HTTPError, match="401"):
        action(monkeypatch, url, "lq_hs_wrong")({"inputFields": {}})


def test_webhooks_header_is_a_key(url, recorded):
    told = recorded("hubspot_contact_workflow.json")
    answer = requests.post(f"{url}/v1/hubspot/score", json=told, headers={"X-API-Key": "lq_hs_secret"}, timeout=5)
    assert answer.status_code == 200


def filled(template, values):
    """Return a payload template as Marketo fills it: texts with their quotes, empty ones too."""
    return re.sub(r"\{\{([^{}]+)\}\}", lambda token: json.dumps(values.get(token[1], "")), template)


VALUES = {
    "lead.Id": "1088234",
    "lead.Created At": "2026-05-04 08:00:00",
    "lead.Updated At": "2026-05-20 10:00:00",
    "lead.Email Address": "maria.keller@acme-works.com",
    "lead.Job Title": 'VP "Engineering" & more',
    "company.Num Employees": "800",
    "trigger.Trigger Name": "Fills Out Form",
    "trigger.Name": "Request a demo",
    "system.dateTime": "2026-05-20 10:00:00",
}


def test_payload_template_is_what_the_mapping_reads(keeping):
    (template,) = blocks("marketo.md", "json")
    body = filled(template, VALUES)
    response = keeping.post("/v1/marketo/score", content=body, headers={"Content-Type": "application/json"})
    answer = response.json()
    assert (response.status_code, answer["status"], answer["unread"]) == (200, "scored", "")
    # Every key of the template is one that the mapping looks at, and the other way round.
    assert answer["ignored"] == 0
    mapping = Library()["marketo"].mapping
    assert {path[0] for path in mapping.all_paths()} == set(json.loads(body))


def test_payload_template_of_empty_tokens_is_answered(keeping):
    (template,) = blocks("marketo.md", "json")
    answer = keeping.post("/v1/marketo/score", content=filled(template, {})).json()
    assert (answer["status"], answer["missing"]) == ("unscorable", "lead_id")


def test_response_mappings_are_the_answers_types(keeping, recorded):
    told = keeping.post("/v1/marketo/score", content=recorded("marketo_payload.txt")).json()
    rows = re.findall(
        r"^\| `([a-z_0-9]+)`(?: \.\.\. `\w+`)? \| (\w+)", (DOCS / "marketo.md").read_text(), re.MULTILINE
    )
    types = {"string": str, "integer": int, "float": float, "boolean": bool}
    named = {key: kind for key, kind in rows if kind in types}
    assert len(named) >= 13
    for key, kind in named.items():
        assert type(told[key]) is types[kind], key


def test_apex_class_keeps_to_the_limits():
    (code,) = blocks("salesforce.md", "apex")
    assert all(code.count(one) == code.count(other) for one, other in ("()", "{}", "[]"))
    assert "LARGEST_BATCH = 200;" in code
    assert "TIMEOUT_MS = 10000;" in code
    assert "setTimeout(TIMEOUT_MS)" in code
    assert "callout:LeadQuality/v1/salesforce/score" in code
    # No callout after a change of records.
    assert code.index("ask([") < code.index("update scored")
    mapping = Library()["salesforce"].mapping
    asked = set(re.findall(r"\w+", code[code.index("SELECT") + 6 : code.index("FROM Lead")]))
    wanted = {path[0] for path in mapping.all_paths()} - {"LastModifiedDate"}
    assert asked == wanted


def test_apex_reads_keys_that_are_there(keeping, recorded):
    (code,) = blocks("salesforce.md", "apex")
    answer = keeping.post("/v1/salesforce/score", json=recorded("salesforce_apex.json")).json()
    assert set(re.findall(r"body\.get\('(\w+)'\)", code)) <= set(answer)
    assert set(re.findall(r"result\.get\('(\w+)'\)", code)) <= set(answer["results"][0])


def test_generic_mapping_reads_its_example(model, clock, ledger, tmp_path):
    (text,) = blocks("generic.md", "yaml")
    (body,) = blocks("generic.md", "json")
    assert check_text(text, model.vocabulary) == []
    path = tmp_path / "webinars.yaml"
    path.write_text(text)
    library = Library([path])
    taken = library["webinars"].take(json.loads(body)["registrants"][0], NOW)
    assert isinstance(taken, Taken)
    assert (taken.unread, taken.lead_id, taken.account_id) == ([], "web:ann@acme.com", "domain:acme.com")
    assert taken.created_at == 1_777_896_000_000_000
    assert taken.versions["lead", "country"][0][1] == "DE"
    assert [(event.kind, event.value) for event in taken.events] == [("webinar", 41.0)]
    client = TestClient(create_app(model, clock, ledger, library=library))
    assert client.post("/v1/mapped/webinars", content=body).json()["scored"] == 1


def test_manual_names_every_key_of_the_format():
    from serving.adapters import mapping  # noqa: PLC0415

    manual = shipped_path("hubspot").read_text() + shipped_path("salesforce").read_text()
    for block in (mapping.Mapping, mapping.TimeField, mapping.IdField, mapping.AttributeField, mapping.EventRule):
        for key in block.model_fields:
            assert re.search(rf"\b{key}\b", manual), key
