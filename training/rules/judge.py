"""A card rule by rule: what each is worth in points by what became of the leads, and a verdict in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from training.comparison import Estimate
from training.rules.joint import fit_jointly
from training.rules.model_worth import lacking, model_worth
from training.rules.rates import opportunity_rates
from training.rules.repeats import find_repeats
from training.rules.scale import Proportions
from training.rules.select import LEVEL, select
from training.rules.verdict import RuleVerdict, code_of, finite, sentence_of, span_of, whole

if TYPE_CHECKING:
    from training.rules.joint import JointFit
    from training.rules.model_worth import Lacking, ModelView
    from training.rules.repeats import Repeat
    from training.rules.rows import RuleRows
    from training.rules.scale import Scale

#: The intervals of all rules' worth hold together with so much probability.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class RuleVerdicts:
    """The verdicts on a card's rules, in the card's order, and what they stand on.

    ``scale`` is None where too few rules are left to define one; every rule is then "cannot be tested".
    ``log_odds_per_point`` is its value, ``lacks`` what the model uses that no rule reads, None without a model.
    """

    card: str
    rules: tuple[RuleVerdict, ...]
    scale: Scale | None
    scale_rules: tuple[str, ...]
    n_rows: int
    n_leads: int
    n_opportunities: int
    lacks: tuple[Lacking, ...] | None
    notes: tuple[str, ...]

    @property
    def log_odds_per_point(self) -> float:
        """Log-odds of one agreed point, NaN where it is not known."""
        return self.scale.value if self.scale is not None else float("nan")

    def __getitem__(self, rule: str) -> RuleVerdict:
        return next(one for one in self.rules if one.rule == rule)

    def sentences(self) -> list[str]:
        """Return what is to be said beside the rules: the scale, what the card lacks, and the notes."""
        said = []
        if self.scale is not None:
            odds = f"{np.exp(10 * self.scale.value):.2g}"
            many, all_of = len(self.scale_rules), sum(one.worth is not None for one in self.rules)
            said.append(
                f"Ten points multiply the odds of an opportunity by {odds} ({self.scale.value:.3f} log-odds a "
                f"point), by the {many} of {all_of} tested rules that stand in proportion to one another."
            )
        if self.lacks:
            named = ", ".join(f"{one.group} ({whole(one.points)} points on average)" for one in self.lacks)
            said.append(f"The model uses what no rule of the card reads: {named}.")
        return [*said, *self.notes]

    def to_frame(self) -> pd.DataFrame:
        """Return one row a rule, with figures and words."""
        nothing = Estimate(np.nan, np.nan, np.nan)
        lines = []
        for one in self.rules:
            worth, model = one.worth or nothing, one.model_worth or nothing
            with_rule, without = one.rates.with_rule, one.rates.without
            lines.append(
                {
                    "rule": one.rule,
                    "axis": one.axis,
                    "given": one.given,
                    "leads": one.leads,
                    "rate_with": with_rule.value,
                    "rate_with_low": with_rule.low,
                    "rate_with_high": with_rule.high,
                    "rate_without": without.value,
                    "rate_without_low": without.low,
                    "rate_without_high": without.high,
                    "worth": worth.value,
                    "worth_low": worth.low,
                    "worth_high": worth.high,
                    "model_worth": model.value,
                    "model_worth_low": model.low,
                    "model_worth_high": model.high,
                    "verdict": one.words,
                    "sentence": one.sentence,
                }
            )
        return pd.DataFrame(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return finite(
            {
                "card": self.card,
                "log_odds_per_point": self.log_odds_per_point,
                "scale_rules": list(self.scale_rules),
                "rows": self.n_rows,
                "leads": self.n_leads,
                "opportunities": self.n_opportunities,
                "rules": [one.to_dict() for one in self.rules],
                "lacks": None if self.lacks is None else [one.to_dict() for one in self.lacks],
                "notes": list(self.notes),
            }
        )


def judge_rules(
    rows: RuleRows, view: ModelView | None = None, *, replicates: int = 500, seed: int = 0, level: float = LEVEL
) -> RuleVerdicts:
    """Judge every rule of a bound card on decided rows.

    The scale comes from the rules that :func:`training.rules.select.select` leaves as they are at ``level``.
    A rule's interval speaks for all rules at once (Bonferroni): with a right card, all intervals hold what was
    agreed with 95 % probability. ``view`` is what a model adds on the same rows.

    Raises
    ------
    ValueError
        The view has not the rows' length.

    """
    if view is not None and len(view.values) != len(rows):
        raise ValueError(f"the model's view has {len(view.values)} rows, and there are {len(rows)}")
    rates = opportunity_rates(rows, replicates, seed)
    found = _Found.of(rows, level)
    scale = found.scale
    by_model: list[Estimate | None] = [None] * len(rows.rules)
    if view is not None and scale is not None:
        by_model = model_worth(rows, view, scale.value)
    verdicts = []
    for number, rule in enumerate(rows.rules):
        code, worth, repeats, sentence = found.verdict(number)
        verdicts.append(
            RuleVerdict(
                rule=rule.name,
                axis="fit" if number < len(rows.card.card.fit.rules) else "engagement",
                given=rule.points,
                each=rule.repeats,
                leads=rows.leads(rows.met[:, number]),
                rates=rates[number],
                worth=worth,
                model_worth=by_model[number],
                code=code,
                repeats=repeats,
                sentence=sentence,
            )
        )
    return RuleVerdicts(
        card=rows.card.card.label,
        rules=tuple(verdicts),
        scale=scale,
        scale_rules=() if scale is None else tuple(rows.rules[j].name for j in scale.from_rules),
        n_rows=len(rows),
        n_leads=rows.leads(np.ones(len(rows), bool)),
        n_opportunities=rows.leads(rows.label > 0),
        lacks=tuple(lacking(rows, view, scale.value)) if view is not None and scale is not None else None,
        notes=found.notes,
    )


@dataclass(frozen=True)
class _Found:
    """The joint fits that the verdicts are read from: with all rules, and without those that repeat others."""

    rows: RuleRows
    whole: Proportions | None
    alone: Proportions | None
    free: frozenset[int]
    repeats: dict[int, Repeat]
    scale: Scale | None
    notes: tuple[str, ...]

    @classmethod
    def of(cls, rows: RuleRows, level: float) -> _Found:
        if not rows.testable.any():
            return cls(rows, None, None, frozenset(), {}, None, ("The rows can speak of none of the rules.",))
        fit = fit_jointly(rows)
        repeats = find_repeats(rows, fit)
        whole = Proportions(fit, rows.given[fit.rules])
        apart = tuple(repeats)
        single = fit if not apart else fit_jointly(rows, without=apart)
        alone = Proportions(single, rows.given[single.rules])
        free = frozenset(int(single.rules[i]) for i in free_places(alone, level))
        # What an original and its repeat were given together, no fit of one alone can say.
        loose = free | {one.of for one in repeats.values()}
        places = frozenset(_place(single, j) for j in loose)
        if not alone.can_free(places):
            places = frozenset(_place(single, j) for j in free)
        notes: tuple[str, ...] = ()
        scale = None
        if int(np.count_nonzero(alone.given)) <= 2:
            notes = ("With fewer than three rules to go by, points cannot be told from their scale.",)
        else:
            scale = alone.scale(places)
            if scale.value <= 2 * scale.error:
                notes = ("The points do not rise with the rate of opportunities: they have no scale to judge by.",)
                scale = None
        return cls(rows, whole, alone, places, repeats, scale, notes)

    def verdict(self, number: int) -> tuple[Any, Estimate | None, str | None, str]:
        rows, rule = self.rows, self.rows.rules[number]
        if rows.card.rule_features[number] is None:
            return "untestable", None, None, "Cannot be tested: the data have nothing that it speaks of."
        if not rows.testable[number]:
            who = "every lead meets it alike" if rows.met[:, number].any() else "no lead meets it"
            return "untestable", None, None, f"Cannot be tested: {who}."
        if self.scale is None or self.whole is None or self.alone is None:
            return "untestable", None, None, "Cannot be tested: there is no scale to measure points by."
        quantile = float(norm.isf((1 - CONFIDENCE) / 2 / int(rows.testable.sum())))
        if number in self.repeats:
            places = frozenset(_place(self.whole.fit, int(self.alone.fit.rules[i])) for i in self.free)
            worth = Estimate(*self.whole.worth(_place(self.whole.fit, number), places, quantile))
            return "repeats", worth, rows.rules[self.repeats[number].of].name, self._repeated(number, quantile)
        worth = Estimate(*self.alone.worth(_place(self.alone.fit, number), self.free, quantile))
        code = code_of(rule.points, worth)
        return code, worth, None, sentence_of(code, rule.points, worth, each=rule.repeats)

    def _repeated(self, number: int, quantile: float) -> str:
        if self.alone is None:
            raise ValueError("nothing was fitted")
        repeat, rules = self.repeats[number], self.rows.rules
        original = rules[repeat.of]
        worth = Estimate(*self.alone.worth(_place(self.alone.fit, repeat.of), self.free, quantile))
        return (
            f"Repeats {original.name}: {repeat.overlap:.0%} of the leads that meet either meet both. Together "
            f"they are worth {whole(worth.value)} points ({span_of(worth)}), agreed "
            f"{whole(rules[number].points + original.points)}."
        )


def free_places(proportions: Proportions, level: float | None = LEVEL) -> tuple[int, ...]:
    """Return the places of the rules that are not worth what was agreed, by the tests of ``level``."""
    steps = select(proportions, level=level)
    return steps[-1].free if steps else ()


def _place(fit: JointFit, rule: int) -> int:
    return int(np.flatnonzero(fit.rules == rule)[0])
