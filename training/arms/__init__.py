"""Ways of scoring that are always measured side by side on the same rows, from the base rate to bagged trees."""

from training.arms.arm import ARMS, ArmKind, FittedArm, heading, plainness

__all__ = ["ARMS", "ArmKind", "FittedArm", "heading", "plainness"]
