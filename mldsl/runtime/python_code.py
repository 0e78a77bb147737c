"""A user's Python files as part of a step's key: the file named, and the modules beside it that it imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.files import shown
from mldsl.runtime.store import Store
from mldsl.runtime.store.hashes import file_digest


def code_prints(names: Iterable[str], folder: Path, store: Store) -> dict[str, str]:
    """A hash for each of these files (relative to `folder`) and of those that they import. Raises as `code_files`."""
    found = [path for name in names for path in code_files(name, folder)]
    place = folder.resolve() if found else folder  # most steps have none, and resolving takes long
    return {shown(path, place): file_digest(path, store) for path in found}


def code_files(path: str, folder: Path) -> list[Path]:
    """The file `path` (relative to `folder`) and, transitively, the local modules and packages that it imports.

    A module is local when its file lies in the importing file's folder or in `folder`. Raises StepFailed where the
    file cannot be read; what is not valid Python is part of the list and imports nothing.
    """
    first = (folder / path).resolve()
    if not first.is_file():
        raise StepFailed(f"the Python file `{path}` does not exist", f"relative paths start at `{folder}`")
    found: dict[Path, None] = {first: None}
    queue = [first]
    while queue:
        file = queue.pop()
        for module, level in _imports(file):
            absolute = (file.parent, first.parent, folder.resolve())
            for local in _locate(module, (file.parents[level - 1],) if level else absolute):
                if local not in found:
                    found[local] = None
                    queue.append(local)
    return sorted(found)


def _imports(file: Path) -> Iterator[tuple[tuple[str, ...], int]]:
    """The modules that a file imports, as tuples of names, each with the number of dots before it.

    The names of a `from` import may be modules, too.
    """
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield tuple(alias.name.split(".")), 0
            case ast.ImportFrom(module=module, names=names, level=level) if level <= len(file.parents):
                start = tuple(module.split(".")) if module else ()
                for alias in names:
                    yield (*start, alias.name), level


def _locate(module: tuple[str, ...], folders: tuple[Path, ...]) -> list[Path]:
    """The files that importing `module` runs: packages on the way, and the module itself."""
    for folder in folders:
        files, at = [], folder
        for name in module:
            if (at / f"{name}.py").is_file():
                files.append((at / f"{name}.py").resolve())
                break
            if not (at / name).is_dir():
                break
            at = at / name
            if (at / "__init__.py").is_file():
                files.append((at / "__init__.py").resolve())
        if files:
            return files
    return []
