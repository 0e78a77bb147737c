"""How many rows a table has at most, as far as the program itself says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mldsl.analysis.context import Context
from mldsl.analysis.policies.ranges import COMPARISONS, mirrored, value_of
from mldsl.analysis.program import CheckDecl, SourceDecl, SplitDecl, TransformDecl, VerbsBody
from mldsl.analysis.typed import AnyVerb, Call, Group, Join, Take, TypedExpr, Union
from mldsl.catalog.connectors import DATASETS
from mldsl.records import record
from mldsl.source import Span


@record
class Size:
    """At most `rows`; `span` is what says so."""

    rows: int
    span: Span


@record
class Sizes:
    """Tables of a program and what is checked of them.

    A size is known from a check that stops everything else (`expect rows() <= 1_000`), from `take`, from a data set
    that comes with scikit-learn, from the data of a source that declares no columns, and through what can only take
    rows away. `rows() >= 1_000` says nothing of it.
    """

    context: Context
    checks: Sequence[CheckDecl]

    def of(self, table: str) -> Size | None:
        """The smallest size that is known; None where none is."""
        found = [*self._checked(table), *self._made(table)]
        return min(found, key=lambda size: size.rows, default=None)

    def _checked(self, table: str) -> Iterator[Size]:
        for check in self.checks:
            for item in check.expectations if check.table == table else ():
                if item.otherwise == "fail" and item.level == "table":
                    for most in _at_most(item.condition):
                        yield Size(most, item.condition.span)

    def _made(self, table: str) -> Iterator[Size]:
        name, _, part = table.partition(".")
        size: Size | None = None
        match self.context.resolved.get(name):
            case SourceDecl(connector="sklearn", arguments={"name": str(data)}, span=span) if data in DATASETS:
                yield Size(DATASETS[data], span)
            case SourceDecl(rows=int() as rows, span=span):
                yield Size(rows, span)
            case TransformDecl(body=VerbsBody(table=origin, verbs=verbs)):
                size = self.of(origin)
                for verb in verbs:
                    size = self._after(verb, size)
            case SplitDecl(table=origin, shares=shares) if part in shares:
                whole = self.of(origin)
                size = Size(round(whole.rows * shares[part]), whole.span) if whole is not None else None
        if size is not None:
            yield size

    def _after(self, verb: AnyVerb, size: Size | None) -> Size | None:
        """The size behind a verb."""
        match verb:
            case Take(count=count, span=span):
                return size if size is not None and size.rows <= count else Size(count, span)
            case Group(keys=(), span=span):
                return Size(1, span)
            case Union(table=table):
                other = self.of(table)
                return Size(size.rows + other.rows, size.span) if size is not None and other is not None else None
            case Join(kind="inner" | "left" | "full"):
                return None  # a row may match many
            case _:
                return size


def _at_most(condition: TypedExpr) -> Iterator[int]:
    """The greatest numbers of rows with which a condition can hold."""
    match condition:
        case Call(function="and", arguments=arguments):
            for argument in arguments:
                yield from _at_most(argument)
        case Call(function="between", arguments=(Call(function="rows"), _, high)):
            yield from _whole(value_of(high))
        case Call(function=function, arguments=(left, right)) if function in COMPARISONS:
            for side, sign, value in (
                (left, function, value_of(right)),
                (right, mirrored(function), value_of(left)),
            ):
                if isinstance(side, Call) and side.function == "rows" and value is not None:
                    if sign in ("less_equal", "equal"):
                        yield from _whole(value)
                    elif sign == "less":
                        yield from _whole(value - 1)
        case _:
            return


def _whole(value: float | None) -> Iterator[int]:
    if value is not None:
        yield max(int(value), 0)
