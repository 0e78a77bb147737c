"""Paths in a program: relative to the file that they are written in."""

from __future__ import annotations

import re
from functools import lru_cache
from os.path import normpath
from pathlib import Path

from mldsl.analysis.context import Context
from mldsl.analysis.program import PythonFunction
from mldsl.diagnostics.suggest import suggest
from mldsl.source import Span
from mldsl.syntax import tree

# A scheme has two letters at least, so that `C:\data` is a path.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_uri(path: str) -> bool:
    """Whether `path` names something by a URI: `s3://…`, `https://…`."""
    return _URI.match(path) is not None


def is_absolute(path: str) -> bool:
    """Whether `path` starts at a root, of this machine's system or of Windows."""
    return path.startswith(("/", "\\")) or path[1:3] in (":\\", ":/")


def locate(path: str, span: Span) -> str:
    """`path`, written at `span`, joined to the folder of the file that it stands in. URIs and absolute paths stay."""
    if is_uri(path) or is_absolute(path):
        return path
    return normpath(Path(span.file.path).parent / path)


def python_function(context: Context, literal: tree.Literal, wanted: str) -> PythonFunction | None:
    """What `"file.py:name"` means; None after a report. `wanted` is "function" or "class", for the messages.

    The file must be there and bind the name at its top level; it is read, never run.
    """
    written = str(literal.value)
    file, colon, name = written.rpartition(":")
    if literal.kind != "string" or not colon or not file or not name.isidentifier():
        example = "Name" if wanted == "class" else "name"
        message = f"a {wanted} of a Python file is wanted here, written as `file.py:{example}`"
        context.report("ML111", message, literal.span)
        return None
    path = locate(file, literal.span)
    names = _bound_names(context, path, _inside(literal, 0, len(file)))
    if names is None:
        return None
    if name not in names and "*" not in names:
        near = suggest(name, names)
        help_ = f"did you mean `{near}`?" if near else None
        span = _inside(literal, len(file) + 1, len(written))
        context.report("ML101", f"`{file}` has no {wanted} `{name}`", span, help=help_)
        return None
    return PythonFunction(path, name)


def _inside(literal: tree.Literal, start: int, end: int) -> Span:
    """Characters `start` to `end` of a string literal's text; the whole literal where it has escapes."""
    span = literal.span
    quote = 3 if span.text.startswith('"""') else 1
    if span.text[quote : len(span.text) - quote] != literal.value:
        return span
    return Span(span.file, span.start + quote + start, span.start + quote + end)


def _bound_names(context: Context, path: str, span: Span) -> frozenset[str] | None:
    """The names that a Python file binds at its top level; None after a report."""
    try:
        status = Path(path).stat()
        return _parse(path, status.st_mtime_ns, status.st_size)
    except FileNotFoundError:
        context.report("ML111", f"there is no file `{_short(path)}`", span, help=_nearby(path))
    except (OSError, UnicodeDecodeError, ValueError) as wrong:
        context.report("ML111", f"`{_short(path)}` cannot be read: {getattr(wrong, 'strerror', None) or wrong}", span)
    except SyntaxError as wrong:
        context.report("ML111", f"`{path}` is not Python: {wrong.msg} at line {wrong.lineno}", span)
    return None


def _short(path: str) -> str:
    """A path of a length that fits into a message."""
    return path if len(path) <= 100 else f"{path[:40]}…{path[-40:]}"


def _nearby(path: str) -> str | None:
    """A Python file of almost the same name in the same folder."""
    try:
        names = [entry.name for entry in Path(path).parent.iterdir() if entry.suffix == ".py"]
    except OSError:
        return None
    near = suggest(Path(path).name, names)
    return f"did you mean `{near}`?" if near else None


@lru_cache(maxsize=64)
def _parse(path: str, modified: int, size: int) -> frozenset[str]:
    """The names bound at the top level, `*` for a star import. `modified` and `size` tell versions of a file apart."""
    import ast

    text = Path(path).read_text(encoding="utf-8-sig")
    statements: list[ast.AST] = [*ast.parse(text, path).body]
    names: set[str] = set()
    while statements:
        match statements.pop():
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names.update(alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case ast.Assign(targets=targets):
                names.update(node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.If() | ast.Try() | ast.With() | ast.ExceptHandler() as block:
                statements += ast.iter_child_nodes(block)
            case _:
                continue
    return frozenset(names)
