"""The catalogue: whole, strict, and honest about shares."""

from __future__ import annotations

import re

import pytest

from features.errors import ConfigError
from models.reasons import LEFT_OUT, LeftOut
from models.reasons.messages import Catalogue, catalogue

_KNOWN = {
    *("one", "many", "whose", "window", "half", "reach", "hours", "subject", "label", "what"),
    *("n", "x", "ago", "percent", "text"),
}


def _templates(sentences):
    for kind, forms in sentences.items():
        for form, template in forms.items():
            texts = [template] if isinstance(template, str) else template.values()
            yield from ((kind, form, text) for text in texts)


def test_every_template_asks_only_for_what_is_filled_in_and_one_value_at_most():
    for kind, form, text in _templates(catalogue().sentences):
        fields = [name.lower() for name in re.findall(r"\{(\w+)\}", text)]
        assert set(fields) <= _KNOWN, (kind, form)
        assert sum(name in {"n", "x", "ago", "percent", "text"} for name in fields) <= 1, (kind, form)


def test_every_kind_says_when_something_is_missing():
    kinds = catalogue().sentences
    assert [kind for kind, forms in kinds.items() if "missing" not in forms] == ["agreed_points"]
    assert all({"value", "many", "yes", "more"} & forms.keys() for forms in kinds.values())


def test_an_unknown_key_or_language_is_an_error():
    content = catalogue().model_dump()
    with pytest.raises(ValueError, match="odd"):
        Catalogue.model_validate(content | {"odd": 1})
    with pytest.raises(ConfigError, match="no such file"):
        catalogue("xx")


def test_shares_in_words_are_the_share():
    words = catalogue()
    for share in (i / 997 for i in range(998)):
        said, verb = words.share_words(share)
        number = re.match(r"(\d+) of (\d+) leads", said)
        if number is None:
            assert (share >= 0.995) if said == "nearly all leads" else (share < 0.005)
        else:
            assert abs(int(number[1]) / int(number[2]) - share) <= 0.51 / int(number[2])
            assert (verb == "one") == (number[1] == "1")
        part, whole = map(int, re.match(r"(\d+) in (\d+) leads", words.exceeded_words(share)).groups())
        assert part / whole <= share
        assert part / whole > share - 1.01 / whole


@pytest.mark.parametrize(
    ("label", "one", "many"),
    [
        ("pricing page visit", "pricing page visit", "pricing page visits"),
        ("web visits", "web visit", "web visits"),
        ("reply", "reply", "replies"),
        ("survey", "survey", "surveys"),
        ("touches", "touch", "touches"),
        ("email opened", "email opened", "emails opened"),
        ("opportunities lost", "opportunity lost", "opportunities lost"),
        ("engagement by web", "touch by web", "touches by web"),
        ("meeting", "meeting", "meetings"),
        ("product usage", "product usage event", "product usage events"),
        ("class", "class", "classes"),
    ],
)
def test_one_and_many(label, one, many):
    assert catalogue().noun(label) == (one, many)


def test_what_is_left_out_is_counted_by_cause():
    counter = LeftOut()
    counter.add("direction", 3)
    counter.add("facts")
    assert counter.counts() == {"direction": 3, "typical": 0, "facts": 1}
    assert LEFT_OUT.name == "leadquality_reasons_left_out"
