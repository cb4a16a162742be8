"""How often a caller may ask: one allowance a key, whichever worker process the request comes to."""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import struct
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Places for keys in the file that the workers share; a place is a key's fingerprint and its moment.
_PLACES = 65_536
_PLACE = struct.Struct("<Qd")


class Limit:
    """At most ``per_minute`` requests a minute, of which a tenth may come at once.

    All that is kept is the moment at which an even stream of the requests granted so far would end (the generic
    cell rate algorithm); with a ``table`` it is kept there, for all processes that have it open.
    """

    __slots__ = ("_interval", "_name", "_slack", "_table", "_until")

    def __init__(self, per_minute: float, table: SharedTable | None = None, name: str = "") -> None:
        self._interval = 60 / per_minute
        self._slack = self._interval * (max(1.0, per_minute / 10) - 1)
        self._table = table
        self._name = name
        self._until = 0.0

    def take(self) -> float:
        """Take one request; return 0, or the seconds after which there will be one."""
        if self._table is None:
            self._until, wait = self._next(self._until)
            return wait
        with self._table.held(self._name) as place:
            until, wait = self._next(self._table.read(place))
            self._table.write(place, until)
        return wait

    def _next(self, until: float) -> tuple[float, float]:
        now = monotonic()
        until = max(until, now)
        late = until - now - self._slack
        # Rounding must not refuse the last of a burst.
        return (until, late) if late > 1e-9 else (until + self._interval, 0.0)


class SharedTable:
    """A file of moments by key, mapped into every worker; the system's monotonic clock is the same for all."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a+b")
        self._file.truncate(_PLACES * _PLACE.size)
        self._map = mmap.mmap(self._file.fileno(), _PLACES * _PLACE.size)

    @contextmanager
    def held(self, name: str) -> Iterator[int]:
        """Yield the offset of a key's place, which no other process changes meanwhile."""
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield self._find(name)
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _find(self, name: str) -> int:
        print_ = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") or 1
        for step in range(_PLACES):
            offset = (print_ + step) % _PLACES * _PLACE.size
            found, _ = _PLACE.unpack_from(self._map, offset)
            if found == 0:
                _PLACE.pack_into(self._map, offset, print_, 0.0)
            if found in {0, print_}:
                return offset
        # More keys than places: two of them share an allowance.
        return print_ % _PLACES * _PLACE.size

    def read(self, place: int) -> float:
        """Return the moment that a place holds."""
        return float(_PLACE.unpack_from(self._map, place)[1])

    def write(self, place: int, moment: float) -> None:
        """Put a moment into a place."""
        _PLACE.pack_into(self._map, place, _PLACE.unpack_from(self._map, place)[0], moment)

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
        self._file.close()
