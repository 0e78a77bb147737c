"""Sources of a file a row: its path, the name of the folder that it lies in, and what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.batches import batched
from mldsl.runtime.sources.files import DataFile
from mldsl.runtime.sources.parts import Part, Reading

# A batch is full at so many files or bytes, whichever comes first.
_FILES, _BYTES = 1_000, 1 << 26
_SHOWN = 3


class UnreadableError(Exception):
    """A file's content is not what the source is made of; the text says why."""


def read_each(
    reading: Reading, content: str, type_: pa.DataType, decode: Callable[[bytes], object], what: str, help: str
) -> list[Part]:
    """One part with the columns `path`, `label` and `content`, whose values `decode` makes of a file's bytes.

    Every file is looked at, so that one message names all those that are no `what`; `decode` raises UnreadableError.
    """
    files = reading.files("glob", reading.rows)
    wanted = reading.names(["path", "label", content], f"`{reading.name}`")
    types = {"path": pa.string(), "label": pa.string(), content: type_}
    schema = pa.schema([(name, types[name]) for name in wanted])
    wrong: list[tuple[str, str]] = []
    batches = _batches(files, schema, content, decode, wrong)
    frame = batched(batches, schema, reading.scratch / "rows.parquet")
    if wrong:
        raise _failure(reading.name, wrong, len(files), what, help)
    return [Part(None, frame)]


def _batches(
    files: Sequence[DataFile],
    schema: pa.Schema,
    content: str,
    decode: Callable[[bytes], object],
    wrong: list[tuple[str, str]],
) -> Iterator[pa.RecordBatch]:
    """The rows of the files that can be read; those that cannot be go into `wrong`. Unwanted content stays unread."""
    rows: list[dict[str, object]] = []
    size = 0
    for file in files:
        row: dict[str, object] = {"path": file.name, "label": file.folder}
        if content in schema.names:
            try:
                data = file.path.read_bytes()
                row[content] = decode(data)
                size += len(data)
            except (UnreadableError, OSError) as error:
                wrong.append((file.name, str(getattr(error, "strerror", None) or error)))
                continue
        rows.append(row)
        if len(rows) >= _FILES or size >= _BYTES:
            yield pa.RecordBatch.from_pylist(rows, schema)
            rows, size = [], 0
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema)


def _failure(source: str, wrong: Sequence[tuple[str, str]], files: int, what: str, help: str) -> StepFailed:
    listed = "; ".join(f"`{name}`: {why}" for name, why in wrong[:_SHOWN])
    more = "; …" if len(wrong) > _SHOWN else ""
    count = f"{len(wrong)} of {files} files" if files > 1 else "the file"
    return StepFailed(f"`{source}`: {count} cannot be read as {what}: {listed}{more}", help, "ML212")
