"""Classes of the user's own: `algorithm python("file.py:Class")`."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from threading import Lock

from mldsl.plan.nodes import PythonCode
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.python_code import code_files
from mldsl.runtime.user_code import import_file, modules_beside, source_path


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
            with modules_beside(source_path(code, folder).parent, keep=name):  # pickling and skops look it up
                module = import_file(code, folder, name)
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
