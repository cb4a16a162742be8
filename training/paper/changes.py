"""The proposed changes as a path: one, two, three changes of points, and what each brings in the duel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.paper.texts import counted, more, quoted, reach, tidy
from training.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.paper.trials import Trial
    from training.rules import Change, RefitPath
    from training.rules.judge import RuleVerdicts

#: So many changes are shown; a meeting agrees on few.
MOST_CHANGES = 5
#: Opportunities a quarter that are worth a change more.
_WORTH_IT = 0.5


@dataclass(frozen=True)
class ChangeLine:
    """One step: its number, what changes, and what all changes so far find more a quarter, with its range."""

    number: str
    change: str
    found: str
    reach: str


def change_lines(path: RefitPath, trials: Sequence[Trial]) -> tuple[ChangeLine, ...]:
    """Return the steps shown; ``trials`` are of the card after each of them."""
    shown = path.steps[: len(trials)]
    return tuple(
        ChangeLine(str(number), _said(step.change), more(trial.found, 0.1), reach(trial.found, 0.1))
        for number, (step, trial) in enumerate(zip(shown, trials, strict=True), 1)
    )


def changes_said(path: RefitPath, trials: Sequence[Trial]) -> str:
    """Return the proposal in a sentence or two."""
    if not path.steps:
        return (
            "No other points can be told from chance on these leads: nothing speaks for a change. Leave "
            "the points as they are."
        )
    number = len(path.steps)
    said = f"The leads speak for {counted(number, 'change')} of points, the one that helps most first. "
    if number > len(trials):
        said += f"The first {len(trials)} are shown. "
    if trials[-1].found.low > 0:
        together = "It finds" if len(trials) == 1 else "Together they find"
        said += f"{together} clearly more opportunities than the present card. "
    else:
        said += (
            "The points come closer to what became of the leads; whether that also finds more opportunities at "
            "your number of calls, these weeks cannot tell. "
        )
    few = enough(trials)
    if not helps(trials):
        said += "Most likely the changed card would have found no more in them. "
    elif few < len(trials):
        said += f"After {counted(few, 'change')} these weeks show no further gain. "
    return said + "Each line keeps the changes above it; all other rules and the grades stay as they are."


def further_said(path: RefitPath) -> str:
    """Return the changes that would come next, marked as unproven; empty where there is none."""
    if not path.further:
        return ""
    likely = "; ".join(_said(step.change) for step in path.further)
    unproven = "is not proven and not proposed, since these leads cannot tell it from chance"
    return f"Would come next, but {unproven}: {likely}."


def apart(path: RefitPath, verdicts: RuleVerdicts) -> str:
    """Explain why the verdicts on the rules and the changes do not name the same rules, where they do not."""
    changed = {step.change.rule for step in path.steps}
    asking = {one.rule for one in verdicts.rules if one.code in ("more", "less", "wrong_way")}
    if changed == asking:
        return ""
    said = (
        f"The verdicts on the rules stand on all {verdicts.n_leads:,} leads whose outcome is known; the changes "
        f"on the {path.n_leads:,} of them from before these weeks, so that these weeks can test them. A "
        "first change is proposed only where there is hardly any doubt, further ones where there is little. "
    )
    if asking - changed:
        said += f"That is why {_names(asking - changed)} may deserve other points and {_is(asking - changed)} "
        said += "not proposed for a change yet. "
    if changed - asking:
        said += f"{_names(changed - asking)} {_is(changed - asking)} proposed for a change by those fewer leads, "
        said += "and all leads together speak less clearly: weigh that in the meeting. "
    return said.strip()


def helps(trials: Sequence[Trial]) -> bool:
    """Tell whether some number of changes finds at least half an opportunity a quarter more, most likely."""
    return any(trial.found.value >= _WORTH_IT for trial in trials)


def _names(rules: set[str]) -> str:
    return listed([quoted(rule) for rule in sorted(rules)])


def _is(rules: set[str]) -> str:
    return "is" if len(rules) == 1 else "are"


def enough(trials: Sequence[Trial]) -> int:
    """Return the fewest changes that find within half an opportunity a quarter of what the best number finds."""
    most = max(trial.found.value for trial in trials)
    return next(number for number, trial in enumerate(trials, 1) if trial.found.value >= most - _WORTH_IT)


def proposal(path: RefitPath) -> str:
    """Return the proposal in a line for the first page."""
    if not path.steps:
        return "Proposal: leave the points as they are."
    first = _said(path.steps[0].change)
    rest = len(path.steps) - 1
    after = f"; then {rest} more, under “Proposed changes”" if rest else ""
    return f"Proposal: {counted(len(path.steps), 'change')} of points. First, {first}{after}."


def notes_of(path: RefitPath) -> tuple[str, ...]:
    """Return what must be said beside the path."""
    return tuple(tidy(note, 400) for note in path.notes)


def _said(change: Change) -> str:
    rule, per = quoted(change.rule), " each time" if change.each else ""
    before, after = (str(points).replace("-", "−") for points in (change.before, change.after))
    if not change.after:
        return f"Take out {rule}, now {before} points{per}"
    turned = ", so that it counts the other way" if change.turns else ""
    return f"{rule}: {after} points{per} instead of {before}{turned}"
