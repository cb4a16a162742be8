"""The held-out rows are looked at once a specification."""

from __future__ import annotations

import pytest

from features.errors import ConfigError
from training.frozen import Look, check_look, frozen_digest
from training.material import shipped
from training.spec import read_spec

FIRST = Look("run1", "aaaa", "data", 1_750_000_000_000)


def test_a_first_look_is_free():
    assert check_look("aaaa", "data", [], None) == "The held-out rows have not been looked at before."


def test_a_second_look_needs_a_reason():
    with pytest.raises(
        ConfigError, match=r"scored on these held-out rows before.* run run1 of 2025-06-15"
    ) as caught:
        check_look("aaaa", "data", [FIRST], None)
    assert "--again" in caught.value.hint
    said = check_look("aaaa", "data", [FIRST], "the table in the report was lost")
    assert said == "The held-out rows are looked at for the 2nd time with this specification."


@pytest.mark.parametrize("reason", ["", "because", "         x"])
def test_a_reason_says_something(reason):
    with pytest.raises(ConfigError, match="say why in at least 10 characters"):
        check_look("aaaa", "data", [FIRST], reason)


def test_other_specifications_on_the_same_data_are_counted():
    looks = [
        FIRST,
        Look("run2", "bbbb", "data", 0),
        Look("run3", "bbbb", "data", 0),
        Look("run4", "c", "other", 0),
    ]
    assert check_look("dddd", "data", looks, None).startswith("This is the 3rd specification scored on")


def test_the_digest_is_that_of_data_features_card_and_parameters(registered, tmp_path):
    spec = registered.spec
    first = frozen_digest(registered.dataset, spec)
    assert first == frozen_digest(registered.dataset, spec.model_copy())
    others = [
        spec.model_copy(update={"seed": 99}),
        spec.model_copy(update={"features": "attributes_only"}),
        spec.model_copy(update={"card": None}),
        read_spec("default", card="b2b_example", horizon="30d"),
    ]
    assert len({first, *(frozen_digest(registered.dataset, other) for other in others)}) == 5


def test_the_capacity_trains_nothing_and_buys_no_second_look(registered):
    spec = registered.spec.model_copy(update={"capacity": 77})
    assert frozen_digest(registered.dataset, spec) == frozen_digest(registered.dataset, registered.spec)


def test_the_digest_follows_what_a_card_says(registered, tmp_path):
    card = tmp_path / "card.yaml"
    text = shipped("cards", "b2b_example").read_text()
    card.write_text(text)
    spec = registered.spec.model_copy(update={"card": str(card)})
    before = frozen_digest(registered.dataset, spec)
    card.write_text(text + "\n# agreed anew\n")
    assert frozen_digest(registered.dataset, spec) == before, "a comment changes nothing"
    assert before == frozen_digest(registered.dataset, registered.spec), "nor does where the card lies"
    card.write_text(text.replace("points: 20", "points: 21", 1))
    assert frozen_digest(registered.dataset, spec) != before
