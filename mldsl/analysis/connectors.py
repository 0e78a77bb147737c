"""Calls of connectors: which one it is, and its arguments as plain values by the catalog's names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mldsl.analysis.context import Context
from mldsl.analysis.options.block import report_wrong, twice
from mldsl.analysis.options.calls import secret_or_string
from mldsl.analysis.options.values import Wrong, either, of_kind
from mldsl.analysis.paths import is_uri, locate, python_function
from mldsl.analysis.program import ArgumentValue
from mldsl.analysis.wording import near_or_list, quoted
from mldsl.catalog.connectors import CONNECTORS, SCHEMES, Connector, ConnectorParameter
from mldsl.diagnostics.suggest import did_you_mean, did_you_mean_string
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree


@record
class ConnectorUse:
    """A connector with its arguments; `fine` is false when one of them was reported."""

    connector: Connector
    arguments: dict[str, ArgumentValue]
    fine: bool


def read_connector(call: tree.Call, context: Context, *, writes: bool = False) -> ConnectorUse | None:
    """The connector and its arguments; None after ML101 for an unknown one. `writes` asks for one to write with.

    Only what the program gives is among the arguments. Values behind a named option that takes several belong to it:
    `csv("a.csv", null_values: "NA", "-")`.
    """
    connector = CONNECTORS.get(call.function.text)
    if connector is None or (writes and not connector.writes):
        _unknown(call, writes, context)
        return None
    arguments: dict[str, ArgumentValue] = {}
    spans: dict[str, Span] = {}
    fine = True
    for parameter, argument in _bound(call, connector, context, writes):
        if parameter is None:
            fine = False
            continue
        value = _read(parameter, argument, context)
        if isinstance(value, _Unfit):
            fine = False
        elif parameter.value == "strings" and argument.name is None and parameter.name in arguments:
            before = arguments[parameter.name]
            arguments[parameter.name] = (*(before if isinstance(before, tuple) else ()), *_strings(value))
        elif parameter.name in spans:
            twice(context, f"`{parameter.name}` is given twice", argument.span, spans[parameter.name])
            fine = False
        else:
            arguments[parameter.name] = _strings(value) if parameter.value == "strings" else value
        spans.setdefault(parameter.name, argument.span)
    missing = [item.name for item in connector.parameters if item.required and item.name not in spans]
    if missing:
        _missing(call, connector, missing, context)
    return ConnectorUse(connector, arguments, fine and not missing)


def _unknown(call: tree.Call, writes: bool, context: Context) -> None:
    name = call.function
    known = [item.name for item in CONNECTORS.values() if item.writes or not writes]
    if name.text in CONNECTORS:
        context.report("ML101", f"`{name.text}` cannot write", name.span, help=f"these can: {quoted(known)}")
        return
    help_ = did_you_mean(name.text, known) or f"the connectors are {quoted(known)}"
    context.report("ML101", f"there is no connector `{name.text}`", name.span, help=help_)


def _bound(
    call: tree.Call, connector: Connector, context: Context, writes: bool
) -> Iterator[tuple[ConnectorParameter | None, tree.Argument]]:
    """Each argument with its parameter; None with one that has been reported."""
    position = 0
    last: ConnectorParameter | None = None
    for argument in call.arguments:
        if argument.name is not None:
            last = _named(argument.name, connector, context, writes)
            yield last, argument
        elif last is not None and last.value == "strings":
            yield last, argument
        elif position < len(connector.parameters):
            yield connector.parameters[position], argument
            position += 1
        else:
            count = len(connector.parameters)
            noun = "argument" if count == 1 else "arguments"
            names = quoted(item.name for item in connector.parameters)
            message = f"`{connector.name}` takes {count} {noun} ({names}); options have a name"
            context.report("ML204", message, argument.span)
            yield None, argument


def _named(name: tree.Name, connector: Connector, context: Context, writes: bool) -> ConnectorParameter | None:
    options = [item for item in connector.options if not (writes and item.reads)]
    found = next((item for item in (*connector.parameters, *options) if item.name == name.text), None)
    if found is None:
        help_ = near_or_list(name.text, [item.name for item in options], "its options") if options else None
        where = " where it is written" if connector.option(name.text) is not None else ""
        context.report("ML106", f"`{connector.name}` has no option `{name.text}`{where}", name.span, help=help_)
    return found


def _missing(call: tree.Call, connector: Connector, missing: list[str], context: Context) -> None:
    written = ", ".join(item.name for item in connector.parameters)
    summary = next(item.summary for item in connector.parameters if item.name == missing[0])
    message = f"`{connector.name}` needs {quoted(missing)}: {summary}"
    context.report("ML107", message, call.span, help=f"it is written `{connector.name}({written})`")


# --- values ----------------------------------------------------------------------------------------------------------


class _Unfit:
    """Stands for a value that has been reported."""


_UNFIT = _Unfit()
_Found = ArgumentValue | Wrong | _Unfit


def _strings(value: ArgumentValue) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else ()


def _read(parameter: ConnectorParameter, argument: tree.Argument, context: Context) -> ArgumentValue | _Unfit:
    found = _READERS[parameter.value](argument.value, parameter, context)
    if isinstance(found, Wrong):
        report_wrong(context, found, parameter.name, argument.value)
        return _UNFIT
    return found


def _path(value: tree.Value, parameter: ConnectorParameter, context: Context) -> _Found:
    found = of_kind(value, "string")
    if found is None or not found.value:
        return Wrong("a path or a URI in quotes")
    text = str(found.value)
    scheme = text.partition("://")[0].lower()
    if is_uri(text) and scheme not in (*SCHEMES, "file"):
        known = quoted(f"{name}://" for name in SCHEMES)
        help_ = did_you_mean(scheme, SCHEMES) or f"files elsewhere are {known}"
        return Wrong(said=f"nothing here knows `{scheme}://`", help=help_)
    return locate(text, found.span)


def _connection(value: tree.Value, parameter: ConnectorParameter, context: Context) -> _Found:
    found = secret_or_string(value)
    return Wrong('a database URL or `secret("NAME")`') if found is None else found


def _string(value: tree.Value, parameter: ConnectorParameter, context: Context) -> _Found:
    found = of_kind(value, "string")
    if found is None:
        return Wrong("a string")
    text = str(found.value)
    if parameter.choices and text not in parameter.choices:
        listed = either([f'"{item}"' for item in parameter.choices])
        return Wrong(listed, help=did_you_mean_string(text, parameter.choices))
    return text


def _character(value: tree.Value, parameter: ConnectorParameter, context: Context) -> _Found:
    """A sign of one byte, which is all that readers of CSV take."""
    found = of_kind(value, "string")
    text = "" if found is None else str(found.value)
    fits = len(text) == 1 and text.isascii() and (text.isprintable() or text == "\t")
    return text if fits else Wrong("a single character of ASCII in quotes")


def _bool(value: tree.Value, parameter: ConnectorParameter, context: Context) -> _Found:
    found = of_kind(value, "bool")
    return Wrong("`true` or `false`") if found is None else bool(found.value)


def _count(value: tree.Value, parameter: ConnectorParameter, context: Context) -> _Found:
    found = of_kind(value, "int")
    fits = found is not None and isinstance(found.value, int) and 0 <= found.value < 2**63
    return int(found.value) if found is not None and fits else Wrong("a whole number from 0 on")  # type: ignore[call-overload]


def _function(value: tree.Value, parameter: ConnectorParameter, context: Context) -> _Found:
    found = of_kind(value, "string")
    if found is None:
        return Wrong('a function, as in `"file.py:name"`')
    return python_function(context, found, "function") or _UNFIT


def _table(value: tree.Value, parameter: ConnectorParameter, context: Context) -> _Found:
    if not isinstance(value, tree.Ref):
        return Wrong("the name of a table")
    table = context.table(value)
    return table.name if table is not None else _UNFIT


_READERS: dict[str, Callable[[tree.Value, ConnectorParameter, Context], _Found]] = {
    "path": _path,
    "connection": _connection,
    "string": _string,
    "strings": _string,
    "character": _character,
    "bool": _bool,
    "count": _count,
    "function": _function,
    "table": _table,
}
