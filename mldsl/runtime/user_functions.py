"""Calls a user's Python function from its file.

While it is imported and called, the file's folder stands first on Python's path, as when the file is run as a script.
Afterwards the path is as before, and the modules that came from the folder are forgotten: a changed file counts at the
next call, and two folders may have helpers of one name.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from mldsl.plan.nodes import PythonCode
from mldsl.runtime.errors import StepFailed

_NAME = "mldsl_user_function"


def call(code: PythonCode, folder: Path, arguments: Sequence[object]) -> Any:  # noqa: ANN401 - whatever it returns
    """What the function gives. Raises StepFailed, with the line of the file, where it cannot be had or fails."""
    with loaded(code, folder) as function:
        return called(function, code, folder, arguments)


@contextmanager
def loaded(code: PythonCode, folder: Path) -> Iterator[Callable[..., Any]]:
    """The function, for as long as the context lasts."""
    path = (folder / code.path).resolve()
    if not path.is_file():
        raise StepFailed(f"the Python file `{code.path}` does not exist", f"relative paths start at `{folder}`")
    before = set(sys.modules)
    place = str(path.parent)
    sys.path.insert(0, place)
    try:
        function = getattr(_import(path, code, folder), code.name, None)
        if not callable(function):
            raise StepFailed(f"`{code.path}` has no function `{code.name}`")
        yield function
    finally:
        if place in sys.path:
            sys.path.remove(place)
        _forget(before, path.parent)


def called(function: Callable[..., Any], code: PythonCode, folder: Path, arguments: Sequence[object]) -> Any:  # noqa: ANN401
    """What a loaded function gives."""
    try:
        return function(*arguments)
    except Exception as error:
        raise _failed(f"`{code.name}` of `{code.path}` failed", error, code, folder) from error


def _import(path: Path, code: PythonCode, folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(_NAME, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = module  # dataclasses and pickling look it up there
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise StepFailed(f"`{code.path}` is not valid Python: {error.msg} (line {error.lineno})") from error
    except Exception as error:
        raise _failed(f"`{code.path}` cannot be imported", error, code, folder) from error
    return module


def _forget(before: set[str], folder: Path) -> None:
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file is not None and Path(file).is_relative_to(folder):
            del sys.modules[name]


def _failed(what: str, error: Exception, code: PythonCode, folder: Path) -> StepFailed:
    """The error in one line, with the innermost line of the user's own files."""
    own = folder.resolve()
    lines = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(own) or frame.filename.endswith(code.path)
    ]
    text = " ".join(str(error).split())
    where = ""
    if lines:
        file = Path(lines[-1].filename)
        name = file.relative_to(own).as_posix() if file.is_relative_to(own) else code.path
        where = f" ({name}, line {lines[-1].lineno})"
    return StepFailed(f"{what}: {type(error).__name__}{': ' + text if text else ''}{where}")
