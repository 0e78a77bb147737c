"""What a request goes through: from a raw row of the source to the columns that a model looks at.

The compiler refuses an endpoint whose model needs more than one row at a time (ML506, which says what counts as that).
Here the same walk, from the model's features back to the source, is over the plan, and keeps of each transform what
these features need:

- What only chooses rows to learn from is not of a request: splits, samples, `sort`, `take`, `distinct`, unions, checks,
  semi and anti joins, and joins that give the features nothing.
- A `filter` is judged where a request has what it looks at: its rows are all that the model knows of. It is left out
  where it looks at what is known only afterwards (columns that are `after`, or that the target alone is made of), or at
  other rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mldsl.errors import MldslError
from mldsl.plan.expressions import ColumnRef, Expression, Window
from mldsl.plan.nodes import (
    CheckBody,
    Columns,
    ColumnSpec,
    Derive,
    Filter,
    Group,
    Input,
    Join,
    ModelBody,
    Plan,
    Predict,
    PythonForm,
    Rename,
    Select,
    SourceBody,
    SplitBody,
    SqlForm,
    Step,
    TransformBody,
    Union,
    Verb,
    VerbsForm,
)
from mldsl.plan.walk import descendants
from mldsl.records import record

Names = frozenset[str]


class NotOfOneRow(MldslError):  # noqa: N818 - it reads as what is the matter
    """A model's features need more than the row that is asked about."""


@record
class Lookup:
    """A table off the way, whose rows are found by `keys`: it is needed as it was when the model was trained."""

    source: Input
    columns: tuple[str, ...]

    @property
    def id(self) -> str:
        """Under which it is kept: its step's id, and the output where the step gives several tables."""
        return self.source.step if self.source.output == "table" else f"{self.source.step}.{self.source.output}"


@record
class Stage:
    """What is left of a transform: `action`, and the `columns` that go on.

    `absent` are columns that SQL or Python looks at and no request has; they are null.
    """

    step: str
    action: VerbsForm | SqlForm | PythonForm
    columns: Columns
    absent: Columns = ()


@record
class RequestPath:
    """The way of a request.

    `source` is the id of the step whose rows requests are, `columns` those that they need. `lookups` are tables off the
    way, `models` the steps of models that rows are predicted with on it; `inputs` says by step and by the names that
    its verbs use where these come from. `passed_over` are the filters that are not judged.
    """

    source: str
    columns: Columns
    stages: tuple[Stage, ...]
    features: Columns
    lookups: tuple[Lookup, ...] = ()
    models: tuple[str, ...] = ()
    passed_over: tuple[Expression, ...] = ()

    @property
    def may_drop(self) -> bool:
        """Whether a row may be dropped, as training would have: by a filter, by a join, by SQL."""
        verbs = (verb for stage in self.stages for verb in _verbs(stage))
        return any(isinstance(stage.action, SqlForm) for stage in self.stages) or any(
            isinstance(verb, Filter) or (isinstance(verb, Join) and verb.how == "inner") for verb in verbs
        )

    @property
    def row_by_row(self) -> bool:
        """Whether what is done may lose the order of rows, so that each has to go by itself."""
        return any(isinstance(stage.action, SqlForm) for stage in self.stages)


def request_path(plan: Plan, model_step: str) -> RequestPath:
    """The way to the features of the model that this step fits. Raises NotOfOneRow where one row does not suffice."""
    step = plan.step(model_step)
    body = step.body
    assert isinstance(body, ModelBody)
    source, transforms = _chain(plan, step.inputs[body.table])
    target = body.target.name if body.target is not None else None
    return _Walk(plan, source, transforms, target).path(used_features(body))


def used_features(body: ModelBody) -> Columns:
    """The features that no rule leaves out."""
    used = {
        name for rule in body.prepare if not any(step.name == "drop" for step in rule.steps) for name in rule.columns
    }
    return tuple(spec for spec in body.features if spec.name in used)


def columns_of(plan: Plan, source: Input) -> Columns:
    """The columns of a table."""
    step = plan.step(source.step)
    match step.body:
        case SourceBody(columns=columns) | TransformBody(columns=columns):
            return columns
        case CheckBody(table=table) | SplitBody(table=table):
            return columns_of(plan, step.inputs[table])
        case _:
            raise NotOfOneRow(f"`{step.name}` gives no table")


def _chain(plan: Plan, source: Input) -> tuple[Step, tuple[Step, ...]]:
    """The source that a table's rows come from, and the transforms on the way, from the source on."""
    found: list[Step] = []
    while True:
        step = plan.step(source.step)
        match step.body:
            case SourceBody():
                return step, tuple(reversed(found))
            case CheckBody(table=table) | SplitBody(table=table):
                source = step.inputs[table]
            case TransformBody(action=action):
                found.append(step)
                source = step.inputs[_origin(step, action)]
            case _:
                raise NotOfOneRow(f"`{step.name}` gives no table")


def _origin(step: Step, action: VerbsForm | SqlForm | PythonForm) -> str:
    """The name of the table whose rows a transform goes through."""
    match action:
        case VerbsForm(table=table):
            return table
        case PythonForm(arguments=arguments):
            tables = [str(item.value) for item in arguments if item.kind == "table"]
        case SqlForm():
            tables = list(step.inputs)
    if len(tables) != 1:
        raise NotOfOneRow(f"`{step.name}` needs many rows of several tables at once")
    return tables[0]


@record
class _Before:
    """What a verb needs before it, so that what is wanted is there behind it: columns, and what is left of the verb.

    `problem` says what stands in the way; `lookup` is the table that it looks into, `model` the step of a model.
    """

    wanted: Names
    kept: tuple[Verb, ...] = ()
    problem: str | None = None
    lookup: Lookup | None = None
    model: str | None = None


@record
class _Walk:
    """The transforms between a source and a model."""

    plan: Plan
    source: Step
    transforms: tuple[Step, ...]
    target: str | None

    def path(self, features: Columns) -> RequestPath:
        """The way to these features."""
        wanted = frozenset(spec.name for spec in features)
        whole = len(self.transforms)
        hidden = self._hidden(self._traced(whole, (), wanted))
        stages: list[Stage] = []
        befores: list[_Before] = []
        passed: list[Expression] = []
        for place in reversed(range(whole)):
            step = self.transforms[place]
            stage, wanted, found = self._stage(place, step, wanted, hidden)
            stages.append(stage)
            befores += found
            passed += [item.condition for item in self._filters(step) if item not in _verbs(stage)]
        columns = tuple(spec for spec in self._source_columns() if spec.name in wanted)
        return RequestPath(
            self.source.id,
            columns,
            tuple(reversed(stages)),
            features,
            _together(item.lookup for item in reversed(befores) if item.lookup is not None),
            tuple(dict.fromkeys(item.model for item in reversed(befores) if item.model is not None)),
            tuple(reversed(passed)),
        )

    def _source_columns(self) -> Columns:
        assert isinstance(self.source.body, SourceBody)
        return self.source.body.columns

    def _hidden(self, needed: Names | None) -> Names:
        """The source's columns that no request has: known only afterwards, or what the target alone is made of."""
        after = {spec.name for spec in self._source_columns() if "after" in spec.roles}
        made_of = self._traced(len(self.transforms), (), frozenset((self.target,))) if self.target else frozenset()
        return frozenset(after) | ((made_of or frozenset()) - (needed or frozenset()))

    def _filters(self, step: Step) -> list[Filter]:
        assert isinstance(step.body, TransformBody)
        action = step.body.action
        return [verb for verb in action.verbs if isinstance(verb, Filter)] if isinstance(action, VerbsForm) else []

    # --- a stage ---

    def _stage(self, place: int, step: Step, wanted: Names, hidden: Names) -> tuple[Stage, Names, list[_Before]]:
        """What is left of a transform whose columns `wanted` go on, what it needs, and how it came about."""
        body = step.body
        assert isinstance(body, TransformBody)
        columns = tuple(spec for spec in body.columns if spec.name in wanted)
        if not isinstance(body.action, VerbsForm):
            given = columns_of(self.plan, step.inputs[_origin(step, body.action)])
            needed = self._before_opaque(step, wanted)
            absent = tuple(spec for spec in given if spec.name not in needed)
            rest = tuple(_loose(spec) if spec.name not in wanted else spec for spec in body.columns)
            return Stage(step.id, body.action, rest, tuple(map(_loose, absent))), needed, []
        found: list[_Before] = []
        verbs = body.action.verbs
        for index in reversed(range(len(verbs))):
            verb = verbs[index]
            if isinstance(verb, Filter):
                before = self._before_filter(verb, place, verbs[:index], wanted, hidden)
            else:
                before = self._before_verb(step, verb, wanted)
            if before.problem is not None:
                raise NotOfOneRow(f"`{step.name}` needs {before.problem}, and a request is one row")
            found.append(before)
            wanted = before.wanted
        kept = tuple(verb for item in reversed(found) for verb in item.kept)
        return Stage(step.id, replace(body.action, verbs=kept), columns), wanted, found

    def _before_filter(self, verb: Filter, place: int, verbs: Sequence[Verb], wanted: Names, hidden: Names) -> _Before:
        looked_at = _columns_in(verb.condition)
        traced = None if _has_window(verb.condition) else self._traced(place, verbs, looked_at)
        if traced is None or traced & hidden:
            return _Before(wanted)
        return _Before(wanted | looked_at, (verb,))

    def _before_opaque(self, step: Step, wanted: Names) -> Names:
        """All columns of the table, but those that no request has."""
        assert isinstance(step.body, TransformBody)
        given = columns_of(self.plan, step.inputs[_origin(step, step.body.action)])
        own = {self.target} - wanted
        return frozenset(spec.name for spec in given if "after" not in spec.roles and spec.name not in own)

    # --- back to the source, with no filter judged ---

    def _traced(self, place: int, verbs: Sequence[Verb], wanted: Names) -> Names | None:
        """The source's columns that `wanted` are made of, seen behind these verbs of the transform at a place.

        None where other rows are needed.
        """
        if verbs:
            back = self._back(self.transforms[place], verbs, wanted)
            if back is None:
                return None
            wanted = back
        for step in reversed(self.transforms[:place]):
            assert isinstance(step.body, TransformBody)
            action = step.body.action
            if isinstance(action, VerbsForm):
                back = self._back(step, action.verbs, wanted)
                if back is None:
                    return None
                wanted = back
            elif wanted != {self.target}:
                wanted = self._before_opaque(step, wanted)
        return wanted

    def _back(self, step: Step, verbs: Sequence[Verb], wanted: Names) -> Names | None:
        for verb in reversed(verbs):
            before = self._before_verb(step, verb, wanted)
            if before.problem is not None:
                return None
            wanted = before.wanted
        return wanted

    # --- verbs ---

    def _before_verb(self, step: Step, verb: Verb, wanted: Names) -> _Before:
        match verb:
            case Derive(bindings=bindings):
                made = tuple(item for item in bindings if item.name in wanted)
                names = frozenset(item.name for item in made)
                refs = frozenset(name for item in made for name in _columns_in(item.value))
                windows = any(_has_window(item.value) for item in made)
                problem = "other rows (a window)" if windows else None
                return _Before((wanted - names) | refs, (Derive(bindings=made),) if made else (), problem)
            case Group(keys=keys):
                left = Select(columns=tuple(name for name in keys if name in wanted))
                return _Before(wanted, (left,), None if wanted <= set(keys) else "many rows (a group)")
            case Select(columns=columns):
                return _Before(wanted, (Select(columns=tuple(name for name in columns if name in wanted)),))
            case Rename(pairs=pairs):
                old = {new: name for name, new in pairs}
                before = frozenset(old.get(name, name) for name in wanted)
                renamed = tuple((name, new) for name, new in pairs if new in wanted)
                return _Before(before, (_only(before), Rename(pairs=renamed)) if renamed else ())
            case Join():
                return self._before_join(step, verb, wanted)
            case Predict(model=name, outputs=outputs):
                return self._before_predict(step.inputs[name].step, verb, wanted, {item.name for item in outputs})
            case Union():
                return _Before(wanted, (_only(wanted), verb))  # of the other table only the types matter
            case _:
                return _Before(wanted)

    def _before_join(self, step: Step, verb: Join, wanted: Names) -> _Before:
        pairs = verb.on if verb.asof is None else (*verb.on, verb.asof)
        by = [right for _, right in pairs]
        names = [spec.name for spec in columns_of(self.plan, step.inputs[verb.table])]
        taken = [name for name in names if name in wanted and name not in by]
        if verb.how in ("semi", "anti") or not taken:
            return _Before(wanted)
        before = (wanted - set(taken)) | {left for left, _ in pairs}
        kept = replace(verb, how="left") if verb.how == "full" else verb
        lookup = Lookup(step.inputs[verb.table], tuple(dict.fromkeys((*by, *taken))))
        return _Before(before, (_only(before), kept), lookup=lookup)

    def _before_predict(self, model: str, verb: Predict, wanted: Names, added: set[str]) -> _Before:
        body = self.plan.step(model).body
        assert isinstance(body, ModelBody)
        if not wanted & added:
            return _Before(wanted)
        return _Before((wanted - added) | {spec.name for spec in used_features(body)}, (verb,), model=model)


def _only(names: Names) -> Select:
    """Nothing but these columns, so that none that is not wanted is in the way of a new one."""
    return Select(columns=tuple(sorted(names)))


def _loose(spec: ColumnSpec) -> ColumnSpec:
    return replace(spec, type=spec.type.with_null())


def _verbs(stage: Stage) -> tuple[Verb, ...]:
    return stage.action.verbs if isinstance(stage.action, VerbsForm) else ()


def _columns_in(expression: Expression) -> Names:
    return frozenset(node.name for node in descendants(expression) if isinstance(node, ColumnRef))


def _has_window(expression: Expression) -> bool:
    return any(isinstance(node, Window) for node in descendants(expression))


def _together(lookups: Iterable[Lookup]) -> tuple[Lookup, ...]:
    """One for each table."""
    found: dict[str, Lookup] = {}
    for item in lookups:
        known = found.get(item.id)
        columns = item.columns if known is None else tuple(dict.fromkeys((*known.columns, *item.columns)))
        found[item.id] = Lookup(item.source, columns)
    return tuple(found.values())
