"""Where the inputs of steps come from: tables as their checks leave them, models, deployments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from mldsl.analysis.program import CheckDecl, Program
from mldsl.plan.links import Reading, reading
from mldsl.plan.nodes import Input
from mldsl.records import record

T = TypeVar("T")


@record
class Wiring:
    """The outputs behind the names of a program; `checks` has, by table, each check's id and whether it quarantines."""

    raw: Mapping[str, Input]
    checks: Mapping[str, tuple[tuple[str, bool], ...]]

    def readings(self, tables: Iterable[str]) -> tuple[dict[str, Input], tuple[str, ...]]:
        """The inputs of a step that reads `tables`, and the checks that it waits for."""
        found = {table: self._reading(table) for table in tables}
        after = dict.fromkeys(id_ for item in found.values() for id_ in item.after)
        return {table: item.source for table, item in found.items()}, tuple(after)

    def checked(self, table: str, id_: str) -> Input:
        """What the check `id_` looks at: the table as it was made, less what earlier checks of it set aside."""
        before = [item[0] for item in self.checks[table]].index(id_)
        return reading(self.raw[table], self.checks[table][:before]).source

    def _reading(self, table: str) -> Reading:
        return reading(self.raw[table], self.checks.get(table, ()))


def wiring(program: Program) -> Wiring:
    """The wiring of a program."""
    raw = {name: Input(step=f"source:{name}", output="table") for name in program.sources}
    raw |= {name: Input(step=f"transform:{name}", output="table") for name in program.transforms}
    for split in program.splits.values():
        raw |= {f"{split.name}.{part}": Input(step=f"split:{split.name}", output=part) for part in split.shares}
    checks: dict[str, list[tuple[str, bool]]] = {}
    for id_, check in with_ids(("check", item.table, item) for item in program.checks):
        checks.setdefault(check.table, []).append((id_, quarantines(check)))
    return Wiring(raw, {table: tuple(items) for table, items in checks.items()})


def with_ids(declarations: Iterable[tuple[str, str, T]]) -> Iterator[tuple[str, T]]:
    """An id `kind:name` for each (kind, name, declaration); a second one of that name gets `kind:name:2`."""
    seen: dict[str, int] = {}
    for kind, name, declaration in declarations:
        plain = f"{kind}:{name}"
        seen[plain] = seen.get(plain, 0) + 1
        yield (plain if seen[plain] == 1 else f"{plain}:{seen[plain]}"), declaration


def quarantines(check: CheckDecl) -> bool:
    """Whether the check may set rows aside."""
    return any(item.otherwise == "quarantine" for item in check.expectations)
