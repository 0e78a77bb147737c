"""What a target cannot do, as diagnostics: finds the line of the program that asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mldsl.analysis.program import Program
from mldsl.backend.model import Place, Refusal
from mldsl.diagnostics.model import Diagnostic
from mldsl.source import Span
from mldsl.syntax import tree
from mldsl.syntax.walk import nodes


def diagnostics(
    refusals: Iterable[Refusal], program: Program, declarations: Sequence[tree.Declaration]
) -> tuple[Diagnostic, ...]:
    """A diagnostic for each refusal, in the order of the program; `declarations` are those that it was made of."""
    found = (
        Diagnostic(item.code, item.message, _span(item.place, program, declarations), help=item.help)
        for item in refusals
    )
    return tuple(sorted(found, key=lambda item: (item.span.file.path, item.span.start)))


def _span(place: Place, program: Program, declarations: Sequence[tree.Declaration]) -> Span:
    pipeline = next(item for item in declarations if isinstance(item, tree.Pipeline))
    match place.kind:
        case "setting":
            option = next((item for item in pipeline.body if item.name.text == place.name), None)
            return pipeline.name.span if option is None else option.span
        case "param":
            return program.params[place.name].span
        case "step":
            return _within(place, _declared(place.name, program), declarations) or pipeline.name.span


def _declared(step: str, program: Program) -> Span | None:
    """Where the step of that id (`model:churn_model`) is declared."""
    kind, _, name = step.partition(":")
    named: dict[str, Iterable[tuple[str, Span]]] = {
        "source": ((item.name, item.span) for item in program.sources.values()),
        "transform": ((item.name, item.span) for item in program.transforms.values()),
        "model": ((item.name, item.span) for item in program.models.values()),
    }
    return next((span for other, span in named.get(kind, ()) if other == name), None)


def _within(place: Place, declared: Span | None, declarations: Sequence[tree.Declaration]) -> Span | None:
    """The part of a declaration that is meant, or else its name."""
    if declared is None:
        return None
    for item in declarations:
        if item.span.file == declared.file and item.span.start <= declared.start < item.span.end:
            return next(_parts(item, place.part), declared) if place.part else declared
    return declared


def _parts(declaration: tree.Node, part: str) -> Iterator[Span]:
    """What in a declaration is called `part`: an option, an argument; a text that names the file; a first argument."""
    inside = list(nodes(declaration))
    yield from (item.span for item in inside if isinstance(item, tree.Option) and item.name.text == part)
    arguments = [item for item in inside if isinstance(item, tree.Argument)]
    yield from (item.value.span for item in arguments if item.name is not None and item.name.text == part)
    file_name = part.rpartition("/")[2]
    yield from (item.value.span for item in arguments if _names(item.value, file_name))
    yield from (item.value.span for item in arguments[:1])


def _names(value: tree.Value, file_name: str) -> bool:
    """Whether a value is a text such as `steps.py:clean`."""
    if not isinstance(value, tree.Literal) or not isinstance(value.value, str):
        return False
    return value.value.partition(":")[0].rpartition("/")[2] == file_name
