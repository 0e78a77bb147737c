"""`requirements.txt`: what has to be installed where the tasks do their work."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from mldsl import __version__
from mldsl.plan.extras import extras, libraries
from mldsl.plan.nodes import Plan, Step

NAME = "requirements.txt"

# What mldsl brings, by the names that it is imported by.
_MODULES = """
fsspec joblib lark lightgbm matplotlib mldsl networkx numpy optuna pandas PIL polars pyarrow pydantic rich
scipy skops sklearn sqlglot threadpoolctl xgboost xxhash
"""
_BROUGHT = frozenset(_MODULES.split())


def requirements(
    plan: Plan,
    code: Mapping[str, bytes],
    folder: Path,
    carried_out: Callable[[Step], bool],
    more: Iterable[str] = (),
) -> str:
    """The text of the file; `more` are extras beside those of the steps.

    Which package brings a module nobody can tell for sure: those are named, not guessed.
    """
    steps = [step for step in plan.steps if carried_out(step)]
    found = sorted({*extras(plan, steps), *more})
    wanted = f"mldsl[{','.join(found)}]" if found else "mldsl"
    lines = [f"{wanted}=={__version__}"]
    own = folder / NAME
    if code and own.is_file():
        lines += ["# as the program's own file says", *own.read_text(encoding="utf-8").strip().splitlines()]
    else:
        lines += [f"# `{path}` imports `{module}`: add the package that has it" for path, module in _foreign(code)]
    there = {*_BROUGHT, *(module for _, module in _foreign(code))}
    lines += [
        f"# a model is made of `{name}`: add the package that has it" for name in libraries(steps) if name not in there
    ]
    return "\n".join(lines) + "\n"


def _foreign(code: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """The modules that the user's files import from elsewhere, each with the first file that does."""
    own = {part.removesuffix(".py") for path in code for part in PurePosixPath(path).parts}
    seen: set[str] = {*own, *_BROUGHT, *sys.stdlib_module_names}
    for path, content in sorted(code.items()):
        for module in _imported(content):
            if module not in seen:
                seen.add(module)
                yield path, module


def _imported(content: bytes) -> list[str]:
    """The first parts of the names of the modules that a file imports, sorted."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return []  # its step will say so
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {alias.name.partition(".")[0] for alias in names}
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module.partition(".")[0])
    return sorted(found)
