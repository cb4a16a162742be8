"""Values out of the objects that a caller wraps them into, with the times from which each was known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serving.adapters.moments import read_moment
from serving.adapters.paths import MISSING, look_up, parse_path
from serving.adapters.values import BadValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.adapters.mapping import Boxed, TimeField
    from serving.adapters.moments import Moment
    from serving.adapters.taken import Taken

#: Most versions of one value; callers send some dozens, the newest first.
MOST_VERSIONS = 500


class Unwrap:
    """Reads values that may be wrapped as ``boxed`` says; None where no value is."""

    def __init__(self, boxed: Boxed | None) -> None:
        self._boxed = boxed

    def value(self, given: Any) -> Any:  # noqa: ANN401 - any JSON
        """Return the value itself, None where there is none."""
        if given is MISSING:
            return None
        if self._boxed is not None and type(given) is dict:
            return given.get(self._boxed.value)
        return given

    def first(self, record: object, paths: Sequence[str]) -> Any:  # noqa: ANN401 - any JSON
        """Return what stands first at any of the paths and is not empty; else what is there, if only emptiness."""
        empty: Any = MISSING
        for path in paths:
            found = look_up(record, parse_path(path))
            if found is MISSING:
                continue
            inner = self.value(found)
            if inner is not None and inner != "":
                return found
            if empty is MISSING:
                empty = found
        return empty

    def moment(self, record: object, where: TimeField, now: int) -> Moment | None:
        """Return a time; raises BadValueError where there is something else in its place."""
        given = self.value(self.first(record, where.path))
        return read_moment(given, where.format, where.zone, now)

    def versions(self, given: Any, taken: Taken, now: int) -> tuple[list[tuple[int, Any]], bool]:  # noqa: ANN401
        """Return the value's versions, by when each was known, and whether those times were told.

        Without a time of its own a value was known when the record was as it is.
        """
        boxed = self._boxed
        if boxed is None or type(given) is not dict:
            return [(taken.known_at, given)], False
        if boxed.known_at is None:
            return [(taken.known_at, given.get(boxed.value))], False
        if boxed.versions is not None and isinstance(listed := given.get(boxed.versions), list) and listed:
            return self._listed(listed[:MOST_VERSIONS], boxed, taken, now), True
        since = read_moment(given.get(boxed.known_at), boxed.format, "UTC", now)
        return [(taken.known_at if since is None else since.known_at, given.get(boxed.value))], since is not None

    @staticmethod
    def _listed(listed: list[Any], boxed: Boxed, taken: Taken, now: int) -> list[tuple[int, Any]]:
        found: dict[int, Any] = {}
        for each in listed:
            if type(each) is not dict:
                raise BadValueError("has a version that is no object")
            since = read_moment(each.get(boxed.known_at or ""), boxed.format, "UTC", now)
            # Calculated values come without a time: they are as old as the lead, as far as anybody can tell.
            known_at = taken.created_at if since is None else since.known_at
            # The newest come first; of two at one moment the one listed first holds.
            found.setdefault(known_at, each.get(boxed.value))
        return sorted(found.items(), key=lambda version: version[0])
