"""What the catalog says of a word: functions, algorithms with their parameters, metrics, steps, options."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mldsl.analysis.program import ModelDecl
from mldsl.catalog.algorithms import ALGORITHMS, Algorithm, parameters
from mldsl.catalog.connectors import CONNECTORS
from mldsl.catalog.constraints import ParameterSpec
from mldsl.catalog.functions import FUNCTIONS
from mldsl.catalog.metrics import METRICS, Metric
from mldsl.catalog.options import OPTIONS, OptionSpec
from mldsl.catalog.prepare import STEPS, Step
from mldsl.catalog.signatures import Function
from mldsl.catalog.tasks import Task
from mldsl.catalog.vocabulary import ACTIONS, REPORTS, ROLES, ROLLBACK_METRICS, TYPE_NAMES
from mldsl.lsp.documents import Document
from mldsl.lsp.snapshot import Snapshot
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree
from mldsl.syntax.walk import nodes


@record
class WordHelp:
    """What is said of the word at `span`, in Markdown."""

    span: Span
    text: str


def word_help(snapshot: Snapshot, document: Document, offset: int) -> WordHelp | None:
    """What the catalog says of the word at an offset; the innermost node that knows wins."""
    for declaration in document.reading.result.module.declarations:
        if declaration.span.start <= offset <= declaration.span.end:
            around = [item for item in nodes(declaration) if item.span.start <= offset <= item.span.end]
            for at in range(len(around) - 1, -1, -1):
                node = around[at]
                explain = _EXPLAIN.get(type(node))
                for span, text in explain(node, tuple(around[:at]), snapshot) if explain is not None else ():
                    if span.start <= offset <= span.end:
                        return WordHelp(span, text)
    return None


Explained = Iterator[tuple[Span, str]]
Around = tuple[tree.Node, ...]


def function_help(function: Function) -> str:
    """A function: how it is called, what it does, what its arguments are."""
    lines = [f"```mldsl\n{function.signature}\n```", f"{function.summary.capitalize()} ({function.kind})."]
    for parameter in function.parameters:
        if parameter.choices:
            lines.append(f"`{parameter.name}`: one of " + ", ".join(f'`"{item}"`' for item in parameter.choices))
    return "\n\n".join(lines)


def metric_help(metric: Metric) -> str:
    """A metric: what it is, its range, which way is better."""
    way = "greater" if metric.greater_is_better else "less"
    low, high = f"{metric.low:g}", f"{metric.high:g}"
    bounds = f"From {low.replace('inf', '∞')} to {high.replace('inf', '∞')}; {way} is better."
    return f"**{metric.name}**: {metric.summary}.\n\n{bounds} For {', '.join(metric.tasks)}."


def option_help(spec: OptionSpec) -> str:
    """An option: what it is for, and its default."""
    default = "" if spec.default is None else f"\n\nDefault: `{_plain(spec.default)}`."
    return f"**{spec.name}**: {spec.summary}.{default}"


def parameter_help(spec: ParameterSpec, algorithm: Algorithm | None) -> str:
    """A parameter of an algorithm: what is allowed, and its default."""
    fixed = algorithm.why_fixed(spec.name) if algorithm is not None else None
    if fixed is not None:
        return f"**{spec.name}** cannot be set: {fixed}."
    own = algorithm.defaults.get(spec.name, spec.default) if algorithm is not None else spec.default
    return f"**{spec.name}** must be {spec.describe()}.\n\nDefault: `{_plain(own)}`."


def algorithm_help(algorithm: Algorithm, task: Task | None) -> str:
    """An algorithm: what it is, and its parameters with their ranges."""
    path = algorithm.classes.get(task) if task is not None else None
    path = path or next(iter(algorithm.classes.values()))
    rows = [
        f"- `{spec.name}`: {spec.describe()} (`{_plain(algorithm.defaults.get(spec.name, spec.default))}`)"
        for spec in settable(path, algorithm).values()
    ]
    return f"**{algorithm.name}**: {algorithm.summary}.\n\n`{path}`\n\n" + "\n".join(rows)


def settable(path: str, algorithm: Algorithm | None) -> dict[str, ParameterSpec]:
    """The parameters of a class that a program can set."""
    return {
        name: spec
        for name, spec in (parameters(path) or {}).items()
        if spec.constraints and not spec.deprecated and (algorithm is None or algorithm.why_fixed(name) is None)
    }


def task_of_model(snapshot: Snapshot, declaration: tree.Node) -> Task | None:
    """The task of the model that a declaration is, or judges."""
    match declaration:
        case tree.Model(name=name):
            found = snapshot.context.resolved.get(name.text)
        case tree.Evaluate(model=ref) | tree.Deploy(model=ref):
            found = snapshot.context.resolved.get(ref.parts[0].text)
        case _:
            return None
    return found.task if isinstance(found, ModelDecl) else None


def _plain(value: object) -> str:
    """A value as a program writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case _:
            return str(value)


def _call(node: tree.Call, around: Around, snapshot: Snapshot) -> Explained:
    name = node.function
    if any(isinstance(item, tree.Prepare) for item in around) and name.text in STEPS:
        yield name.span, f"**{name.text}**: {STEPS[name.text].summary}."
        yield from _step_arguments(STEPS[name.text], node)
    elif isinstance(around[-1], tree.Source) and name.text in CONNECTORS:
        connector = CONNECTORS[name.text]
        given = [item.name for item in (*connector.parameters, *connector.options)]
        yield name.span, f"**{name.text}**: {connector.summary}.\n\nArguments: {', '.join(f'`{x}`' for x in given)}"
    elif name.text in FUNCTIONS:
        yield name.span, function_help(FUNCTIONS[name.text])


def _step_arguments(step: Step, node: tree.Call) -> Explained:
    """The names of a step's arguments, and the words that stand for choices: `ngrams: 2`, `median`."""
    by_name = {item.name: item for item in step.parameters}
    for argument in node.arguments:
        given = argument.name
        spec = by_name.get(given.text) if given is not None else next(iter(step.parameters), None)
        if spec is None:
            continue
        if given is not None:
            default = "" if spec.default is None else f"\n\nDefault: `{_plain(spec.default)}`."
            yield given.span, f"**{spec.name}**: {spec.summary}.{default}"
        word = argument.value.function if isinstance(argument.value, tree.Call) else argument.value
        choice = spec.choice(word.span.text)
        if choice is not None:
            yield word.span, f"**{choice.name}**: {choice.summary}."


def _ref(node: tree.Ref, around: Around, snapshot: Snapshot) -> Explained:
    word, span = node.parts[-1].text, node.parts[-1].span
    if any(isinstance(item, tree.Prepare) for item in around) and word in STEPS:
        yield span, f"**{word}**: {STEPS[word].summary}."
    elif word in METRICS:
        yield span, metric_help(METRICS[word])
    elif word in REPORTS:
        yield span, f"**{word}**: {REPORTS[word].summary}."
    elif word in ROLLBACK_METRICS:
        yield span, f"**{word}**: {ROLLBACK_METRICS[word]}."
    elif word in ACTIONS:
        yield span, f"**{word}**: {ACTIONS[word]}."


def _option(node: tree.Option, around: Around, snapshot: Snapshot) -> Explained:
    inner = around[-1] if around else None
    if isinstance(inner, tree.Algorithm):
        task = task_of_model(snapshot, around[0])
        path, entry = class_of(inner, task)
        spec = (parameters(path) or {}).get(node.name.text) if path is not None else None
        if spec is not None:
            yield node.name.span, parameter_help(spec, entry)
        return
    spec_ = OPTIONS.get(block_of(inner), {}).get(node.name.text) if inner is not None else None
    if spec_ is not None:
        yield node.name.span, option_help(spec_)


def class_of(node: tree.Algorithm, task: Task | None) -> tuple[str | None, Algorithm | None]:
    """The dotted class that an `algorithm` names, and its row in the catalog."""
    match node.target:
        case tree.Ref(parts=(name,)) if name.text in ALGORITHMS:
            return class_path(name.text, task), ALGORITHMS[name.text]
        case tree.Literal(kind="string", value=str(path)):
            return path, None
        case _:
            return None, None


def class_path(name: str, task: Task | None) -> str:
    """The dotted class of a catalog's algorithm for a task, or for the first that it does."""
    classes = ALGORITHMS[name].classes
    return classes[task] if task is not None and task in classes else next(iter(classes.values()))


def block_of(node: tree.Node) -> str:
    """The catalog's name of the options of a declaration or a block."""
    match node:
        case tree.Block(name=name):
            return name.text
        case tree.Deploy(target=target):
            return f"deploy.{target.function.text}"
        case _:
            return type(node).__name__.lower()


def _algorithm(node: tree.Algorithm, around: Around, snapshot: Snapshot) -> Explained:
    match node.target:
        case tree.Ref(parts=(name,)) if name.text in ALGORITHMS:
            task = task_of_model(snapshot, around[0]) if around else None
            yield name.span, algorithm_help(ALGORITHMS[name.text], task)
        case _:
            return


def _field(node: tree.Field, around: Around, snapshot: Snapshot) -> Explained:
    for role in node.roles:
        if role.text in ROLES:
            yield role.span, f"*{role.text}*: {ROLES[role.text].summary}"


def _type(node: tree.TypeName, around: Around, snapshot: Snapshot) -> Explained:
    if node.name.text in TYPE_NAMES:
        yield node.name.span, f"**{node.name.text}**: {TYPE_NAMES[node.name.text].summary}"


_EXPLAIN: dict[type, Callable[[Any, Around, Snapshot], Explained]] = {
    tree.Call: _call,
    tree.Ref: _ref,
    tree.Option: _option,
    tree.Algorithm: _algorithm,
    tree.Field: _field,
    tree.TypeName: _type,
}
"""By the class of a node: the words in it that the catalog knows, with what it says."""
