"""Which kind of events each of Mautic's point actions counts: ``types.yaml``, and a file of the user's over it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, field_validator

from features.errors import ConfigError
from features.yaml_files import read_model, read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

_FILE = Path(__file__).parent / "types.yaml"

#: Where each type of action keeps the things that it is limited to.
LIMITS = {
    "email.open": "emails",
    "email.send": "emails",
    "form.submit": "forms",
    "page.hit": "pages",
    "asset.download": "assets",
}
URL_HIT = "url.hit"


class Mapping(BaseModel):
    """Kinds of events by type of action, and by the things of a type that an action is limited to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    types: dict[str, str] = {}
    objects: dict[str, dict[str, str]] = {}

    @field_validator("objects", mode="before")
    @classmethod
    def _numbers_are_text(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        return {
            kind: {str(one): name for one, name in things.items()} if isinstance(things, dict) else things
            for kind, things in given.items()
        }

    def kinds(self, action: str, things: Sequence[str]) -> list[str | None]:
        """Return the kind of each thing that an action is limited to, or of the type where there is no limit."""
        if not things:
            return [self.types.get(action)]
        return [self.objects.get(action, {}).get(thing) for thing in things]

    def action_of(self, kind: str) -> tuple[str, str | None] | None:
        """Return the type of action that counts a kind, and the thing it is limited to; the particular first."""
        for action, things in self.objects.items():
            for thing, name in things.items():
                if name == kind:
                    return action, thing
        return next(((action, None) for action, name in self.types.items() if name == kind), None)


def read_mapping(path: Path | None = None) -> Mapping:
    """Read the user's mapping over the shipped one; the shipped one where ``path`` is None.

    Raises
    ------
    ConfigError
        The file is missing, is not YAML, has other tables, or names a type that Mautic's core has not.

    """
    shipped = read_model(read_yaml(_FILE, wanted="types and objects"), Mapping, where=str(_FILE))
    if path is None:
        return shipped
    wanted = "types: and objects:, as in models/card/sheet/mautic/types.yaml"
    own = read_model(read_yaml(path, wanted=wanted), Mapping, where=str(path), hint=f"expected {wanted}")
    # A type of a plug-in has no limits that we know of, so it maps as a whole.
    strange = sorted(own.objects.keys() - {*LIMITS, URL_HIT})
    if strange:
        raise ConfigError(f"{path}: objects.{strange[0]}: expected one of {', '.join((*LIMITS, URL_HIT))}")
    objects = {kind: {**shipped.objects.get(kind, {}), **things} for kind, things in own.objects.items()}
    return Mapping(types={**shipped.types, **own.types}, objects={**shipped.objects, **objects})
