"""A page that cannot be shown, or a form that is not carried out."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - an answer like any other, not a fault of ours
    """``status`` and what is said, in words for who sees it; ``hint`` says what to do.

    ``command`` is what somebody who runs the service would type, ``again`` after how many seconds the browser
    should ask again by itself, None for never.
    """

    def __init__(
        self, status: int, message: str, hint: str = "", *, command: str = "", again: int | None = None
    ) -> None:
        self.status = status
        self.message = message
        self.hint = hint
        self.command = command
        self.again = again
        super().__init__(message)


class StillReading(Refused):
    """The list is not there yet: it is being read from the ledger, beside whoever asks for it."""

    def __init__(self, progress: str) -> None:
        message = f"The list is being read from the ledger: {progress}. This page comes back by itself."
        super().__init__(202, message, again=2)
