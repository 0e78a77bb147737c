"""Databases: which one a URL means, and the one way in which all of them fail."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from urllib.parse import unquote, urlsplit

from mldsl.plan.nodes import Secret
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.parts import Part, Reading

# The module that reads a kind of database, by how its URLs start: `read(reading, database)` gives the parts.
_KINDS: Mapping[str, str] = {
    "sqlite": "mldsl.runtime.sources.sqlite",
    "postgresql": "mldsl.runtime.sources.postgres",
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
        return f"select * from {'.'.join(map(quoted, self.table))}"  # noqa: S608 - the names are quoted


def read(reading: Reading) -> list[Part]:
    """The rows of a query or of a table. Raises StepFailed where the database cannot be read."""
    url = _url(reading)
    scheme = url.partition("://")[0].partition("+")[0] if "://" in url else ""
    if scheme not in _KINDS:
        what = f"databases of the kind `{scheme}`" if scheme.isalnum() else "this is no URL of a database, and those"
        raise StepFailed(f"`{reading.name}` cannot be read: {what} are not known here", f"known are {_EXAMPLES}")
    query = reading.text("query")
    database = Database(reading.name, url, query, tuple((reading.text("name") or "").split(".")))
    read_it: Callable[[Reading, Database], list[Part]] = import_module(_KINDS[scheme]).read
    return read_it(reading, database)


def quoted(name: str) -> str:
    """A name in SQL, whatever it is made of."""
    return '"' + name.replace('"', '""') + '"'


def _url(reading: Reading) -> str:
    given = reading.arguments.get("connection")
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
