"""Freezing a card: a signed block with the digest of what it says, appended to its file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from features.errors import ConfigError
from features.yaml_files import PlainLoader
from models.card.card import NOBODY, PointCard, Signature
from models.card.card_yaml import signed_lines
from models.card.check import check_card, errors_in
from models.card.check.agreement import today
from models.card.letters import plain_name
from models.card.read import read_card
from models.card.words import either

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence


_NOBODY = {NOBODY, "nobody"}


def sign_card(path: Path, by: Sequence[str], on: dt.date) -> PointCard:
    """Append a signed block to a card's file and return the signed card.

    Nothing else of the file changes, comments included.

    Raises
    ------
    ConfigError
        Nobody signs, or nobody agreed the card; the day is before the agreement or has not come; the card has a
        fault or is signed already; or its file cannot be appended to or written.

    """
    names = [name.strip() for name in by if name.strip()]
    if not names:
        raise ConfigError(f"{path}: nobody signs it", hint='say who: --by "Head of Sales", once for each')
    faults = errors_in(check_card(path))
    if faults:
        message = f"{path}: cannot be signed with {len(faults)} fault{'' if len(faults) == 1 else 's'} in it"
        raise ConfigError(f"{message}; the first, on line {faults[0].line}: {faults[0].what}", hint=_check(path))
    card = read_card(path)
    _check_agreement(path, card, on)
    if card.signed is not None:
        signers = " and ".join(card.signed.by)
        raise ConfigError(
            f"{path}: is signed already, on {card.signed.on} by {signers}",
            hint=f"to replace it, copy the file, take out the signed block and write replaces: {card.label}",
        )
    signed = card.model_copy(update={"signed": Signature(by=names, on=on, digest=card.digest)})
    whole = _appended(path, signed)
    _write(path, whole)
    return signed


def _check_agreement(path: Path, card: PointCard, on: dt.date) -> None:
    """Refuse a card that nobody agreed, and a day on which it cannot have been signed."""
    agreed = card.agreed
    if any(plain_name(name) in _NOBODY for name in agreed.by):
        raise ConfigError(
            f"{path}: agreed.by is {either(agreed.by, 'and')}: nobody has agreed the card",
            hint='under agreed: write by: ["Head of Sales", ...] and on: with the day of the agreement',
        )
    if on < agreed.on:
        raise ConfigError(
            f"{path}: cannot be signed on {on}, before it was agreed on {agreed.on}",
            hint="give a later day with --on, or mend on: under agreed",
        )
    if on > (now := today()):
        raise ConfigError(
            f"{path}: cannot be signed on {on}: today is {now}", hint="give a day that has come, or none"
        )


def _appended(path: Path, signed: PointCard) -> bytes:
    before = path.read_bytes()
    newline = "\r\n" if b"\r\n" in before else "\n"
    text = before.decode("utf-8-sig")
    keys: dict[str, Any] = signed.model_dump(include={"signed"})["signed"]
    block = newline.join(["", *signed_lines(keys), ""])
    whole = text + ("" if text.endswith(("\n", "\r")) else newline) + block
    try:
        read = PointCard.model_validate(yaml.load(whole, PlainLoader))  # noqa: S506 - it is a SafeLoader
    except (yaml.YAMLError, ValidationError):
        read = None
    if read != signed:
        raise ConfigError(
            f"{path}: a signed block cannot be appended to it",
            hint="write the card as keys at the left margin, one a line, without braces around the whole of it, "
            "and without an empty signed: or a line of three dots at its end",
        )
    bom = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    return bom + whole.encode()


def _write(path: Path, content: bytes) -> None:
    """Write whole or not at all, with the file's own permissions."""
    target = path.resolve()
    partial = None
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            partial = Path(file.name)
            file.write(content)
        partial.chmod(target.stat().st_mode & 0o7777)
        os.replace(partial, target)
    except OSError as error:
        if partial is not None:
            partial.unlink(missing_ok=True)
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from error


def _check(path: Path) -> str:
    return f"leadquality card check {path} tells all of them, with their lines"
