"""The meeting's paper for a duel: what the rules are worth and the refit come from the duel's own ground."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from features.errors import ConfigError
from features.facts.publish import silent
from features.plan import compile_plan
from models.card import CardScorer
from models.card.card_yaml import card_yaml
from training.paper.changes import MOST_CHANGES
from training.paper.content import lay_out
from training.paper.page import render
from training.paper.pictures import curve_picture, shared_picture, worth_pictures
from training.paper.trials import try_cards
from training.rules import ModelView, judge_rules, refit_path
from training.rules.on_dataset import CardGround

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from models.card import PointCard
    from training.duel import Duel
    from training.rows import Rows
    from training.rules import RefitPath, RuleVerdicts

_SIGNED = re.compile(r"^signed:", re.MULTILINE)


@dataclass(frozen=True)
class MeetingPaper:
    """The page, the cards that it proposes as YAML by file name, ready to be signed, and the rules' verdicts."""

    html: str
    cards: dict[str, str]
    rules: dict[str, Any] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the page to a file, and the proposed cards beside it.

        Raises
        ------
        ConfigError
            One of the cards is there already, and signed; nothing is written then.

        """
        for name in self.cards:
            there = path.parent / name
            if there.is_file() and _SIGNED.search(there.read_text(encoding="utf-8", errors="replace")):
                message = f"{there}: is a signed card, which the proposed one would replace"
                raise ConfigError(message, hint="give the paper another name, or move the card away")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.html, encoding="utf-8")
        for name, text in self.cards.items():
            (path.parent / name).write_text(text, encoding="utf-8")


def write_paper(
    duel: Duel,
    verdicts: RuleVerdicts,
    refit: RefitPath,
    distilled: PointCard | None = None,
    *,
    stem: str = "card",
) -> str:
    """Return the paper as one HTML page; the same duel gives the same bytes.

    ``duel.b`` is the card that ``verdicts`` and ``refit`` are of. The refit's first cards, and ``distilled``, are
    sent through the same duel for what they find; a distilled card must have learnt from ``duel.ground.learn``
    alone. ``stem`` begins the names of the card files that the paper speaks of, see :func:`card_files`.

    Raises
    ------
    ConfigError
        ``duel.b`` is no card.

    """
    card = _card_of(duel).card
    files = card_files(refit, stem)
    cards = [refit.refitted(number, on=_day(duel)) for number in range(1, len(files) + 1)]
    tried = try_cards(duel, cards if distilled is None else [*cards, distilled])
    new = None if distilled is None else tried[-1]
    paper = lay_out(duel, card, verdicts, refit, tried[: len(cards)], new, files, new_card_file(stem))
    return render(paper, shared_picture(duel), curve_picture(duel), worth_pictures(verdicts))


def paper_for(
    duel: Duel, distilled: PointCard | None = None, *, stem: str = "card", step: Callable[[str], None] = silent
) -> MeetingPaper:
    """Judge and refit the duel's card on the duel's own dataset, and make the paper with its card files.

    Raises
    ------
    ConfigError
        ``duel.b`` is no card.

    """
    verdicts, refit = judge_and_refit(duel, step)
    step("writing the paper")
    html = write_paper(duel, verdicts, refit, distilled, stem=stem)
    files = card_files(refit, stem)
    texts = {file: card_yaml(refit.refitted(number, on=_day(duel))) for number, file in enumerate(files, 1)}
    if distilled is not None:
        note = "Proposed; nobody has agreed to it yet. Learnt from the leads of before the duel's weeks."
        texts[new_card_file(stem)] = card_yaml(distilled, note)
    return MeetingPaper(html, texts, verdicts.to_dict())


def judge_and_refit(duel: Duel, step: Callable[[str], None] = silent) -> tuple[RuleVerdicts, RefitPath]:
    """Judge and refit the duel's card.

    Rules are judged on all decided rows, those of the held-out time included, since a card has learnt from none;
    the refit learns from the rows that the model learnt from, so that the duel's leads are new to it.

    Raises
    ------
    ConfigError
        ``duel.b`` is no card.

    """
    stood = CardGround(duel.ground, _card_of(duel))
    decided = stood.decided
    step(f"judging the rules on {len(decided):,} rows")
    verdicts = judge_rules(stood.rows(decided), _view(duel, decided), seed=duel.ground.spec.seed)
    step("looking for the fewest changes")
    return verdicts, refit_path(stood.rows(duel.ground.learn))


def card_files(refit: RefitPath, stem: str) -> list[str]:
    """Return the names of the files for the refit's cards after 1, 2, ... changes, as many as the paper shows.

    >>> from types import SimpleNamespace
    >>> card_files(SimpleNamespace(steps=(1, 2)), "meeting")
    ['meeting-1-change.yaml', 'meeting-2-changes.yaml']
    """
    shown = min(len(refit.steps), MOST_CHANGES)
    return [f"{stem}-{n}-change{'' if n == 1 else 's'}.yaml" for n in range(1, shown + 1)]


def new_card_file(stem: str) -> str:
    """Return the name of the distilled card's file.

    >>> new_card_file("meeting")
    'meeting-new-card.yaml'
    """
    return f"{stem}-new-card.yaml"


def _card_of(duel: Duel) -> CardScorer:
    scorer = duel.b.scorer
    if not isinstance(scorer, CardScorer):
        message = f"the present definition is {duel.b.label}, and the meeting's paper is about a card"
        raise ConfigError(message, hint="name a card's file with --card")
    return scorer


def _view(duel: Duel, rows: Rows) -> ModelView | None:
    model, history = duel.a.scorer, duel.ground.history
    if isinstance(model, CardScorer):
        return None
    plan = compile_plan(model.feature_set, history.kinds, history.observed_from)
    return ModelView.of(model, plan.run(history, rows.lead, rows.as_of))


def _day(duel: Duel) -> dt.date:
    """Return the day on which the data end, so that the same duel gives the same card files."""
    return dt.datetime.fromtimestamp(duel.arena.dataset.observed_until / 1e6, dt.UTC).date()
