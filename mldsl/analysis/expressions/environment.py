"""What names and calls mean where an expression stands: the protocol, and its simplest case."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.context import Context
from mldsl.analysis.typed import Constant, Order, ParamRef, TypedExpr
from mldsl.analysis.wording import elsewhere, near_or_list
from mldsl.catalog.functions import FUNCTIONS
from mldsl.catalog.signatures import Function
from mldsl.catalog.types import ANY, DATE, DATETIME, Type
from mldsl.source import Span
from mldsl.syntax import tree

RUN_VALUES: dict[str, Type] = {"run_date": DATE, "run_time": DATETIME}


def mistake(span: Span) -> Constant:
    """What stands for an expression that has been reported: of type `any`, so that what follows is silent."""
    return Constant(ANY, span, None)


class Environment:
    """A place that knows parameters, `run_date` and `run_time`, and nothing else. Other places refine it.

    `grouped` says that an aggregate here has at least one row; `order` is the preceding `sort by`; `in_check` allows
    `references`.
    """

    __slots__ = ()

    @property
    def grouped(self) -> bool:
        """Whether an aggregate here sees at least one row."""
        return False

    @property
    def order(self) -> tuple[Order, ...]:
        """The preceding `sort by`, for `first` and `last`."""
        return ()

    @property
    def in_check(self) -> bool:
        """Whether `references` may stand here."""
        return False

    def name(self, ref: tree.Ref, context: Context) -> TypedExpr:
        """The meaning of a bare or a dotted name, or `mistake` after a report."""
        found = run_value(ref, context)
        if found is None and not context.scope.hides(ref.parts[0].text):
            self.unknown(ref, context)
        return found or mistake(ref.span)

    def names(self, context: Context) -> Iterator[str]:
        """What a bare name could be, for suggestions."""
        yield from (item.name.text for item in context.scope.of_kind(tree.Param))
        yield from RUN_VALUES

    def functions(self) -> Iterator[str]:
        """What could be called, for suggestions."""
        yield from (item.name for item in FUNCTIONS.values() if item.kind != "check")

    def unknown(self, ref: tree.Ref, context: Context) -> None:
        """Report a name that means nothing here."""
        text = ".".join(part.text for part in ref.parts)
        help_ = elsewhere(text) or near_or_list(text, self.names(context), "what can stand here")
        context.report("ML201", f"`{text}` is not known here", ref.span, help=help_)

    def call(self, call: tree.Call, context: Context) -> TypedExpr | None:
        """The meaning of a call that only this place knows; None leaves it to the catalog."""
        return None

    def aggregate(self, call: tree.Call, function: Function, context: Context) -> Environment | None:
        """Where the arguments of an aggregate stand; None after a report that none may be here."""
        message = f"`{function.name}` is an aggregate, but there are no rows here"
        context.report("ML205", message, call.function.span)
        return None

    def window(self, over: tree.Over, context: Context) -> Environment | None:
        """Where the arguments of a window stand (it knows the columns); None after a report that none may be here."""
        context.report("ML205", "a window looks at rows, and there are none here", over.span)
        return None

    def period(self, node: tree.OverPeriod, context: Context) -> TypedExpr:
        """The meaning of `METRIC over 30d`."""
        help_ = "a window is written `over (partition by a order by b)`"
        context.report("ML202", "a period after `over` has a meaning in a monitor only", node.period.span, help=help_)
        return mistake(node.span)

    def narrowed(self, columns: frozenset[str]) -> Environment:
        """The same place where these columns are known not to be null."""
        return self


def run_value(ref: tree.Ref, context: Context) -> ParamRef | None:
    """A parameter, `run_date` or `run_time`, if `ref` is one."""
    if len(ref.parts) > 1:
        return None
    text = ref.parts[0].text
    param = context.param(text, ref.span)
    if param is not None:
        return ParamRef(param.type, ref.span, text)
    return ParamRef(RUN_VALUES[text], ref.span, text) if text in RUN_VALUES else None
