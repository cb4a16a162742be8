"""``POST /v1/marketo/score``: the webhook's body as the payload template makes it."""

from __future__ import annotations

import json

import pytest

PATH = "/v1/marketo/score"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/json; charset=UTF-8", None])
def test_template_is_scored(keeping, recorded, kind, ledger, model, clock):
    response = keeping.post(
        PATH, content=recorded("marketo_payload.txt"), headers={} if kind is None else {"Content-Type": kind}
    )
    assert response.status_code == 200, response.text
    answer = response.json()
    assert (answer["status"], answer["lead_id"], answer["unread"]) == ("scored", "1088234", "")
    assert type(answer["score"]) is int
    stored = ledger.lead_facts("1088234", model.vocabulary, clock.time)
    assert stored.account_id == "domain:acme-works.com"
    assert stored.facts.versions["lead", "title"][0][1] == "VP Engineering"
    # Nothing of this model's: kept all the same.
    assert stored.skipped_kinds == {"fill_out_form": 1}
    assert {"email_kind", "has_phone"} <= set(stored.skipped_attributes)
    # The model knows it of companies only, whoever it was told of.
    assert stored.facts.versions["account", "employees"]


def test_form_says_the_same_as_json(plain, recorded):
    form = plain.post(PATH, content=recorded("marketo_form.txt"), headers=FORM).json()
    told = json.loads(recorded("marketo_payload.txt")) | {"lead_source": "", "industry": "Research & Development"}
    as_json = plain.post(PATH, json=told).json()
    # Of the fields that differ the model knows none.
    same = [key for key in form if key not in {"ignored", "unread"}]
    assert [form[key] for key in same] == [as_json[key] for key in same]


def test_empty_token_empties_the_field(keeping, recorded, ledger, model, clock):
    told = json.loads(recorded("marketo_payload.txt"))
    keeping.post(PATH, json=told)
    keeping.post(PATH, json=told | {"title": "", "updated_at": "2026-05-21 10:00:00"})
    stored = ledger.lead_facts("1088234", model.vocabulary, clock.time)
    assert [text for _, text in stored.facts.versions["lead", "title"]] == ["VP Engineering", None]


@pytest.mark.parametrize("form", [b"", b"%", b"lead_id=%ff", b"a=1&a=2", "lead_id=\u00f6".encode(), b"&" * 3000])
def test_bad_form_is_refused(plain, form):
    response = plain.post(PATH, content=form, headers=FORM)
    if response.status_code == 200:
        assert response.json()["status"] == "unscorable"
    else:
        assert response.status_code == 400


def test_token_quoted_twice_is_refused_with_its_place(plain):
    response = plain.post(PATH, content=b'{"lead_id": ""1088234""}', headers=JSON)
    assert response.status_code == 400
    assert "is not JSON" in response.json()["message"]


def test_another_type_is_refused(plain):
    response = plain.post(PATH, content=b"<lead/>", headers={"Content-Type": "text/xml"})
    assert response.status_code == 400
    assert response.json()["field"] == "Content-Type"


def test_never_an_empty_body(plain):
    for body in (b"{}", b'{"lead_id": ""}', b"", b"[]", b"{"):
        assert plain.post(PATH, content=body, headers=JSON).json()
