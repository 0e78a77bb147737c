"""Imports a user's Python files: always as they stand now, with the modules beside them, and without a trace."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

from mldsl.plan.nodes import PythonCode
from mldsl.runtime.errors import StepFailed, UserCodeFailed


class _FreshLoader(SourceFileLoader):
    """Reads the source every time.

    Python takes cached bytecode for current when the source's size and the second of its last change are the same, so
    that two edits within a second could run the older code.
    """

    def path_stats(self, path: str) -> dict[str, float]:
        """Says that nothing is known of the file, which rules cached bytecode out, to read and to write."""
        raise OSError(f"no cached bytecode for {path}")


@contextmanager
def modules_beside(folder: Path, keep: str | None = None) -> Iterator[None]:
    """While this lasts, `folder` stands first on Python's path, as when a file in it is run as a script.

    Afterwards the path is as before, and the modules that came from the folder are forgotten: a changed file counts at
    the next import, and two folders may have helpers of one name. `keep` is a module that stays.
    """
    hook, place, before = _path_hook(folder), str(folder), set(sys.modules)
    sys.path_hooks.insert(0, hook)
    sys.path.insert(0, place)
    _forget_finders(folder)
    try:
        yield
    finally:
        if place in sys.path:
            sys.path.remove(place)
        sys.path_hooks.remove(hook)
        _forget_finders(folder)
        for name in set(sys.modules) - before - {keep}:
            file = getattr(sys.modules[name], "__file__", None)
            if file is not None and Path(file).is_relative_to(folder):
                del sys.modules[name]


def import_file(code: PythonCode, folder: Path, name: str) -> ModuleType:
    """The file as the module `name`, within `modules_beside`.

    Raises StepFailed, with the line of the file, where it is not there, is not Python, or fails.
    """
    path = source_path(code, folder)
    spec = importlib.util.spec_from_file_location(name, path, loader=_FreshLoader(name, str(path)))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling look it up there
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, SyntaxError) and error.filename == str(path):
            raise StepFailed(f"`{code.path}` is not valid Python: {error.msg} (line {error.lineno})") from error
        if isinstance(error, Exception) or type(error) is SystemExit:
            raise code_failed(f"`{code.path}` cannot be imported", error, code, folder) from error
        raise
    return module


def source_path(code: PythonCode, folder: Path) -> Path:
    """Where the file is; StepFailed if it is not there."""
    path = (folder / code.path).resolve()
    if not path.is_file():
        raise StepFailed(f"the Python file `{code.path}` does not exist", f"relative paths start at `{folder}`")
    return path


def code_failed(what: str, error: BaseException, code: PythonCode, folder: Path) -> StepFailed:
    """The error in one line, with the innermost line of the user's own files."""
    help_ = "a step has no standard input: give it what it needs in a file or a parameter"
    return UserCodeFailed(
        f"{what}: {in_words(error)}{own_line(error, folder, code.path)}", help_ if isinstance(error, EOFError) else None
    )


def in_words(error: BaseException) -> str:
    """Kind and text of an error."""
    if type(error) is SystemExit:
        return f"it called `sys.exit({'' if error.code is None else repr(error.code)})`"
    text = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' + text if text else ''}"


def own_line(error: BaseException, folder: Path, path: str | None = None) -> str:
    """` (file, line 7)` for the innermost line of the user's own files (below `folder`, or `path`); else nothing."""
    own = folder.resolve()
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if file.is_relative_to(own):
            return f" ({file.relative_to(own).as_posix()}, line {frame.lineno})"
        if path is not None and frame.filename.endswith(path):
            return f" ({path}, line {frame.lineno})"
    return ""


def _path_hook(folder: Path) -> Callable[[str], FileFinder]:
    def hook(path: str) -> FileFinder:
        if not Path(path).is_relative_to(folder):
            raise ImportError(f"{path} is not a user's folder")
        return FileFinder(path, (ExtensionFileLoader, EXTENSION_SUFFIXES), (_FreshLoader, SOURCE_SUFFIXES))

    return hook


def _forget_finders(folder: Path) -> None:
    """Drop what Python remembers of how to import from the folder and from packages in it."""
    for place in [place for place in sys.path_importer_cache if Path(place).is_relative_to(folder)]:
        del sys.path_importer_cache[place]
