"""One lead: the figures are the answer's, the bars add up, what happened and what changed are there."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from features.facts.clock import DAY, HOUR
from serving.pages.pictures.waterfall import Part, waterfall
from serving.pages.render import percent, signed
from tests.serving.pages.conftest import shown_on


def full(shown, lead_id):
    return shown.post("/v1/score", {"lead_id": lead_id}, detail="full")


@pytest.fixture
def page(shown):
    return shown.look("/lead?id=L1")


def test_the_head_tells_what_was_answered(shown, page):
    score = shown.client.get("/v1/leads/L1/scores").json()["scores"][0]
    told = shown.client.get(f"/v1/receipts/{score['receipt_id']}").json()["answer"]
    assert "Ann Poe" in page.title
    for word in ("VP Engineering", "owner Mia", "Acme Works", "Lead since 2 May 2026", "(demo request)"):
        assert word in page.text
    assert f"Opportunity within 90 days {percent(told['probability'])}" in page.text
    low, high = percent(told["probability_low"]), percent(told["probability_high"])
    assert f"most likely {low} to {high}" in page.text
    assert f"{told['points']} points, grade {told['points_grade']}" in page.text
    assert re.search(r"Of \d+ similar past leads .* \d+ became opportunities within 90 days", page.text)


def test_reasons_are_the_answers_own_for_and_against(shown, page):
    shown.clock.time -= 2 * HOUR
    answer = full(shown, "L1")
    assert answer["reasons_for"]
    for reason in (
        *answer["reasons_for"],
        *answer["reasons_against"],
        *answer["not_known"],
        *answer["would_change"],
    ):
        assert " ".join(reason["sentence"].split()) in page.text
    assert (answer["would_change_note"] in page.text) == bool(answer["would_change"])


@pytest.mark.parametrize("lead_id", ["L1", "L2", "L3", "L4", "L5", "L6"])
def test_bars_add_up_to_the_answer(shown, model, lead_id):
    page = shown.look(f"/lead?id={lead_id}")
    shown.clock.time -= 2 * HOUR
    answer = full(shown, lead_id)
    together = next(row.split() for row in page.rows if row.strip().startswith("Together"))
    assert together[1] == signed(sum(group["points"] for group in answer["groups"]))
    assert together[2] == signed(answer["points"])
    # The points are the log-odds on the card's scale: from the average lead's to this one's.
    log_odds = sum(group["log_odds"] for group in answer["groups"])
    points = sum(group["points"] for group in answer["groups"])
    assert points == pytest.approx(log_odds * model.scale.points_per_log_odds)
    rows = page.rows[1 : next(i for i, row in enumerate(page.rows) if "Together" in row)]
    shown_card = [
        int(cells[-1].replace("−", "-"))
        for row in rows
        if (cells := row.replace("(they part)", "").split())[-1] != "–"
    ]
    assert sum(shown_card) == answer["points"]


def test_a_waterfalls_bars_follow_on_each_other():
    drawn = waterfall([Part("a", 10, 20), Part("b", -25, None), Part("c", 5, 5)], 25)
    assert drawn.total == -10
    assert [bar.side for bar in drawn.bars] == ["for", "against", "for"]
    assert [bar.parts_ways for bar in drawn.bars] == [True, False, False]
    ends = [drawn.zero, *(bar.ends for bar in drawn.bars)]
    for bar, begin, end in zip(drawn.bars, ends, ends[1:], strict=False):
        assert bar.left == pytest.approx(min(begin, end))
        assert bar.width == pytest.approx(abs(end - begin))
        assert 0 <= bar.left <= bar.left + bar.width <= 100
    flat = waterfall([Part("a", 0.0, None)], None)
    assert (flat.total, flat.bars[0].width) == (0, 0)


def test_what_changed_in_a_week_is_the_difference_of_both_receipts(shown, page):
    history = shown.client.get("/v1/leads/L1/scores").json()["scores"]
    new, old = history[0], history[1]
    assert f"Since 24 May 2026 the score went from {old['score']} to {new['score']}" in page.text
    for part in new["changed"][:5]:
        if abs(part["points"]) >= 0.5:
            assert f"{part['group']} {signed(part['points'])}" in page.text
    quiet = shown.look("/lead?id=L2").text
    assert "What changed" in quiet


def test_a_replay_of_the_past_is_neither_the_score_nor_the_last_of_the_history(shown):
    shown.score("L1", ago=20)
    page = shown.look("/lead?id=L1")
    days = [row for row in page.rows if "receipt" in row and "UTC" in row]
    assert ["1 Jun" in days[0], "24 May" in days[1], "12 May" in days[2]] == [True] * 3
    assert "there is no earlier score" in days[2]


def test_the_timeline_says_what_it_shows(page):
    assert page.text.count("Behaviour and scores over time") == 1
    said = r"3 events since [^;]+; 2 scores since [^,]+, the last of all \d+ of 100, grade [ABCD]\."
    assert re.search(said, page.text)
    for kind in ("demo request", "pricing page visit", "webinar"):
        assert f"1 × {kind}" in page.text or f"1 × {kind}".replace(" ", "_") in page.html


def test_the_accounts_other_people_are_one_click_away(shown, page):
    assert "/lead?id=L2" in page.links
    assert "/account?id=acme" in page.links
    assert "Others at Acme Works" in page.text
    assert "Others at" not in shown.look("/lead?id=L6").text


def test_the_receipt_is_one_click_away_and_computed_again(shown, page):
    address = next(link for link in page.links if link.startswith("/receipt"))
    receipt = shown.look(address)
    assert "the same, bit for bit" in receipt.text
    assert "Ann Poe" in receipt.text
    assert "/lead?id=L1" in receipt.links


def test_what_is_known_is_told_with_since_when(page):
    assert "name Ann Poe since 2 May 2026" in page.text
    assert "employees 800" in page.text


def test_a_lead_without_a_score(shown):
    shown.tell("L9", "acme", attributes={"name": "New One"})
    page = shown.look("/lead?id=L9")
    assert "This lead has not been scored yet" in page.text
    assert "New One" not in shown.look("/").leads()
    assert "not scored yet" in shown.look("/account?id=acme").text


def test_scoring_from_the_page(shown, page):
    form = page.form("/lead/score")
    shown.clock.time += HOUR
    answer = shown.submit("/lead/score", form)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/lead?id=L1&done=scored"
    after = shown.look(answer.headers["location"])
    assert "Scored as of now" in after.text
    assert "1 Jun 2026, 15:00 UTC" in after.text
    lost = shown.submit("/lead/score", form | {"lead_id": "nobody"})
    assert lost.status_code == 400
    assert "Nothing was done" in lost.text or "cannot be scored" in lost.text


def test_after_the_model_changed_the_answer_is_shown_as_it_was_given(shown, model, own_ledger, clock):
    other = shown_on(own_ledger, model.with_version("8"), clock)
    assert "Why" in other.look("/lead?id=L1").text
    moved = model.calibration.model_copy(update={"c": 0.5}) if hasattr(model.calibration, "c") else None
    if moved is None:
        moved = model.calibration.model_copy(update={"intercept": model.calibration.intercept + 1e-3})
    changed = shown_on(own_ledger, replace(model, calibration=moved).with_version("9"), clock)
    page = changed.look("/lead?id=L1")
    assert "Model 7 scored this lead, model 9 is in service: score it anew." in page.text
    assert "Opportunity within 90 days" in page.text


def test_after_retention_the_answer_is_left(shown):
    shown.ledger.apply_retention(0, shown.clock.time + 40 * DAY)
    page = shown.look("/lead?id=L1")
    assert "Ann Poe" in page.text


@pytest.mark.parametrize(("lead_id", "status"), [("nobody", 404), ("", 404), ("x" * 600, 404), ("%00", 404)])
def test_who_is_not_known(shown, lead_id, status):
    page = shown.look(f"/lead?id={lead_id}", status)
    assert "Nothing is known" in page.text


def test_the_forgotten_are_gone_from_every_page(shown):
    shown.look("/")
    receipt = shown.client.get("/v1/leads/L1/scores").json()["scores"][0]["receipt_id"]
    shown.ledger.forget("L1", shown.clock.time)
    assert "was forgotten" in shown.look("/lead?id=L1", 410).text
    for path in ("/", "/?state=all", "/account?id=acme", "/?search=Poe", "/lead?id=L2", f"/receipt?id={receipt}"):
        page = shown.look(path)
        assert "Ann Poe" not in page.html.replace('value="Poe"', "")
        assert "id=L1" not in page.html
    assert "Ann Poe" not in shown.client.get("/today.csv?state=all").text
