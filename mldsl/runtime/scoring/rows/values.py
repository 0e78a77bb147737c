"""A request's values as rows have them, and a row's as numbers that a model learns from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mldsl.catalog.types import Type
from mldsl.runtime.engine.values import INT_MAX, INT_MIN
from mldsl.runtime.models.features import UNSEEN, Feature
from mldsl.runtime.scoring.rows.beyond import Beyond

Convert = Callable[[Any], Any]
_NAN = float("nan")
_EPOCH = datetime(1970, 1, 1)
_FIRST_DAY = date(1970, 1, 1).toordinal()
_MICRO = timedelta(microseconds=1)
_CLASSES: Mapping[str, type] = {"bool": bool, "string": str, "text": str, "date": date, "duration": timedelta}


# --- of requests -----------------------------------------------------------------------------------------------------


def reader(type_: Type) -> Convert:
    """What a request's value that is not null becomes. Raises Beyond for one that is none of the type."""
    match type_.kind:
        case "float":
            return _float
        case "int":
            return _int
        case "datetime":
            return _datetime
        case "enum":
            return _of_class(str, frozenset(type_.values))
        case kind if kind in _CLASSES:
            return _of_class(_CLASSES[kind])
        case kind:
            raise Beyond(f"columns of the type `{kind}`")


def _float(value: Any) -> float | None:  # noqa: ANN401
    if value.__class__ is not float and value.__class__ is not int:
        raise Beyond
    number = float(value)
    if number != number:
        return None
    if number - number != 0:
        raise Beyond  # an infinity
    return number


def _int(value: Any) -> int:  # noqa: ANN401
    if value.__class__ is not int or not INT_MIN <= value <= INT_MAX:
        raise Beyond
    return value


def _datetime(value: Any) -> datetime:  # noqa: ANN401
    if value.__class__ is not datetime:
        raise Beyond
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def _of_class(wanted: type, among: frozenset[str] | None = None) -> Convert:
    def check(value: Any) -> Any:  # noqa: ANN401
        if value.__class__ is not wanted or (among is not None and value not in among):
            raise Beyond
        return value

    return check


# --- of models -------------------------------------------------------------------------------------------------------


def numbers(features: Sequence[Feature]) -> Callable[[Mapping[str, Any]], list[float]]:
    """What gives a row's numbers, as `Encoder.encode` does. Raises Beyond for features that are no numbers."""
    single = [(feature.name, encoder(feature)) for feature in features if feature.kind != "vector"]
    if len(single) == len(features):
        return lambda row: [_NAN if (value := row[name]) is None else encode(value) for name, encode in single]
    parts = [_several(feature) for feature in features]
    return lambda row: [number for part in parts for number in part(row)]


def _several(feature: Feature) -> Callable[[Mapping[str, Any]], Iterator[float]]:
    name = feature.name
    if feature.kind != "vector":
        encode = encoder(feature)
        return lambda row: iter((_NAN if row[name] is None else encode(row[name]),))
    gap = [_NAN] * feature.size
    return lambda row: iter(gap if row[name] is None else row[name])


def encoder(feature: Feature) -> Callable[[Any], float]:
    """What a value of a feature that is not null becomes."""
    match feature.kind:
        case "enum" | "string":
            codes = {value: float(place) for place, value in enumerate(feature.categories)}
            return lambda value: codes.get(value, UNSEEN)
        case "bool" | "int" | "float":
            return float
        case "date":
            return lambda day: (day.toordinal() - _FIRST_DAY) * 86400.0
        case "datetime":
            return lambda moment: float((moment - _EPOCH) // _MICRO) / 1_000_000
        case "duration":
            return lambda length: float(length // _MICRO) / 1_000_000
        case kind:
            raise Beyond(f"features of the type `{kind}`")
