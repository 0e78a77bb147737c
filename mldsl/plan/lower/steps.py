"""One step for each declaration, with its inputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mldsl.analysis import program
from mldsl.analysis.typed import Predict
from mldsl.plan import nodes
from mldsl.plan.expressions import Named, TableColumn
from mldsl.plan.lower import models, policies, tables
from mldsl.plan.lower.folds import folds_of
from mldsl.plan.lower.judging import tables_of
from mldsl.plan.lower.params import used_params
from mldsl.plan.lower.places import Places
from mldsl.plan.lower.values import resources
from mldsl.plan.lower.wiring import Wiring, with_ids
from mldsl.plan.nodes import Input, Step
from mldsl.plan.walk import descendants
from mldsl.records import record
from mldsl.source import Span

_Declaration = (
    program.SourceDecl
    | program.CheckDecl
    | program.TransformDecl
    | program.SplitDecl
    | program.ModelDecl
    | program.EvaluateDecl
    | program.DeployDecl
    | program.MonitorDecl
)

_NONE_ASKED_FOR = program.Resources()


@record
class _Parts:
    """What tells one step from another: its body, and where its inputs come from."""

    name: str
    body: nodes.Body
    inputs: dict[str, Input]
    after: tuple[str, ...] = ()
    resources: program.Resources = _NONE_ASKED_FOR


def steps(given: program.Program, wiring: Wiring, reach: Mapping[str, tuple[str, ...]]) -> list[Step]:
    """The program's steps in declaration order: files in the order of import, then from top to bottom.

    `reach` has the hidden columns that each split by time looks at.
    """
    builder = _Builder(given, wiring, Places.of(given.path), reach)
    found = list(with_ids(_declarations(given)))
    rank = _file_ranks(given.path, [declaration.span for _, declaration in found])
    found.sort(key=lambda item: (rank[item[1].span.file.path], item[1].span.start))
    return [builder.step(id_, declaration) for id_, declaration in found]


def _declarations(given: program.Program) -> Iterator[tuple[str, str, _Declaration]]:
    """Every declaration that becomes a step, with the kind and the name for its id."""
    for source in given.sources.values():
        yield "source", source.name, source
    for check in given.checks:
        yield "check", check.table, check
    for transform in given.transforms.values():
        yield "transform", transform.name, transform
    for split in given.splits.values():
        yield "split", split.name, split
    for model in given.models.values():
        yield "model", model.name, model
    for evaluation in given.evaluations:
        yield "evaluate", evaluation.name, evaluation
    for deployment in given.deployments.values():
        yield "deploy", deployment.name, deployment
    for monitor in given.monitors.values():
        yield "monitor", monitor.name, monitor


def _file_ranks(main: str, spans: Iterable[Span]) -> dict[str, int]:
    """Files in the order of their first declaration; the program's own comes last, as imports stand before it."""
    paths = dict.fromkeys(span.file.path for span in spans)
    return {path: rank for rank, path in enumerate(sorted(paths, key=lambda path: path == main))}


@record
class _Builder:
    """Makes steps of declarations."""

    whole: program.Program
    wiring: Wiring
    places: Places
    reach: Mapping[str, tuple[str, ...]]

    def step(self, id_: str, given: _Declaration) -> Step:
        """The step of one declaration."""
        parts = self._parts(id_, given)
        return Step(
            id=id_,
            kind=parts.body.kind,
            name=parts.name,
            doc=given.doc,
            location=self.places.location(given.span),
            inputs=dict(sorted(parts.inputs.items())),
            after=parts.after,
            params=used_params(parts.body, self.whole.params),
            resources=resources(parts.resources, self.whole.settings.resources),
            body=parts.body,
        )

    def _parts(self, id_: str, given: _Declaration) -> _Parts:
        match given:
            case program.SourceDecl():
                return _Parts(given.name, tables.source(given, self.places), {})
            case program.CheckDecl():
                return self._check(id_, given)
            case program.TransformDecl():
                return self._transform(given)
            case program.SplitDecl():
                inputs, after = self.wiring.readings([given.table])
                return _Parts(given.name, tables.split(given, self.reach.get(given.name, ())), inputs, after)
            case program.ModelDecl():
                return self._model(given)
            case program.EvaluateDecl():
                return self._evaluation(given)
            case program.DeployDecl():
                return self._deployment(given)
            case program.MonitorDecl():
                return self._monitor(given)

    def _check(self, id_: str, given: program.CheckDecl) -> _Parts:
        """A check looks at tables as they were made: what checks say of other tables does not change it."""
        body = tables.check(given)
        others = {item.table for item in descendants(body) if isinstance(item, TableColumn)}
        inputs = {table: self.wiring.raw[table] for table in sorted(others)}
        return _Parts(given.table, body, inputs | {given.table: self.wiring.checked(given.table, id_)})

    def _transform(self, given: program.TransformDecl) -> _Parts:
        inputs, after = self.wiring.readings(tables_of(given.body))
        inputs |= {name: _model_of(name) for name in _models_of(given.body)}
        return _Parts(given.name, tables.transform(given, self.whole.models, self.places), inputs, after)

    def _model(self, given: program.ModelDecl) -> _Parts:
        split = None if given.split is None else self.whole.splits[given.split]
        folds = folds_of(given, self.whole, self.reach.get(given.split or "", ()))
        body = models.model(given, split, folds, self.whole.settings.seed, self.places)
        inputs, after = self.wiring.readings([given.table, *([body.validation] if body.validation else [])])
        return _Parts(given.name, body, inputs, after, given.resources)

    def _evaluation(self, given: program.EvaluateDecl) -> _Parts:
        body = models.evaluation(given, self.whole)
        inputs, after = self.wiring.readings([given.table])
        return _Parts(given.name, body, inputs | {given.model: _model_of(given.model)}, after)

    def _deployment(self, given: program.DeployDecl) -> _Parts:
        """What requires the evaluation waits for all of the model's, and is left out where one is not met."""
        body = policies.deployment(given, self.whole, self.places)
        tables = [given.subject] if given.target == "batch" else []
        inputs, after = self.wiring.readings([*tables, *([body.judged.table] if body.judged else [])])
        if any(isinstance(item, Named) and item.name == "evaluation" for item in descendants(body)):
            judged = with_ids(("evaluate", item.name, item) for item in self.whole.evaluations)
            after += tuple(id_ for id_, evaluation in judged if evaluation.model == given.model)
        return _Parts(given.name, body, inputs | {given.model: _model_of(given.model)}, after, given.resources)

    def _monitor(self, given: program.MonitorDecl) -> _Parts:
        inputs, after = self.wiring.readings([given.labels] if given.labels else [])
        deployed = Input(step=f"deploy:{given.deployment}", output="report")
        return _Parts(given.name, policies.monitor(given), inputs | {given.deployment: deployed}, after)


def _model_of(name: str) -> Input:
    return Input(step=f"model:{name}", output="model")


def _models_of(body: program.VerbsBody | program.SqlBody | program.PythonBody) -> list[str]:
    """The models that a transform predicts with."""
    verbs = body.verbs if isinstance(body, program.VerbsBody) else ()
    return [verb.model for verb in verbs if isinstance(verb, Predict)]
