"""Works a source's schema out from its data: `python -m mldsl.runtime.infer`, a request on standard input.

The request is `{"connector": …, "arguments": {…}, "folder": …}` (the folder is that of relative paths; the current one
by default), the answer on standard output `{"columns": [{"name", "type", "raw"}], "rows": …}` or `{"error": …}`; an
enum's column has its `values` too. Every row is looked at, so that what is inferred holds for all of the data. Column
names stay as they are in the data.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from mldsl.catalog.types import Type, common
from mldsl.errors import MldslError
from mldsl.plan.nodes import Secret
from mldsl.runtime.engine.polars import text as polars_text
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.connectors import read_parts, text_reader
from mldsl.runtime.sources.convert import Reader
from mldsl.runtime.sources.parts import Part, Reading

_BOOLS = (["true", "false"], ["yes", "no"])
_TESTS = ("bool", "int", "float", "date", "datetime")
# The flags that say what all texts are, so that one row can rule them out; and how many rows are looked at first.
_PARSED = tuple(f"_{test}" for test in _TESTS)
_FIRST = 1_000


def infer(connector: str, arguments: Mapping[str, Any], folder: Path) -> list[tuple[str, Type]]:
    """The columns of a source with their types. Raises StepFailed where it cannot be read."""
    return measured(connector, arguments, folder)[0]


def measured(connector: str, arguments: Mapping[str, Any], folder: Path) -> tuple[list[tuple[str, Type]], int]:
    """The columns of a source with their types, and how many rows it has. Raises StepFailed as `infer` does."""
    with tempfile.TemporaryDirectory() as scratch:
        reading = Reading("the source", _arguments(arguments), None, folder, Path(scratch))
        parts = read_parts(connector, reading)
        reader = text_reader(connector, reading)
        columns = _columns(parts, reader)
        return columns, sum(part.frame.select(pl.len()).collect().item() for part in parts)


def _arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: Secret(secret=value["secret"]) if isinstance(value, dict) and "secret" in value else value
        for name, value in given.items()
    }


def _columns(parts: Sequence[Part], reader: Reader) -> list[tuple[str, Type]]:
    found: dict[str, list[Type]] = {}
    for part in parts:
        for name, type_ in _part_types(part, reader).items():
            found.setdefault(name, []).append(type_)
    return [(name, _joined(types, len(parts))) for name, types in found.items()]


def _joined(types: Sequence[Type], parts: int) -> Type:
    """What the parts' types have in common; a string where that is nothing. A part without the column has nulls."""
    result = types[0]
    for type_ in types[1:]:
        nullable = result.nullable or type_.nullable
        result = common(result, type_) or Type("string", nullable)
    if result.kind == "null":
        result = Type("string", nullable=True)
    return result.with_null(result.nullable or len(types) < parts)


def _part_types(part: Part, reader: Reader) -> dict[str, Type]:
    """What the first rows rule out is not asked of all of them: parsing every text as a date takes its time."""
    schema = part.frame.collect_schema()
    flags = {
        f"{index}_{test}": flag
        for index, (name, dtype) in enumerate(schema.items())
        for test, flag in _flags(pl.col(name), dtype, reader).items()
    }
    try:
        first = _found(part.frame.head(_FIRST), flags)
        open_ = {name: flag for name, flag in flags.items() if first[name] or not name.endswith(_PARSED)}
        facts = {**first, **_found(part.frame, open_)}
    except pl.exceptions.PolarsError as error:
        known = part.explain(error)
        raise known or StepFailed(f"{part.name or 'the data'} cannot be read: {str(error).splitlines()[0]}") from error
    return {name: _type(name, dtype, facts, index) for index, (name, dtype) in enumerate(schema.items())}


def _found(frame: pl.LazyFrame, flags: Mapping[str, pl.Expr]) -> dict[str, Any]:
    wanted = [flag.alias(name) for name, flag in flags.items()]
    return frame.select(wanted).collect().row(0, named=True) if wanted else {}


def _flags(column: pl.Expr, dtype: pl.DataType, reader: Reader) -> dict[str, pl.Expr]:
    """What to find out about a column: how many values it has, whether nulls, and what all of its texts are."""
    if isinstance(dtype, pl.Float32 | pl.Float64):
        return {"null": (~column.is_finite()).fill_null(value=True).any()}
    nulls = {"null": column.is_null().any(), "some": column.is_not_null().any()}
    if isinstance(dtype, pl.List | pl.Array):
        length = column.list.len() if isinstance(dtype, pl.List) else pl.lit(dtype.size)
        return {**nulls, "shortest": length.min(), "longest": length.max()}
    if not isinstance(dtype, pl.String):
        return nulls
    text = column.str.strip_chars()
    lower = text.str.to_lowercase()
    point = text.str.replace_all(reader.decimal, ".", literal=True)
    number = polars_text.parse_float(point)
    is_code = text.str.contains(r"^[+-]?0[0-9]")  # a postcode, not a number
    return {
        **nulls,
        "bool": pl.any_horizontal(lower.is_in(words).all() for words in _BOOLS),
        "int": (polars_text.parse_int(text).is_not_null() & ~is_code | text.is_null()).all(),
        "float": (number.is_not_null() & ~is_code | text.is_null()).all(),
        "nan": (~number.is_finite()).any(),
        "date": (polars_text.parse_date(text, reader.layout).is_not_null() | text.is_null()).all(),
        "datetime": (polars_text.parse_datetime(text, reader.layout).is_not_null() | text.is_null()).all(),
    }


def _type(name: str, dtype: pl.DataType, facts: Mapping[str, Any], index: int) -> Type:
    nullable = bool(facts[f"{index}_null"])
    if isinstance(dtype, pl.String):
        if not facts[f"{index}_some"]:
            return Type("null", nullable=True)
        kind = next((test for test in _TESTS if facts[f"{index}_{test}"]), "string")
        return Type(kind, nullable or (kind == "float" and bool(facts[f"{index}_nan"])))  # type: ignore[arg-type]
    if isinstance(dtype, pl.Enum) and len(dtype.categories):
        return Type("enum", nullable, values=tuple(dtype.categories))
    if isinstance(dtype, pl.List | pl.Array) and dtype.inner.is_numeric():
        shortest, longest = facts[f"{index}_shortest"], facts[f"{index}_longest"]
        if shortest is not None and shortest != longest:
            raise StepFailed(f"the column `{name}` holds lists of {shortest} to {longest} numbers")
        return Type("vector", nullable, size=int(shortest or 1))
    kinds: tuple[tuple[Any, str], ...] = (
        (pl.Null, "null"),
        (pl.Boolean, "bool"),
        (pl.Float32 | pl.Float64 | pl.Decimal, "float"),
        (pl.Categorical, "string"),
        (pl.Date, "date"),
        (pl.Datetime, "datetime"),
        (pl.Duration, "duration"),
    )
    found = next((kind for classes, kind in kinds if isinstance(dtype, classes)), None)
    found = "int" if found is None and dtype.is_integer() else found
    if found is None:
        raise StepFailed(f"the column `{name}` holds {dtype}, which is no type of the language")
    return Type(found, nullable)  # type: ignore[arg-type]


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a request; never raises."""
    try:
        folder = Path(request.get("folder") or ".").absolute()
        columns, rows = measured(str(request["connector"]), request.get("arguments") or {}, folder)
        return {"columns": [_item(name, type_) for name, type_ in columns], "rows": rows}
    except MldslError as error:
        return {"error": error.message, "help": error.help}
    except Exception as error:
        text = " ".join(str(error).split())
        return {"error": f"{type(error).__name__}: {text}"}


def _item(name: str, type_: Type) -> dict[str, Any]:
    item = {"name": name, "type": str(type_), "raw": name}
    return {**item, "type": "enum" + "?" * type_.nullable, "values": type_.values} if type_.kind == "enum" else item


def main() -> None:
    """Answer the request on standard input."""
    json.dump(answer(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
