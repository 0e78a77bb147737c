"""What Kubernetes takes for names, labels, quantities and paths (`k8s.io/apimachinery/pkg/util/validation`)."""

from __future__ import annotations

import re
from decimal import Decimal

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_WORD = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_QUANTITY = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d{1,2})?")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def is_label(text: str) -> bool:
    """An RFC 1123 label: the name of a volume or a container."""
    return len(text) <= 63 and _LABEL.fullmatch(text) is not None


def is_subdomain(text: str) -> bool:
    """An RFC 1123 subdomain: the name of a secret, a config map or a claim."""
    return len(text) <= 253 and _SUBDOMAIN.fullmatch(text) is not None


def is_key(text: str) -> bool:
    """The key of a label, an annotation or a taint, a resource's name: a word, maybe with a domain and `/` before."""
    domain, slash, word = text.rpartition("/")
    return len(word) <= 63 and _WORD.fullmatch(word) is not None and (not slash or is_subdomain(domain))


def is_label_value(text: str) -> bool:
    """The value of a label or a taint."""
    return not text or (len(text) <= 63 and _WORD.fullmatch(text) is not None)


def is_variable(text: str) -> bool:
    """The name of an environment variable."""
    return _VARIABLE.fullmatch(text) is not None


def is_secret_key(text: str) -> bool:
    """A key of a secret's or a config map's data."""
    return 0 < len(text) <= 253 and re.fullmatch(r"[-._a-zA-Z0-9]+", text) is not None


def is_mount_path(text: str) -> bool:
    """A place in a container."""
    return text.startswith("/") and ":" not in text


def quantity(text: str) -> Decimal | None:
    """The amount that `500m` or `4Gi` is; None for what is no quantity, or is negative."""
    found = _QUANTITY.fullmatch(text)
    if found is None or found[1].startswith("-"):
        return None
    number, unit = Decimal(found[1]), found[2] or ""
    if unit in _BINARY:
        return number * int(2 ** _BINARY[unit])
    if unit in _DECIMAL:
        return number.scaleb(_DECIMAL[unit])
    return number.scaleb(int(unit[1:]))
