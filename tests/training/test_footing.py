"""What a training stood on, and what was left out so that no account stands on both sides."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from tests.training.made import made
from training.footing import apart_sentences, footing


@pytest.fixture
def material():
    found = made()
    return SimpleNamespace(rows=found.rows, parts=found.parts, undecided=int((found.rows.label < 0).sum()))


def with_apart(material, chosen):
    apart = np.zeros(len(material.rows), bool)
    apart[chosen] = True
    return SimpleNamespace(
        rows=material.rows, parts=replace(material.parts, apart=apart), undecided=material.undecided
    )


def test_rows_left_out_for_their_accounts_are_counted_by_side_with_their_rate(material):
    rows, parts = material.rows, material.parts
    free = ~parts.train & ~parts.test & (rows.label >= 0)
    late, early = (free & (rows.as_of >= parts.test_from), free & (rows.as_of < parts.test_from))
    won = np.flatnonzero(late & (rows.label == 1))[:3]
    lost = np.flatnonzero(late & (rows.label == 0))[:9]
    before = np.flatnonzero(early & (rows.label == 0))[:5]
    counts = footing(with_apart(material, np.concatenate([won, lost, before])))
    assert (counts["test_apart_rows"], counts["test_apart_rate"]) == (12, 0.25)
    assert (counts["training_apart_rows"], counts["training_apart_rate"]) == (5, 0.0)
    [said] = apart_sentences(counts)
    assert said == (
        f"Left out: 12 rows of the held-out period (25.0% positive, {counts['test_rate']:.1%} of those tested on) "
        f"since their accounts are learnt from; 5 rows of the training period (0.0% positive, "
        f"{counts['training_rate']:.1%} of those learnt from) since their accounts are tested on. The held-out "
        "figures speak of the accounts that are left."
    )


def test_where_nothing_is_left_out_nothing_is_said(material):
    for counts in (footing(material), footing(with_apart(material, []))):
        assert (counts["test_apart_rows"], counts["test_apart_rate"]) == (0, None)
        assert apart_sentences(counts) == []
