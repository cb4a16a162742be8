"""The address to listen on, looked at before anything starts."""

from __future__ import annotations

import ipaddress
import os
import socket

from features.errors import LeadQualityError


class ServeError(LeadQualityError):
    """What cannot be served as it was asked for."""


def check_address(host: str, port: int) -> str:
    """Return the host as an IP address that can be bound on this port.

    Raises
    ------
    ServeError
        It is no address, no port, or somebody else's.

    """
    if not 1 <= port <= 65_535:
        raise ServeError(f"port {port}: expected 1 to 65535")
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        message = f"host {host!r} is not an IP address"
        raise ServeError(message, hint="127.0.0.1 for this machine alone, 0.0.0.0 for all networks") from None
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((str(address), port))
            probe.listen()
        except OSError as error:
            message = f"port {port} on {address} cannot be had: {os.strerror(error.errno or 0).lower()}"
            raise ServeError(message, hint=f"stop what uses it, or take another: --port {port + 1}") from None
    return str(address)


def is_loopback(address: str) -> bool:
    """Tell whether only this machine reaches an address."""
    return ipaddress.ip_address(address).is_loopback


def url_of(address: str, port: int) -> str:
    """Return the URL of a server there.

    >>> url_of("::1", 3000)
    'http://[::1]:3000'
    """
    return f"http://{f'[{address}]' if ':' in address else address}:{port}"
