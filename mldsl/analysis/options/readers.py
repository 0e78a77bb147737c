"""Option values by kind: from what stands behind the colon to a plain Python value, or to what is wanted instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from mldsl.analysis.options import calls, pods
from mldsl.analysis.options.values import Wrong, either, literal, name_of, of_kind
from mldsl.catalog.options import OptionKind, OptionSpec
from mldsl.diagnostics.suggest import Hint, did_you_mean
from mldsl.syntax import tree

Reader = Callable[[tree.Value, OptionSpec], object]
"""Gives the value, or Wrong."""


def read_value(value: tree.Value, spec: OptionSpec) -> object:
    """The value of one option, typed as its spec says and within its bounds; Wrong where it is not."""
    found = _READERS[spec.kind](value, spec)
    return found if isinstance(found, Wrong) else _bounded(found, spec)


def _bounded(value: object, spec: OptionSpec) -> object:
    if spec.low is None and spec.high is None:
        return value
    numbers = value if isinstance(value, tuple) else (value,)
    for item in numbers:
        number = item.total_seconds() if isinstance(item, timedelta) else item
        if not isinstance(number, (int, float)):
            continue
        if spec.low is not None and (number < spec.low or (spec.above and number == spec.low)):
            return Wrong(said=f"`{spec.name}` must be {bounds(spec)}")
        if spec.high is not None and number > spec.high:
            return Wrong(said=f"`{spec.name}` must be {bounds(spec)}", help=_as_percent(item, spec))
    return value


def bounds(spec: OptionSpec) -> str:
    """The bounds of an option in words: `at least 1`, `more than 0% and at most 100%`."""
    low = None if spec.low is None else f"{'more than' if spec.above else 'at least'} {_bound(spec.low, spec)}"
    high = None if spec.high is None else f"at most {_bound(spec.high, spec)}"
    return " and ".join(text for text in (low, high) if text is not None)


def _bound(value: float, spec: OptionSpec) -> str:
    if spec.kind == "share":
        return f"{value:.0%}"
    return f"{value:g}" if abs(value) < 1e6 else str(int(value))


def _as_percent(value: object, spec: OptionSpec) -> str | None:
    if spec.kind in ("share", "threshold") and isinstance(value, (int, float)) and 1 < value <= 100:
        return Hint(f"write `{value:g}%`", f"{value:g}", f"{value:g}%")
    return None


def _string(value: tree.Value, spec: OptionSpec) -> object:
    found = of_kind(value, "string")
    if found is not None:
        return found.value
    name = name_of(value)
    return Wrong("a string", help=f'write it in quotes: `"{name.text}"`' if name else None)


def _int(value: tree.Value, spec: OptionSpec) -> object:
    found = of_kind(value, "int")
    return Wrong("a whole number") if found is None else found.value


def _number(value: tree.Value, spec: OptionSpec) -> object:
    found = of_kind(value, "int", "float", "percent")
    return Wrong("a number") if found is None else found.value


def _share(value: tree.Value, spec: OptionSpec) -> object:
    found = of_kind(value, "int", "float", "percent")
    return Wrong("a share such as `70%`") if found is None else float(found.value)  # type: ignore[arg-type]


def _bool(value: tree.Value, spec: OptionSpec) -> object:
    found = of_kind(value, "bool")
    return Wrong("`true` or `false`") if found is None else found.value


def _duration(value: tree.Value, spec: OptionSpec) -> object:
    found = of_kind(value, "duration", "int")
    if found is None:
        return Wrong("a duration such as `5m`")
    if found.kind == "int":
        digits = found.span.text
        return Wrong(
            "a duration such as `5m`", help=f"add a unit: `{digits}s`, `{digits}m`, `{digits}h` or `{digits}d`"
        )
    return found.value


def _size(value: tree.Value, spec: OptionSpec) -> object:
    found = of_kind(value, "size", "int")
    if found is None:
        return Wrong("a size such as `4Gi`")
    if found.kind == "int":
        return Wrong("a size such as `4Gi`", help=f"add a unit: `{found.span.text}Mi` or `{found.span.text}Gi`")
    return found.value


def _range_int(value: tree.Value, spec: OptionSpec) -> object:
    """A pair; a single int stands for both ends."""
    if isinstance(value, tree.Range):
        ends = (of_kind(value.low, "int"), of_kind(value.high, "int"))
        if ends[0] is None or ends[1] is None or value.log:
            return Wrong("a whole number or a range such as `2..10`")
        pair = (ends[0].value, ends[1].value)
        if pair[0] > pair[1]:  # type: ignore[operator]
            return Wrong(said=f"the range of `{spec.name}` ends before it starts", help=f"write `{pair[1]}..{pair[0]}`")
        return pair
    found = of_kind(value, "int")
    return Wrong("a whole number or a range such as `2..10`") if found is None else (found.value, found.value)


def _any_literal(value: tree.Value, spec: OptionSpec) -> object:
    found = literal(value)
    if found is not None and found.kind != "null":
        return found.value
    name = name_of(value)
    return Wrong("a value", help=f'write it in quotes: `"{name.text}"`' if name else None)


def _word(value: tree.Value, spec: OptionSpec) -> object:
    """One of the spec's choices."""
    listed = either(spec.choices)
    name = name_of(value)
    if name is None:
        found = of_kind(value, "string")
        quoted = found is not None and found.value in spec.choices
        return Wrong(listed, help=f"write it without quotes: `{found.value}`" if quoted and found else None)
    if name.text in spec.choices:
        return name.text
    return Wrong(listed, help=did_you_mean(name.text, spec.choices))


def _name(wanted: str) -> Reader:
    """A bare word that the caller looks up."""

    def read(value: tree.Value, spec: OptionSpec) -> object:
        name = name_of(value)
        if name is not None:
            return name
        found = of_kind(value, "string")
        return Wrong(wanted, help=f"write it without quotes: `{found.value}`" if found is not None else None)

    return read


# The parser knows groups only behind the options that it knows to list columns, not behind one that is mistyped.
_GROUPS: dict[str, tree.SelectorGroup] = {
    "all": "all",
    "numeric": "numeric",
    "categorical": "categorical",
    "text": "text",
    "temporal": "temporal",
}


def _columns(value: tree.Value, spec: OptionSpec) -> object:
    if isinstance(value, tree.Ref) and value.span.text in _GROUPS:
        return tree.Selector(value.span, _GROUPS[value.span.text], ())
    if isinstance(value, (tree.Ref, tree.Selector)):
        return value
    return Wrong("columns: names or groups such as `numeric`")


def _table(value: tree.Value, spec: OptionSpec) -> object:
    return value if isinstance(value, tree.Ref) else Wrong("a table's name")


def _connector(value: tree.Value, spec: OptionSpec) -> object:
    if isinstance(value, tree.Call):
        return value
    found = of_kind(value, "string")
    help_ = f"name the format: `parquet({found.span.text})`" if found is not None else None
    return Wrong('a connector such as `parquet("scores.parquet")`', help=help_)


def _threshold(value: tree.Value, spec: OptionSpec) -> object:
    if isinstance(value, tree.Call) and value.function.text in ("maximize", "cost"):
        return value
    found = of_kind(value, "int", "float", "percent")
    if found is not None:
        return float(found.value)  # type: ignore[arg-type]
    return Wrong("a probability such as `0.4`, `maximize(f1)` or `cost(false_positive: 1, false_negative: 5)`")


_READERS: Mapping[OptionKind, Reader] = {
    "string": _string,
    "strings": _string,
    "int": _int,
    "number": _number,
    "share": _share,
    "bool": _bool,
    "duration": _duration,
    "size": _size,
    "column": _name("a column's name"),
    "columns": _columns,
    "metric": _name("a metric's name"),
    "name": _word,
    "names": _word,
    "schedule": calls.schedule,
    "timezone": _string,
    "engine": calls.engine,
    "tracking": calls.tracking,
    "notify": calls.notify,
    "range_int": _range_int,
    "threshold": _threshold,
    "calibrate": _word,
    "table": _table,
    "path": calls.path,
    "connector": _connector,
    "report": _name("a report's name"),
    "device": pods.device,
    "label": pods.label,
    "toleration": pods.toleration,
    "volume": pods.volume,
    "value": _any_literal,
}
