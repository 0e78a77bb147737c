"""Where the predictions of an endpoint are logged, and in which columns: what writes the log and what reads it agree.

A day's predictions (UTC) of `churn` are the Parquet files in `predictions/churn/2025-01-31/` of the store. A file holds
rows of one version; its columns are `time` (UTC), `version`, `request`, the columns of the raw row under the program's
names, and the predictions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from urllib.parse import quote

from mldsl.records import record

FOLDER = "predictions"


@record
class OwnColumns:
    """What the log's own columns are called in a file."""

    time: str = "time"
    version: str = "version"
    request: str = "request"


def own_columns(others: Collection[str]) -> OwnColumns:
    """The log's own columns beside the row's and the predictions': `_time` where there is a `time`, and so on."""
    return OwnColumns(*(_free(name, others) for name in ("time", "version", "request")))


def _free(name: str, others: Collection[str]) -> str:
    while name in others:
        name = f"_{name}"
    return name


def log_folder(name: str, day: date | None = None) -> str:
    """The folder of an endpoint's log, or of one day of it."""
    quoted = quote(name, safe="")
    quoted = quoted.replace(".", "%2E") if not quoted.strip(".") else quoted
    return f"{FOLDER}/{quoted}" if day is None else f"{FOLDER}/{quoted}/{day.isoformat()}"


def log_days(names: Iterable[str]) -> list[date]:
    """The days among the names in an endpoint's folder, sorted."""
    found = []
    for name in names:
        try:
            found.append(date.fromisoformat(name))
        except ValueError:
            continue
    return sorted(found)
