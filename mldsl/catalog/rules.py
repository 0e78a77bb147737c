"""The rules that give a call's type from its arguments' types (LANGUAGE.md, sections 3 and 4).

Each returns a `Rule` or is one. Arguments' kinds have been held against the parameters before a rule is asked, and no
argument is of kind `any`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from mldsl.catalog.signatures import Mismatch, Rule, words
from mldsl.catalog.types import BOOL, DATE, DATETIME, DURATION, FLOAT, INT, STRING, Kind, Type, common

Types = Sequence[Type]
Constants = Sequence[object | None]


def always(result: Type) -> Rule:
    """The result's type does not depend on the arguments."""
    return lambda types, constants: result


def same(types: Types, constants: Constants) -> Type | Mismatch:
    """The first argument's type."""
    return types[0]


def number(types: Types, constants: Constants) -> Type | Mismatch:
    """`int` for ints, `float` as soon as one argument is a float."""
    return FLOAT if any(item.kind == "float" for item in types) else INT


def mean(types: Types, constants: Constants) -> Type | Mismatch:
    """A float for numbers, a duration for durations."""
    return DURATION if types[0].kind == "duration" else FLOAT


def textual(types: Types, constants: Constants) -> Type | Mismatch:
    """`text` as soon as one argument is text, else `string`."""
    return Type("text") if any(item.kind == "text" for item in types) else STRING


def unless(safe: Callable[[Constants], bool], rule: Rule) -> Rule:
    """`rule`, nullable unless the constants show that the operation is defined for every value."""

    def result(types: Types, constants: Constants) -> Type | Mismatch:
        found = rule(types, constants)
        if isinstance(found, Mismatch):
            return found
        return found.with_null(any(item.nullable for item in types) or not safe(constants))

    return result


def constant(index: int, holds: Callable[[float], bool]) -> Callable[[Constants], bool]:
    """Whether argument `index` is a constant number (a duration counts by its length) for which `holds` is true."""

    def check(constants: Constants) -> bool:
        value = constants[index]
        if isinstance(value, timedelta):
            value = value.total_seconds()
        return isinstance(value, (int, float)) and holds(value)

    return check


# --- types that must go together -------------------------------------------------------------------------------------


def shared(first: int = 0) -> Rule:
    """The common type of the arguments from `first` on; a string literal that an enum beside it has counts as one."""

    def result(types: Types, constants: Constants) -> Type | Mismatch:
        enums = [item for item in types[first:] if item.kind == "enum"]
        found = None
        for index, item in enumerate(types[first:], first):
            member = next((enum for enum in enums if constants[index] in enum.values), item)
            given = item if item.kind == "enum" else member.with_null(item.nullable)
            joined = given if found is None else common(found, given)
            if joined is None:
                return Mismatch(index, _beside(types[first]))
            found = joined
        assert found is not None
        return found

    return result


def comparable(types: Types, constants: Constants) -> Type | Mismatch:
    """A bool; every argument must have a type in common with the first."""
    for index in range(1, len(types)):
        if common(types[0], types[index]) is None:
            return Mismatch(index, _beside(types[0]))
    return BOOL


def _beside(kind: Type) -> str:
    if kind.is_number:
        return "a number"
    return words(
        ("date", "datetime")
        if kind.is_temporal
        else (("string", "text", "enum") if kind.is_stringlike else (kind.kind,))
    )


def coalesce(types: Types, constants: Constants) -> Type | Mismatch:
    """The common type; null only when all are null."""
    found = shared()(types, constants)
    return found if isinstance(found, Mismatch) else found.with_null(all(item.nullable for item in types))


# --- arithmetic ------------------------------------------------------------------------------------------------------


def add(types: Types, constants: Constants) -> Type | Mismatch:
    """Numbers; durations; a date or datetime and a duration, in either order."""
    left, right = types
    if right.is_temporal and left.kind in ("duration", "null"):
        return _moved(right, constants[0])
    if left.kind == "duration" and right.kind == "duration":
        return DURATION
    return _arithmetic(types, constants, ("duration", "date", "datetime"))


def subtract(types: Types, constants: Constants) -> Type | Mismatch:
    """Numbers; durations; two dates or datetimes give a duration; a duration off a date or datetime."""
    left, right = types
    if right.is_temporal:
        fine = left.is_temporal or left.kind == "null"
        return DURATION if fine else Mismatch(1, words(("int", "float") if left.is_number else ("duration",)))
    if left.kind == "duration" and right.kind == "duration":
        return DURATION
    return _arithmetic(types, constants, ("duration",), ("duration", "date", "datetime"))


def _arithmetic(
    types: Types, constants: Constants, beside_duration: tuple[Kind, ...], beside_time: tuple[Kind, ...] = ("duration",)
) -> Type | Mismatch:
    left, right = types
    if "null" in (left.kind, right.kind):
        return left if right.kind == "null" else right
    if left.is_number:
        return number(types, constants) if right.is_number else Mismatch(1, "a number")
    if left.is_temporal:
        return _moved(left, constants[1]) if right.kind == "duration" else Mismatch(1, words(beside_time))
    return Mismatch(1, words(beside_duration))


def _moved(start: Type, by: object | None) -> Type:
    """A date stays one only if it is moved by a constant number of whole days."""
    whole = isinstance(by, timedelta) and by % timedelta(days=1) == timedelta(0)
    return DATE if start.kind == "date" and whole else DATETIME


def multiply(types: Types, constants: Constants) -> Type | Mismatch:
    """Numbers, or a number and a duration."""
    left, right = types
    if left.kind == "duration" and not (right.is_number or right.kind in ("null", "any")):
        return Mismatch(1, "a number")
    if "duration" in (left.kind, right.kind):
        return DURATION
    return number(types, constants)


def divide(types: Types, constants: Constants) -> Type | Mismatch:
    """Numbers and two durations give a float, a duration by a number a duration."""
    left, right = types
    if left.kind == "duration":
        return FLOAT if right.kind == "duration" else DURATION
    return (
        Mismatch(1, "a number") if left.is_number and not (right.is_number or right.kind in ("null", "any")) else FLOAT
    )


def power(types: Types, constants: Constants) -> Type | Mismatch:
    """Ints to a constant exponent of 0 or more give an int, all else a float; null where a power is undefined."""
    exponent = constants[1]
    natural = types[1].kind == "int" and constant(1, lambda value: value >= 0)(constants)
    kind = INT if natural and types[0].kind == "int" else FLOAT
    whole = isinstance(exponent, int | float) and exponent >= 0 and float(exponent).is_integer()
    defined = whole or constant(0, lambda value: value > 0)(constants)
    return kind.with_null(any(item.nullable for item in types) or not defined)


# --- dates -----------------------------------------------------------------------------------------------------------

_TIME_DIRECTIVES = ("%H", "%I", "%M", "%S", "%T", "%R", "%f", "%p", "%X", "%c", "%s")


def parsed_date(types: Types, constants: Constants) -> Type | Mismatch:
    """A date; a datetime when the format reads hours or less."""
    layout = constants[1] if isinstance(constants[1], str) else ""
    return DATETIME if any(directive in layout for directive in _TIME_DIRECTIVES) else DATE
