"""A duel with its verdicts and refit, on the small market."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from training.duel import hold_duel
from training.paper import paper_for
from training.paper.gather import judge_and_refit

if TYPE_CHECKING:
    from training.duel import Duel
    from training.paper import MeetingPaper
    from training.rules import RefitPath, RuleVerdicts


@dataclass(frozen=True)
class Pieces:
    duel: Duel
    verdicts: RuleVerdicts
    refit: RefitPath
    paper: MeetingPaper


@pytest.fixture(scope="session")
def pieces(registered) -> Pieces:
    duel = hold_duel(registered.dataset, "1", "b2b_example", 8, uri=registered.uri)
    verdicts, refit = judge_and_refit(duel)
    return Pieces(duel, verdicts, refit, paper_for(duel, stem="meeting"))
