"""Ids are numbered the same whether they come in order, out of order, repeated or unknown."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from features.history import places
from features.history.places import places_of

OWN = pa.array(["", "a", "b", "é", "zz"], pa.string())


@pytest.fixture(autouse=True)
def _every_text_may_be_in_order(monkeypatch):
    monkeypatch.setattr(places, "_FEW", 0)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["", "a", "b", "é", "zz"],
        ["", "", "a", "a", "a", "b"],
        ["a", "é", "zz"],
        ["zz", "a"],
        ["a", "b", "unknown", "zz"],
        ["zz", "zz", "zz~"],
        [None, "a", ""],
        ["é"[:1] + "x", "é"],
    ],
)
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), "dictionary", "chunks", "slice"])
def test_places(texts, kind):
    expected = [OWN.to_pylist().index(text) if text in OWN.to_pylist() else -1 for text in texts]
    given = pa.array(texts, kind if isinstance(kind, pa.DataType) else pa.string())
    if kind == "dictionary":
        given = given.dictionary_encode()
    elif kind == "chunks":
        given = pa.chunked_array([given.slice(0, 1), given.slice(1)])
    elif kind == "slice":
        given = pa.array(["a", *texts, "b"], pa.string()).slice(1, len(texts))
    found = places_of(given, OWN)
    assert found.tolist() == expected
    assert found.dtype == np.int64


def test_own_ids_may_be_a_slice_or_none():
    assert places_of(["a", "b"], OWN.slice(1)).tolist() == [0, 1]
    assert places_of(["", "b"], OWN.slice(1)).tolist() == [-1, 1]
    assert places_of(["a"], pa.array([], pa.string())).tolist() == [-1]
