"""The registry that feature sets name readers by."""

from __future__ import annotations

import time

import pytest

from features.texts import READERS, lexicon_digest

SAMPLES = ("Director of Operations", "ann@acme.com", "11-50", "$10M-$50M", "n/a", "")


@pytest.mark.parametrize("name", READERS)
def test_a_reader_gives_what_it_declares(name):
    reader = READERS[name]
    answers = [answer for text in SAMPLES if (answer := reader.read(text)) is not None]
    assert answers
    assert (reader.kind == "category") == bool(reader.levels) == (not reader.unit)
    for answer in answers:
        assert answer in reader.levels if reader.kind == "category" else isinstance(answer, float)
    assert reader.phrase
    assert reader.expects


@pytest.mark.parametrize("name", READERS)
def test_many_distinct_and_long_texts_are_read_quickly(name):
    read = READERS[name].read
    texts = [f"Senior Director {number}, Sales-Operations at Firm" for number in range(5_000)]
    texts += ["1" * 100_000, "a." * 50_000, "1," * 50_000, "(" * 100_000, "a-" * 50_000 + "@b.com"]
    began = time.process_time()
    for text in texts:
        read(text)
    assert time.process_time() - began < 5  # well under one second on a quiet machine


def test_the_digest_names_the_words_in_force():
    assert len(lexicon_digest()) == 16
    assert lexicon_digest() == lexicon_digest()
