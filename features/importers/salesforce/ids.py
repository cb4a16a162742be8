"""Record ids: Salesforce writes the same record with 15 characters here and 18 there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.facts.staging import Staging

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def to_18(record_id: str) -> str:
    """Return an id with 18 characters; what is not 15 characters long stays as it is.

    The last three tell which of the first fifteen are upper case, five at a time, so that the id survives
    software that ignores case.

    >>> to_18("001A0000006Vm9r")
    '001A0000006Vm9rIAC'
    >>> to_18("001A0000006Vm9rIAC")
    '001A0000006Vm9rIAC'
    """
    if len(record_id) != 15:
        return record_id
    parts = (record_id[start : start + 5] for start in (0, 5, 10))
    return record_id + "".join(_SUFFIX[sum(("A" <= c <= "Z") << i for i, c in enumerate(part))] for part in parts)


def add_id_macro(staging: Staging) -> None:
    """Define ``sf_id(text)``, :func:`to_18` in SQL; blank becomes NULL."""
    suffix = " || ".join(f"substr('{_SUFFIX}', 1 + {_bits(start)}, 1)" for start in (1, 6, 11))
    staging.connection.execute(
        f"""CREATE OR REPLACE MACRO sf_id(text) AS CASE length(trim(text))
        WHEN 18 THEN trim(text) WHEN 0 THEN NULL WHEN 15 THEN trim(text) || {suffix} ELSE trim(text) END"""
    )


def _bits(start: int) -> str:
    bits = (f"(substr(trim(text), {start + i}, 1) BETWEEN 'A' AND 'Z')::INT * {1 << i}" for i in range(5))
    return f"({' + '.join(bits)})"
