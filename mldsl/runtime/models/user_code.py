"""Classes of the user's own: `algorithm python("file.py:Class")`."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from threading import Lock
from types import ModuleType

from mldsl.plan.nodes import PythonCode
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.python_code import code_files


def module_name(code: PythonCode) -> str:
    """The name under which the file is imported: the same on every machine, since a saved model names it."""
    return f"mldsl_user_{hashlib.sha256(code.path.encode()).hexdigest()[:12]}"


def user_class(code: PythonCode, folder: Path) -> type:
    """The class in the user's file. Raises StepFailed where the file or the class is not there or fails to load.

    Modules beside the file can be imported by it. The file is imported again once it or one of them has changed.
    """
    name, state = module_name(code), _state(code, folder)
    with _IMPORTING:
        module = sys.modules.get(name)
        if module is None or getattr(module, _STATE, None) != state:
            module = _load(name, (folder / code.path).resolve(), code)
            setattr(module, _STATE, state)
    found = getattr(module, code.name, None)
    if not isinstance(found, type):
        raise StepFailed(f"`{code.path}` has no class `{code.name}`")
    return found


_STATE = "__mldsl_state__"
_IMPORTING = Lock()


def _state(code: PythonCode, folder: Path) -> str:
    """What the file and the modules beside it are at the moment."""
    digest = hashlib.sha256()
    for file in code_files(code.path, folder):
        digest.update(str(file).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _load(name: str, path: Path, code: PythonCode) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = set(sys.modules)
    sys.modules[name] = module
    beside = str(path.parent)
    sys.path.insert(0, beside)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise StepFailed(f"`{code.path}` cannot be imported: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(beside)
        _forget(set(sys.modules) - before - {name}, path.parent)
    return module


def _forget(names: set[str], folder: Path) -> None:
    """Modules that came from the folder are imported anew next time; the file keeps those that it has."""
    for name in names:
        file = getattr(sys.modules[name], "__file__", None)
        if file is not None and Path(file).is_relative_to(folder):
            del sys.modules[name]
