"""Which declarations a declaration refers to, read off its tree alone."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.catalog.placeholders import placeholders
from mldsl.syntax import tree

Dependency = tuple[str, tree.Ref | tree.Literal]


def dependencies(declaration: tree.Declaration) -> Iterator[Dependency]:
    """The names that `declaration` needs to be resolved first, each with the place that says so.

    Names of params are not among them: a parameter needs nothing. Some names may not be declared at all.
    """
    match declaration:
        case tree.Transform(origin=tree.Ref() as origin, verbs=verbs):
            yield from _refs(origin)
            for verb in verbs:
                yield from _of_verb(verb)
        case tree.Transform(origin=tree.Call() as call):
            yield from _of_call(call)
        case tree.Split(table=table):
            yield from _refs(table)
        case tree.Model(data=data):
            yield from _refs(data)
        case tree.Deploy(model=model, target=target):
            yield from _refs(model)
            yield from _of_call(target)
        case tree.Monitor(deployment=deployment, body=body):
            yield from _refs(deployment)
            yield from _of_options(body)
        case _:
            return


def _of_verb(verb: tree.Verb) -> Iterator[Dependency]:
    match verb:
        case tree.Join(table=table) | tree.Union(table=table):
            yield from _refs(table)
        case tree.PredictWith(model=model):
            yield from _refs(model)
        case _:
            return


def _of_call(call: tree.Call) -> Iterator[Dependency]:
    for argument in call.arguments:
        match argument.value:
            case tree.Ref() as ref:
                yield from _refs(ref)
            case tree.Literal(kind="string", value=str(text)) as literal if call.function.text == "sql":
                for name, _ in placeholders(text):
                    yield name.partition(".")[0], literal
            case _:
                continue


def _of_options(body: tuple[tree.Option | tree.Expectation | tree.OnBreach, ...]) -> Iterator[Dependency]:
    for item in body:
        if isinstance(item, tree.Option) and item.name.text == "labels":
            for value in item.values:
                if isinstance(value, tree.Ref):
                    yield from _refs(value)


def _refs(ref: tree.Ref) -> Iterator[Dependency]:
    yield ref.parts[0].text, ref
