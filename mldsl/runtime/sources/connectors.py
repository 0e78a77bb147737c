"""From a connector's name to what reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from mldsl.runtime.sources.convert import PLAIN, Reader
from mldsl.runtime.sources.parts import Part, Reading

READERS: Mapping[str, str] = {
    "csv": "mldsl.runtime.sources.csv",
    "parquet": "mldsl.runtime.sources.parquet",
    "json": "mldsl.runtime.sources.json_lines",
    "delta": "mldsl.runtime.sources.delta",
    "images": "mldsl.runtime.sources.images",
    "texts": "mldsl.runtime.sources.texts",
    "sklearn": "mldsl.runtime.sources.sklearn",
    "python": "mldsl.runtime.sources.python",
    "sql": "mldsl.runtime.sources.databases",
    "table": "mldsl.runtime.sources.databases",
}
"""The module of each connector; its `read(reading)` gives the parts."""


def read_parts(connector: str, reading: Reading) -> list[Part]:
    """The source's rows, lazily. Raises StepFailed where the data is not there."""
    read: Callable[[Reading], list[Part]] = import_module(READERS[connector]).read
    return read(reading)


def text_reader(connector: str, reading: Reading) -> Reader:
    """How text is read in this source."""
    if connector not in ("csv", "json"):
        return PLAIN
    return Reader(reading.text("format"), reading.text("decimal") or ".", names_nulls=connector == "csv")
