"""A receipt is verified bit for bit; whatever was changed of it is found and named."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import orjson
import pytest

from features.payload import read_lead
from serving.ledger import pack_features, unpack_features
from serving.ledger.reads import StoredReceipt
from serving.scoring.champion import Champion
from serving.scoring.decide import Asked, decide
from serving.scoring.verify import LoadedModel, ModelNotFoundError, verify
from serving.software import this_software


@pytest.fixture(scope="module")
def loaded(model):
    return LoadedModel.of(model)


@pytest.fixture
def scored(model, clock, lead):
    """Return a receipt as the ledger gives it back, and its canonical input."""
    champion = Champion.of(model, clock())
    lead["events"].reverse()
    decision = decide(champion, read_lead(lead, model.vocabulary, clock()), Asked("k", "q", clock()), keep=True)
    receipt = decision.receipt
    same = {name: getattr(receipt, name) for name in StoredReceipt.__slots__ if hasattr(receipt, name)}
    return StoredReceipt(seq=1, **same, input_digest=receipt.input.digest), receipt.input.body


def test_a_receipt_comes_out_again(scored, loaded):
    assert verify(*scored, lambda _: loaded).outcome == "verified"


def test_asked_in_full_detail_it_is_the_same_receipt(model, clock, lead, scored, loaded):
    facts = read_lead(lead, model.vocabulary, clock())
    again = decide(Champion.of(model, clock()), facts, Asked("", "", clock(), full=True), keep=True).receipt
    assert (again.receipt_id, again.answer) == (scored[0].receipt_id, scored[0].answer)


def test_one_bit_of_one_feature(scored, loaded, model):
    receipt, body = scored
    row = unpack_features(receipt.features).copy()
    place = int(np.flatnonzero(np.isfinite(row) & (row != 0))[0])
    row[place] = np.nextafter(row[place], np.inf)
    found = verify(replace(receipt, features=pack_features(row)), body, lambda _: loaded)
    assert found.outcome == "mismatch"
    assert [line.split(":")[0] for line in found.says] == [f"feature {model.feature_set.names[place]}"]


@pytest.mark.parametrize("name", ["probability", "score", "grade", "points", "reason_1", "as_of", "lead_id"])
def test_any_key_of_the_answer(scored, loaded, name):
    receipt, body = scored
    answer = orjson.loads(receipt.answer)
    answer[name] = answer[name] + answer[name] if isinstance(answer[name], str) else answer[name] + 1
    found = verify(replace(receipt, answer=orjson.dumps(answer).decode()), body, lambda _: loaded)
    assert found.outcome == "mismatch"
    assert [line.split(":")[0] for line in found.says] == [name]


@pytest.mark.parametrize("answer", [None, "", "{", "[]", "null", "{}"])
def test_an_answer_that_is_none(scored, loaded, answer):
    receipt, body = scored
    assert verify(replace(receipt, answer=answer), body, lambda _: loaded).outcome == "mismatch"


def reworded(receipt, **more):
    answer = orjson.loads(receipt.answer)
    answer["reason_1"] = f"{answer['reason_1']}, as it was said then"
    return replace(receipt, answer=orjson.dumps(answer | more).decode())


@pytest.mark.parametrize("software", ["0.0.9+000000000000", None])
def test_other_words_of_other_software(scored, loaded, software):
    receipt, body = scored
    old = replace(reworded(receipt), software=software)
    found = verify(old, body, lambda _: loaded)
    assert found.outcome == "other words"
    made = software or "a version that did not write its name"
    assert found.says[0] == f"the same figures, other words: made by {made}, this is {this_software()}"
    assert [line.split(":")[0] for line in found.says[1:]] == ["reason_1"]
    assert verify(old, None, lambda _: loaded).outcome == "other words"
    spaced = orjson.dumps(orjson.loads(receipt.answer), option=orjson.OPT_INDENT_2).decode()
    layout = verify(replace(receipt, answer=spaced, software=software), body, lambda _: loaded)
    assert layout.outcome == "other words"
    assert verify(replace(receipt, software=software), body, lambda _: loaded).outcome == "verified"


def test_other_words_of_this_software_are_a_mismatch(scored, loaded):
    receipt, body = scored
    assert receipt.software == this_software()
    assert verify(reworded(receipt), body, lambda _: loaded).outcome == "mismatch"


@pytest.mark.parametrize(
    "name", ["probability", "probability_low", "score", "points", "status", "as_of", "lead_id"]
)
def test_other_figures_are_a_mismatch_whatever_made_them(scored, loaded, name):
    receipt, body = scored
    value = orjson.loads(receipt.answer)[name]
    more = {name: value + value if isinstance(value, str) else value + 1}
    old = replace(reworded(receipt, **more), software="0.0.9+000000000000")
    for facts in (body, None):
        found = verify(old, facts, lambda _: loaded)
        assert found.outcome == "mismatch"
        assert name in [line.split(":")[0] for line in found.says]
        assert found.says[-1] == f"made by 0.0.9+000000000000, this is {this_software()}"


def test_other_features_are_a_mismatch_whatever_made_them(scored, loaded):
    receipt, body = scored
    row = unpack_features(receipt.features).copy()
    place = int(np.flatnonzero(np.isfinite(row) & (row != 0))[0])
    row[place] = np.nextafter(row[place], np.inf)
    old = replace(reworded(receipt), features=pack_features(row), software=None)
    assert verify(old, body, lambda _: loaded).outcome == "mismatch"


@pytest.mark.parametrize("answer", ["{}", "[]", "{"])
def test_an_answer_that_is_none_is_a_mismatch_whatever_made_it(scored, loaded, answer):
    receipt, body = scored
    old = replace(receipt, answer=answer, software=None)
    assert verify(old, body, lambda _: loaded).outcome == "mismatch"


def test_other_facts(scored, loaded):
    receipt, body = scored
    other = body.replace(b"webinar", b"webonar", 1)
    assert other != body
    found = verify(receipt, other, lambda _: loaded)
    assert (found.outcome, found.says[0][:6]) == ("mismatch", "facts:")


@pytest.mark.parametrize("change", [{"as_of": 5}, {"receipt_id": "r2"}])
def test_another_moment_or_id(scored, loaded, change):
    receipt, body = scored
    found = verify(replace(receipt, **change), body, lambda _: loaded)
    assert (found.outcome, found.says[0][:11]) == ("mismatch", "receipt_id:")


def test_another_model_under_the_same_version(scored, loaded, model):
    changed = LoadedModel.of(replace(model, horizons={}, past=None, band=None))
    found = verify(*scored, lambda _: changed)
    assert (found.outcome, "digest" in found.says[0]) == ("mismatch", True)


def test_a_model_that_is_gone(scored):
    def gone(version):
        raise ModelNotFoundError(f"no {version}")

    found = verify(*scored, gone)
    assert (found.outcome, found.says) == ("model not found", ("no 7",))


def test_what_is_pruned_or_forgotten(scored, loaded):
    receipt, body = scored
    assert verify(receipt, None, lambda _: loaded).outcome == "features only"
    assert verify(replace(receipt, features=None), body, lambda _: loaded).outcome == "verified"
    assert verify(replace(receipt, features=None), None, lambda _: loaded).outcome == "pruned"
    nothing = {"lead_id": "forgotten:ab", "features": None, "answer": None, "input_digest": None}
    assert verify(replace(receipt, **nothing), None, lambda _: loaded).outcome == "forgotten"


def test_without_facts_the_answer_must_still_follow_from_the_features(scored, loaded):
    receipt, _ = scored
    answer = orjson.loads(receipt.answer) | {"grade": "Z"}
    found = verify(replace(receipt, answer=orjson.dumps(answer).decode()), None, lambda _: loaded)
    assert found.outcome == "mismatch"
    short = verify(replace(receipt, features=receipt.features[:-8]), None, lambda _: loaded)
    assert (short.outcome, short.says[0][:9]) == ("mismatch", "features:")


def test_nothing_of_it_is_changed_by_looking(scored, loaded):
    before = copy.deepcopy(scored)
    verify(*scored, lambda _: loaded)
    assert scored == before
