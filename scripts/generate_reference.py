"""Writes `docs/reference/`: one Markdown page for each of the catalog's tables.

`python scripts/generate_reference.py` writes the pages; with `--check` it writes nothing and exits with status 1 where
one differs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from math import isinf
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mldsl.catalog import algorithms, connectors, functions, metrics, options, parameters, prepare, vocabulary  # noqa: E402
from mldsl.catalog.constraints import ParameterSpec  # noqa: E402
from mldsl.catalog.signatures import Parameter, words  # noqa: E402
from mldsl.catalog.tasks import TASK_WORDS  # noqa: E402

TARGET = ROOT / "docs" / "reference"
NOTE = "<!-- Written by scripts/generate_reference.py from mldsl/catalog: change it there. -->"


def pages() -> dict[str, str]:
    """Every page's text by file name."""
    return {
        "functions.md": page("Functions and operators", functions_page()),
        "metrics.md": page("Metrics", metrics_page()),
        "algorithms.md": page("Algorithms", algorithms_page()),
        "prepare.md": page("Prepare steps", prepare_page()),
        "connectors.md": page("Connectors", connectors_page()),
        "options.md": page("Options", options_page()),
        "words.md": page("Types, roles, reports and other words", words_page()),
    }


def page(title: str, parts: Iterable[str]) -> str:
    """A page: its title, where it comes from, its parts."""
    return "\n\n".join([f"# {title}", NOTE, *parts]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; signs that would break it are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines)


def code(text: object) -> str:
    """In backticks; nothing for nothing."""
    return f"`{text}`" if text not in (None, "") else ""


def listed(names: Iterable[str]) -> str:
    """Names in backticks, separated by commas."""
    return ", ".join(code(name) for name in names)


def value(given: object) -> str:
    """A value as a program writes it, in backticks; nothing for None."""
    match given:
        case None:
            return ""
        case bool():
            return code(str(given).lower())
        case timedelta():
            return code(f"{given // timedelta(days=1)}d" if given % timedelta(days=1) == timedelta(0) else str(given))
        case str():
            return code('"' + given.replace('"', '\\"') + '"')
        case tuple():
            return listed(str(item) for item in given)
        case _:
            return code(given)


# --- functions -------------------------------------------------------------------------------------------------------

NULLS = {
    "propagate": "when an argument is",
    "never": "never",
    "always": "may always be",
    "empty": "over no values",
    "no_rows": "over no rows",
    "rule": "see the text",
}


def functions_page() -> Iterable[str]:
    """Functions by group, then operators."""
    yield (
        "What a call takes, what it gives is worked out by the compiler; the last column says when the result is null. "
        "A type that is not listed in a column of arguments does not fit, `int` stands where a float is wanted."
    )
    groups = dict.fromkeys(function.group for function in functions.FUNCTIONS.values())
    for group in groups:
        found = [function for function in functions.FUNCTIONS.values() if function.group == group]
        yield f"## {group.capitalize()}"
        yield table(("function", "gives", "arguments", "null"), (function_row(item) for item in found))
    signs = {name: sign for sign, name in (*functions.OPERATORS.items(), *functions.UNARY.items())}
    yield "## Operators"
    yield table(
        ("operator", "means", "arguments", "null"),
        (
            (code(signs.get(name, name.replace("_", " "))), *function_row(function)[1:])
            for name, function in functions.OPERATOR_FUNCTIONS.items()
        ),
    )


def function_row(function: functions.Function) -> tuple[str, str, str, str]:
    """One function's cells."""
    arguments = "; ".join(argument(parameter) for parameter in function.parameters)
    return code(function.signature), function.summary, arguments, NULLS[function.nulls]


def argument(parameter: Parameter) -> str:
    """What fits a parameter."""
    fits = words(parameter.accepts) if parameter.accepts else "anything"
    if parameter.choices:
        fits = "one of " + ", ".join(value(choice) for choice in parameter.choices)
    return f"{code(parameter.name)}: {fits}{', the same for all rows' if parameter.constant else ''}"


# --- metrics ---------------------------------------------------------------------------------------------------------

INTERVALS = {
    "clopper_pearson": "exact (Clopper–Pearson)",
    "jaccard": "exact (Clopper–Pearson)",
    "delong": "DeLong",
    "bootstrap": "bootstrap (BCa)",
}


def metrics_page() -> Iterable[str]:
    """Metrics by task."""
    yield "What models are judged by, and the interval that `with confidence` uses."
    for task, about in TASK_WORDS.items():
        found = [metric for metric in metrics.METRICS.values() if task in metric.tasks]
        yield f"## {task.capitalize()}: {about}"
        yield table(("metric", "is", "range", "better", "from", "interval"), (metric_row(metric) for metric in found))
    compared = [(f"`{task}`", code(name)) for task, name in metrics.DEFAULT_METRICS.items()]
    yield "## Comparing several algorithms without `tune`"
    yield table(("task", "by"), compared)
    yield f"Where an algorithm gives no probabilities, two classes are compared by `{metrics.FALLBACK_METRIC}`."


def metric_row(metric: metrics.Metric) -> tuple[str, ...]:
    """One metric's cells."""
    better = "greater" if metric.greater_is_better else "smaller"
    span = f"{bound(metric.low)} to {bound(metric.high)}"
    return code(metric.name), metric.summary, span, better, metric.needs, INTERVALS[metric.interval]


def bound(number: float) -> str:
    """A bound, or that there is none."""
    return ("−∞" if number < 0 else "∞") if isinf(number) else f"{number:g}"


# --- algorithms ------------------------------------------------------------------------------------------------------


def algorithms_page() -> Iterable[str]:
    """An overview, then every algorithm's parameters."""
    yield (
        "The name is what stands behind `algorithm`; a class of scikit-learn, XGBoost or LightGBM may stand there as a "
        'dotted path too: `algorithm "sklearn.svm.NuSVC" { … }`.'
    )
    yield table(
        ("algorithm", "is", "tasks", "missing values", "probabilities"),
        (algorithm_row(item) for item in algorithms.ALGORITHMS.values()),
    )
    yield "These are set by mldsl for every class:"
    yield table(("parameter", "why"), ((code(name), why) for name, why in algorithms.FIXED.items()))
    libraries = (("scikit-learn", "sklearn"), ("XGBoost", "xgboost"), ("LightGBM", "lightgbm"))
    versions = ", ".join(f"{name} {parameters.version(library)}" for name, library in libraries)
    yield f"The parameters are those of {versions}."
    for algorithm in algorithms.ALGORITHMS.values():
        yield from algorithm_part(algorithm)


def algorithm_row(algorithm: algorithms.Algorithm) -> tuple[str, ...]:
    """One algorithm's cells in the overview."""
    classes = [task for task in algorithm.classes if task in ("binary", "multiclass")]
    gives = "yes" if algorithm.probabilities else ("no" if classes else "")
    link = f"[`{algorithm.name}`](#{algorithm.name})"
    takes = "yes" if algorithm.takes_missing else "no"
    return link, algorithm.summary, ", ".join(algorithm.classes), takes, gives


def algorithm_part(algorithm: algorithms.Algorithm) -> Iterable[str]:
    """One algorithm's section."""
    yield f"## {algorithm.name}"
    yield f"{algorithm.summary.capitalize()}."
    by_class: dict[str, list[str]] = {}
    for task, path in algorithm.classes.items():
        by_class.setdefault(path, []).append(task)
    for path, tasks in by_class.items():
        specs = algorithms.parameters(path) or {}
        shown = [spec for name, spec in specs.items() if algorithm.why_fixed(name) is None]
        yield f"`{path}` ({', '.join(tasks)})"
        yield table(
            ("parameter", "may be", "default"),
            (parameter_row(spec, algorithm.defaults) for spec in shown if writable(spec)),
        )
    if algorithm.fixed:
        yield "A program cannot set " + "; ".join(f"`{name}`: {why}" for name, why in algorithm.fixed.items()) + "."


def writable(spec: ParameterSpec) -> bool:
    """Whether a program can give it any value but null."""
    return any(part not in ("", "null") for part in (item.describe() for item in spec.constraints))


def parameter_row(spec: ParameterSpec, defaults: Mapping[str, object]) -> tuple[str, str, str]:
    """One parameter's cells."""
    default = defaults.get(spec.name, spec.default)
    mark = " (on its way out)" if spec.deprecated else ""
    return code(spec.name) + mark, spec.describe(), value(default) or code("null")


# --- the other tables ------------------------------------------------------------------------------------------------


def prepare_page() -> Iterable[str]:
    """Steps, each with its arguments."""
    yield "Written in a model's `prepare` block, from left to right: `numeric: impute(median) | scale(standard)`."
    for step in prepare.STEPS.values():
        yield f"## {step.name}"
        facts = [
            f"Takes {words(step.accepts)}",
            "missing values may not reach it" if step.needs_complete else "",
            "leaves no missing value" if step.fills_missing else "",
            "looks at its columns together" if step.joint else "",
            "needs a target" if step.needs_target else "",
        ]
        yield f"{step.summary[0].upper()}{step.summary[1:]}. {'; '.join(fact for fact in facts if fact)}."
        if step.parameters:
            yield table(("argument", "is", "may be", "default"), (step_row(item) for item in step.parameters))
        for parameter in step.parameters:
            if parameter.choices:
                rows = (choice_row(step, choice) for choice in parameter.choices)
                yield table(("word", "means", "takes"), rows)


def choice_row(step: prepare.Step, choice: prepare.StepChoice) -> tuple[str, str, str]:
    """One word's cells."""
    name = f"{choice.name}(value)" if choice.takes else choice.name
    return code(name), choice.summary, words(step.accepted(choice))


STEP_VALUES = {
    "choice": "one of the words below",
    "choices": "words of those below",
    "int": "an int",
    "number": "a number",
    "bool": "true or false",
    "string": "a string",
    "range_int": "an int or a range such as `1..2`",
}


def step_row(parameter: prepare.StepParameter) -> tuple[str, str, str, str]:
    """One argument's cells."""
    default = "required" if parameter.required else value(parameter.default)
    return code(parameter.name), parameter.summary, STEP_VALUES[parameter.value] + limits(parameter), default


def limits(item: prepare.StepParameter | options.OptionSpec) -> str:
    """The bounds in words, behind what the value is."""
    above = getattr(item, "above", False)
    low = None if item.low is None else f"{'more than' if above else 'at least'} {item.low:.10g}"
    high = None if item.high is None else f"at most {item.high:.10g}"
    return "".join(f", {text}" for text in (low, high) if text)


def connectors_page() -> Iterable[str]:
    """Connectors, each with its arguments and options."""
    yield 'Where a source\'s rows come from: `source customers = csv("data/customers.csv") { … }`.'
    extras = ", ".join(f"`{scheme}://` (extra `{extra}`)" for scheme, extra in connectors.SCHEMES.items())
    yield (
        "A path is one of this machine, relative to the file that it is written in, or a URI: "
        f"{extras}. Both may be globs: `*` within a folder, `**` over folders; files come sorted by name. "
        "Credentials and endpoints are those that each system's own tools take from the environment "
        "(`AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, `AWS_ENDPOINT_URL`, `GOOGLE_APPLICATION_CREDENTIALS`, "
        "`AZURE_STORAGE_ACCOUNT_NAME` …). Whether a file elsewhere has changed is told by its version on the server, "
        "without reading it."
    )
    for connector in connectors.CONNECTORS.values():
        arguments = ", ".join(parameter.name for parameter in connector.parameters)
        yield f"## {connector.name}({arguments})"
        facts = [
            f"{connector.summary[0].upper()}{connector.summary[1:]}.",
            "The source needs a `{…}` schema." if connector.needs_schema else "",
            "A batch deployment can write to it." if connector.writes else "",
            f"Needs the extra `{connector.extra}`." if connector.extra else "",
            f"Columns: {listed(f'{name}: {kind}' for name, kind in connector.fixed)}." if connector.fixed else "",
        ]
        yield " ".join(fact for fact in facts if fact)
        if connector.details:
            yield connector.details
        rows = [(*item, "required") for item in map(connector_row, connector.parameters)]
        rows += [(*connector_row(item), value(item.default)) for item in connector.options]
        yield table(("argument", "is", "default"), rows)


def connector_row(parameter: connectors.ConnectorParameter) -> tuple[str, str]:
    """One argument's cells."""
    among = f": {', '.join(value(choice) for choice in parameter.choices)}" if parameter.choices else ""
    return code(parameter.name), parameter.summary + among


OPTION_VALUES = {
    "strings": "a string",
    "path": "a path or a URI",
    "share": "a share such as `70%`",
    "duration": "a duration such as `5m`",
    "size": "a size such as `4Gi`",
    "columns": "columns: names or groups",
    "schedule": '`cron("…", timezone: "…")`',
    "engine": "an engine",
    "tracking": '`mlflow("uri")`',
    "notify": '`secret("NAME")` or a string',
    "range_int": "an int or a range such as `2..10`",
    "threshold": "a number, `maximize(METRIC)` or `cost(false_positive: n, false_negative: n)`",
    "bool": "true or false",
    "connector": 'a connector such as `parquet("…")`',
    "value": "a value",
    "int": "an int",
}


def options_page() -> Iterable[str]:
    """The options of every declaration and block."""
    yield "Every option is written `name: value`, in the block of its declaration."
    for block, specs in options.OPTIONS.items():
        blocks = options.BLOCKS.get(block, ())
        statements = options.STATEMENTS.get(block, ())
        if not specs and not blocks and not statements:
            continue
        yield f"## {block.replace('.', ': ')}"
        if specs:
            yield table(("option", "is", "may be", "default"), (option_row(spec) for spec in specs.values()))
        yield from (
            f"{head}: {listed(names)}." for head, names in (("Blocks", blocks), ("Statements", statements)) if names
        )
        for names in options.ONE_OF.get(block, ()):
            yield f"One of {listed(names)} is required."
        for names in options.EXCLUSIVE.get(block, ()):
            yield f"At most one of {listed(names)} can be given."


def option_row(spec: options.OptionSpec) -> tuple[str, str, str, str]:
    """One option's cells."""
    kind = OPTION_VALUES.get(spec.kind, f"a {spec.kind}")
    if spec.choices:
        kind = "one of " + listed(spec.choices)
    bounds = limits(spec) if spec.kind not in ("share", "duration", "size") else ""
    several = "; several may be listed" if spec.many else ""
    return code(spec.name), spec.summary, kind + bounds + several, "required" if spec.required else value(spec.default)


def words_page() -> Iterable[str]:
    """The closed word lists."""
    yield "## Types"
    yield table(("type", "is"), ((code(item.name), item.summary) for item in vocabulary.TYPE_NAMES.values()))
    yield "A type that may be null ends in `?`."
    yield "## Roles"
    yield table(("role", "means"), ((code(item.name), item.summary) for item in vocabulary.ROLES.values()))
    yield "## Reports"
    yield table(
        ("report", "shows", "tasks"),
        ((code(item.name), item.summary, ", ".join(item.tasks)) for item in vocabulary.REPORTS.values()),
    )
    yield "## Engines"
    yield table(("engine", "computes"), ((code(item.name), item.summary) for item in vocabulary.ENGINES.values()))
    lists = (
        ("Parts of a date", vocabulary.DATE_PARTS),
        ("What `rollback when` can look at", vocabulary.ROLLBACK_METRICS),
        ("What `on breach` can do", vocabulary.ACTIONS),
    )
    for title, rows in lists:
        yield f"## {title}"
        yield table(("word", "is"), ((code(name), summary) for name, summary in rows.items()))


def main() -> int:
    """Write the pages, or say whether they are up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 where a page differs")
    check = parser.parse_args().check
    stale = [name for name, text in pages().items() if not is_current(name, text)]
    for name in stale if check else ():
        print(f"{TARGET / name} is out of date")
    if not check:
        TARGET.mkdir(parents=True, exist_ok=True)
        for name, text in pages().items():
            (TARGET / name).write_text(text, encoding="utf-8")
    return int(check and bool(stale))


def is_current(name: str, text: str) -> bool:
    """Whether the page on disk is this one."""
    path = TARGET / name
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
