"""The values of a run: what was given for the parameters, or their defaults, and the run's logical time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from mldsl.catalog.texts import TextProblem, parse_value
from mldsl.catalog.types import DATE, DATETIME, Type
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.errors import UsageError
from mldsl.plan.expressions import Json, from_json, to_json
from mldsl.plan.nodes import Plan, PlanParam

_RUN_VALUES: Mapping[str, Type] = {"run_date": DATE, "run_time": DATETIME}


def run_params(plan: Plan, given: Mapping[str, object], now: datetime | None = None) -> dict[str, object]:
    """Every parameter's value as Python has it, and `run_date` and `run_time`.

    Texts are read as the parameter's type says, as from a command line; other values must be of that type. Of
    `run_date` and `run_time` one gives the other (a date its midnight); without either, `now` (UTC) is both. Raises
    UsageError for an unknown name, a value that does not fit, and a parameter that has neither value nor default.
    """
    types = {**{param.name: param.type for param in plan.params}, **_RUN_VALUES}
    unknown = next((name for name in given if name not in types), None)
    if unknown is not None:
        raise _unknown(unknown, plan)
    values = {name: _read(name, value, types[name]) for name, value in given.items()}
    moment = now or datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    return {
        **{param.name: _default(param) for param in plan.params if param.name not in values},
        **_time(values, moment),
    }


def params_document(values: Mapping[str, object]) -> dict[str, Json]:
    """The values as plain JSON, for the record of a run."""
    return {name: to_json(value) for name, value in values.items()}


def params_from_document(plan: Plan, document: Mapping[str, Json]) -> dict[str, object]:
    """The inverse of `params_document`."""
    types = {**{param.name: param.type for param in plan.params}, **_RUN_VALUES}
    return {name: from_json(value, types[name]) for name, value in document.items()}


def _time(values: dict[str, object], moment: datetime) -> dict[str, object]:
    match values:
        case {"run_date": _, "run_time": _}:
            return values
        case {"run_time": datetime() as time}:
            return {**values, "run_date": time.date()}
        case {"run_date": date() as day}:
            return {**values, "run_time": datetime(day.year, day.month, day.day)}
        case _:
            return {**values, "run_date": moment.date(), "run_time": moment}


def _unknown(name: str, plan: Plan) -> UsageError:
    names = [param.name for param in plan.params]
    listed = f"the parameters are {', '.join(f'`{item}`' for item in names)}" if names else "it has none"
    near = did_you_mean(name, [*names, *_RUN_VALUES])
    return UsageError(f"the pipeline `{plan.name}` has no parameter `{name}`", near or listed)


def _default(param: PlanParam) -> object:
    if param.required:
        message = f"the parameter `{param.name}` has no default and must be set"
        raise UsageError(message, f"`--set {param.name}=…`, a `{param.type}`")
    return from_json(param.default, param.type)


def _read(name: str, value: object, wanted: Type) -> object:
    found = parse_value(value, wanted) if isinstance(value, str) else _as(value, wanted)
    if isinstance(found, TextProblem):
        raise UsageError(f"the parameter `{name}`: {found.message}")
    return found


def _as(value: object, wanted: Type) -> object | TextProblem:
    """A Python value for a parameter of that type; an int is a float, a date its midnight."""
    match wanted.kind, value:
        case _, None if wanted.nullable:
            return None
        case "bool", bool():
            return value
        case (("int" | "float"), bool()):
            return TextProblem(f"{value!r} is not a `{wanted}`")
        case ("int", int()) | ("float", float()) | ("duration", timedelta()):
            return value
        case "float", int():
            return float(value)
        case "datetime", datetime():
            return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        case "datetime", date():
            return datetime(value.year, value.month, value.day)
        case "date", date() if not isinstance(value, datetime):
            return value
        case _:
            return TextProblem(f"{value!r} is not a `{wanted}`")
