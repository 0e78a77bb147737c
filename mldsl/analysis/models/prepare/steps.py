"""Prepare steps as written: `impute(median) | scale(standard)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from mldsl.analysis.context import Context
from mldsl.analysis.options.block import report_wrong, twice
from mldsl.analysis.options.values import Wrong, either, name_of, of_kind
from mldsl.analysis.program import StepUse
from mldsl.analysis.wording import near_or_list
from mldsl.catalog.prepare import STEPS, Step, StepChoice, StepParameter
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree


@record
class Used:
    """A step as a program uses it; `choice` is its word if it has one, `constant` the value of `constant(…)`."""

    step: Step
    span: Span
    arguments: dict[str, object] = field(default_factory=dict)
    choice: StepChoice | None = None
    constant: tree.Literal | None = None

    @property
    def use(self) -> StepUse:
        """The step for the typed program."""
        return StepUse(self.step.name, self.arguments)


def read_steps(context: Context, pipe: tree.Pipe) -> list[Used] | None:
    """The steps of a line; None when one of them was reported."""
    found = [read_step(context, step) for step in pipe.steps]
    steps = [step for step in found if step is not None]
    return steps if len(steps) == len(found) else None


def read_step(context: Context, node: tree.Ref | tree.Call) -> Used | None:
    """One step; None after a report of its name (ML101) or its arguments (ML204, ML111)."""
    name = node.function if isinstance(node, tree.Call) else node.parts[0]
    step = STEPS.get(name.text) if isinstance(node, tree.Call) or len(node.parts) == 1 else None
    if step is None:
        help_ = near_or_list(name.text, STEPS, "the steps") or f"the steps are {either(tuple(STEPS))}"
        context.report("ML101", f"there is no prepare step `{name.text}`", name.span, help=help_)
        return None
    bound = _bind(context, step, node)
    return _read(context, step, bound, node.span) if bound is not None else None


def _bind(context: Context, step: Step, node: tree.Ref | tree.Call) -> dict[str, list[tree.Value]] | None:
    """The values of each parameter; None after ML204 or ML108."""
    bound: dict[str, list[tree.Value]] = {}
    first = step.parameters[0] if step.parameters else None
    for argument in node.arguments if isinstance(node, tree.Call) else ():
        parameter = first if argument.name is None else step.parameter(argument.name.text)
        if parameter is None:
            _no_argument(context, step, argument)
            return None
        given = bound.setdefault(parameter.name, [])
        if given and argument.name is not None:
            twice(context, f"`{parameter.name}` is given twice", argument.name.span, given[0].span)
            return None
        given.append(argument.value)
        if len(given) > 1 and parameter.value != "choices":
            message = f"`{step.name}` takes one value, options have a name"
            context.report("ML204", message, argument.span, help=f"it is written `{_written(step)}`")
            return None
    missing = next((item for item in step.parameters if item.required and item.name not in bound), None)
    if missing is not None:
        message = f"`{step.name}` wants {_wanted(missing)}"
        context.report("ML204", message, node.span, help=f"it is written `{_written(step)}`")
        return None
    return bound


def _no_argument(context: Context, step: Step, argument: tree.Argument) -> None:
    if argument.name is None:
        context.report("ML204", f"`{step.name}` takes no argument", argument.span, help=f"write `{step.name}`")
        return
    name = argument.name
    help_ = near_or_list(name.text, [item.name for item in step.parameters], "its arguments")
    context.report("ML204", f"`{step.name}` has no argument `{name.text}`", name.span, help=help_)


def _wanted(parameter: StepParameter) -> str:
    if parameter.choices:
        return either([item.name for item in parameter.choices])
    return f"an argument: {parameter.summary}"


def _written(step: Step) -> str:
    """The step with an example of each of its required arguments."""
    example = [
        item.choices[0].name if item.choices else str(int(item.low or 0)) for item in step.parameters if item.required
    ]
    return f"{step.name}({', '.join(example)})" if step.parameters else step.name


# --- values ----------------------------------------------------------------------------------------------------------


def _read(context: Context, step: Step, bound: Mapping[str, list[tree.Value]], span: Span) -> Used | None:
    arguments: dict[str, object] = {}
    choice: StepChoice | None = None
    constant: tree.Literal | None = None
    for name, values in bound.items():
        parameter = step.parameter(name)
        if parameter is None:
            continue
        found = [_READERS[parameter.value](value, parameter) for value in values]
        for item, value in zip(found, values, strict=True):
            if isinstance(item, Wrong):
                report_wrong(context, item, step.name if parameter.required else name, value)
                return None
        if parameter.value == "choice" and isinstance(found[0], StepChoice):
            choice = found[0]
            arguments[name] = choice.name
            if choice.takes:
                constant = _taken(values[0])
                arguments["value"] = constant.value if constant is not None else None
        else:
            arguments[name] = tuple(found) if parameter.value == "choices" else found[0]
    return Used(step, span, arguments, choice, constant)


def _taken(value: tree.Value) -> tree.Literal | None:
    """The value of `constant(0)`."""
    match value:
        case tree.Call(arguments=(tree.Argument(name=None, value=inner),)):
            return of_kind(inner, "int", "float", "percent", "bool", "string", "date", "datetime", "duration")
        case _:
            return None


def _choice(value: tree.Value, parameter: StepParameter) -> object:
    """The choice that a bare word, or a call of one that takes a value, names."""
    name = value.function if isinstance(value, tree.Call) else name_of(value)
    words = tuple(f"{item.name}(…)" if item.takes else item.name for item in parameter.choices)
    found = parameter.choice(name.text) if name is not None else None
    if found is None:
        near = (
            did_you_mean(name.text, [item.name for item in parameter.choices]) if name is not None else _quoted(value)
        )
        return Wrong(either(words), help=near)
    if found.takes and _taken(value) is None:
        return Wrong(said=f"`{found.name}` wants a value", help=f"write it as `{found.name}(0)`", code="ML204")
    if not found.takes and isinstance(value, tree.Call):
        return Wrong(said=f"`{found.name}` takes no value", help=f"write `{found.name}`", code="ML204")
    return found


def _word(value: tree.Value, parameter: StepParameter) -> object:
    """One of several bare words."""
    found = _choice(value, parameter)
    return found.name if isinstance(found, StepChoice) else found


def _quoted(value: tree.Value) -> str | None:
    text = of_kind(value, "string")
    return f"write it without quotes: `{text.value}`" if text is not None else None


def _number(value: tree.Value, parameter: StepParameter) -> object:
    whole = parameter.value == "int"
    found = of_kind(value, "int") if whole else of_kind(value, "int", "float", "percent")
    if found is None or not isinstance(found.value, (int, float)):
        return Wrong("a whole number" if whole else "a number")
    return found.value if _within(parameter, found.value) else _out_of_range(parameter)


def _range_int(value: tree.Value, parameter: StepParameter) -> object:
    """A pair; a single int stands for both ends."""
    ends = (value.low, value.high) if isinstance(value, tree.Range) else (value, value)
    found = [of_kind(end, "int") for end in ends]
    numbers = [item.value for item in found if item is not None and isinstance(item.value, int)]
    if len(numbers) < 2:
        return Wrong("a whole number or a range such as `1..2`")
    if numbers[0] > numbers[1]:
        return Wrong(said="the range ends before it starts", help=f"write `{numbers[1]}..{numbers[0]}`")
    return tuple(numbers) if all(_within(parameter, number) for number in numbers) else _out_of_range(parameter)


def _within(parameter: StepParameter, number: float) -> bool:
    if parameter.low is not None and number < parameter.low:
        return False
    return parameter.high is None or number <= parameter.high


def _out_of_range(parameter: StepParameter) -> Wrong:
    low = f"at least {parameter.low:g}" if parameter.low is not None else ""
    high = f"at most {parameter.high:g}" if parameter.high is not None else ""
    return Wrong(said=f"`{parameter.name}` must be {' and '.join(text for text in (low, high) if text)}")


def _plain(value: tree.Value, parameter: StepParameter) -> object:
    found = of_kind(value, "bool" if parameter.value == "bool" else "string")
    if found is None:
        return Wrong("`true` or `false`" if parameter.value == "bool" else "a string")
    return found.value


_READERS: Mapping[str, Callable[[tree.Value, StepParameter], object]] = {
    "choice": _choice,
    "choices": _word,
    "int": _number,
    "number": _number,
    "bool": _plain,
    "string": _plain,
    "range_int": _range_int,
}
