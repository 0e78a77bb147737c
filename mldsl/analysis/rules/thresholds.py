"""ML505: conditions on models that no model can meet, alone or together with others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mldsl.analysis.policies.demands import Demand, Quantity, demands, impossible
from mldsl.analysis.policies.ranges import Range, outcome, range_of, value_of
from mldsl.analysis.program import DeployDecl, ExpectationDecl, MonitorDecl, RequireDecl
from mldsl.analysis.rules.subject import Subject
from mldsl.analysis.typed import Call, Constant, TypedExpr
from mldsl.diagnostics.model import Diagnostic, Edit, Label
from mldsl.source import Span

Condition = ExpectationDecl | RequireDecl


def look(subject: Subject) -> Iterator[Diagnostic]:
    """One error for each condition that cannot be met, at its smallest part."""
    judged: dict[tuple[str, str], _Demanded] = {}
    for evaluation in subject.evaluations:
        known = judged.setdefault((evaluation.model, evaluation.table), _Demanded())
        yield from _judge(evaluation.expectations, known)
    for deployment in subject.context.all(DeployDecl).values():
        tables = [known for (model, _), known in judged.items() if model == deployment.model]
        # Of several evaluations it is not known on which rows a requirement is measured.
        yield from _judge(deployment.requires, tables[0].copy() if len(tables) == 1 else _Demanded())
        if deployment.rollback is not None:
            yield from _rollback(deployment.rollback)
    for monitor in subject.context.all(MonitorDecl).values():
        yield from _judge(monitor.expectations, _Demanded())


@dataclass(slots=True)
class _Demanded:
    """What has been demanded of each quantity so far, and where."""

    known: dict[Quantity, list[Demand]] = field(default_factory=dict)

    def copy(self) -> _Demanded:
        return _Demanded({quantity: list(items) for quantity, items in self.known.items()})

    def clash(self, demand: Demand, slices: str | None) -> Demand | None:
        """The earlier demand that leaves no value together with this one, which is then not kept."""
        earlier = self.known.setdefault((slices, *demand.quantity), [])
        for other in earlier:
            if other.bounds.and_(demand.bounds).empty:
                return other
        earlier.append(demand)
        return None


def _judge(conditions: Iterable[Condition], known: _Demanded) -> Iterator[Diagnostic]:
    for item in conditions:
        alone = [_alone(part) for part in impossible(item.condition, item.confidence)]
        yield from alone
        if not alone:
            slices = item.each if isinstance(item, ExpectationDecl) else None
            yield from _together(item.condition, known, slices)


def _together(condition: TypedExpr, known: _Demanded, slices: str | None) -> Iterator[Diagnostic]:
    for demand in demands(condition):
        other = known.clash(demand, slices)
        if other is not None:
            message = f"`{demand.span.text}` cannot be met together with `{other.span.text}`"
            yield Diagnostic("ML505", message, demand.span, labels=(Label(other.span, "contradicts it"),))


def _rollback(condition: TypedExpr) -> Iterator[Diagnostic]:
    """A rollback that never happens, in whole or in part, and one that always does."""
    if outcome(condition) is True:
        help_ = _range_of(condition) if isinstance(condition, Call) else None
        yield Diagnostic("ML505", "this always holds: nothing would ever stay live", condition.span, help=help_)
        return
    alone = [_alone(part, "this never happens") for part in impossible(condition, None)]
    yield from alone
    if not alone:
        yield from _together(condition, _Demanded(), None)


def _alone(part: Call, message: str = "no model can meet this") -> Diagnostic:
    limits = _range_of(part)
    if outcome(part) is None:
        limits = "no number of rows makes one sure of the best value there is: ask for a little less"
    percent = _percent(part)
    if percent is None:
        return Diagnostic("ML505", message, part.span, help=limits)
    help_ = f"{limits}; did you mean `{percent.replacement}`?"
    return Diagnostic("ML505", message, part.span, help=help_, edit=percent)


def _range_of(part: Call) -> str | None:
    """The side that is no number, and in which range it lies."""
    measured = next((item for item in part.arguments if value_of(item) is None), None)
    return None if measured is None else f"`{_text(measured.span)}` {range_of(measured)}"


def _percent(part: Call) -> Edit | None:
    """The number that lacks its percent sign, where a share is compared with one from 2 to 100."""
    shares = [item for item in part.arguments if range_of(item) == Range(0, 1)]
    for item in part.arguments if shares else ():
        if isinstance(item, Constant) and isinstance(item.value, int) and 2 <= item.value <= 100:
            return Edit(item.span, f"{item.value}%")
    return None


def _text(span: Span) -> str:
    return " ".join(span.text.split())
