"""Classes of the user's own: `algorithm python("file.py:Class")`."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from mldsl.plan.nodes import PythonCode
from mldsl.runtime.errors import StepFailed


def module_name(code: PythonCode) -> str:
    """The name under which the file is imported: the same on every machine, since a saved model names it."""
    return f"mldsl_user_{hashlib.sha256(code.path.encode()).hexdigest()[:12]}"


def user_class(code: PythonCode, folder: Path) -> type:
    """The class in the user's file. Raises StepFailed where the file or the class is not there or fails to load.

    Modules beside the file can be imported by it.
    """
    name = module_name(code)
    path = (folder / code.path).resolve()
    if not path.is_file():
        raise StepFailed(f"the Python file `{code.path}` does not exist", f"relative paths start at `{folder}`")
    module = sys.modules.get(name)
    if module is None or getattr(module, "__file__", None) != str(path):
        module = _load(name, path, code)
    found = getattr(module, code.name, None)
    if not isinstance(found, type):
        raise StepFailed(f"`{code.path}` has no class `{code.name}`")
    return found


def _load(name: str, path: Path, code: PythonCode) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
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
    return module
