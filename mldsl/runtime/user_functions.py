"""Calls a user's Python function from its file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mldsl.plan.nodes import PythonCode
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.user_code import code_failed, import_file, modules_beside, source_path

_NAME = "mldsl_user_function"


def call(code: PythonCode, folder: Path, arguments: Sequence[object]) -> Any:  # noqa: ANN401 - whatever it returns
    """What the function gives. Raises StepFailed, with the line of the file, where it cannot be had or fails."""
    with loaded(code, folder) as function:
        return called(function, code, folder, arguments)


@contextmanager
def loaded(code: PythonCode, folder: Path) -> Iterator[Callable[..., Any]]:
    """The function, for as long as the context lasts."""
    with modules_beside(source_path(code, folder).parent):
        function = getattr(import_file(code, folder, _NAME), code.name, None)
        if not callable(function):
            raise StepFailed(f"`{code.path}` has no function `{code.name}`")
        yield function


def called(function: Callable[..., Any], code: PythonCode, folder: Path, arguments: Sequence[object]) -> Any:  # noqa: ANN401
    """What a loaded function gives. Where it leaves the process's directory at, relative paths do not follow."""
    here = Path.cwd()
    try:
        return function(*arguments)
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit) and type(error) is not SystemExit:  # how this run stops its threads
            raise
        raise code_failed(f"`{code.name}` of `{code.path}` failed", error, code, folder) from error
    finally:
        os.chdir(here)
