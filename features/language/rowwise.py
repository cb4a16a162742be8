"""Features made of the other features of the same row, and functions for what the language cannot say."""

from __future__ import annotations

from typing import Literal

from features.language.frozen import Frozen


class Derived(Frozen):
    """An expression over features that stand before it, in the language of :mod:`features.language.expression`."""

    of: Literal["derived"] = "derived"
    expression: str


class Function(Frozen):
    """A registered Python function of one lead at one moment (see :mod:`features.functions`).

    ``digest`` is that of the function's source when the features were declared: another one is refused, because
    the same feature would then mean two things.
    """

    of: Literal["function"] = "function"
    module: str
    function: str
    digest: str
