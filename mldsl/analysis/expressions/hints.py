"""What to write instead of an argument of the wrong type."""

from __future__ import annotations

from datetime import date, datetime

from mldsl.analysis.typed import Constant, TypedExpr
from mldsl.catalog.signatures import Function, Mismatch


def hint(function: Function, arguments: tuple[TypedExpr, ...], problem: Mismatch) -> str | None:
    """The help of ML202: a literal with the right sign or unit, or a conversion."""
    wrong = arguments[problem.index]
    text = wrong.span.text
    kind = wrong.type.kind
    if function.name == "add" and any(argument.type.is_stringlike for argument in arguments):
        texts = ((item.span.text, item.type.is_stringlike) for item in arguments)
        parts = (text if fine else f"string({text})" for text, fine in texts)
        return f"to put strings together write `concat({', '.join(parts)})`"
    if wrong.type.is_stringlike and "date" in problem.expected:
        return _date_literal(wrong) or (None if isinstance(wrong, Constant) else f"convert it: `date({text})`")
    if wrong.type.is_number and "duration" in problem.expected:
        if isinstance(wrong, Constant):
            return f"a duration has a unit: `{text}d` for days, `{text}h` for hours"
        return f"give it a unit: `{text} * 1d`"
    if kind == "duration" and problem.expected == "a number":
        return f"divide it by a unit: `{text} / 1d` for days"
    if wrong.type.is_stringlike and problem.expected == "a number":
        return _number_literal(wrong) or f"convert it: `float({text})` or `int({text})`"
    if problem.expected.startswith("a string") and (wrong.type.is_number or kind in ("bool", "date", "datetime")):
        return f'write it in quotes: `"{text}"`' if isinstance(wrong, Constant) else f"convert it: `string({text})`"
    if problem.expected == "a `bool`":
        return _condition(function, arguments, problem)
    return None


def _date_literal(wrong: TypedExpr) -> str | None:
    """A string that says a date, written as one."""
    if not isinstance(wrong, Constant) or not isinstance(wrong.value, str):
        return None
    try:
        moment = datetime.fromisoformat(wrong.value)
    except ValueError:
        return "a date is written `@2025-01-31`, a datetime `@2025-01-31T10:00:00`"
    if len(wrong.value) <= 10:
        return f"a date is written without quotes: `@{date.isoformat(moment)}`"
    return f"a datetime is written without quotes: `@{moment.replace(tzinfo=None).isoformat()}`"


def _number_literal(wrong: TypedExpr) -> str | None:
    """A string that says a number, written as one."""
    if not isinstance(wrong, Constant):
        return None
    try:
        float(str(wrong.value))
    except ValueError:
        return "a number is written without quotes"
    return f"a number is written without quotes: `{wrong.value}`"


def _condition(function: Function, arguments: tuple[TypedExpr, ...], problem: Mismatch) -> str | None:
    """For a bool that is compared with something else, and for an operand of a condition that is none."""
    wrong = arguments[problem.index]
    other = arguments[0].span.text
    if function.name in ("equal", "not_equal") and isinstance(wrong, Constant) and problem.index == 1:
        return f"a bool is a condition by itself: write `{other}` or `not {other}`"
    if function.name in ("and", "or", "not") and wrong.type.is_number:
        return f"compare it: `{wrong.span.text} > 0`"
    return None
