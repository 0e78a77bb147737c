"""The lines of a transform in the words of the language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mldsl.plan import nodes
from mldsl.plan.diff.words import expression, hidden, literal, name, names, orders, share


def lines(action: nodes.VerbsForm | nodes.SqlForm | nodes.PythonForm) -> list[str]:
    """One for each thing that is done, in order; for SQL the lines of its text."""
    match action:
        case nodes.SqlForm():
            return [line.strip() for line in action.text.splitlines() if line.strip()]
        case nodes.PythonForm():
            rowwise = ", rowwise: true" if action.rowwise else ""
            arguments = "".join(f", {_argument(item)}" for item in action.arguments)
            return [f'python("{action.function.path}:{action.function.name}"{arguments}{rowwise})']
        case nodes.VerbsForm():
            return [line for verb in action.verbs for line in _verb(verb)]


def _argument(given: nodes.PythonArgument) -> str:
    return literal(given.value, given.type) if given.kind == "value" else str(given.value)


def _verb(verb: nodes.Verb) -> Iterator[str]:
    match verb:
        case nodes.Filter():
            yield f"filter {expression(verb.condition)}"
        case nodes.Derive():
            yield from _bindings("derive ", verb.bindings)
        case nodes.Group():
            yield from _bindings(f"group by {names(verb.keys)}: " if verb.keys else "group: ", verb.bindings)
        case nodes.Select():
            yield f"select {names(column for column in verb.columns if not hidden(column))}"
        case nodes.Rename():
            yield from (f"rename {name(old)} to {name(new)}" for old, new in verb.pairs if not hidden(new))
        case nodes.Join():
            yield _join(verb)
        case nodes.Sort():
            yield f"sort by {orders(verb.keys)}"
        case nodes.Take():
            yield f"take {verb.count}"
        case nodes.Distinct():
            yield f"distinct on {names(verb.columns)}" if verb.columns else "distinct"
        case nodes.Union():
            yield f"union {verb.table}"
        case nodes.Sample():
            yield f"sample {share(verb.share)}"
        case nodes.Predict():
            yield f"predict with {verb.model}"


def _bindings(start: str, bindings: Iterable[nodes.Bound]) -> Iterator[str]:
    return (f"{start}{name(bound.name)} = {expression(bound.value)}" for bound in bindings if not hidden(bound.name))


def _join(join: nodes.Join) -> str:
    conditions = [f"{name(left)} == {join.table}.{name(right)}" for left, right in join.on]
    if join.asof:
        conditions.append(f"{name(join.asof[0])} >= {join.table}.{name(join.asof[1])}")
    how = "join" if join.how == "inner" else f"{join.how} join"
    return f"{how} {join.table} on {' and '.join(conditions)}"
