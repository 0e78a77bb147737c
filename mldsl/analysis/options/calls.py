"""Option values that are written as calls: schedules, engines, tracking, secrets."""

from __future__ import annotations

from mldsl.analysis.options.values import Wrong, either, name_of, of_kind
from mldsl.analysis.paths import locate
from mldsl.analysis.program import Engine, Schedule, Secret
from mldsl.catalog.cron import cron_problem, timezone_problem
from mldsl.catalog.options import ENGINES, OPTIONS, OptionSpec
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.syntax import tree

_CRON = '`cron("0 3 * * *")`'
_TIMEZONE = 'a time zone such as `"Europe/Berlin"`'


def _arguments(call: tree.Call, count: int, named: tuple[str, ...] = ()) -> Wrong | None:
    """What is wrong with the number of a call's positional arguments or with its named ones."""
    positional = [argument for argument in call.arguments if argument.name is None]
    for argument in call.arguments:
        if argument.name is not None and argument.name.text not in named:
            said = f"`{call.function.text}` has no argument `{argument.name.text}`"
            return Wrong(said=said, span=argument.name.span, code="ML204", help=did_you_mean(argument.name.text, named))
    if len(positional) != count:
        noun = "argument" if count == 1 else "arguments"
        said = f"`{call.function.text}` takes {count} {noun}, not {len(positional)}"
        return Wrong(said=said, span=call.span, code="ML204")
    return None


def _call_of_string(value: tree.Value, function: str, example: str) -> str | Secret | Wrong:
    """The one argument of `function("text")`, which may be a secret."""
    if not isinstance(value, tree.Call) or value.function.text != function:
        return Wrong(f"`{example}`")
    wrong = _arguments(value, 1)
    if wrong is not None:
        return wrong
    argument = value.arguments[0].value
    found = secret_or_string(argument)
    return found if found is not None else Wrong(f"`{example}`", span=argument.span)


def secret_or_string(value: tree.Value) -> str | Secret | Wrong | None:
    """The text of a string literal, or the secret that `secret("NAME")` names; None for anything else."""
    found = of_kind(value, "string")
    if found is not None:
        return str(found.value)
    if not isinstance(value, tree.Call) or value.function.text != "secret":
        return None
    wrong = _arguments(value, 1)
    if wrong is not None:
        return wrong
    name = of_kind(value.arguments[0].value, "string")
    if name is None or not name.value:
        return Wrong(said='a secret is named by a string: `secret("NAME")`', span=value.arguments[0].span)
    return Secret(str(name.value))


def path(value: tree.Value, spec: OptionSpec) -> object:
    """A path or URI, joined to its file's folder, or a secret."""
    found = secret_or_string(value)
    if not found:
        return Wrong("a path or a URI in quotes")
    return locate(found, value.span) if isinstance(found, str) else found


def notify(value: tree.Value, spec: OptionSpec) -> object:
    """A webhook: a string or a secret."""
    found = secret_or_string(value)
    return Wrong('a webhook: `secret("NAME")` or a string') if found is None else found


def tracking(value: tree.Value, spec: OptionSpec) -> object:
    """`mlflow("uri")`."""
    return _call_of_string(value, "mlflow", 'mlflow("uri")')


def engine(value: tree.Value, spec: OptionSpec) -> object:
    """One of the catalog's engines, with its URL where it has one."""
    name = value.function if isinstance(value, tree.Call) else name_of(value)
    if name is None:
        return Wrong(either(tuple(ENGINES)))
    known = ENGINES.get(name.text)
    if known is None:
        return Wrong(either(tuple(ENGINES)), help=did_you_mean(name.text, ENGINES))
    if known.argument is None:
        return Engine(name.text) if not isinstance(value, tree.Call) else Wrong(f"`{name.text}` without an argument")
    url = _call_of_string(value, name.text, f'{name.text}("{known.argument}")')
    if isinstance(url, Secret):
        return Wrong(f'`{name.text}("{known.argument}")`, with the URL in quotes')
    return url if isinstance(url, Wrong) else Engine(name.text, url)


def schedule(value: tree.Value, spec: OptionSpec) -> object:
    """`cron("…", timezone: "…")` as a Schedule."""
    if not isinstance(value, tree.Call) or value.function.text != "cron":
        return Wrong(_CRON, help=_cron_help(value))
    wrong = _arguments(value, 1, tuple(OPTIONS["schedule.cron"]))
    if wrong is not None:
        return wrong
    texts = {"expression": "", "timezone": "UTC"}
    for argument in value.arguments:
        name = argument.name.text if argument.name else "expression"
        text = of_kind(argument.value, "string")
        if text is None:
            return Wrong(_TIMEZONE if argument.name else _CRON, span=argument.value.span)
        problem = (timezone_problem if argument.name else cron_problem)(str(text.value))
        if problem is not None:
            return Wrong(said=problem, span=text.span)
        texts[name] = str(text.value)
    return Schedule(cron=texts["expression"], timezone=texts["timezone"])


def _cron_help(value: tree.Value) -> str | None:
    found = of_kind(value, "string", "duration")
    if found is None:
        return None
    written = found.span.text
    return f"write `cron({written})`" if found.kind == "string" else f"write `every: {written}`"
