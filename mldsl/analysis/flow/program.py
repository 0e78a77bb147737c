"""The flow through a whole program: its tables one after another, and what its models are fitted on."""

from __future__ import annotations

from dataclasses import replace

from mldsl.analysis.flow.nodes import Edge, Node, Opaque, Table, origin
from mldsl.analysis.flow.regions import Part, Region, few, narrowed
from mldsl.analysis.flow.verbs import apply
from mldsl.analysis.program import (
    CheckDecl,
    ModelDecl,
    Program,
    PythonBody,
    SourceDecl,
    SplitDecl,
    SqlBody,
    TransformDecl,
    VerbsBody,
)
from mldsl.analysis.typed import Call, ColumnRef


class Flow:
    """The tables of a program as the flow sees them, each made when it is first asked for."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._tables: dict[str, Table] = {}
        self._nodes: dict[tuple[str, str], Node] = {}

    def table(self, name: str) -> Table:
        """The table of that name, `data.train` for a part of a split."""
        if name not in self._tables:
            self._tables[name] = self._made(name)
        return self._tables[name]

    def features(self, model: str) -> tuple[str, ...]:
        """The names of the columns that a model reads."""
        return tuple(column.name for column in self.program.models[model].features)

    def _made(self, name: str) -> Table:
        first, _, part = name.partition(".")
        program = self.program
        if first in program.sources:
            return self._source(program.sources[first])
        if first in program.splits:
            return self._part(program.splits[first], part)
        return self._transform(program.transforms[first])

    # --- sources -----------------------------------------------------------------------------------------------------

    def _source(self, source: SourceDecl) -> Table:
        """Two sources that read the same data are the same rows."""
        base = source.data
        columns = {}
        for column in source.schema.columns:
            made = Node(column.name, origin(column, source.span), column.type, roles=column.roles)
            columns[column.name] = self._nodes.setdefault((base, column.raw or column.name), made)
        table = _with_roles(Table(source.name, source.schema, columns, frozenset({Region(frozenset({base}))})))
        return _checked(table, self.program.checks)

    # --- parts -------------------------------------------------------------------------------------------------------

    def _part(self, split: SplitDecl, part: str) -> Table:
        whole = self.table(split.table)
        return replace(whole, name=f"{split.name}.{part}", rows=narrowed(whole.rows, Part(split.name, part)))

    # --- transforms --------------------------------------------------------------------------------------------------

    def _transform(self, transform: TransformDecl) -> Table:
        match transform.body:
            case VerbsBody(table=name, verbs=verbs):
                table = self.table(name)
                for verb in verbs:
                    table = apply(verb, table, self)
            case SqlBody():
                from mldsl.analysis.flow.sql import sql_table

                table = sql_table(transform, {name: self.table(name) for name in transform.body.tables})
            case PythonBody():
                table = self._python(transform, transform.body)
        return _checked(replace(table, name=transform.name, schema=transform.schema), self.program.checks)

    def _python(self, transform: TransformDecl, body: PythonBody) -> Table:
        """A column that an argument has too is taken for the same; of others nothing is known but their roles."""
        inputs = [self.table(str(name)) for kind, name in body.arguments if kind == "table"]
        columns = {}
        for column in transform.schema.columns:
            before = next((item.columns[column.name] for item in inputs if column.name in item.columns), None)
            if before is None or not column.roles <= before.roles:
                edges = (Edge(before),) if before is not None else ()
                before = Node(column.name, origin(column, transform.span), column.type, roles=column.roles, edges=edges)
            columns[column.name] = before
        rows = few(region for item in inputs for region in item.rows) or frozenset(
            {Region(frozenset({transform.name}))}
        )
        opaque = tuple(dict.fromkeys(found for item in inputs for found in item.opaque))
        influences = few(region for item in inputs for region in item.influences)
        mine = Opaque(transform.name, rows | influences, any(item.timed for item in inputs))
        table = Table(
            transform.name,
            transform.schema,
            columns,
            rows,
            influences,
            entities=frozenset(node for item in inputs for node in item.entities),
            times=frozenset(node for item in inputs for node in item.times & frozenset(columns.values())),
            opaque=opaque if body.rowwise else (*opaque, mine),
        )
        return _with_roles(table)

    # --- models ------------------------------------------------------------------------------------------------------

    def fitted_on(self, model: ModelDecl) -> Table:
        """What a model is fitted on; the validation part as well where something of it is searched there."""
        return self.table(model.table)

    def validated_on(self, model: ModelDecl) -> Table | None:
        """The validation part of its split, where the model looks at it."""
        split = self.program.splits.get(model.split or "")
        if split is None or "validation" not in split.shares:
            return None
        searched = model.threshold is not None and model.threshold.value is None
        stopping = any("early_stopping" in key for use in model.algorithms for key in use.parameters)
        return self.table(f"{split.name}.validation") if searched or model.calibrate or stopping else None


def _with_roles(table: Table) -> Table:
    """The facts that the roles of a table's columns say."""
    key = table.with_role("key")
    return replace(
        table,
        key=key,
        uniques=table.uniques | ({key} if key else set()),
        entities=table.entities | table.with_role("entity"),
        times=table.times | table.with_role("time"),
    )


def _checked(table: Table, checks: tuple[CheckDecl, ...]) -> Table:
    """With what a check that stops the run proves: `unique(…)`."""
    found = set(table.uniques)
    for check in checks:
        if check.table != table.name:
            continue
        for item in check.expectations:
            match item.condition:
                case Call(function="unique", arguments=arguments) if item.otherwise == "fail":
                    names = [part.name for part in arguments if isinstance(part, ColumnRef)]
                    if len(names) == len(arguments) and all(name in table.columns for name in names):
                        found.add(frozenset(table.columns[name] for name in names))
    return replace(table, uniques=frozenset(found))
