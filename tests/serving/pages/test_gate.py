"""Who is let in, and whose forms are carried out."""

from __future__ import annotations

import pytest

from features.facts.clock import HOUR
from serving.front.callers import make_key
from serving.ledger import AddKey, RevokeKey
from serving.pages.routes import _own_path
from tests.serving.pages.conftest import shown_on
from tests.serving.pages.looking import HTML

PAGES = ("/", "/lead?id=L1", "/account?id=acme", "/card", "/model-card", "/receipt?id=x", "/today.csv")


@pytest.fixture
def keyed(shown, model, own_ledger, clock):
    """The same leads behind keys: ``keyed.key(scopes)`` makes one."""
    again = shown_on(own_ledger, model, clock)

    def key(*scopes):
        key_id, whole, kept = make_key()
        own_ledger.write(AddKey(key_id, "somebody", kept, scopes, clock()))
        again.app.keys.refresh()
        return key_id, whole

    again.key = key
    return again


def sign_in(site, key, then="/"):
    return site.submit("/sign-in", {"key": key, "then": then})


def verdicts(site, lead_id="L1"):
    page = site.look(f"/lead?id={lead_id}")
    return page.text.count("accepted")


def form_of(site, lead_id="L1", choice="accept"):
    fields = site.look(f"/lead?id={lead_id}").form("/lead/verdict")
    return {**{k: v for k, v in fields.items() if k}, "choice": choice}


def test_without_any_key_everybody_may_look(shown):
    for path in PAGES[:4]:
        assert shown.look(path).status == 200


def test_a_key_that_was_made_closes_every_page(keyed):
    keyed.key("read")
    for path in PAGES:
        answer = keyed.client.get(path, headers=HTML, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"][:14]) == (303, "/sign-in?then="), path
        assert "Ann" not in answer.text
    assert keyed.submit("/lead/verdict", {"choice": "accept"}).headers["location"].startswith("/sign-in")
    assert keyed.submit("/lead/score", {"lead_id": "L1"}).headers["location"].startswith("/sign-in")


def test_signing_in_goes_on_to_where_one_was_going(keyed):
    key_id, whole = keyed.key("read", "ingest")
    to = keyed.client.get("/lead?id=L1", headers=HTML, follow_redirects=False).headers["location"]
    page = keyed.look(to)
    assert page.form("/sign-in")["then"] == "/lead?id=L1"
    answer = sign_in(keyed, whole, "/lead?id=L1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lead?id=L1")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert whole not in cookie
    assert whole.partition("_")[2].partition("_")[2] not in cookie
    page = keyed.look("/lead?id=L1")
    assert "Ann Poe" in page.text
    assert f"You are {key_id}" in page.text
    assert "For those who run it" not in keyed.look("/card").text
    over_tls = keyed.client.post(
        "/sign-in", data={"key": whole}, headers={"X-Forwarded-Proto": "https"}, follow_redirects=False
    )
    assert "; Secure" in over_tls.headers["set-cookie"]


@pytest.mark.parametrize(
    "then", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/\r\nX: y", "/" * 3]
)
def test_signing_in_leads_to_no_other_site(then):
    assert _own_path(then) == "/"


def test_wrong_keys(keyed):
    key_id, whole = keyed.key("read")
    for wrong in ("", "lq_", whole[:-1] + "x", f"lq_{key_id}_", "x" * 5_000, "lq_\u00e9\u0000", whole.upper()):
        answer = sign_in(keyed, wrong)
        assert answer.status_code == 403, wrong
        assert "set-cookie" not in answer.headers
        assert "no key of this service" in answer.text
    _, cannot = keyed.key("score")
    assert "may not read" in sign_in(keyed, cannot).text


def test_a_revoked_key_is_out_at_its_next_request(keyed):
    key_id, whole = keyed.key("read", "ingest")
    sign_in(keyed, whole)
    form = form_of(keyed)
    keyed.ledger.write(RevokeKey(key_id, keyed.clock()))
    keyed.app.keys.refresh()
    assert keyed.client.get("/", headers=HTML, follow_redirects=False).status_code == 303
    assert keyed.submit("/lead/verdict", form).headers["location"].startswith("/sign-in")


def test_a_session_ends_after_twelve_hours(keyed):
    _, whole = keyed.key("read")
    sign_in(keyed, whole)
    keyed.clock.time += 12 * HOUR - 1
    assert keyed.look("/").status == 200
    keyed.clock.time += 1
    assert keyed.client.get("/", headers=HTML, follow_redirects=False).status_code == 303


def test_signing_out(keyed):
    _, whole = keyed.key("read")
    sign_in(keyed, whole)
    token = keyed.look("/").form("/sign-out")["token"]
    assert keyed.submit("/sign-out", {"token": "wrong"}).status_code == 403
    assert keyed.look("/").status == 200
    assert keyed.submit("/sign-out", {"token": token}).headers["location"] == "/sign-in"
    assert keyed.client.get("/", headers=HTML, follow_redirects=False).status_code == 303


def test_a_cookie_that_was_tampered_with_is_none(keyed):
    _, whole = keyed.key("read")
    other_id, _ = keyed.key("admin", "read")
    value = sign_in(keyed, whole).headers["set-cookie"].partition(";")[0].partition("=")[2]
    keyed.client.cookies.clear()
    name, expires, nonce, signature = value.split(".")
    later = str(int(expires) + HOUR)
    for wrong in (
        f"{other_id}.{expires}.{nonce}.{signature}",
        f"{name}.{later}.{nonce}.{signature}",
        f"{name}.{expires}.other.{signature}",
        f"{name}.{expires}.{nonce}.{signature[:-1]}0" if signature[-1] != "0" else "x",
        f"{name}.{expires}.{nonce}",
        "....",
        "a.b.c.d",
        "\xe9.1.2.3",
        "x" * 20_000,
    ):
        headers = {**HTML, "Cookie": f"leadquality={wrong}".encode("latin-1")}
        assert keyed.client.get("/", headers=headers, follow_redirects=False).status_code == 303, wrong
    others = {**HTML, "Cookie": f'theme={{"a": 1, "b"}}; bad name=x; leadquality={value}; z'}
    assert keyed.client.get("/", headers=others, follow_redirects=False).status_code == 200


def test_a_proxys_header_is_believed_only_where_it_is_set(shown, keyed, model, own_ledger, clock):
    keyed.key("read")
    answer = keyed.client.get("/", headers={**HTML, "X-User": "ann"}, follow_redirects=False)
    assert answer.status_code == 303
    behind = shown_on(own_ledger, model, clock, user_header="X-User")
    page = behind.look("/lead?id=L1", **{"X-User": "ann@x.example"})
    assert "You are proxy:ann@x.example" in page.text
    assert "For those who run it" not in behind.look("/card", **{"X-User": "ann"}).text
    assert behind.client.get("/", headers=HTML, follow_redirects=False).status_code == 303
    name = "José".encode()
    assert "proxy:José" in behind.client.get("/", headers={**HTML, "X-User": name}).text
    script = behind.look("/", **{"X-User": "<script>alert(1)</script>"})
    assert "<script>alert(1)</script>" in script.text
    form = form_of(behind_user(behind, "ann"))
    answer = behind.submit("/lead/verdict", form, **{"X-User": "ann"})
    assert answer.status_code == 303
    assert behind.submit("/lead/verdict", form).status_code in {303, 403}
    (told,) = behind.ledger.read(lambda c: c.exec_driver_sql("SELECT caller, verdict FROM verdict_facts").all())
    assert tuple(told) == ("proxy:ann", "accepted")


def behind_user(site, user):
    class As:
        @staticmethod
        def look(path):
            return site.look(path, **{"X-User": user})

    return As


def test_with_a_proxys_header_nobody_comes_in_unnamed(model, own_ledger, clock):
    behind = shown_on(own_ledger, model, clock, user_header="X-User")
    for headers in ({}, {"X-User": ""}, {"X-User": "   "}):
        answer = behind.client.get("/", headers={**HTML, **headers}, follow_redirects=False)
        assert answer.status_code == 303


def test_who_may_only_read_sees_no_buttons_and_judges_nothing(keyed):
    _, whole = keyed.key("read")
    sign_in(keyed, whole)
    page = keyed.look("/lead?id=L1")
    assert "/lead/verdict" not in page.html
    assert "/lead/score" not in page.html
    token = page.form("/sign-out")["token"]
    form = {"token": token, "lead_id": "L1", "form": "abc", "choice": "accept"}
    answer = keyed.submit("/lead/verdict", form)
    assert answer.status_code == 403
    assert "may read, not judge" in answer.text
    assert keyed.submit("/lead/score", form).status_code == 403
    assert verdicts(keyed) == 0


def test_an_admin_sees_what_runs(keyed):
    _, whole = keyed.key("read", "admin")
    sign_in(keyed, whole)
    assert "For those who run it" in keyed.look("/card").text


def test_a_verdict_is_recorded_with_who_said_it_and_once(keyed):
    key_id, whole = keyed.key("read", "ingest")
    sign_in(keyed, whole)
    form = form_of(keyed, choice="reject-fit") | {"note": "too  small\n"}
    for _ in range(2):
        answer = keyed.submit("/lead/verdict", form)
        assert answer.headers["location"] == "/lead?id=L1&done=rejected"
    told = keyed.ledger.read(
        lambda c: c.exec_driver_sql("SELECT caller, verdict, reason, at FROM verdict_facts").all()
    )
    assert [tuple(one) for one in told] == [
        (key_id, "rejected", "company does not fit: too small", keyed.clock.time)
    ]
    assert "Recorded: rejected" in keyed.look("/lead?id=L1&done=rejected").text


@pytest.mark.parametrize(
    "change",
    [
        {"token": ""},
        {"token": "x"},
        {"token": "\u00e9"},
        {"token": "0" * 64},
        {"choice": ""},
        {"choice": "promote"},
        {"form": "../.."},
        {"form": ""},
        {"lead_id": "nobody"},
        {"lead_id": ""},
        {"lead_id": "x" * 3_000},
        {"lead_id": "a\u0000b"},
    ],
)
def test_forms_that_are_not_ours_do_nothing(shown, change):
    answer = shown.submit("/lead/verdict", form_of(shown) | change)
    if change.get("lead_id") == "nobody":
        # Facts may come in any order: a verdict on a lead that is not known yet is kept.
        assert answer.status_code == 303
    else:
        assert answer.status_code in {400, 403}, answer.text
        assert "othing was" in answer.text or "Nothing" in answer.text
    assert verdicts(shown) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://leads.example.evil.example"},
        {"Origin": "http://leads.example:81"},
    ],
)
def test_forms_of_other_sites_do_nothing(shown, headers):
    form = form_of(shown)
    for path in ("/lead/verdict", "/lead/score", "/sign-out", "/sign-in"):
        answer = shown.submit(path, form, **headers)
        assert answer.status_code == 403, path
        assert "came from another site" in answer.text
    assert verdicts(shown) == 0
    # As a browser sends it from a page that names no referrer.
    nameless = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    assert shown.submit("/lead/score", form, **nameless).status_code == 303
    good = {"Sec-Fetch-Site": "same-origin", "Origin": "http://leads.example"}
    assert shown.submit("/lead/verdict", form, **good).status_code == 303
    assert verdicts(shown) > 0


def test_a_token_is_of_one_browser(shown, model, own_ledger, clock):
    other = shown_on(own_ledger, model, clock)
    theirs = form_of(other)
    shown.look("/")
    assert shown.submit("/lead/verdict", theirs).status_code == 403


def test_forms_have_a_size_and_a_kind(shown):
    form = form_of(shown)
    assert shown.client.post("/lead/verdict", json=form).status_code == 415
    assert shown.submit("/lead/verdict", form | {"note": "x" * 30_000}).status_code == 400
    many = "&".join(f"a{n}=1" for n in range(60))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert shown.client.post("/lead/verdict", content=many, headers=kind).status_code == 400
    assert shown.client.post("/lead/verdict", content=b"a=%ff", headers=kind).status_code == 400
    assert shown.client.post("/lead/verdict", content=b"\xff", headers=kind).status_code == 400


def test_looking_writes_nothing(shown):
    def counts():
        return shown.ledger.counts()

    before = counts()
    receipt = shown.client.get("/v1/leads/L1/scores").json()["scores"][0]["receipt_id"]
    for path in (
        *PAGES,
        "/sign-in",
        f"/receipt?id={receipt}",
        "/lead?id=L1&done=accepted",
        "/lead?id=L1&choice=accept",
    ):
        shown.client.get(path, headers=HTML)
    for path in ("/lead/verdict", "/lead/score", "/sign-out"):
        assert shown.client.get(f"{path}?lead_id=L1&choice=accept", headers=HTML).status_code == 405
    assert counts() == before


def test_every_page_asks_who_it_is_for(shown):
    pages = {e.path for e in shown.app.routes.endpoints if e.is_page and e.method == "GET"}
    assert pages - {"/sign-in", "/static/style.css"} == {path.partition("?")[0] for path in PAGES} - {"/"}
