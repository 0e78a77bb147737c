"""Calls by name: which function it is, which argument goes where, whether an aggregate may stand there."""

from __future__ import annotations

from collections.abc import Callable

from mldsl.analysis.context import Context
from mldsl.analysis.expressions.apply import apply
from mldsl.analysis.expressions.environment import Environment, mistake
from mldsl.analysis.typed import TypedExpr
from mldsl.catalog.functions import FUNCTIONS
from mldsl.catalog.signatures import Function
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.syntax import tree

Check = Callable[[tree.Value, Environment, Context], TypedExpr]

# What functions of other languages are called here.
_ELSEWHERE: dict[str, str] = {
    "avg": "`mean(x)`",
    "average": "`mean(x)`",
    "stddev": "`std(x)`",
    "variance": "`var(x)`",
    "nunique": "`count_distinct(x)`",
    "n_distinct": "`count_distinct(x)`",
    "percentile": "`quantile(x, q)`",
    "len": "`length(s)`",
    "strlen": "`length(s)`",
    "strip": "`trim(s)`",
    "substr": "`substring(s, start, n)`",
    "coalesce": "`x ?? default`",
    "ifnull": "`x ?? default`",
    "nvl": "`x ?? default`",
    "fillna": "`x ?? default`",
    "isnull": "`x is null`",
    "is_null": "`x is null`",
    "isnan": "`x is null`: a NaN is read as null",
    "pow": "`x ** n`",
    "power": "`x ** n`",
    "mod": "`a % b`",
    "ln": "`log(x)`",
    "now": "`run_time`, the run's own time, so that a run can be repeated",
    "today": "`run_date`, the run's own date, so that a run can be repeated",
    "current_date": "`run_date`, the run's own date",
    "datediff": "`days_between(a, b)`",
    "date_diff": "`days_between(a, b)`",
    "date_trunc": "`truncate(t, unit)`",
    "to_date": "`parse_date(s, format)`",
    "strptime": "`parse_date(s, format)`",
    "cast": "`int(x)`, `float(x)`, `string(x)` or `bool(x)`",
    "str": "`string(x)`",
    "case": "`if … then … else …`",
    "regexp_matches": "`matches(s, regex)`",
}


def check_call(call: tree.Call, environment: Environment, context: Context, check: Check) -> TypedExpr:
    """The typed call; what the place itself knows goes first. `check` types an argument."""
    own = environment.call(call, context)
    if own is not None:
        return own
    function = FUNCTIONS.get(call.function.text)
    if function is None:
        _unknown(call, environment, context)
        return mistake(call.span)
    inner: Environment | None = environment
    match function.kind:
        case "aggregate":
            inner = environment.aggregate(call, function, context)
        case "window":
            _without_window(call, context)
            inner = None
        case "check":
            _outside_checks(call, context)
            inner = None
    if inner is None:
        return mistake(call.span)
    return call_function(function, call, inner, environment, context, check)


def call_function(
    function: Function,
    call: tree.Call,
    inner: Environment,
    environment: Environment,
    context: Context,
    check: Check,
) -> TypedExpr:
    """A catalog function whose arguments stand in `inner` and whose value in `environment`."""
    values = bind_arguments(call, function, context)
    if values is None or (function.ordered and not _has_order(function, call, environment, context)):
        return mistake(call.span)
    arguments = tuple(check(value, inner, context) for value in values)
    order = environment.order if function.ordered else ()
    grouped = environment.grouped
    return apply(function, f"`{function.name}`", arguments, call.span, context, order=order, grouped=grouped)


def bind_arguments(call: tree.Call, function: Function, context: Context) -> tuple[tree.Value, ...] | None:
    """The arguments in the order of the function's parameters, named ones at their place; None after ML204."""
    bound = [argument.value for argument in call.arguments if argument.name is None]
    given = len(bound)
    names = [parameter.name for parameter in function.parameters]
    for argument in call.arguments:
        if argument.name is None:
            continue
        name = argument.name
        if name.text not in names:
            known = did_you_mean(name.text, names) or f"it is written `{function.signature}`"
            context.report("ML204", f"`{function.name}` has no argument `{name.text}`", name.span, help=known)
            return None
        index = names.index(name.text)
        if index < len(bound):
            context.report("ML204", f"`{name.text}` of `{function.name}` is given twice", argument.span)
            return None
        if index > len(bound):
            break
        bound.append(argument.value)
    most = function.maximum
    if len(bound) < function.minimum or (most is not None and len(bound) > most) or len(bound) < len(call.arguments):
        _wrong_number(call, function, max(given, len(call.arguments)), context)
        return None
    return tuple(bound)


def _wrong_number(call: tree.Call, function: Function, given: int, context: Context) -> None:
    least, most = function.minimum, function.maximum
    if most is None:
        wanted = f"at least {least}"
    elif most == 0:
        wanted = "no"
    else:
        wanted = str(least) if least == most else f"{least} to {most}"
    noun = "argument" if wanted == "1" else "arguments"
    context.report(
        "ML204",
        f"`{function.name}` takes {wanted} {noun}, not {given}",
        call.span,
        help=f"it is written `{function.signature}`",
    )


def _has_order(function: Function, call: tree.Call, environment: Environment, context: Context) -> bool:
    if environment.order:
        return True
    message = f"`{function.name}` needs an order: there is no `sort by` before it"
    context.report("ML107", message, call.function.span, help="put `sort by …` before the `group by`")
    return False


def _unknown(call: tree.Call, environment: Environment, context: Context) -> None:
    """ML203."""
    name = call.function.text
    elsewhere = _ELSEWHERE.get(name.lower())
    help_ = f"write {elsewhere}" if elsewhere else did_you_mean(name, environment.functions())
    context.report("ML203", f"there is no function `{name}`", call.function.span, help=help_)


def _without_window(call: tree.Call, context: Context) -> None:
    name = call.function.text
    help_ = f"write `{call.span.text} over (order by …)`"
    context.report("ML107", f"`{name}` needs a window behind it", call.span, help=help_)


def _outside_checks(call: tree.Call, context: Context) -> None:
    name = call.function.text
    help_ = "the number of rows of a group is `count()`" if name == "rows" else None
    message = f"`{name}` looks at a whole table and stands in a `check` only"
    context.report("ML205", message, call.function.span, help=help_)
