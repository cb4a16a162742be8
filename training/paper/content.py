"""All that the meeting's paper says, as plain texts: the template only sets it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.facts.clock import format_moment
from training.duel.cost import times
from training.paper.answer import KeyFigure, answer, beside, key_figures, other_name, short_name
from training.paper.changes import (
    ChangeLine,
    apart,
    change_lines,
    changes_said,
    enough,
    further_said,
    helps,
    notes_of,
    proposal,
)
from training.paper.rules import RuleGroup, lacks_said, rule_groups, rules_said, untold_said
from training.paper.sure import how_done, how_sure, how_to_read, left_out
from training.paper.texts import amount, capital, counted, name, reach, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.card import PointCard
    from training.comparison import Estimate
    from training.duel import Duel
    from training.paper.trials import Trial
    from training.rules import RefitPath
    from training.rules.judge import RuleVerdicts


@dataclass(frozen=True)
class Next:
    """One thing to do after the meeting, and the command for it where there is one."""

    what: str
    command: str = ""


@dataclass(frozen=True)
class Paper:
    """The paper's texts, from the answer to what happens next; ``short`` is the other side's name in tables."""

    title: str
    footer: str
    under: str
    answer: str
    beside: tuple[str, ...]
    done: str
    read: str
    short: str
    weeks: str
    keys: tuple[KeyFigure, ...]
    rules_said: str
    rules: tuple[RuleGroup, ...]
    untold: str
    changes_said: str
    changes: tuple[ChangeLine, ...]
    changes_notes: tuple[str, ...]
    new_card: str
    model_known: bool
    lacks: tuple[str, ...]
    sure: tuple[str, ...]
    left_out: tuple[str, ...]
    next: tuple[Next, ...]


def lay_out(
    duel: Duel,
    card: PointCard,
    verdicts: RuleVerdicts,
    refit: RefitPath,
    trials: Sequence[Trial],
    distilled: Trial | None,
    files: Sequence[str],
    new_file: str = "",
) -> Paper:
    """Put the paper of ``card`` together.

    ``trials`` are of the cards after each change, kept in ``files``; ``distilled`` is kept in ``new_file``.
    """
    title = f"{name(card.title or card.name, 60)}: does it find the right leads?"
    until = format_moment(duel.arena.dataset.observed_until)[:10]
    agreed = f"agreed on {card.agreed.on} by {_people(card)}"
    return Paper(
        title=title,
        footer=f"{tidy(card.title or card.name, 60)} ({tidy(card.label, 40)})",
        under=(
            f"The card {name(card.label, 40)}, {agreed}, held against {_against(duel)} on data until {until}: "
            f"{counted(len(duel.counted), 'week')} from {duel.counted[0].monday}, "
            f"{counted(duel.whole.leads, 'lead')}."
        ),
        answer=answer(duel),
        beside=(*beside(duel), proposal(refit)),
        done=how_done(duel),
        read=how_to_read(duel),
        short=short_name(duel),
        weeks=counted(len(duel.counted), "week"),
        keys=key_figures(duel),
        rules_said=rules_said(verdicts),
        rules=rule_groups(verdicts),
        untold=untold_said(verdicts),
        changes_said=changes_said(refit, trials),
        changes=change_lines(refit, trials),
        changes_notes=tuple(
            note for note in (further_said(refit), apart(refit, verdicts), *notes_of(refit)) if note
        ),
        new_card=_new_card(distilled, new_file),
        model_known=verdicts.lacks is not None,
        lacks=lacks_said(verdicts),
        sure=how_sure(duel, verdicts),
        left_out=left_out(duel, verdicts),
        next=_next(duel, trials, card, files),
    )


def _people(card: PointCard) -> str:
    by = [name(one, 40) for one in card.agreed.by]
    return ", ".join(by[:4]) + (f" and {len(by) - 4} more" if len(by) > 4 else "")


def _against(duel: Duel) -> str:
    return other_name(duel) if duel.a.is_card else f"the model ({tidy(duel.a.label, 40)})"


def _new_card(trial: Trial | None, file: str) -> str:
    if trial is None:
        return ""
    rules = counted(len(trial.card.rules), "rule")
    return (
        f"A wholly new card of {rules}, learnt from the leads before these weeks, was tried too and is not "
        f"proposed: it would find {_than_present(trial.found)}{f'; it is in {tidy(file, 80)}' if file else ''}."
    )


def _than_present(gap: Estimate) -> str:
    """Return "9 fewer opportunities a quarter than the present one (most likely from 14 fewer to 2 more)"."""
    size = amount(gap if gap.value >= 0 else times(gap, -1), 0.1)
    range_ = reach(gap, 0.1)
    likely = f" (difference most likely {range_})" if range_ else ""
    if float(size.replace(",", "")) == 0:
        return f"as many opportunities as the present one{likely}"
    return f"{size} {'more' if gap.value > 0 else 'fewer'} opportunities a quarter than the present one{likely}"


def _next(duel: Duel, trials: Sequence[Trial], card: PointCard, files: Sequence[str]) -> tuple[Next, ...]:
    steps = []
    if trials:
        by = " ".join(f"--by {shlex.quote(tidy(one, 60))}" for one in card.agreed.by[:4])
        few = enough(trials)
        file = shlex.quote(files[few - 1])
        many = len(files) > 1
        also = f" (here with {counted(few, 'change')}; the file names say how many)" if many else ""
        first = "Agree in the meeting how many of the changes you want, from the top of the list."
        if not helps(trials):
            first += " Waiting is sound too: these weeks do not show that the changes find more."
        steps += [
            Next(first),
            Next(
                f"Sign the new card, which is then fixed{also}:",
                f"leadquality card sign {file} {by}",
            ),
            Next("Put the same points into your CRM or marketing tool; until then nothing changes for anybody."),
        ]
    elif duel.cost.verdict == "costs":
        steps.append(Next("Talk about calling by the model: changes of points alone do not close the gap."))
    else:
        steps.append(Next("Keep the card as it is."))
    steps.append(Next("Hold the duel again after a quarter, with the weeks that are not over yet today."))
    return tuple(Next(capital(step.what), step.command) for step in steps)
