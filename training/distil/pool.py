"""Candidate rules with the rows that meet them, all through the card's own scorer and the compiled features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ConfigError
from features.facts.publish import silent
from features.language import Feature, FeatureSet
from models.card import PointCard, Rule, bind_card
from models.card.letters import hidden_letters
from training.quarantine import keys_read

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from features.history import History
    from models.card import CardScorer
    from training.distil.allowed import Allowed
    from training.distil.propose import Candidate
    from training.material import Material

#: So many rules are computed at once: their matrix is the largest thing in memory.
TOGETHER = 64
#: A rule is met, and not met, by at least so many leads and by this share of what the rows weigh.
FEWEST_LEADS, LEAST_SHARE = 20, 0.005


@dataclass(frozen=True)
class Pool:
    """Candidate rules that can be told apart: ``met`` uint8 (p, n) over the chosen rows.

    ``sense`` int8 (p,) is +1 where points may only be given, -1 where only taken, 0 where either is sensible.
    ``fits`` int64 (p,) are the candidates' bits, ``clash`` bool (p, p) tells which rules may not stand together:
    they are about the same attribute, and some row meets both.
    """

    rules: tuple[Rule, ...]
    met: np.ndarray
    sense: np.ndarray
    fits: np.ndarray
    clash: np.ndarray

    def __len__(self) -> int:
        return len(self.rules)


def card_of(rules: Sequence[Rule]) -> PointCard:
    """Return a card of bare rules, with attributes under fit, to compute them with."""
    fit = [rule for rule in rules if rule.subject != "event"]
    engagement = [rule for rule in rules if rule.subject == "event"]
    return PointCard.model_validate(
        {
            "version": 2,
            "name": "candidates",
            "agreed": {"by": ["nobody"], "on": "2000-01-01"},
            "fit": {"rules": fit},
            "engagement": {"rules": engagement},
            "grades": {"A": 3, "B": 2, "C": 1},
            "qualified": 1,
        }
    )


def scorer_of(card: PointCard, material: Material) -> CardScorer:
    """Bind a card to a material's dataset."""
    owners = [(known.entity, known.name) for known in material.profile.attributes]
    return bind_card(card, owners, list(material.profile.kinds))


def compute_pool(
    material: Material, candidates: Sequence[Candidate], allowed: Allowed, chosen: np.ndarray, weight: np.ndarray
) -> Pool:
    """Evaluate the candidates on the chosen rows, a mask, and keep those that tell rows apart.

    Of rules that the same rows meet the first stays. ``weight`` (chosen,) is what the rows count.

    Raises
    ------
    ConfigError
        Nothing is left.

    """
    lead = material.rows.lead[chosen]
    kept: dict[bytes, int] = {}
    rules: list[Rule] = []
    fits: list[int] = []
    columns: list[np.ndarray] = []
    # Such a text of the data cannot stand in a card's file.
    seen_whole = [one for one in candidates if not any(hidden_letters(one.rule.model_dump()))]
    ordered = _by_subject(seen_whole)
    batches = [ordered[i : i + TOGETHER] for i in range(0, len(ordered), TOGETHER)]
    scorers = [_bound([candidate.rule for candidate in batch], material) for batch in batches]
    history = material.engine.history(material.dataset, _everything(scorers))
    for batch, scorer in zip(batches, scorers, strict=True):
        met = _met(scorer, material, history, chosen, allowed.left_out)
        for candidate, column in zip(batch, met, strict=True):
            if column is None or not _tells(column, lead, weight):
                continue
            seen = np.packbits(column).tobytes()
            if seen in kept:
                fits[kept[seen]] |= candidate.fits
                continue
            kept[seen] = len(rules)
            rules.append(candidate.rule)
            fits.append(candidate.fits)
            columns.append(column.astype(np.uint8))
    if not rules:
        raise ConfigError(
            f"none of {len(candidates):,} candidate rules is met by {FEWEST_LEADS} leads and not met by as many",
            hint="a longer history, or attributes and events that differ between leads",
        )
    together = np.array(columns)
    sense = np.array([_sense(rule, allowed.falls) for rule in rules], np.int8)
    return Pool(tuple(rules), together, sense, np.array(fits, np.int64), _clashes(rules, together))


def _by_subject(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Attributes before events, as on the card, in the order of proposal otherwise."""
    return sorted(candidates, key=lambda candidate: candidate.rule.subject == "event")


def _bound(rules: list[Rule], material: Material) -> CardScorer:
    """Bind rules under their numbers: their own names may repeat."""
    return scorer_of(
        card_of([rule.model_copy(update={"name": str(number)}) for number, rule in enumerate(rules)]), material
    )


def _everything(scorers: Sequence[CardScorer]) -> FeatureSet:
    """Return all that the scorers read, so that the history is read once."""
    sources = dict.fromkeys(
        (feature.source, feature.levels) for scorer in scorers for feature in scorer.feature_set.features
    )
    return FeatureSet(
        name="candidates",
        features=tuple(
            Feature(name=f"c{number}", unit="", group="", label="", source=source, levels=levels)
            for number, (source, levels) in enumerate(sources)
        ),
    )


def _met(
    scorer: CardScorer, material: Material, history: History, chosen: np.ndarray, left_out: Collection[str]
) -> list[np.ndarray | None]:
    """Return for each rule which rows meet it; None where the data have nothing of it or the guard forbids it."""
    rows = material.rows
    matrix = material.engine.matrix(
        material.dataset, history, scorer.feature_set, rows.lead[chosen], rows.as_of[chosen], silent
    )
    points = scorer.rule_points(matrix)
    found: list[np.ndarray | None] = [None] * len(scorer.card.rules)
    for place, (rule, feature) in enumerate(zip(scorer.card.rules, scorer.rule_features, strict=True)):
        if feature is not None and not keys_read(feature.source) & set(left_out):
            found[int(rule.name)] = points[:, place] != 0
    return found


def _tells(column: np.ndarray, lead: np.ndarray, weight: np.ndarray) -> bool:
    share = float(weight[column].sum() / weight.sum())
    if not LEAST_SHARE <= share <= 1 - LEAST_SHARE:
        return False
    return min(len(np.unique(lead[column])), len(np.unique(lead[~column]))) >= FEWEST_LEADS


def _sense(rule: Rule, falls: Collection[str]) -> int:
    if rule.subject != "event":
        return 0
    return -1 if set(rule.kinds) <= set(falls) else 1


def _clashes(rules: Sequence[Rule], met: np.ndarray) -> np.ndarray:
    clash = np.zeros((len(rules), len(rules)), bool)
    about = [(rule.attribute, rule.entity) for rule in rules]
    for key in dict.fromkeys(about):
        if key[0] is not None:
            own = np.flatnonzero([one == key for one in about])
            part = met[own].astype(np.float32)
            clash[np.ix_(own, own)] = part @ part.T > 0
    np.fill_diagonal(clash, True)
    return clash
