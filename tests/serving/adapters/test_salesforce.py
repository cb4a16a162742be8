"""``POST /v1/salesforce/score``: what Apex sends, and outbound messages."""

from __future__ import annotations

import itertools
import time
import xml.etree.ElementTree as ET

import pytest

from serving.adapters.library import Library
from serving.adapters.soap import parse_message
from serving.app import create_app
from serving.front.callers import hash_of
from serving.front.errors import RequestError
from serving.ledger import AddKey

from .conftest import TestClient

PATH = "/v1/salesforce/score"
OUTBOUND = "/v1/salesforce/outbound"
XML = {"Content-Type": "text/xml; charset=UTF-8"}


def test_records_are_answered_in_their_order(keeping, recorded):
    body = recorded("salesforce_apex.json")
    response = keeping.post(PATH, json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert (answer["status"], answer["scored"], answer["unscorable"]) == ("done", 2, 1)
    assert [each["lead_id"] for each in answer["results"]] == [each["Id"] for each in body["records"]]
    assert answer["results"][2]["missing"] == "created_at"
    assert answer["results"][0]["as_of"] == "2026-05-20T10:00:00.000001Z"


def test_list_and_single_record_are_read_too(keeping, recorded):
    body = recorded("salesforce_apex.json")
    whole = keeping.post(PATH, json=body).json()
    assert keeping.post(PATH, json=body["records"]).json() == whole
    assert keeping.post(PATH, json=body["records"][0]).json()["results"] == whole["results"][:1]
    assert keeping.post(PATH, json={"records": body["records"][0]}).json()["results"] == whole["results"][:1]


def test_two_hundred_records_are_quick(keeping, recorded):
    record = recorded("salesforce_apex.json")["records"][0]
    records = [
        {**record, "Id": f"00Q2400000{number:05d}AAA", "Email": f"x@company{number}.com"} for number in range(200)
    ]
    since = time.monotonic()
    answer = keeping.post(PATH, json={"records": records}).json()
    # Apex gives up after ten seconds.
    assert time.monotonic() - since < 5
    assert answer["scored"] == 200
    assert keeping.post(PATH, json={"records": [*records, record]}).status_code == 400


@pytest.mark.parametrize("body", [[], {"records": []}, {"records": 7}, {"records": [7]}, [[]], "x", None])
def test_what_holds_no_records_is_refused(keeping, body):
    response = keeping.post(PATH, json=body)
    assert response.status_code == 400
    assert response.json()["field"] in {"records", "body"}


def test_one_bad_record_harms_no_other(keeping, recorded):
    good = recorded("salesforce_apex.json")["records"][0]
    bad = {"Id": {"a": 1}, "CreatedDate": [], "Title": 7}
    results = keeping.post(PATH, json=[bad, good, {}]).json()["results"]
    assert [each["status"] for each in results] == ["unscorable", "scored", "unscorable"]


def acknowledged(response):
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/xml")
    found = ET.fromstring(response.content).iter("{http://soap.sforce.com/2005/09/outbound}Ack")  # noqa: S314
    return [each.text for each in found] == ["true"]


def shape(element):
    return element.tag, [shape(each) for each in element]


def test_outbound_message_is_kept_before_it_is_acknowledged(keeping, recorded, ledger, model, clock):
    response = keeping.post(OUTBOUND, content=recorded("salesforce_outbound.xml"), headers=XML)
    assert acknowledged(response)
    assert shape(ET.fromstring(response.content)) == shape(ET.fromstring(recorded("salesforce_ack.xml")))  # noqa: S314
    stored = ledger.lead_facts("00Q24000005JK2AEAW", model.vocabulary, clock.time)
    assert stored.facts.versions["lead", "title"][0][1] == "VP Engineering & more"
    counts = ledger.counts()
    assert (counts["lead_facts"], counts["receipts"]) == (2, 2)
    # Messages may come twice.
    assert acknowledged(keeping.post(OUTBOUND, content=recorded("salesforce_outbound.xml"), headers=XML))
    assert ledger.counts() == counts


def test_same_record_from_apex_gives_the_same_receipt(keeping, recorded, ledger):
    keeping.post(OUTBOUND, content=recorded("salesforce_outbound.xml"), headers=XML)
    record = parse_message(recorded("salesforce_outbound.xml")).records[0]
    answer = keeping.post(PATH, json=record).json()["results"][0]
    assert ledger.receipt(answer["receipt_id"]) is not None
    assert ledger.counts()["receipts"] == 2


def test_what_cannot_be_kept_is_not_acknowledged(keeping, recorded, ledger):
    raw = recorded("salesforce_outbound.xml").replace(
        b"<sf:CreatedDate>2026-05-05T08:00:00.000Z</sf:CreatedDate>", b""
    )
    assert not acknowledged(keeping.post(OUTBOUND, content=raw, headers=XML))
    # The other is kept, and may come again.
    assert ledger.counts()["lead_facts"] == 1


def test_without_a_ledger_nothing_is_acknowledged(plain, recorded):
    response = plain.post(OUTBOUND, content=recorded("salesforce_outbound.xml"), headers=XML)
    assert response.status_code == 503
    assert "--ledger" in response.json()["hint"]


def test_ledger_that_fails_is_not_acknowledged(keeping, recorded, ledger):
    ledger.close()
    response = keeping.post(OUTBOUND, content=recorded("salesforce_outbound.xml"), headers=XML)
    assert response.status_code in {429, 503}


def test_key_stands_in_the_address(model, clock, ledger, recorded):
    ledger.write(AddKey("sf", "salesforce", hash_of("secret"), ("ingest",), 0))
    ledger.write(AddKey("ro", "reader", hash_of("secret"), ("read",), 0))
    client = TestClient(create_app(model, clock, ledger))
    raw = recorded("salesforce_outbound.xml")
    for address, status in {
        OUTBOUND: 401,
        f"{OUTBOUND}?key=lq_sf_wrong": 401,
        f"{OUTBOUND}?key=%E4": 401,
        f"{OUTBOUND}?key=lq_ro_secret": 403,
        f"{OUTBOUND}?key=lq_sf_secret&x=1": 400,
        f"{OUTBOUND}?key=lq_sf_secret": 200,
    }.items():
        assert client.post(address, content=raw, headers=XML).status_code == status, address


def test_other_organisations_are_not_listened_to(model, clock, ledger, recorded, tmp_path):
    from serving.adapters.library import shipped_path  # noqa: PLC0415

    path = tmp_path / "sf.yaml"
    text = shipped_path("salesforce").read_text()
    for organization, status in {
        "00D24000000aBcD": 200,
        "00D24000000aBcDEAU": 200,
        "00D999999999999AAA": 403,
    }.items():
        path.write_text(f"{text}\norganization_id: {organization}\n")
        client = TestClient(create_app(model, clock, ledger, library=Library([path])))
        assert (
            client.post(OUTBOUND, content=recorded("salesforce_outbound.xml"), headers=XML).status_code == status
        )


_LAUGHS = "".join(
    f'<!ENTITY l{n} "{"".join([f"&l{n - 1};"] * 10)}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
)
BOMBS = {
    "billion laughs": f"<!DOCTYPE x [{_LAUGHS}]><x>&l9;</x>",
    "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><x>{"&a;" * 50_000}</x>',
    "external": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "parameter": '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x"> %a;]><x/>',
    "external type": '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>',
    "undeclared entity": "<x>&lol;</x>",
    "deep": "<a>" * 100_000,
    "wide": f"<a>{'<b/>' * 200_000}</a>",
    "unclosed": "<a><b></a>",
    "encoding": '<?xml version="1.0" encoding="utf-7"?><x/>',
    "encoding of two bytes": '<?xml version="1.0" encoding="shift-jis"?><x/>',
    "unknown encoding": '<?xml version="1.0" encoding="none-such"?><x/>',
    "control character": "<x>\x01</x>",
    "two tops": "<x/><x/>",
    "empty": " ",
    "json": '{"Id": 1}',
    "no message": '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>',
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_refused_at_once(name):
    since = time.process_time()
    with pytest.raises(RequestError) as refused:
        parse_message(BOMBS[name].encode())
    assert refused.value.status == 400
    assert ("document type" in refused.value.message) == ("<!DOCTYPE" in BOMBS[name])
    assert time.process_time() - since < 3


def test_bomb_over_the_wire(keeping):
    for bomb in itertools.islice(BOMBS.values(), 5):
        assert keeping.post(OUTBOUND, content=bomb.encode(), headers=XML).status_code == 400


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("<sf:Title>", "<sf:Title>a</sf:Title><sf:Title>", "Title"),
        ("soap.sforce.com/2005/09/outbound", "example.com", "notifications"),
        ("sObject", "object", "sObject"),
        ("<Notification>", "<Other>", "body"),
    ],
)
def test_other_messages_are_refused(recorded, old, new, field):
    raw = recorded("salesforce_outbound.xml").decode().replace(old, new)
    with pytest.raises(RequestError) as refused:
        parse_message(raw.encode())
    assert refused.value.field == field


def test_hundred_notifications_and_no_more(recorded):
    text = recorded("salesforce_outbound.xml").decode()
    start, end = text.index("<Notification>"), text.index("</Notification>") + len("</Notification>")
    for number, fits in ((98, True), (99, False)):
        raw = (text[:start] + text[start:end] * number + text[start:]).encode()
        if fits:
            assert len(parse_message(raw).records) == 100
        else:
            with pytest.raises(RequestError, match="expected 1 to 100"):
                parse_message(raw)


def test_other_encodings_are_read(recorded):
    text = recorded("salesforce_outbound.xml").decode().replace("VP Engineering", "Gesch\u00e4ftsf\u00fchrer")
    for encoding in ("utf-8", "utf-16", "iso-8859-1"):
        raw = text.replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding)
        assert parse_message(raw).records[0]["Title"] == "Gesch\u00e4ftsf\u00fchrer & more"
