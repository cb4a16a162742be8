"""The errors a user can cause, each saying what was seen, where, what was expected and what to do next."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class LeadQualityError(Exception):
    """Base of every error that a user can mend; the command line prints it in one paragraph and exits with 2."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message if hint is None else f"{message}\nHint: {hint}")


class DataError(LeadQualityError):
    """A file or table that cannot be read as facts."""

    @classmethod
    def missing_file(cls, path: Path, *, wanted: str, hint: str | None = None) -> DataError:
        """Build the error for a file or folder that is not there."""
        return cls(f"{path}: no such file or folder; expected {wanted}", hint=hint)

    @classmethod
    def unreadable(cls, path: Path, reason: str, *, hint: str | None = None) -> DataError:
        """Build the error for a file that is there and cannot be parsed."""
        first_line = reason.strip().split("\n")[0]
        return cls(f"{path}: cannot be read: {first_line}", hint=hint)


class MappingError(LeadQualityError):
    """A mapping file that does not fit the files it maps."""


class ConfigError(LeadQualityError):
    """A feature set, card or training specification that cannot be understood."""


class DatasetError(LeadQualityError):
    """A dataset folder that is missing, incomplete or of another version."""


class PayloadError(LeadQualityError):
    """One lead in a scoring request that breaks the contract; ``field`` is the path of the offending key."""

    def __init__(self, field: str, message: str, *, hint: str | None = None) -> None:
        self.field = field
        super().__init__(f"{field}: {message}", hint=hint)


class UnscorableError(PayloadError):
    """A lead that says nothing wrong, and too little to be scored; ``field`` is what is missing."""


def nearest(name: str, known: Iterable[str], cutoff: float = 0.85) -> str | None:
    """Return the known name that ``name`` is most likely a slip of, or None.

    >>> nearest("webinars", ["webinar", "web_visit"]), nearest("webinar", ["web_visit"])
    ('webinar', None)
    """
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=cutoff)
    return close[0] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a clause naming the nearest known name, or the first few known ones.

    >>> did_you_mean("industy", ["industry", "title"])
    "did you mean 'industry'?"
    >>> did_you_mean("zzz", ["industry", "title"])
    'known are: industry, title'
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    if not names:
        return "none are known"
    shown = ", ".join(names[:12])
    return f"known are: {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")
