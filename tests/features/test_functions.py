"""Registered functions: given what was known and nothing else, and refused when they are no longer the same."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from features.errors import ConfigError
from features.facts.clock import DAY
from features.functions import LeadView, call_function, feature_function, find_function
from features.history import History
from features.language import Function
from features.reference import PlainLead
from tests.features.histories import START, event, write_dataset

AS_OF = START + 20 * DAY
seen: list[LeadView] = []


@feature_function
def remember(lead: LeadView) -> float:
    seen.append(lead)
    return float(len(lead.events))


@feature_function
def fails(lead: LeadView) -> float:
    return 1 / 0


@feature_function
def gives_text(lead: LeadView) -> float:
    return "many"


@feature_function
def leaves(lead: LeadView) -> float:
    sys.exit(0)


@feature_function
def gives_complex(lead: LeadView) -> float:
    return np.complex128(1 + 2j)


@feature_function
def gives_too_much(lead: LeadView) -> float:
    return 10**400


@feature_function
def gives_infinity(lead: LeadView) -> float:
    return math.inf


def source_of(name: str) -> Function:
    _, digest = find_function(__name__, name)
    return Function(module=__name__, function=name, digest=digest)


@pytest.fixture
def history(tmp_path):
    title = {("lead", "title"): [(START, "VP"), (AS_OF, "CEO")]}
    lead = PlainLead(
        START, [event(START + DAY), event(AS_OF), event(START + 2 * DAY, known_at=AS_OF)], "acme", title
    )
    mate = PlainLead(START + DAY, [event(START + 3 * DAY, "webinar", channel="mail")], "acme")
    late = PlainLead(AS_OF, [], "acme")
    return History.from_dataset(write_dataset([lead, mate, late], tmp_path / "data"))


def test_a_function_sees_what_was_known_and_nothing_else(history):
    seen.clear()
    leads = history.positions(["L000"])
    assert call_function(source_of("remember"), history, leads, np.array([AS_OF])).tolist() == [1.0]
    [view] = seen
    assert view.as_of == AS_OF
    assert [e.at for e in view.events] == [START + DAY]
    assert view.attributes == {("lead", "title"): "VP"}
    [mate] = view.colleagues
    assert [(e.kind, e.channel) for e in mate.events] == [("webinar", "mail")]
    assert mate.colleagues is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fails", "failed on a lead: ZeroDivisionError"),
        ("leaves", "failed on a lead: SystemExit"),
        ("gives_text", "gave 'many' (str); expected a number"),
        ("gives_complex", "(complex128); expected a number"),
    ],
)
def test_a_function_that_fails_is_an_error_with_its_name(history, name, message):
    with pytest.raises(ConfigError) as caught:
        call_function(source_of(name), history, np.zeros(1, np.int64), np.array([AS_OF]))
    assert message in caught.value.message
    assert name in caught.value.message


@pytest.mark.parametrize("name", ["gives_infinity", "gives_too_much"])
def test_what_is_not_finite_is_missing(history, name):
    assert np.isnan(call_function(source_of(name), history, np.zeros(1, np.int64), np.array([AS_OF])))


def test_another_source_than_at_training_is_refused(history):
    changed = Function(module=__name__, function="remember", digest="0" * 16)
    with pytest.raises(ConfigError, match="not the one that the model was trained with"):
        call_function(changed, history, np.zeros(1, np.int64), np.array([AS_OF]))
