"""Who to call now: the order, the choices, the team's line, the file."""

from __future__ import annotations

import csv
import io

import pytest

from features.facts.clock import DAY
from serving.pages.csv_list import COLUMNS, harmless
from tests.serving.pages.conftest import PEOPLE
from tests.serving.pages.looking import HTML, look


def answers(shown):
    """Return each lead's newest answer, the most probable first."""
    found = [shown.client.get(f"/v1/leads/{one[0]}/scores").json()["scores"][0] | {"id": one[0]} for one in PEOPLE]
    return sorted(found, key=lambda one: (-one["probability"], one["id"]))


def names(shown):
    known = {person[0]: person[2] for person in PEOPLE}
    return [known[one["id"]] for one in answers(shown)]


def judge(shown, lead_id, verdict):
    at = "2026-06-01T10:00:00Z"
    shown.post("/v1/verdicts", {"lead_id": lead_id, "verdict": verdict, "at": at})


def test_it_is_the_page_for_browsers_and_a_list_of_paths_for_programs(shown):
    assert shown.client.get("/").headers["content-type"] == "application/json"
    assert "Who to call now" in shown.look("/").text


def test_leads_stand_by_probability_with_all_that_a_rep_asks_for(shown):
    page = shown.look("/")
    assert page.leads() == names(shown)
    first = answers(shown)[0]
    row = next(row for row in page.rows if names(shown)[0] in row)
    assert first["grade"] in row
    assert f"{100 * first['probability']:.0f} %" in row or f"{100 * first['probability']:.1f} %" in row
    assert f"{first['points']} grade {first['points_grade']}" in " ".join(row.split())
    ann = next(" ".join(row.split()) for row in page.rows if "Ann Poe" in row)
    for word in ("VP Engineering", "Acme Works", "Software", "Mia", "1 day ago", "demo request", "points)"):
        assert word in ann
    assert "▲" in ann
    assert "6 leads that nobody decided on yet" in page.text


def test_the_teams_line_stands_where_its_week_is_full(shown):
    page = shown.look("/")
    places = [number for number, row in enumerate(page.rows) if "week is full here: 3 calls" in row]
    assert len(places) == 1
    above = [row for row in page.rows[: places[0]] if any(person[2] in row for person in PEOPLE)]
    assert len(above) == 3
    assert "week is full" not in shown.look("/?state=accepted").text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("owner=Mia", {"Ann Poe", "Bo Ek", "Ed Gray"}),
        ("segment=Retail", {"Di Fenn", "Ed Gray"}),
        ("segment=Retail&owner=Mia", {"Ed Gray"}),
        ("search=poe", {"Ann Poe"}),
        ("search=BOLT", {"Di Fenn", "Ed Gray"}),
        ("search=student", {"Bo Ek"}),
        ("search=L6", {"Flo Hart"}),
        ("search=noah", {"Cy Dunn", "Di Fenn"}),
        ("search=nobody", set()),
        ("state=accepted", set()),
        ("owner=", {person[2] for person in PEOPLE}),
    ],
)
def test_choices_narrow(shown, query, expected):
    assert set(shown.look(f"/?{query}").leads()) == expected


def test_grade_and_disagreement_are_the_answers_own(shown):
    told = {one["id"]: one for one in answers(shown)}
    known = {person[0]: person[2] for person in PEOPLE}
    flat = {one: shown.post("/v1/score", {"lead_id": one}) for one in known}
    for grade in "ABCD":
        expected = {known[one] for one, answer in told.items() if answer["grade"] == grade}
        assert set(shown.look(f"/?grade={grade}").leads()) == expected
    parting = {known[one] for one, answer in flat.items() if answer["agree"] is False}
    assert parting
    assert set(shown.look("/?part=yes").leads()) == parting


def test_decided_leads_leave_the_list_and_those_sent_back_return(shown):
    judge(shown, "L1", "accepted")
    judge(shown, "L3", "rejected")
    judge(shown, "L5", "recycled")
    page = shown.look("/")
    assert set(page.leads()) == {"Bo Ek", "Di Fenn", "Ed Gray", "Flo Hart"}
    assert shown.look("/?state=accepted").leads() == ["Ann Poe"]
    assert shown.look("/?state=recycled").leads() == ["Ed Gray"]
    assert len(shown.look("/?state=all").leads()) == 6


def test_who_became_an_opportunity_is_nobodys_to_call(shown):
    shown.post("/v1/opportunities", {"opportunity_id": "o", "lead_id": "L1", "created_at": "2026-06-01T10:00:00Z"})
    assert "Ann Poe" not in shown.look("/?state=all").leads()
    assert "has become an opportunity" in shown.look("/lead?id=L1").text


@pytest.mark.parametrize(
    "query",
    [
        "grade=E",
        "page=0",
        "page=x",
        "page=²",
        "state=maybe",
        "part=no",
        "nonsense=1",
        f"search={'x' * 101}",
        "grade=a",
    ],
)
def test_what_cannot_be_chosen_is_a_page_that_says_so(shown, query):
    page = shown.look(f"/?{query}", 400)
    assert "That did not work" in page.text
    assert "/" in page.links


def test_pages_of_a_long_list(shown, monkeypatch):
    monkeypatch.setattr("serving.pages.views.ROWS", 4)
    first, second, far = (shown.look(f"/?page={number}") for number in (1, 2, 999))
    assert first.leads() + second.leads() == names(shown)
    assert far.leads() == second.leads()
    assert "/?page=2" in first.links
    assert "/?" in second.links
    assert "Page 1 of 2" in first.text


def test_scores_of_the_day_before_yesterday_are_said_to_be_old(shown):
    assert "oldest score" not in shown.look("/").text
    shown.clock.time += 3 * DAY
    assert "oldest score on this page is of 1 Jun 2026" in shown.look("/").text


def test_an_empty_ledger_and_one_without_scores_say_what_to_do(empty):
    assert "No lead is known yet" in empty.look("/").text
    empty.tell("L1")
    page = empty.look("/")
    assert "1 lead is known, and none has been scored yet" in page.text


def test_the_file_has_what_the_list_has_and_nothing_that_computes(shown):
    shown.tell("=L7", "acme", attributes={"name": '=HYPERLINK("http://x","y")', "owner": "+Mia", "title": "-1"})
    shown.tell("L8", "@acme", attributes={"name": "\tTab", "industry": "=1"})
    shown.score("=L7", "L8")
    answer = shown.client.get("/today.csv?state=all")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="leads-2026-06-01.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    listed = shown.look("/?state=all").leads()
    assert len(rows) == len(listed) == 8
    assert [row["name"].lstrip("'") for row in rows][:3] == listed[:3]
    for row in rows:
        for value in row.values():
            assert not value.startswith(("=", "+", "@", "\t", "\r"))
            assert not value.startswith("-") or float(value) < 0
    formula = next(row for row in rows if row["lead_id"] == "'=L7")
    assert formula["name"].startswith("'=HYPERLINK")
    assert (formula["owner"], formula["company"]) == ("'+Mia", "Acme Works")
    narrowed = list(csv.DictReader(io.StringIO(shown.client.get("/today.csv?owner=Noah").text)))
    assert {row["owner"] for row in narrowed} == {"Noah"}
    assert shown.client.get("/today.csv?grade=E", headers=HTML).status_code == 400


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"])
def test_what_begins_a_formula_does_not(text):
    assert harmless(text) == f"'{text}"


def test_a_filter_that_many_share_keeps_its_choice(shown, monkeypatch):
    monkeypatch.setattr("serving.pages.views._MOST_CHOICES", 1)
    page = look(shown.client, "/?owner=Noah")
    assert "<option selected>Noah</option>" in page.html
