"""Small pieces of sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them.

    >>> listed(["churn"]), listed(["churn", "leaks", "reasons"])
    ('churn', 'churn, leaks and reasons')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
