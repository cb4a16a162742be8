"""The line on what the training recommended, where that is not the trees that it registered."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from mlflow.exceptions import MlflowException

from training.gates.check import Checked
from training.gates.recommended import recommended
from training.recommend import Recommendation

FOUND = Recommendation("logistic", "logistic", {}, {}, {}, 128, 130, "Recommended.", (0.003, -0.001, 0.007))


def registry_with(content):
    def download(run_id, name, folder):
        if content is None:
            raise MlflowException("none")
        path = Path(folder) / name
        path.write_text(content, encoding="utf-8")
        return str(path)

    version = SimpleNamespace(run_id="1")
    return SimpleNamespace(resolve=lambda _: version, client=SimpleNamespace(download_artifacts=download))


def test_another_arm_is_named_with_what_it_costs_and_stops_nothing():
    note = recommended(registry_with(json.dumps(FOUND.to_dict())), "1")
    assert note.line == "note    recommendation: logistic and not model, which is registered"
    assert note.sentence == FOUND.cost
    assert "+0.0030 in log loss beside it (95 % interval -0.0010 to +0.0070" in note.sentence
    assert (note.passed, note.blocking) == (True, False)
    checked = Checked((), "the base rate", None, (note,))
    assert (checked.failed, checked.outcome) == ((), "passed")


def test_a_record_without_the_cost_is_named_all_the_same():
    old = FOUND.to_dict()
    del old["served_loses"]
    assert "not on record" in recommended(registry_with(json.dumps(old)), "1").sentence


@pytest.mark.parametrize(
    "content", [None, "", "[]", '{"arm": "model"}', json.dumps({"arm": "card"}), json.dumps({"recommended": "x"})]
)
def test_where_nothing_can_be_said_there_is_no_line(content):
    assert recommended(registry_with(content), "1") is None
