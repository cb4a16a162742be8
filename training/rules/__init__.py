"""The agreed card rule by rule, and the fewest changes that would make it better.

:func:`judge_rules` and :func:`refit_path` take :class:`RuleRows`, which :func:`rule_rows` makes of a bound card.
"""

from training.rules.judge import RuleVerdicts, judge_rules
from training.rules.model_worth import ModelView
from training.rules.rows import RuleRows, rule_rows
from training.rules.verdict import RuleVerdict

__all__ = ["ModelView", "RuleRows", "RuleVerdict", "RuleVerdicts", "judge_rules", "rule_rows"]
