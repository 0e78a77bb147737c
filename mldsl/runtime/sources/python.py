"""Rows that a user's Python function returns."""

from __future__ import annotations

from mldsl.plan.nodes import PythonCode
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.python_frames import from_pandas
from mldsl.runtime.sources.parts import Part, Reading
from mldsl.runtime.user_functions import call


def read(reading: Reading) -> list[Part]:
    """The frame that the function, called without arguments, returns."""
    code = reading.arguments.get("function")
    if isinstance(code, str) and ":" in code:
        path, name = code.rsplit(":", 1)
        code = PythonCode(path=path, name=name)
    if not isinstance(code, PythonCode):
        raise StepFailed(f"`{reading.name}` names no function", 'write `python("file.py:function")`')
    frame = from_pandas(call(code, reading.code or reading.folder, []), f"`{code.name}`")
    return [Part(None, frame.lazy().select(reading.names(frame.columns, f"what `{code.name}` returns")))]
