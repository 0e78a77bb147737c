"""Follows values to the later rows that they are made of, verb by verb.

For every window that reads other rows there is a hidden column with the latest time among the rows that it reads: the
same window over the time in place of the value. What is computed from such a value has the same hidden columns; a
window over it one of each as well. So the row at hand reaches as far as the latest of its hidden columns, exactly, and
whatever rows are filtered out or joined afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mldsl.analysis.flow.nodes import Node
from mldsl.analysis.flow.program import Flow
from mldsl.analysis.flow.reads import reads
from mldsl.analysis.program import Program, TransformDecl, VerbsBody
from mldsl.analysis.typed import (
    AnyVerb,
    Call,
    ColumnRef,
    Derive,
    Group,
    Join,
    Rename,
    Schema,
    Select,
    TypedExpr,
    Union,
    Window,
)
from mldsl.catalog.types import Type
from mldsl.records import record

HIDDEN = "\x1f"
"""What names of hidden columns start with; no name of a program has it."""

_AHEAD = ("later", "from", "any")


@record
class Carry:
    """The hidden columns of a value; not `complete` where it may be made of later rows that could not be followed."""

    names: frozenset[str] = frozenset()
    complete: bool = True

    def __or__(self, other: Carry) -> Carry:
        return Carry(self.names | other.names, self.complete and other.complete)


NOTHING = Carry()
Carries = dict[str, Carry]


@record
class Hidden:
    """A hidden column: what it is bound to in which verb of which transform, and those that it is made of."""

    transform: str
    verb: int
    name: str
    value: TypedExpr
    needs: frozenset[str]


@dataclass(slots=True)
class Follower:
    """One walk through a program's tables; `hidden` has what it came upon, by name.

    `origin` is the value of a split's time: its column is known by it in tables that are joined by other columns.
    """

    program: Program
    flow: Flow
    origin: Node | None = None
    hidden: dict[str, Hidden] = field(default_factory=dict)
    _known: dict[tuple[str, str | None, int], Carries] = field(default_factory=dict)

    def carries(self, table: str, time: str | None) -> Carries:
        """What each column of a table carries that carries something; `time` is its column of times, if it has it."""
        key = (table, time, id(self.origin))
        if key not in self._known:
            self._known[key] = self._follow(table, time)
        return self._known[key]

    def _follow(self, table: str, time: str | None) -> Carries:
        first = table.partition(".")[0]
        if first in self.program.splits:
            return self.carries(self.program.splits[first].table, time)
        transform = self.program.transforms.get(first)
        if transform is None:
            return {}
        if isinstance(transform.body, VerbsBody):
            return self._verbs(transform, transform.body, time)
        return self._opaque(transform)

    def _opaque(self, transform: TransformDecl) -> Carries:
        """What SQL or Python makes: nothing can be added to it, so what looks ahead in it is not followed."""
        table = self.flow.table(transform.name)
        return {
            name: Carry(complete=False)
            for name, node in table.columns.items()
            if any(read.way.direction in ("later", "from") for _, read in reads([(name, node)], table))
        }

    def _verbs(self, transform: TransformDecl, body: VerbsBody, time: str | None) -> Carries:
        schemas = [self.flow.table(body.table).schema, *(verb.schema for verb in body.verbs)]
        known = self._onward(body, schemas)
        times = [back or on for back, on in zip(_times(body.verbs, schemas, time), known, strict=True)]
        carries = self.carries(body.table, times[0])
        for number, verb in enumerate(body.verbs):
            carries = self._verb(_Place(self, transform.name, number, schemas[number], times[number], carries), verb)
        return carries

    def _onward(self, body: VerbsBody, schemas: list[Schema]) -> list[str | None]:
        """What the split's own column of times is called before each verb, where a later one drops it."""
        columns = self.flow.table(body.table).columns.items()
        found = [next((name for name, node in columns if node is self.origin), None)]
        for verb, after in zip(body.verbs, schemas[1:], strict=True):
            name = _later(verb, found[-1])
            found.append(name if name is not None and after.get(name) is not None else None)
        return found

    def _verb(self, place: _Place, verb: AnyVerb) -> Carries:
        carries = place.carries
        match verb:
            case Derive(bindings=bindings):
                made = {name: place.derived(name, value) for name, value in bindings}
                return {**carries, **made}
            case Group(keys=keys, bindings=bindings):
                made = {name: place.gathered(name, value) for name, value in bindings}
                return {name: carry for name, carry in carries.items() if name in keys} | made
            case Select(columns=columns):
                return {name: carry for name, carry in carries.items() if name in columns}
            case Rename(pairs=pairs):
                names = dict(pairs)
                return {names.get(name, name): carry for name, carry in carries.items()}
            case Join():
                return self._join(place, verb)
            case Union(table=table):
                return _united(carries, self.carries(table, place.time), verb.schema)
            case _:
                return carries

    def _join(self, place: _Place, verb: Join) -> Carries:
        """The right columns as well; their rows' time is the one that the join is on."""
        if verb.kind in ("semi", "anti"):
            return place.carries
        pairs = dict(verb.on) | (dict([verb.asof]) if verb.asof is not None else {})
        time = pairs.get(place.time) if place.time is not None else None
        right = self.carries(verb.table, time)
        added = {name: right[name] for name in verb.schema.names if name in right and place.before.get(name) is None}
        if _names(place.carries) & _names(right):  # a table joined to itself: which side a name is of is not told
            return {name: Carry(complete=False) for name in (*place.carries, *added)}
        return {**place.carries, **added}


def _times(verbs: Iterable[AnyVerb], schemas: list[Schema], last: str | None) -> list[str | None]:
    """What the column of times is called before each verb, and after the last; None where it is not there."""
    found = [last]
    for verb, before in reversed(list(zip(verbs, schemas, strict=False))):
        name = _earlier(verb, found[-1])
        found.append(name if name is not None and before.get(name) is not None else None)
    return found[::-1]


def _earlier(verb: AnyVerb, name: str | None) -> str | None:
    """The name of a column before a verb, if it was there."""
    match verb:
        case Rename(pairs=pairs):
            return next((old for old, new in pairs if new == name), name)
        case Derive(bindings=bindings) | Group(bindings=bindings):
            value = dict(bindings).get(name or "")
            if value is None:
                return name
            return value.name if isinstance(value, ColumnRef) else None
        case _:
            return name


def _later(verb: AnyVerb, name: str | None) -> str | None:
    """The name of a column behind a verb, if it is there."""
    match verb:
        case Rename(pairs=pairs):
            return dict(pairs).get(name or "", name)
        case Derive(bindings=bindings) | Group(bindings=bindings):
            return None if name in dict(bindings) else name
        case _:
            return name


def _names(carries: Carries) -> frozenset[str]:
    return _all(carries.values()).names


def _united(left: Carries, right: Carries, schema: Schema) -> Carries:
    """A hidden column of one side is not there in the other: nothing is followed through a union."""
    return {name: Carry(complete=False) for name in schema.names if name in left or name in right}


# --- values ----------------------------------------------------------------------------------------------------------


@record
class _Place:
    """A verb, with the columns before it, what their time is called and what they carry."""

    follower: Follower
    transform: str
    number: int
    before: Schema
    time: str | None
    carries: Carries

    def derived(self, name: str, value: TypedExpr) -> Carry:
        """What the value of a `derive` carries."""
        return _all(self._of(value, name))

    def gathered(self, name: str, value: TypedExpr) -> Carry:
        """What an aggregate of a group carries: of each hidden column the latest."""
        inner = _all(self._of(value, name))
        made = {self._latest(item, name) for item in sorted(inner.names)}
        return Carry(frozenset(made), inner.complete)

    def _latest(self, item: str, name: str) -> str:
        hidden = self.follower.hidden[item].value
        value = Call(hidden.type, hidden.span, "max", (ColumnRef(hidden.type, hidden.span, item),))
        return self._add(name, value, frozenset({item}))

    def _of(self, value: TypedExpr, name: str) -> Iterator[Carry]:
        match value:
            case ColumnRef(name=column):
                yield self.carries.get(column, NOTHING)
            case Call(arguments=arguments):
                for argument in arguments:
                    yield from self._of(argument, name)
            case Window():
                yield self._window(value, name)
            case _:
                return

    def _window(self, value: Window, name: str) -> Carry:
        arguments = [carry for argument in value.arguments for carry in self._of(argument, name)]
        named = [self.carries.get(column, NOTHING) for column in (*value.partition, *(o.column for o in value.order))]
        inner = _all(arguments)
        made = {self._over(value, item, name) for item in sorted(inner.names)}
        ahead = _direction(value, self.time) in _AHEAD
        if ahead and self.time is not None:
            made.add(self._over(value, self.time, name))
        return Carry(frozenset(made), inner.complete and not (ahead and self.time is None)) | _all(named)

    def _over(self, value: Window, column: str, name: str) -> str:
        """The latest of a column among the rows that a window reads."""
        hidden = self.follower.hidden.get(column)
        type_ = hidden.value.type if hidden is not None else self._type(column)
        steps = value.function in ("lag", "lead")
        arguments = (ColumnRef(type_, value.span, column), *(value.arguments[1:] if steps else ()))
        function = value.function if steps else "max"
        found = Window(type_.with_null(), value.span, function, arguments, value.partition, value.order, value.rows)
        return self._add(name, found, frozenset({column} if hidden is not None else ()))

    def _type(self, column: str) -> Type:
        found = self.before.get(column)
        assert found is not None, "the time is followed only as far as the column is there"
        return found.type

    def _add(self, column: str, value: TypedExpr, needs: frozenset[str]) -> str:
        """The name of a hidden column with this value; that of an equal one where there is one."""
        of = self.follower.hidden
        start = f"{HIDDEN}reach of {self.transform}.{column}"
        mine = [item for item in of.values() if item.transform == self.transform and item.verb == self.number]
        same = next((item.name for item in mine if item.value == value), None)
        if same is not None:
            return same
        name = f"{start} {self.number}.{len(mine)}"
        of[name] = Hidden(self.transform, self.number, name, value, needs)
        return name


def _all(carries: Iterable[Carry]) -> Carry:
    found = NOTHING
    for carry in carries:
        found = found | carry
    return found


def _direction(value: Window, time: str | None) -> str:
    """Where the rows lie that a window reads; `any` unless its order is that of the split's time."""
    first = value.order[0] if value.order else None
    if first is None or first.column != time:
        return "any"
    falling = first.descending
    match value.function:
        case "lag":
            return "later" if falling else "earlier"
        case "lead":
            return "earlier" if falling else "later"
        case _:
            return "from" if falling else "upto"
