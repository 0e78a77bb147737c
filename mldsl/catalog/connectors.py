"""The connectors: where a source's rows come from and where a batch deployment writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mldsl.records import record

ConnectorValue = Literal[
    "path",  # a local path or a URI; may be a glob where `globs`
    "connection",  # a URL or secret("…")
    "string",
    "strings",  # one string or several
    "character",  # a string of one character of ASCII
    "bool",
    "count",  # a whole number from 0 on
    "function",  # "file.py:function"
    "table",  # a table that the program declares
]


@record
class ConnectorParameter:
    """One argument: positional ones in order, options by name. `choices` bound a string.

    `reads` says that it has no meaning where a batch deployment writes.
    """

    name: str
    value: ConnectorValue
    summary: str
    required: bool = False
    default: object | None = None
    choices: tuple[str, ...] = ()
    globs: bool = False
    reads: bool = False


@record
class Connector:
    """One connector.

    `needs_schema` says that its rows cannot be looked at when the program is compiled, so that a source must have a
    `{…}` block; `details` is what its page says beside the summary; `reads_files` that its first argument names files.
    `writes` says that `write:` may name it. `extra` is the package extra that brings what it needs. `fixed` are the
    columns of a connector whose schema is always the same, as (name, kind), beside those that `needs_schema` asks for.
    """

    name: str
    parameters: tuple[ConnectorParameter, ...]
    summary: str
    details: str = ""
    options: tuple[ConnectorParameter, ...] = ()
    needs_schema: bool = False
    reads_files: bool = False
    writes: bool = False
    extra: str | None = None
    fixed: tuple[tuple[str, str], ...] = ()

    def option(self, name: str) -> ConnectorParameter | None:
        """The option of that name."""
        return next((option for option in self.options if option.name == name), None)


DATASETS: Mapping[str, int] = {
    "breast_cancer": 569,
    "diabetes": 442,
    "digits": 1797,
    "iris": 150,
    "linnerud": 20,
    "wine": 178,
}
"""The tables of scikit-learn that `sklearn(…)` names, and how many rows they have."""

RUN_DATE = "run_date"
"""The column by which a table that a batch deployment writes knows each run's rows."""

SCHEMES: Mapping[str, str] = {
    "s3": "s3",
    "gs": "gcs",
    "az": "azure",
    "https": "http",
    "http": "http",
}
"""How URIs of files elsewhere start, with the package extra that reads each kind."""

_PATH = ConnectorParameter("path", "path", "a file, a glob or a URI", required=True, globs=True)
_CONNECTION = ConnectorParameter("connection", "connection", "a database URL, best as `secret(…)`", required=True)

_DATABASES = (
    "Databases are SQLite (`sqlite:///file.db`, which needs no extra) and PostgreSQL "
    "(`postgresql://user:password@host/database`; a driver as in SQLAlchemy's `postgresql+psycopg://` is passed over). "
    "Only the columns of the schema are asked for; rows come in batches, from a transaction that reads only. "
    "PostgreSQL's `timestamptz` comes in UTC, and a `timestamp` counts as UTC; a `numeric` is a `float` or, where it "
    "is whole, an `int`; an `interval` without months is a `duration`; an array of numbers is a `vector(n)`; `uuid`, "
    "`json` and all others are texts. A `bytea` fits an `image` alone. Such a source is read at every run; what "
    "follows it runs only where its rows, or their order, have changed: `order by` in the query settles the order."
)

_WRITTEN = (
    "Where a deployment writes to it, the table is made if it is not there, and has a column `run_date` beside those "
    "that are written: in one transaction, the rows of the run's date are replaced, and no others."
)

_ROWS: tuple[Connector, ...] = (
    Connector(
        "csv",
        (_PATH,),
        "text with a separator and a header line",
        details="An empty field is null. A file that gzip, zstd or bzip2 has compressed is unpacked. Files of one glob "
        "may have their columns in different orders.",
        options=(
            ConnectorParameter("null_values", "strings", "texts that mean null, beside the empty field", reads=True),
            ConnectorParameter(
                "format", "string", "how dates and datetimes are written: `%d.%m.%Y`; ISO 8601 by default"
            ),
            ConnectorParameter("delimiter", "character", "what separates the fields", default=","),
            ConnectorParameter("quote", "character", "what stands around a field that holds a separator", default='"'),
            ConnectorParameter("encoding", "string", "how text is encoded", default="utf-8", reads=True),
            ConnectorParameter("decimal", "string", "the decimal sign", default=".", choices=(".", ",")),
        ),
        reads_files=True,
        writes=True,
    ),
    Connector("parquet", (_PATH,), "Apache Parquet", reads_files=True, writes=True),
    Connector(
        "json",
        (_PATH,),
        "JSON, one object a line",
        details="A key that an object lacks is null. A file that gzip, zstd or bzip2 has compressed is unpacked.",
        options=(ConnectorParameter("format", "string", "how dates and datetimes are written; ISO 8601 by default"),),
        reads_files=True,
        writes=True,
    ),
    Connector(
        "sql",
        (_CONNECTION, ConnectorParameter("query", "string", "a SELECT in the database's own SQL", required=True)),
        "the rows of a query",
        details=_DATABASES,
        needs_schema=True,
        extra="postgres",
    ),
    Connector(
        "table",
        (
            _CONNECTION,
            ConnectorParameter("name", "string", "the table, with its schema where it has one", required=True),
        ),
        "a table of a database",
        details=f"{_DATABASES} {_WRITTEN}",
        needs_schema=True,
        writes=True,
        extra="postgres",
    ),
    Connector(
        "delta",
        (ConnectorParameter("path", "path", "the table's directory or URI", required=True),),
        "a Delta Lake table",
        details="Only the columns of the schema and the files that hold them are read. A new version makes the source "
        "run again, unless it has a `version` of its own. Where a deployment writes to it, it has a column `run_date` "
        "beside those that are written: a new version has other rows of the run's date, and all others as they were.",
        options=(
            ConnectorParameter("version", "count", "which version of the table; the newest by default", reads=True),
        ),
        needs_schema=True,
        writes=True,
        extra="delta",
    ),
    Connector(
        "sklearn",
        (ConnectorParameter("name", "string", "the data set", required=True, choices=tuple(DATASETS)),),
        "one of scikit-learn's bundled data sets; the column `target` is what it is about",
    ),
    Connector(
        "images",
        (ConnectorParameter("glob", "path", "the files", required=True, globs=True),),
        "a row a picture; its folder's name is the column `label`, and `image` holds the file's bytes as they are",
        details="Read are PNG, JPEG, WEBP, GIF, BMP, TIFF and PPM files. `path` is relative to the program's folder, "
        "rows are sorted by it. The stored table is self-contained: its column `image` is binary and holds each file "
        "as it is, encoded; a `prepare` step decodes and resizes. Every file is decoded once while it is read, so that "
        "a damaged one fails the source, by its name, and not a training.",
        reads_files=True,
        fixed=(("path", "string"), ("label", "string"), ("image", "image")),
    ),
    Connector(
        "texts",
        (ConnectorParameter("glob", "path", "the files", required=True, globs=True),),
        "a row a text file; its folder's name is the column `label`",
        details="`path` is relative to the program's folder, rows are sorted by it. An empty file is an empty text.",
        reads_files=True,
        options=(ConnectorParameter("encoding", "string", "how text is encoded", default="utf-8"),),
        fixed=(("path", "string"), ("label", "string"), ("text", "text")),
    ),
    Connector(
        "python",
        (
            ConnectorParameter(
                "function",
                "function",
                "`file.py:function`, which returns a frame of pandas, Polars or Arrow",
                required=True,
            ),
        ),
        "the rows that a Python function returns",
        details="The function is called without arguments at every run; what follows runs only where its rows changed.",
        needs_schema=True,
    ),
)

CONNECTORS: Mapping[str, Connector] = {connector.name: connector for connector in _ROWS}
"""Every connector by name."""
