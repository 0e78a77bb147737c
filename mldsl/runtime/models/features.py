"""From a table to what is learned from: one matrix of floats, and texts beside it, made once and before any folds.

Nothing is learned here. Numbers are floats, durations and dates seconds (dates since 1970), bools 0 and 1, missing is
NaN. A category is its number: an enum's in the declared order, a string's in the sorted order of the strings among the
training rows. That order says nothing of a fold: a step learns only from the numbers that occur in its own rows. A
string that no training row has is `UNSEEN`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mldsl.catalog.types import Type
from mldsl.plan.expressions import from_json
from mldsl.plan.nodes import ColumnSpec, PrepareRule
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.pictures import EMBEDDED_SIDE, squares

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

UNSEEN = -1.0
_EPOCH = datetime(1970, 1, 1)
_TEXT_STEPS = ("tfidf", "embed", "pixels")


@dataclass(frozen=True, slots=True)
class Feature:
    """One column that is learned from; `categories` of an enum or a string, `size` of a vector."""

    name: str
    kind: str
    categories: tuple[str, ...] = ()
    size: int = 1

    @property
    def parts(self) -> tuple[Feature, ...]:
        """Its columns in the matrix, each as a feature of its own."""
        if self.kind != "vector":
            return (self,)
        return tuple(Feature(f"{self.name}[{number}]", "float") for number in range(self.size))

    def number(self, value: object) -> float:
        """A constant of the column's type, as JSON has it, as its number in the matrix."""
        if self.kind in ("enum", "string"):
            return float(self.categories.index(str(value))) if value in self.categories else UNSEEN
        match from_json(value, Type(self.kind)):  # type: ignore[arg-type]
            case datetime() as moment:
                return (moment - _EPOCH).total_seconds()
            case date() as day:
                return (datetime(day.year, day.month, day.day) - _EPOCH).total_seconds()
            case timedelta() as length:
                return length.total_seconds()
            case float() | int() as plain:
                return float(plain)
            case other:
                raise TypeError(f"not a number: {other!r}")

    def label(self, number: float) -> str:
        """What a number in the matrix stands for, for the names of prepared features."""
        if np.isnan(number):
            return "missing"
        if self.kind in ("enum", "string"):
            return self.categories[int(number)] if 0 <= number < len(self.categories) else "unseen"
        if self.kind == "bool":
            return "true" if number else "false"
        return f"{number:g}"


@dataclass(frozen=True, slots=True)
class Picture:
    """A column of pictures, decoded to squares of that many pixels a side."""

    name: str
    side: int

    @property
    def key(self) -> str:
        """What it is called among the texts."""
        return f"{self.name}\x1f{self.side}"


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """The rows to learn from: `numbers` (rows × columns), and beside them what is no number by itself.

    `texts` has a column of strings and None by its name, and squares of pixels by the key of a `Picture`.
    """

    numbers: Floats
    texts: dict[str, npt.NDArray[Any]]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.numbers)

    def take(self, rows: Ints) -> Matrix:
        """Only these rows."""
        return Matrix(self.numbers[rows], {name: text[rows] for name, text in self.texts.items()})


@dataclass(frozen=True, slots=True)
class Encoder:
    """Which columns a model looks at, and how each becomes numbers or text."""

    numeric: tuple[Feature, ...]
    textual: tuple[str, ...]
    pictures: tuple[Picture, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The table's columns that are needed."""
        named = (feature.name for feature in self.numeric)
        return tuple(dict.fromkeys([*named, *self.textual, *(item.name for item in self.pictures)]))

    def places(self, name: str) -> range:
        """The columns of the matrix that hold the numeric feature `name`."""
        start = 0
        for feature in self.numeric:
            if feature.name == name:
                return range(start, start + feature.size)
            start += feature.size
        raise KeyError(name)

    def feature(self, name: str) -> Feature:
        """The numeric feature of that name."""
        return next(feature for feature in self.numeric if feature.name == name)

    def encode(self, frame: pl.DataFrame) -> Matrix:
        """The table as a matrix. Raises StepFailed for a missing column, an infinity, a value of another type."""
        missing = [name for name in self.columns if name not in frame.columns]
        if missing:
            raise StepFailed(f"the table lacks the column `{missing[0]}`, which the model learned from")
        columns = [part for feature in self.numeric for part in _numbers(frame[feature.name], feature)]
        numbers = np.empty((frame.height, len(columns)), order="F")
        for place, column in enumerate(columns):
            numbers[:, place] = column
        self._refuse_infinities(numbers)
        texts = {name: np.array(frame[name].cast(pl.String).to_list(), dtype=object) for name in self.textual}
        return Matrix(numbers, texts | {item.key: _squares(frame[item.name], item) for item in self.pictures})

    def _refuse_infinities(self, numbers: Floats) -> None:
        for feature in self.numeric:
            places = self.places(feature.name)
            if np.isinf(numbers[:, places.start : places.stop]).any():
                raise StepFailed(
                    f"`{feature.name}` holds an infinite value, and no model can learn from that",
                    "take it out in a `transform` before: `filter` it, or bound it with `clip`",
                )


def make_encoder(features: Sequence[ColumnSpec], rules: Sequence[PrepareRule], frame: pl.DataFrame) -> Encoder:
    """The encoder of a model's features; `frame` has the training rows, for the categories of string columns.

    Columns that every rule drops are left out. Raises StepFailed for columns that nothing installed can turn into
    numbers.
    """
    numeric, textual = [], []
    pictures: list[Picture] = []
    for spec in features:
        used = [rule for rule in rules if spec.name in rule.columns and not drops(rule)]
        if not used:
            continue
        if spec.type.kind == "image":
            pictures += [_picture(spec.name, rule) for rule in used]
            continue
        as_text = [spec.type.kind == "text" or is_textual(rule) for rule in used]
        if any(as_text):
            textual.append(spec.name)
        if not all(as_text):
            numeric.append(_feature(spec, used, frame))
    return Encoder(tuple(numeric), tuple(textual), tuple(dict.fromkeys(pictures)))


def _picture(name: str, rule: PrepareRule) -> Picture:
    """The size in which the rule's first step looks at pictures."""
    first = rule.steps[0]
    match first.name:
        case "pixels":
            return Picture(name, int(first.arguments.get("size", 16)))
        case "embed":
            return Picture(name, EMBEDDED_SIDE)
        case other:
            message = f"`{other}` cannot look at the pictures of `{name}`"
            raise StepFailed(message, "begin with `pixels` or `embed`, or `drop` the column")


def _squares(column: pl.Series, picture: Picture) -> npt.NDArray[np.int16]:
    if column.dtype not in (pl.Binary, pl.Null):
        raise StepFailed(f"`{picture.name}` has values that are no image", f"they are {column.dtype}")
    return squares(column, picture.side)


def material_key(rule: PrepareRule, encoder: Encoder) -> str | None:
    """Under which name among the texts a rule finds its only column; None where it is about numbers."""
    if not is_textual(rule):
        return None
    name = rule.columns[0]
    if any(item.name == name for item in encoder.pictures):
        return _picture(name, rule).key
    return name if name in encoder.textual else None


def is_textual(rule: PrepareRule) -> bool:
    """Whether the rule reads its columns as language."""
    return any(step.name in _TEXT_STEPS for step in rule.steps)


def drops(rule: PrepareRule) -> bool:
    """Whether the rule leaves its columns out."""
    return any(step.name == "drop" for step in rule.steps)


def _feature(spec: ColumnSpec, rules: Iterable[PrepareRule], frame: pl.DataFrame) -> Feature:
    match spec.type.kind:
        case "enum":
            return Feature(spec.name, "enum", spec.type.values)
        case "string":
            seen = set(frame[spec.name].cast(pl.String).unique().to_list()) | set(_constants(rules))
            return Feature(spec.name, "string", tuple(sorted(value for value in seen if value is not None)))
        case "vector":
            return Feature(spec.name, "vector", size=spec.type.size)
        case kind:
            return Feature(spec.name, kind)


def _constants(rules: Iterable[PrepareRule]) -> Iterable[str]:
    """Strings that missing values are filled with."""
    for rule in rules:
        for step in rule.steps:
            if step.name == "impute" and isinstance(step.arguments.get("value"), str):
                yield step.arguments["value"]


# --- columns to floats -----------------------------------------------------------------------------------------------


def _numbers(column: pl.Series, feature: Feature) -> list[Floats]:
    """The column as one array of floats, a vector as several. Raises StepFailed for a value of another type."""
    try:
        match feature.kind:
            case "enum" | "string":
                return [_codes(column, feature.categories)]
            case "date" | "datetime":
                moments = column.cast(pl.Datetime("us")).cast(pl.Int64)
                return [_floats(moments.cast(pl.Float64) / 1_000_000)]
            case "duration":
                return [_floats(column.cast(pl.Duration("us")).cast(pl.Int64).cast(pl.Float64) / 1_000_000)]
            case "vector":
                return _vectors(column, feature.size)
            case _:
                return [_floats(column.cast(pl.Float64))]
    except (pl.exceptions.PolarsError, ValueError, TypeError) as error:
        raise StepFailed(f"`{feature.name}` has values that are no {feature.kind}", _first_line(error)) from error


def _floats(column: pl.Series) -> Floats:
    return column.fill_null(float("nan")).to_numpy().astype(np.float64, copy=False)


def _codes(column: pl.Series, categories: tuple[str, ...]) -> Floats:
    if isinstance(column.dtype, pl.Enum) and tuple(column.dtype.categories.to_list()) == categories:
        return _floats(column.to_physical().cast(pl.Float64))
    strings = column.cast(pl.String)
    if not categories:
        return np.where(strings.is_null().to_numpy(), np.nan, UNSEEN)
    codes = strings.replace_strict(
        list(categories), [float(place) for place in range(len(categories))], default=UNSEEN, return_dtype=pl.Float64
    )
    return np.where(strings.is_null().to_numpy(), np.nan, codes.to_numpy())


def _vectors(column: pl.Series, size: int) -> list[Floats]:
    gap = [float("nan")] * size
    rows = np.array([gap if row is None else list(row) for row in column.to_list()], dtype=np.float64)
    rows = rows.reshape(len(column), size)
    return [rows[:, place] for place in range(size)]


def _first_line(error: Exception) -> str | None:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else None
