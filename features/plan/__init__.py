"""A feature set compiled against a history's event kinds, ready to run for any (lead, as_of) rows."""

from features.plan.plan import Plan, compile_plan

__all__ = ["Plan", "compile_plan"]
