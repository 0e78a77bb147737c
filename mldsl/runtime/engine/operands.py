"""A call that is being lowered, whatever the engine: its arguments on demand, and where its value matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from mldsl.catalog.rules import shared
from mldsl.catalog.signatures import Mismatch
from mldsl.catalog.types import STRING, Type
from mldsl.plan.expressions import Call, ColumnRef, Constant, Expression, ParamRef
from mldsl.runtime.errors import StepFailed

E = TypeVar("E")


class Lowers(Protocol[E]):
    """What lowers expressions to values of the type `E`."""

    def lowered(self, expression: Expression, guard: E | None) -> tuple[E, int]:
        """The expression and how deeply it is nested; where `guard` is not true, no error of it counts."""

    def widened(self, value: E, given: Type, wanted: Type) -> E:
        """`value` of the type `given` as `wanted`."""

    def both(self, first: E, second: E) -> E:
        """Where both conditions are true."""

    def where(self, condition: E, value: E) -> E:
        """`value` where the condition is true, else null."""

    def once(self, value: E) -> E:
        """`value`, computed once: a temporary column."""

    def constant(self, expression: Expression) -> Any:  # noqa: ANN401 - any Python value of the language
        """The Python value of an expression without columns."""

    def pattern(self, written: str) -> None:
        """Raises StepFailed where the engine does not take a regular expression."""

    def risk(self, bad: E, value: E, call: Call, problem: str) -> None:
        """Note that the call fails where `bad` is true; `value` is shown then."""


@dataclass(slots=True)
class Operands(Generic[E]):
    """The call's arguments; `depth` is that of the deepest one so far."""

    call: Call
    lowering: Lowers[E]
    guard: E | None
    depth: int = 0

    @property
    def type(self) -> Type:
        """The result's type."""
        return self.call.type

    @property
    def count(self) -> int:
        """The number of arguments."""
        return len(self.call.arguments)

    def kind(self, index: int) -> str:
        """The kind of an argument's type."""
        return self.call.arguments[index].type.kind

    def value(self, index: int, wanted: Type | None = None, guard: E | None = None) -> E:
        """An argument, widened to `wanted`; `guard` narrows where it matters."""
        given = self.call.arguments[index]
        value, depth = self.lowering.lowered(given, self.both(guard))
        self.depth = max(self.depth, depth)
        return value if wanted is None else self.lowering.widened(value, given.type, wanted)

    def reused(self, index: int, wanted: Type | None = None, guard: E | None = None) -> E:
        """An argument for several uses: computed once, since each use of an expression repeats it."""
        value = self.value(index, wanted, guard)
        is_simple = isinstance(self.call.arguments[index], ColumnRef | Constant | ParamRef)
        return value if is_simple else self.hoisted(value)

    def values(self, wanted: Type, start: int = 0) -> list[E]:
        """The arguments from `start` on, widened."""
        return [self.value(index, wanted) for index in range(start, self.count)]

    def common(self, start: int = 0) -> Type:
        """The type that the arguments from `start` on are compared in; by the checker's own rule."""
        arguments = self.call.arguments
        constants = [item.python if isinstance(item, Constant) else None for item in arguments]
        found = shared(start)([item.type for item in arguments], constants)
        return STRING if isinstance(found, Mismatch) else found

    def is_constant(self, index: int) -> bool:
        """Whether an argument is a literal or a parameter."""
        return isinstance(self.call.arguments[index], Constant | ParamRef)

    def constant(self, index: int) -> Any:  # noqa: ANN401 - any Python value of the language
        """The Python value of an argument that has no columns."""
        return self.lowering.constant(self.call.arguments[index])

    def both(self, guard: E | None) -> E | None:
        """Where this call and a narrower part of it matter."""
        if guard is None:
            return self.guard
        return guard if self.guard is None else self.lowering.both(self.guard, guard)

    def guarded(self, value: E) -> E:
        """`value` where it matters, else null."""
        return value if self.guard is None else self.lowering.where(self.guard, value)

    def hoisted(self, value: E) -> E:
        """`value`, computed once."""
        return self.lowering.once(value)

    def risky(self, bad: E, value: E, problem: str) -> None:
        """Note that the call fails where `bad` is true; `value` is shown then."""
        self.lowering.risk(bad, value, self.call, problem)


def parameter(name: str, params: Mapping[str, object]) -> object:
    """The value of a parameter. Raises StepFailed where it has none."""
    if name not in params:
        raise StepFailed(f"the parameter `{name}` has no value", f"set it: `--set {name}=…`")
    return params[name]
