"""Work in the two threads that every engine of one machine uses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

THREADS = 2
_Item = TypeVar("_Item")


def share(work: Callable[[Iterable[_Item]], None], items: Iterable[_Item]) -> None:
    """Call ``work`` once in each thread with what it takes of ``items``, one at a time."""
    # Taking the next of a list's iterator is one step of the interpreter, so no item is taken twice.
    rest = iter(list(items))
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, rest) for _ in range(THREADS)]:
            done.result()
