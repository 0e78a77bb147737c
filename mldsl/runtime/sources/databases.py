"""Databases: which one a URL means, and the one way in which all of them fail."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Literal
from urllib.parse import unquote, urlsplit

from mldsl.plan.nodes import Argument, Secret
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.parts import Part, Reading

Kind = Literal["sqlite", "postgres"]
# By how URLs start.
_KINDS: Mapping[str, Kind] = {"sqlite": "sqlite", "postgresql": "postgres", "postgres": "postgres"}
# The module that reads a kind of database: `read(reading, database)` gives the parts.
_READERS: Mapping[Kind, str] = {
    "sqlite": "mldsl.runtime.sources.sqlite",
    "postgres": "mldsl.runtime.sources.postgres",
}
_EXAMPLES = "`sqlite:///file.db` and `postgresql://user@host/database`"
_HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Database:
    """A database's URL, and what is asked of it: a query, or a table by the parts of its name."""

    source: str
    url: str
    query: str | None
    table: tuple[str, ...]

    def failure(self, said: str, help: str | None = None) -> StepFailed:
        """The error for people, in the database's words; what is secret in the URL is hidden."""
        return StepFailed(f"`{self.source}`: the database says: {self.hidden(said)}", help)

    def hidden(self, text: str) -> str:
        """`text` in one line, without the URL and without its password."""
        text = " ".join(text.split())
        for secret in sorted(_secrets(self.url), key=len, reverse=True):
            text = text.replace(secret, _HIDDEN)
        return text

    def select(self) -> str:
        """The query, ready to stand in parentheses; or that of the whole table."""
        if self.query is not None:
            return self.query.rstrip().rstrip(";")
        return f"select * from {self.name}"  # noqa: S608 - the names are quoted

    @property
    def name(self) -> str:
        """The table's name as SQL has it."""
        return ".".join(map(quoted, self.table))


def read(reading: Reading) -> list[Part]:
    """The rows of a query or of a table. Raises StepFailed where the database cannot be read."""
    url = url_of(reading.arguments.get("connection"))
    kind = kind_of(url, f"`{reading.name}` cannot be read")
    database = Database(reading.name, url, reading.text("query"), parts_of(reading.text("name")))
    read_it: Callable[[Reading, Database], list[Part]] = import_module(_READERS[kind]).read
    return read_it(reading, database)


def kind_of(url: str, failed: str) -> Kind:
    """Which database a URL means. Raises StepFailed, which begins with `failed`, for one that is not known here."""
    scheme = url.partition("://")[0].partition("+")[0] if "://" in url else ""
    if scheme not in _KINDS:
        what = f"databases of the kind `{scheme}`" if scheme.isalnum() else "this is no URL of a database, and those"
        raise StepFailed(f"{failed}: {what} are not known here", f"known are {_EXAMPLES}")
    return _KINDS[scheme]


def parts_of(name: str | None) -> tuple[str, ...]:
    """The parts of a table's name: its schema, where it has one, and its own."""
    return tuple((name or "").split("."))


def quoted(name: str) -> str:
    """A name in SQL, whatever it is made of."""
    return '"' + name.replace('"', '""') + '"'


def url_of(given: Argument) -> str:
    """The URL that a connection is, or that is behind a secret. Raises StepFailed where that is not set."""
    if not isinstance(given, Secret):
        return str(given)
    value = os.environ.get(given.secret)
    if not value:
        raise StepFailed(f"the secret `{given.secret}` is not set", f"set the environment variable {given.secret}")
    return value


def _secrets(url: str) -> set[str]:
    """What must not be seen of a URL, also of one whose signs are not escaped as they should be."""
    found = {url}
    before, mark, _ = url.partition("://")[2].rpartition("@")
    if mark and ":" in before:
        found |= {before, before.partition(":")[2]}
    try:
        parts = urlsplit(url)
        found |= {item for item in (parts.password, unquote(parts.password or "")) if item}
        found |= {value for name, _, value in (pair.partition("=") for pair in parts.query.split("&"))
                  if name in ("password", "sslpassword")}  # fmt: skip
    except ValueError:
        pass
    # libpq quotes what follows an unescaped sign: each piece of the password is as secret as the whole.
    pieces = {piece for secret in found - {url, before} for piece in secret.replace("@", ":").split(":")}
    return {secret for secret in found | pieces if len(secret) > 2}
