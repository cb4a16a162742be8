"""By which name a service that is open to its own machine may be asked.

Without it a web site could have its own name lead to 127.0.0.1, and its script read leads through a browser on
this machine: to the browser, both are one site. The name that it asks for gives it away.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from serving.front.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import Scope

HINT = (
    "ask for 127.0.0.1 or localhost, or make a key: leadquality keys create; LEADQUALITY_HOSTS names further hosts"
)


class Hosts:
    """Holds a request to loopback's names, the address that it came to, and further ``names``; None takes any."""

    def __init__(self, names: Collection[str] | None) -> None:
        self._names = None if names is None else {"localhost", *(name.lower() for name in names)}

    def check(self, scope: Scope) -> None:
        """Look at every Host that a request names; one without any is from no browser.

        Raises
        ------
        RequestError
            403: it asks for somebody else.

        """
        if self._names is None:
            return
        for name, value in scope["headers"]:
            if name == b"host" and not self._is_own(_name_of(value.decode("latin-1")), scope):
                message = "as long as no key was made, this service is not asked for by this name"
                raise RequestError("Host", message, status=403, hint=HINT)

    def _is_own(self, host: str, scope: Scope) -> bool:
        if self._names is None or host in self._names or host.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(host)
            server = scope.get("server")
            return address.is_loopback or (server is not None and address == ipaddress.ip_address(server[0]))
        except ValueError:
            return False


def _name_of(host: str) -> str:
    """Return a Host without its port.

    >>> _name_of("[::1]:3000"), _name_of("LocalHost:3000"), _name_of("127.0.0.1")
    ('::1', 'localhost', '127.0.0.1')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower().rstrip(".")
