"""How many reasons failed their test and were not shown, by why."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Cause: TypeAlias = Literal["direction", "typical", "facts"]
CAUSES: tuple[Cause, ...] = ("direction", "typical", "facts")


class LeftOut:
    """Counts for the metric ``leadquality_reasons_left_out``, since the process began; any thread may count.

    ``direction``: with typical values the score does not move as the reason says. ``typical``: nothing of the
    group that pushes this way differs from the typical lead. ``facts``: a plain recount gave another value.
    """

    name = "leadquality_reasons_left_out"

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[Cause, int] = dict.fromkeys(CAUSES, 0)
        self._listener: Callable[[Cause, int], None] | None = None

    def add(self, cause: Cause, count: int = 1) -> None:
        """Count reasons that were left out."""
        with self._lock:
            self._counts[cause] += count
        if self._listener is not None:
            self._listener(cause, count)

    def tell(self, listener: Callable[[Cause, int], None]) -> None:
        """Have a listener told of every count from now on, in the place of an earlier one."""
        self._listener = listener

    def counts(self) -> dict[Cause, int]:
        """Return the counts so far, by cause."""
        with self._lock:
            return dict(self._counts)


#: The process's own.
LEFT_OUT = LeftOut()
