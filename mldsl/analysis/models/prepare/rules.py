"""How every feature is prepared: by the lines of `prepare`, else by the catalog's defaults."""

from __future__ import annotations

from collections.abc import Sequence

from mldsl.analysis.context import Context
from mldsl.analysis.models.algorithms import Chosen
from mldsl.analysis.models.features import Features
from mldsl.analysis.models.prepare.flow import follow_line, missing_are_fine
from mldsl.analysis.models.prepare.lines import assign_lines
from mldsl.analysis.models.prepare.steps import read_steps
from mldsl.analysis.program import PrepareRule, StepUse
from mldsl.analysis.typed import Column, Schema
from mldsl.catalog.prepare import default_steps
from mldsl.syntax import tree

_Steps = tuple[tuple[str, tuple[tuple[str, object], ...]], ...]


def prepare_rules(
    context: Context,
    prepare: tree.Prepare | None,
    features: Features,
    schema: Schema,
    algorithms: Sequence[Chosen],
    *,
    has_target: bool,
) -> tuple[PrepareRule, ...]:
    """The rules, which cover every feature: written ones in their order, then the defaults."""
    entries = prepare.entries if prepare is not None else ()
    lines = assign_lines(context, entries, features, schema)
    rules: list[PrepareRule] = []
    covered: set[str] = set()
    for line in lines:
        covered.update(column.name for column in line.columns)
        steps = read_steps(context, line.entry.steps)
        if steps is None or not line.columns:
            continue
        if follow_line(context, line, steps, algorithms, has_target=has_target):
            names = tuple(column.name for column in line.columns)
            rules.append(PrepareRule(names, tuple(used.use for used in steps)))
    rest = [column for column in features.columns if column.name not in covered]
    _vectors(context, rest, algorithms)
    return (*rules, *default_rules(rest, algorithms))


def default_rules(columns: Sequence[Column], algorithms: Sequence[Chosen]) -> tuple[PrepareRule, ...]:
    """Rules for columns with no line: columns and algorithms that get the same steps share one."""
    by_steps: dict[tuple[_Steps, tuple[int, ...]], list[str]] = {}
    for column in columns:
        wanted: dict[_Steps, list[int]] = {}
        for index, chosen in enumerate(algorithms):
            wanted.setdefault(_default(column, chosen), []).append(index)
        for steps, indices in wanted.items():
            whom = tuple(indices) if len(wanted) > 1 else ()
            by_steps.setdefault((steps, whom), []).append(column.name)
    return tuple(
        PrepareRule(tuple(names), tuple(StepUse(name, dict(arguments)) for name, arguments in steps), True, whom)
        for (steps, whom), names in by_steps.items()
    )


def _default(column: Column, chosen: Chosen) -> _Steps:
    found = default_steps(column.type, bool(chosen.takes_missing), chosen.scaling)
    return tuple((step.name, tuple(step.arguments.items())) for step in found)


def _vectors(context: Context, columns: Sequence[Column], algorithms: Sequence[Chosen]) -> None:
    """ML409 for vectors that may be missing: nothing sound can be put in their place by default."""
    missing = [column for column in columns if column.type.kind == "vector" and column.type.nullable]
    for chosen in algorithms[:1] if missing else ():
        names = [column.name for column in missing]
        help_ = f"take the rows without it out before: `filter {names[0]} is not null`"
        missing_are_fine(context, names, chosen.span, algorithms, help_)
