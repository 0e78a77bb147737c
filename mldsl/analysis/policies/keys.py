"""By which columns a table's rows can be told apart, as far as the program says it: at most one row for each value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mldsl.analysis.context import Context
from mldsl.analysis.program import CheckDecl, SourceDecl, SplitDecl, TransformDecl, VerbsBody
from mldsl.analysis.typed import (
    AnyVerb,
    Call,
    ColumnRef,
    Derive,
    Distinct,
    Group,
    Join,
    Rename,
    Select,
    TypedExpr,
    Union,
)
from mldsl.records import record

Keys = frozenset[frozenset[str]]
"""Sets of columns, each of which identifies a row."""


@record
class KeyFinder:
    """Tables of a program and what is checked of them.

    Keys are the columns with the role `key`, those of a `group by` or a `distinct on`, and what a check that stops
    everything else calls unique; verbs that repeat or make no rows keep them.
    """

    context: Context
    checks: Sequence[CheckDecl]

    def of(self, table: str) -> Keys:
        """The keys of a table."""
        return frozenset((*self._made(table), *self._checked(table)))

    def looked_up(self, table: str, columns: frozenset[str]) -> bool:
        """Whether values of these columns find at most one row."""
        return any(key <= columns for key in self.of(table))

    def _checked(self, table: str) -> Iterator[frozenset[str]]:
        for check in self.checks:
            for item in check.expectations if check.table == table else ():
                if item.otherwise != "warn" and item.at_least is None:
                    yield from _unique(item.condition)

    def _made(self, table: str) -> Keys:
        match self.context.resolved.get(table.partition(".")[0]):
            case SplitDecl(table=origin):
                return self.of(origin)
            case TransformDecl(body=VerbsBody(table=origin, verbs=verbs)):
                keys = self.of(origin)
                for verb in verbs:
                    keys = self._after(verb, keys)
                return keys
            case SourceDecl(schema=schema) | TransformDecl(schema=schema):
                key = frozenset(column.name for column in schema.with_role("key"))
                return frozenset((key,)) if key else frozenset()
            case _:
                return frozenset()

    def _after(self, verb: AnyVerb, keys: Keys) -> Keys:
        match verb:
            case Group(keys=names):
                return frozenset((frozenset(names),))
            case Distinct(columns=names) if names:
                return keys | {frozenset(names)}
            case Derive(bindings=bindings):
                made = {name for name, _ in bindings}
                return frozenset(key for key in keys if not key & made)
            case Select(columns=names):
                return frozenset(key for key in keys if key <= set(names))
            case Rename(pairs=pairs):
                new = dict(pairs)
                return frozenset(frozenset(new.get(name, name) for name in key) for key in keys)
            case Join(kind="semi" | "anti" | "asof"):
                return keys
            case Join(kind="inner" | "left", table=table, on=on):
                return keys if self.looked_up(table, frozenset(right for _, right in on)) else frozenset()
            case Join() | Union():
                return frozenset()
            case _:
                return keys


def _unique(condition: TypedExpr) -> Iterator[frozenset[str]]:
    match condition:
        case Call(function="and", arguments=arguments):
            for argument in arguments:
                yield from _unique(argument)
        case Call(function="unique", arguments=arguments):
            columns = [item.name for item in arguments if isinstance(item, ColumnRef)]
            if len(columns) == len(arguments):
                yield frozenset(columns)
        case _:
            return
