"""A page that cannot be shown, or a form that is not carried out."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - an answer like any other, not a fault of ours
    """``status`` and what is said, in words for who sees it; ``hint`` says what to do."""

    def __init__(self, status: int, message: str, hint: str = "") -> None:
        self.status = status
        self.message = message
        self.hint = hint
        super().__init__(message)
