"""What stands for the value of a key in the log of predictions: who has the value can find its rows, nobody else.

A key's value is replaced by the first 16 bytes, in hexadecimal, of the SHA-256 of a salt and the value's text. The salt
is 32 random bytes that the store holds at `predictions/%salt`: without it the values of a small range (numbers of
customers, say) could be found by trying them all. Values that the language holds equal have one text: a whole float is
written as the int, midnight as the date, an enum's value as the string.
"""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from mldsl.errors import StoreError

if TYPE_CHECKING:
    from mldsl.runtime.store import Store

SALT = "predictions/%salt"  # no name of an endpoint, of which `%` is written `%25`
_BYTES = 32


def masked(value: object, salt: bytes) -> str | None:
    """What stands for a key's value: 32 hexadecimal digits; None for null."""
    if value is None:
        return None
    return hashlib.sha256(salt + canonical(value).encode("utf-8", "surrogatepass")).digest()[:16].hex()


def canonical(value: object) -> str:
    """The text of a value of the language; equal for values that compare as equal. Raises TypeError for any other."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case int() | float() | str():
            return str(value)
        case datetime():
            moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            return moment.date().isoformat() if moment.time() == time() else moment.isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case timedelta():
            return f"{value // timedelta(microseconds=1)}us"
        case _:
            raise TypeError(f"a {type(value).__name__} is no key")


def salt_of(store: Store) -> bytes:
    """The salt of a store, made when it is first asked for. Raises StoreError where it is damaged."""
    found = store.files.read(SALT)
    if found is None:
        store.files.create(SALT, os.urandom(_BYTES).hex().encode())
        found = store.files.read(SALT)  # of two who make one at once, both use the first
    try:
        salt = bytes.fromhex((found or b"").decode("ascii"))
    except ValueError:
        salt = b""
    if len(salt) != _BYTES:
        raise StoreError(
            f"`{SALT}` is damaged in the artifact store `{store}`",
            "remove it: a new one is made, but what was logged so far no longer finds its labels",
        )
    return salt
