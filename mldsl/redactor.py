"""Keeps the values of secrets out of what is written down."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, TypeAlias

from mldsl.records import record

# Shorter values would blot out half of every text, and are no secrets.
_SHORTEST = 6

Json: TypeAlias = Any


@record
class Redactor:
    """Replaces the values of secrets wherever they turn up; longest first, as one may hold another."""

    values: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, names: Iterable[str]) -> Redactor:
        """For the secrets of these names, as the environment has them now; a URL's password counts by itself, too."""
        found = [(value, name) for name in sorted(set(names)) for value in _with_password(os.environ.get(name, ""))]
        long_enough = {value: f'secret("{name}")' for value, name in found if len(value) >= _SHORTEST}
        return cls(tuple(sorted(long_enough.items(), key=lambda item: -len(item[0]))))

    def text(self, text: str) -> str:
        """`text` with `secret("NAME")` for each value."""
        for value, shown in self.values:
            text = text.replace(value, shown)
        return text

    def json(self, value: Json) -> Json:
        """Plain JSON with all strings in it made safe; keys are names and stay."""
        if not self.values:
            return value
        match value:
            case str():
                return self.text(value)
            case list() | tuple():
                return [self.json(item) for item in value]
            case dict():
                return {key: self.json(item) for key, item in value.items()}
            case _:
                return value


def _with_password(value: str) -> list[str]:
    from urllib.parse import unquote, urlsplit  # few programs have secrets

    try:
        password = urlsplit(value).password
    except ValueError:
        return [value]
    return [value] if password is None else [value, password, unquote(password)]
