"""ML702: a path that is right on one machine alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mldsl.analysis.paths import is_absolute
from mldsl.analysis.rules.subject import Subject
from mldsl.catalog.connectors import CONNECTORS
from mldsl.catalog.kubernetes import Volume, parse_volume
from mldsl.diagnostics.model import Diagnostic
from mldsl.syntax import tree

_PATH_OPTIONS = ("artifacts",)


def look(subject: Subject) -> Iterator[Diagnostic]:
    """One warning for each path that starts at a root: of imports, connectors, Python files and artifact stores.

    What lies on a volume that the program mounts, for whatever step and under whatever profile, is where it says.
    """
    declarations = [item for module in subject.files.modules for item in module.declarations]
    mounted = tuple(f"{path}/" for declaration in declarations for path in _mounted(declaration))
    for declaration in declarations:
        for literal in _paths(declaration):
            path = literal.value
            if isinstance(path, str) and is_absolute(path) and not path.startswith(mounted):
                help_ = "write it relative to this file, or as a URI"
                yield Diagnostic("ML702", f"`{path}` is an absolute path", literal.span, help=help_)


def _paths(declaration: tree.Node) -> Iterator[tree.Literal]:
    """The literals in a declaration that are paths."""
    match declaration:
        case tree.Import(path=path):
            yield path
        case tree.Source(connector=call) | tree.Transform(origin=tree.Call() as call):
            yield from _of_call(call)
        case tree.Pipeline(body=body) | tree.Profile(body=body) | tree.Model(body=body) | tree.Deploy(body=body):
            yield from _of_body(body)
        case _:
            return


def _mounted(declaration: tree.Node) -> Iterator[str]:
    """Where volumes are mounted that a declaration names."""
    if not isinstance(declaration, (tree.Pipeline, tree.Profile, tree.Model, tree.Deploy)):
        return
    for block in declaration.body:
        for option in block.options if isinstance(block, tree.Block) and block.name.text == "resources" else ():
            texts = (value.value for value in option.values if isinstance(value, tree.Literal))
            volumes = map(parse_volume, map(str, texts)) if option.name.text == "volumes" else ()
            yield from (volume.path for volume in volumes if isinstance(volume, Volume))


def _of_body(body: Iterable[tree.Node]) -> Iterator[tree.Literal]:
    for item in body:
        match item:
            case tree.Option(name=tree.Name(text=name), values=(tree.Literal(kind="string") as literal, *_)):
                if name in _PATH_OPTIONS:
                    yield literal
            case tree.Option(values=(tree.Call() as call, *_)) | tree.Algorithm(target=tree.Call() as call):
                yield from _of_call(call)
            case tree.Source():
                yield from _paths(item)
            case _:
                continue


def _of_call(call: tree.Call) -> Iterator[tree.Literal]:
    """The first argument of a connector that takes a path, and of `python(…)`."""
    connector = CONNECTORS.get(call.function.text)
    takes_path = connector is not None and connector.parameters[0].value in ("path", "function")
    first = call.arguments[0].value if call.arguments else None
    if takes_path and isinstance(first, tree.Literal) and first.kind == "string":
        yield first
