"""The algorithms of a model: by the catalog's names, by the path of a class, or from a Python file."""

from __future__ import annotations

from mldsl.analysis.context import Context
from mldsl.analysis.metrics import does
from mldsl.analysis.models.defaults import DEFAULT_ALGORITHMS, UNSCALED_MODULES
from mldsl.analysis.options.values import of_kind
from mldsl.analysis.paths import python_function
from mldsl.analysis.program import PythonFunction, Task
from mldsl.analysis.wording import FEW, quoted
from mldsl.catalog.algorithms import ALGORITHMS, Algorithm, facts, known_classes
from mldsl.catalog.tasks import TASK_WORDS
from mldsl.diagnostics.suggest import did_you_mean, suggest
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree


@record
class Chosen:
    """One algorithm of a model and what is known of it for the model's task; None where nothing is.

    `options` are its parameters as written; `entry` is its row in the catalog if it is named by it.
    """

    name: str
    factory: str | PythonFunction
    span: Span
    options: tuple[tree.Option, ...] = ()
    entry: Algorithm | None = None
    takes_missing: bool | None = None
    probabilities: bool | None = None
    scaling: str | None = "standard"


def default_algorithm(task: Task, owner: Span) -> Chosen:
    """The algorithm of a model that names none."""
    return _by_entry(ALGORITHMS[DEFAULT_ALGORITHMS[task]], task, owner, ())


def choose_algorithm(context: Context, node: tree.Algorithm, task: Task | None) -> Chosen | None:
    """The algorithm that `node` names; None after ML401 or ML404. Without a task (None) any of its classes serves."""
    match node.target:
        case tree.Ref(parts=(name,)):
            return _named(context, name, node, task)
        case tree.Literal(kind="string", value=str(path)):
            return _by_path(context, path, node, task)
        case tree.Call(function=tree.Name(text="python")) as call:
            return _from_file(context, call, node)
        case _:
            _unknown(context, node.target.span)
            return None


def _named(context: Context, name: tree.Name, node: tree.Algorithm, task: Task | None) -> Chosen | None:
    entry = ALGORITHMS.get(name.text)
    if entry is None:
        suitable = [item.name for item in ALGORITHMS.values() if task is None or task in item.classes]
        near = did_you_mean(name.text, suitable) or did_you_mean(name.text, ALGORITHMS)
        help_ = near or (_for_task(task) if task is not None else None)
        context.report("ML401", f"there is no algorithm `{name.text}`", name.span, help=help_)
        return None
    if task is not None and task not in entry.classes:
        _misfit(context, f"`{name.text}`", name.span, task)
        return None
    anyone: Task = task if task is not None else next(iter(entry.classes))
    return _by_entry(entry, anyone, name.span, node.options)


def _by_entry(entry: Algorithm, task: Task, span: Span, options: tuple[tree.Option, ...]) -> Chosen:
    return Chosen(
        entry.name,
        entry.classes[task],
        span,
        options,
        entry,
        task in entry.takes_missing,
        task in entry.probabilities,
        entry.scaling,
    )


def _by_path(context: Context, path: str, node: tree.Algorithm, task: Task | None) -> Chosen | None:
    span = node.target.span
    module, _, name = path.rpartition(".")
    if not module or not all(part.isidentifier() for part in path.split(".")):
        help_ = f"write it without quotes: `{path}`" if path in ALGORITHMS else 'write it as `"sklearn.svm.NuSVC"`'
        context.report("ML401", f"`{path}` is not the path of a class", span, help=help_)
        return None
    scaling = None if module in UNSCALED_MODULES else "standard"
    classes = known_classes(path.partition(".")[0])
    if not classes:
        return Chosen(path, path, span, node.options, scaling=scaling)
    known = facts(path)
    if known is None:
        _unknown_class(context, path, name, classes, span)
        return None
    if not known.tasks:
        context.report("ML404", f"`{path}` is no model: it transforms columns", span)
        return None
    if task is not None and task not in known.tasks:
        _misfit(context, f"`{path}`", span, task)
        return None
    return Chosen(path, path, span, node.options, None, known.takes_missing, known.probabilities, scaling)


def _unknown_class(context: Context, path: str, name: str, classes: tuple[str, ...], span: Span) -> None:
    by_name = {item.rpartition(".")[2]: item for item in classes}
    near = by_name.get(name) or by_name.get(suggest(name, by_name) or "")
    help_ = f'did you mean `"{near}"`?' if near else None
    context.report("ML401", f"`{path}` is not a class that a program can use", span, help=help_)


def _from_file(context: Context, call: tree.Call, node: tree.Algorithm) -> Chosen | None:
    text = of_kind(call.arguments[0].value, "string") if len(call.arguments) == 1 else None
    if text is None:
        message = "`python` wants the file and the class, written as `file.py:Class`"
        context.report("ML204", message, call.span, help='write `python("file.py:Class")`')
        return None
    function = python_function(context, text, "class")
    return Chosen(function.name, function, call.span, node.options) if function is not None else None


def _unknown(context: Context, span: Span) -> None:
    help_ = 'a class is named by its path in quotes: `algorithm "sklearn.svm.NuSVC"`'
    context.report("ML401", f"there is no algorithm `{span.text}`", span, help=help_)


def _misfit(context: Context, what: str, span: Span, task: Task) -> None:
    message = f"{what} is no algorithm for a model that {does(task)}"
    context.report("ML404", message, span, help=_for_task(task))


def _for_task(task: Task) -> str:
    names = [item.name for item in ALGORITHMS.values() if task in item.classes]
    more = ", …" if len(names) > FEW else ""
    return f"algorithms for {TASK_WORDS[task]}: {quoted(names[:FEW])}{more}"
