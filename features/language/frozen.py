"""The base of every part of the language."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Immutable, comparable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
