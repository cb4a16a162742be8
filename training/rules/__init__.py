"""The agreed card rule by rule, and the fewest changes that would make it better.

:func:`judge_rules` and :func:`refit_path` take :class:`RuleRows`, which :func:`rule_rows` makes of a bound card.
"""

from training.rules.exact import ExactRefit, exact_refit
from training.rules.gains import HeldOut
from training.rules.judge import RuleVerdicts, judge_rules
from training.rules.model_worth import ModelView
from training.rules.path import Change, RefitPath, Step
from training.rules.refit import refit_path
from training.rules.rows import RuleRows, rule_rows
from training.rules.verdict import RuleVerdict

__all__ = [
    "Change",
    "ExactRefit",
    "HeldOut",
    "ModelView",
    "RefitPath",
    "RuleRows",
    "RuleVerdict",
    "RuleVerdicts",
    "Step",
    "exact_refit",
    "judge_rules",
    "refit_path",
    "rule_rows",
]
