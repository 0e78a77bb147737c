"""What a target cannot do, as diagnostics: finds the line of the program that asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from mldsl.analysis.program import Program
from mldsl.backend.model import Place, Refusal
from mldsl.diagnostics.model import Diagnostic, Label
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
    # What the pipeline asks for on behalf of all steps is refused for each of them, and stands on one line.
    once = {(item.code, item.span, item.message): item for item in found}
    return tuple(sorted(once.values(), key=lambda item: (item.span.file.path, item.span.start)))


def under_profile(
    found: Iterable[Diagnostic], known: Iterable[Diagnostic], name: str, declarations: Sequence[tree.Declaration]
) -> Iterator[Diagnostic]:
    """What is refused under a profile and not in the program as it stands, with a label on the profile."""
    profile = next(item for item in declarations if isinstance(item, tree.Profile) and item.name.text == name)
    label = Label(profile.name.span, f"under the profile `{name}`")
    before = set(map(_told, known))
    return (replace(item, labels=(label,)) for item in found if _told(item) not in before)


def _told(item: Diagnostic) -> tuple[str, str, int, int]:
    """What tells a diagnostic from others: the program may have been read anew for each profile."""
    return item.code, item.span.file.path, item.span.start, item.span.end


def _span(place: Place, program: Program, declarations: Sequence[tree.Declaration]) -> Span:
    pipeline = next(item for item in declarations if isinstance(item, tree.Pipeline))
    match place.kind:
        case "setting":
            # `every: 1d` is a schedule, too.
            names = (place.name, "every") if place.name == "schedule" else (place.name,)
            option = next((item for item in pipeline.body if item.name.text in names), None)
            return pipeline.name.span if option is None else option.span
        case "param":
            return program.params[place.name].span
        case "step":
            declared = _declared(place.name, program)
            if place.part is None:
                return declared or pipeline.name.span
            own = None if declared is None else _within(place.part, place.block, declared, declarations)
            of_all = _options(pipeline, place.part, place.block) if place.block else iter(())
            return own or next(of_all, declared or pipeline.name.span)


def _declared(step: str, program: Program) -> Span | None:
    """Where the step of that id (`model:churn_model`) is declared."""
    kind, _, name = step.partition(":")
    named: dict[str, Iterable[tuple[str, Span]]] = {
        "source": ((item.name, item.span) for item in program.sources.values()),
        "transform": ((item.name, item.span) for item in program.transforms.values()),
        "model": ((item.name, item.span) for item in program.models.values()),
        "deploy": ((item.name, item.span) for item in program.deployments.values()),
        "monitor": ((item.name, item.span) for item in program.monitors.values()),
    }
    return next((span for other, span in named.get(kind, ()) if other == name), None)


def _within(part: str, block: str | None, declared: Span, declarations: Sequence[tree.Declaration]) -> Span | None:
    """The part of a declaration that is meant; None where it has no such part."""
    for item in declarations:
        if item.span.file == declared.file and item.span.start <= declared.start < item.span.end:
            return next(_options(item, part, block) if block else chain(_own(item, part), _arguments(item, part)), None)
    return None


def _options(declaration: tree.Node, name: str, block: str) -> Iterator[Span]:
    """The option of that name in a block."""
    for item in nodes(declaration):
        if isinstance(item, tree.Block) and item.name.text == block:
            yield from (option.span for option in item.options if option.name.text == name)


def _own(declaration: tree.Node, name: str) -> Iterator[Span]:
    """The option of that name that is in no block."""
    body = getattr(declaration, "body", ())
    yield from (item.span for item in body if isinstance(item, tree.Option) and item.name.text == name)


def _arguments(declaration: tree.Node, part: str) -> Iterator[Span]:
    """The argument of that name; one that names a file so called; else the first argument of all."""
    arguments = [item for item in nodes(declaration) if isinstance(item, tree.Argument)]
    yield from (item.value.span for item in arguments if item.name is not None and item.name.text == part)
    file_name = part.rpartition("/")[2]
    yield from (item.value.span for item in arguments if _names(item.value, file_name))
    yield from (item.value.span for item in arguments[:1])


def _names(value: tree.Value, file_name: str) -> bool:
    """Whether a value is a text such as `steps.py:clean`."""
    if not isinstance(value, tree.Literal) or not isinstance(value.value, str):
        return False
    return value.value.partition(":")[0].rpartition("/")[2] == file_name
