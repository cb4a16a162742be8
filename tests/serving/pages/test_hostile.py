"""Whatever stands in names, titles, kinds, owners and ids: it is shown as text, and its links lead to it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.serving.pages.conftest import COMPANIES

HOSTILE = {
    "html": "<script>alert(1)</script><b onmouseover=x>",
    "quotes": """"'><svg onload=alert(1)>""",
    "template": "{{ 7*7 }}{% raw %}${7*7}",
    "entities": "&lt;script&gt;&amp;&#60;",
    "rtl": "\u202eevil\u202c \u05d0\u05d1\u05d2 \u0645\u0631\u062d\u0628\u0627",
    "emoji": "👩🏽‍💻🏳️‍🌈 \U0001f600" * 3,
    "control": "a\tb\nc\rd\x1be\x7ff\x0bg",
    "long": "W" * 255,
    "long words": "ab " * 80,
    "url": "javascript:alert(1)//http://evil.example",
    "combining": "Z\u0351\u036b\u0343a\u0300\u0301\u0302\u0303lgo",
    "cdata": "]]><!--<![CDATA[",
}
IDS = ("a/b", "a?b=c&d", "a#b", "100%", "%2e%2e", "a b+c", "é😀", "<i>", '"x"', "..", "a;b", "a=b", "\u202eL")


def spread(shown, value, lead_id="L1"):
    """Tell the value wherever a page shows one."""
    shown.tell(
        lead_id,
        "acme",
        attributes={"name": value, "title": value, "owner": value, "lead_source": value, "note": value},
        company=COMPANIES["acme"] | {"name": value, "industry": value, "country": value},
        kinds=("webinar",),
    )
    event = {"event_id": "strange", "lead_id": lead_id, "kind": value[:100], "at": "2026-05-30T10:00:00Z"}
    shown.client.post("/v1/events", json=event)
    shown.score(lead_id)
    form = {k: v for k, v in shown.look(f"/lead?id={lead_id}").form("/lead/verdict").items() if k}
    shown.submit("/lead/verdict", form | {"choice": "recycle", "note": value})


@pytest.mark.parametrize("name", HOSTILE)
def test_values_are_shown_as_text(shown, name):
    value = HOSTILE[name]
    spread(shown, value)
    plain = " ".join(value.split())
    for path in ("/?state=all", "/lead?id=L1", "/account?id=acme", "/card", "/lead?id=L2"):
        page = shown.look(path)
        for mark in ("<script>alert", "<svg onload", "<b onmouse", "<![CDATA", "49${"):
            assert mark not in page.html
        if path != "/card":
            assert plain[:30] in page.text or plain[:20] in page.html, path
    assert value[:40] in shown.client.get("/today.csv?state=all").content.decode().replace('""', '"')


def test_pages_stay_small_however_long_a_value_is(shown):
    spread(shown, "W" * 255)
    shown.tell("L1", "acme", attributes={"name": "N" * 1_000, "title": "T" * 1_000})
    shown.score("L1")
    assert len(shown.look("/?state=all").html) < 30_000
    page = shown.look("/lead?id=L1")
    assert "N" * 210 not in page.text
    assert len(page.html) < 60_000


@pytest.mark.parametrize("strange", IDS)
def test_ids_of_any_letters_are_reached_by_their_links(shown, strange):
    shown.tell(strange, strange, attributes={"title": "CTO"}, kinds=("webinar",))
    shown.tell("mate", strange)
    shown.score(strange)
    listed = shown.look("/?state=all")
    address = next(one for one in listed.links if parse_qs(urlsplit(one).query).get("id") == [strange])
    page = shown.look(address)
    assert "CTO" in page.text
    account = next(one for one in page.links if urlsplit(one).path == "/account")
    people = shown.look(account)
    assert address in people.links
    assert "2 people known" in people.text
    receipt = next(one for one in page.links if urlsplit(one).path == "/receipt")
    assert address in shown.look(receipt).links
    form = {k: v for k, v in page.form("/lead/verdict").items() if k} | {"choice": "accept"}
    back = shown.submit("/lead/verdict", form).headers["location"]
    assert parse_qs(urlsplit(back).query)["id"] == [strange]
    assert "Recorded: accepted" in shown.look(back).text


def test_a_search_is_shown_as_it_was_typed(shown):
    page = shown.look("/?state=all&search=%3Cscript%3E%22'%26")
    assert """<script>"'&""" not in page.html
    assert "No lead is as chosen" in page.text
    for query in ("search=%ff", "search=%00", "owner=%F0%9F%98%80", "segment=%3Cb%3E", "%3Cb%3E=1", "a=1&a=2"):
        answer = shown.client.get(f"/?{query}", headers={"Accept": "text/html"})
        assert answer.status_code in {200, 400}
        assert "<b>" not in answer.text.replace("<b class", "")
