"""Who may ask a service that is about to start: decided from its address and the keys there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.address import ServeError, is_loopback
from serving.ledger.address import place_of, read_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.ledger import ApiKey


def admission(address: str, keys: Sequence[ApiKey], ledger: str | None, *, required: bool) -> tuple[bool, str]:
    """Return whether every request needs a key, and a sentence that says who may ask.

    As long as no key was ever made, a service that only its own machine reaches is open.

    Raises
    ------
    ServeError
        Others reach the address, and there was never a key.

    """
    usable = sum(key.revoked_at is None for key in keys)
    # As it may be printed: an address may hold a password.
    where = "" if ledger is None else f" --ledger {place_of(read_address(ledger))}"
    make = f"leadquality keys create --name crm --scope score{where}"
    if keys:
        return True, f"Every request needs an API key; {usable} {'is' if usable == 1 else 'are'} valid."
    if ledger is None and (required or not is_loopback(address)):
        raise ServeError("keys are kept in the ledger, and there is none", hint="name one: --ledger ledger.db")
    if required:
        return True, f"Every request needs an API key, and there is none yet: {make}"
    if not is_loopback(address):
        message = f"{address} can be reached from other machines, and no API key was ever made"
        raise ServeError(message, hint=f"make one: {make}")
    if ledger is None:
        return False, "Open to everybody on this machine: without a ledger there are no API keys."
    return False, f"Open to everybody on this machine: no API key was ever made. To make one: {make}"
