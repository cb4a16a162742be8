"""Markets in which a known card is the truth, and the agreed card is that card with known faults."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.null_test import PER_POINT, RATE, with_mean
from features.simulation import import_simulated
from models.card import CardScorer, PointCard, Rule, bind_card
from training.rules.on_dataset import CardGround, stand_card
from training.rules.points import changed_card, with_points

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training.rules import RuleRows

PLANTED = Path(__file__).with_name("planted_card.yaml")
#: A rule that says of nearly the same leads what "Director or above" says.
DUPLICATE = Rule.model_validate(
    {
        "name": "Senior title",
        "attribute": "title",
        "contains": ["director", "vp", "vice president", "head", "chief", "ceo", "cto", "cfo", "coo"],
        "points": 15,
    }
)
ORIGINAL = "Director or above"
#: By how many points a wrong rule may be wrong, either way: three quarters of a unit of log-odds, and one.
OFF = (15, 20)


@dataclass(frozen=True)
class Market:
    """A simulated market's rows, training and held out, under the card that is its truth."""

    stood: CardGround
    learn: RuleRows
    held: RuleRows
    seed: int

    @classmethod
    def made(cls, leads: int, seed: int) -> Market:
        """Simulate a market of so many leads."""
        with tempfile.TemporaryDirectory() as folder:
            stood = stand_card(str(PLANTED), import_simulated(leads, seed, Path(folder) / "data"))
            return cls(stood, stood.rows(stood.ground.learn), stood.rows(stood.ground.held), seed)

    @property
    def card(self) -> PointCard:
        """The planted card."""
        return self.learn.card.card

    def drawn(
        self, agreed: PointCard, draw: int, truth: Mapping[str, int] | None = None, *, shared: bool = True
    ) -> tuple[RuleRows, RuleRows]:
        """Return training and held-out rows under an agreed card, with outcomes of the planted card.

        ``truth`` are other points of the planted card's rules by name. A ``shared`` luck is a lead's at all its
        looks, as in life: its outcomes differ only as its points do. Else each look is drawn by itself, as
        ``benchmarks.null_test`` does, and says several times as much.
        """
        rng = np.random.default_rng([self.seed, draw])
        points = {rule.name: rule.points for rule in self.card.rules} | dict(truth or {})
        true = CardScorer(_with(self.card, points), self.learn.card.rule_features)
        totals = [replace(part, card=true).total for part in (self.learn, self.held)]
        chance = with_mean(PER_POINT * np.concatenate(totals), RATE)
        learn, held = np.split(chance, [len(totals[0])])
        return self._part(self.learn, learn, agreed, rng, shared), self._part(self.held, held, agreed, rng, shared)

    def _part(
        self, part: RuleRows, chance: np.ndarray, agreed: PointCard, rng: np.random.Generator, shared: bool
    ) -> RuleRows:
        luck = rng.random(int(part.lead.max()) + 1)[part.lead] if shared else rng.random(len(part))
        label = (luck < chance).astype(np.float64)
        bound = self._bound(agreed)
        if bound is None:
            return replace(part, card=replace(part.card, card=agreed), label=label)
        ground = self.stood.ground
        seen = CardGround(ground, bound).rows(ground.learn if part is self.learn else ground.held)
        return replace(seen, label=label)

    def _bound(self, agreed: PointCard) -> CardScorer | None:
        """Return a card of other rules bound anew; None where it differs from the planted one in points alone."""
        if [rule.name for rule in agreed.rules] == [rule.name for rule in self.card.rules]:
            return None
        profile = self.stood.ground.profile
        return bind_card(agreed, [(a.entity, a.name) for a in profile.attributes], list(profile.kinds))


def _with(card: PointCard, points: Mapping[str, int]) -> PointCard:
    """Return the card with other points; unlike :func:`changed_card`, a rule of 0 points stays."""
    axes = {
        name: axis.model_copy(update={"rules": [with_points(rule, points[rule.name]) for rule in axis.rules]})
        for name, axis in card.axes.items()
    }
    return card.model_copy(update=axes)


def three_wrong(card: PointCard, rng: np.random.Generator) -> dict[str, int]:
    """Return agreed points of three rules, by name, that are off by 15 or 20 from the planted ones.

    Which three, by how much and which way is drawn by lot. No rule is agreed at 0 points, and none on behaviour
    below.
    """
    points = {}
    for number in rng.choice(len(card.rules), 3, replace=False):
        rule = card.rules[number]
        ways = [rule.points + way * int(off) for off in OFF for way in (-1, 1)]
        points[rule.name] = int(rng.choice([p for p in ways if p and not (rule.event and p < 0)]))
    return points


def agreed_with(card: PointCard, points: Mapping[str, int]) -> PointCard:
    """Return the planted card as it was agreed, with other points for some rules."""
    return changed_card(card, points, {})


def with_duplicate(card: PointCard) -> PointCard:
    """Return the planted card with the least rule's place taken by a duplicate of another."""
    fit = card.fit.model_copy(update={"rules": [*card.fit.rules, DUPLICATE]})
    engagement = card.engagement.model_copy(update={"rules": list(card.engagement.rules[:-1])})
    return card.model_copy(update={"fit": fit, "engagement": engagement})


def of_ten(card: PointCard) -> PointCard:
    """Return the planted card without two rules, for an exact search: those on students and on visits."""
    return changed_card(card, {"Student": 0, "Website visited": 0}, {})
