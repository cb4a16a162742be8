"""The path of changes in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.comparison import Estimate
from training.paper.changes import MOST_CHANGES, apart, change_lines, changes_said, enough, further_said, proposal
from training.paper.content import lay_out
from training.paper.trials import Trial
from training.rules import Change, Step


def path_and_trials(pieces, found, afters=()):
    rules = pieces.duel.b.scorer.card.rules
    steps = []
    for number in range(len(found)):
        after = afters[number] if number < len(afters) else rules[number].points + 5
        change = Change(
            rules[number].name, rules[number].points, after, rules[number].repeats, Estimate(1, 0, 2), 0.01
        )
        steps.append(Step(change, 0.5, 0.01, None, None, None, None))
    trials = [Trial(pieces.duel.b.scorer.card, one) for one in found[:MOST_CHANGES]]
    return replace(pieces.refit, steps=tuple(steps)), trials


@pytest.mark.parametrize(
    ("values", "expected"), [((3.0,), 1), ((3.0, 9.0, 9.3), 2), ((8.0, 8.2, 4.0), 1), ((-1.0, -3.0), 1)]
)
def test_the_fewest_changes_that_bring_the_most(pieces, values, expected):
    _, trials = path_and_trials(pieces, [Estimate(value, value - 2, value + 2) for value in values])
    assert enough(trials) == expected


def test_a_gain_clear_of_nothing_is_said_as_clear(pieces):
    path, trials = path_and_trials(pieces, [Estimate(9, 3, 15), Estimate(12, 4, 20)])
    said = changes_said(path, trials)
    assert "Together they find clearly more" in said
    assert "no further gain" not in said


def test_a_gain_that_may_be_none_is_not_promised(pieces):
    path, trials = path_and_trials(pieces, [Estimate(8, -4, 20), Estimate(4, -6, 16)])
    said = changes_said(path, trials)
    assert "these weeks cannot tell" in said
    assert "After 1 change these weeks show no further gain" in said


def test_changes_that_find_no_more_are_not_pressed_on_the_meeting(pieces):
    path, trials = path_and_trials(pieces, [Estimate(-4, -16, 8), Estimate(-6, -15, 1)])
    said = changes_said(path, trials)
    assert "Most likely the changed card would have found no more" in said
    assert "no further gain" not in said
    laid = lay_out(pieces.duel, pieces.duel.b.scorer.card, pieces.verdicts, path, trials, None, ["a", "b"])
    assert "Waiting is sound too" in laid.next[0].what
    better = [Trial(one.card, Estimate(9, 3, 15)) for one in trials]
    laid = lay_out(pieces.duel, pieces.duel.b.scorer.card, pieces.verdicts, path, better, None, ["a", "b"])
    assert "Waiting" not in laid.next[0].what


def with_codes(pieces, codes):
    rules = [replace(one, code=code) for one, code in zip(pieces.verdicts.rules, codes, strict=False)] + [
        replace(one, code="agrees") for one in pieces.verdicts.rules[len(codes) :]
    ]
    return replace(pieces.verdicts, rules=tuple(rules))


def test_verdicts_and_changes_that_name_other_rules_are_explained(pieces):
    path, _ = path_and_trials(pieces, [Estimate(9, 3, 15)])
    first, second = (rule.name for rule in pieces.duel.b.scorer.card.rules[:2])
    assert apart(path, with_codes(pieces, ["more"])) == ""
    said = apart(path, with_codes(pieces, ["agrees", "more"]))
    assert f"{second}\u2069” may deserve other points and is not proposed" in said
    assert f"{first}\u2069” is proposed for a change by those fewer leads" in said
    none = replace(path, steps=())
    assert f"{second}\u2069” may deserve" in apart(none, with_codes(pieces, ["agrees", "more"]))


def test_lines_say_what_changes_and_what_it_finds(pieces):
    path, trials = path_and_trials(pieces, [Estimate(9.4, 3.1, 15.2), Estimate(11, 4, 20)], (33, 0))
    first, second = change_lines(path, trials)
    assert first.change.endswith("33 points instead of 20")
    assert (first.found, first.reach) == ("+9", "3 to 15")
    assert second.change.startswith("Take out")
    assert proposal(path).startswith("Proposal: 2 changes of points. First, ")


def test_a_long_path_is_cut_and_says_so(pieces):
    path, trials = path_and_trials(pieces, [Estimate(9, 3, 15)] * (MOST_CHANGES + 2))
    assert len(change_lines(path, trials)) == MOST_CHANGES
    assert f"The first {MOST_CHANGES} are shown" in changes_said(path, trials)


def test_without_a_proven_change_the_likely_ones_are_said_as_unproven(pieces):
    path, _ = path_and_trials(pieces, [Estimate(9, 3, 15)])
    none = replace(path, steps=(), further=path.steps)
    assert further_said(none).startswith("Would come next, but is not proven and not proposed")
    assert pieces.duel.b.scorer.card.rules[0].name in further_said(none)
    assert further_said(replace(none, further=())) == ""
    laid = lay_out(pieces.duel, pieces.duel.b.scorer.card, pieces.verdicts, none, [], None, [])
    assert further_said(none) in laid.changes_notes


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Estimate(-9, -14, 2), "it would find 9 fewer opportunities a quarter than the present one"),
        (Estimate(9, -2, 14), "it would find 9 more opportunities a quarter"),
        (Estimate(0, -3, 3), "it would find as many opportunities as the present one"),
    ],
)
def test_a_new_card_is_tried_and_not_proposed(pieces, found, said):
    card = pieces.duel.b.scorer.card
    unchanged = replace(pieces.refit, steps=())
    laid = lay_out(pieces.duel, card, pieces.verdicts, unchanged, [], Trial(card, found), [], "new.yaml")
    assert "was tried too and is not proposed" in laid.new_card
    assert said in laid.new_card
