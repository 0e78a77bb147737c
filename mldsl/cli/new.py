"""`mldsl new DIR`: a folder with a pipeline that runs as it is, made from a data file."""

from __future__ import annotations

import os
import shutil
from argparse import Namespace
from pathlib import Path

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.errors import MldslError, UsageError

EXAMPLES = """\
  mldsl new penguins                                    with a small data set to try things on
  mldsl new shop --data sales.csv --predict returned    with your data"""

_STARTER = Path(__file__).parent / "starter" / "penguins.csv"
_LARGEST_COPY = 100 * 2**20


def add_arguments(parser: Arguments) -> None:
    """The folder, and what the pipeline is about."""
    parser.add_argument("folder", metavar="DIR", help="the folder to make; it may be there if it is empty")
    parser.add_argument(
        "--data",
        metavar="FILE",
        help="CSV, Parquet or JSON lines; copied to DIR/data, or read where it is if it is larger than 100 MB",
    )
    parser.add_argument("--predict", metavar="COLUMN", help="the column to predict, as the data calls it")


def run(options: Namespace) -> int:
    """Write the pipeline and say how to go on; nothing is written when the data does not fit."""
    from mldsl.catalog.tasks import TASK_WORDS
    from mldsl.cli.starter.data import read_data
    from mldsl.cli.starter.program import program
    from mldsl.cli.starter.target import find_target, target_of

    folder = Path(options.folder)
    _refuse_taken(folder)
    if options.predict is not None and options.data is None:
        raise UsageError("`--predict` needs the data that has the column", "`--data FILE --predict COLUMN`")
    data = read_data(options.data or str(_STARTER))
    wanted = options.predict if options.data else "species"
    target = target_of(data, find_target(data, wanted))
    copied = data.path.stat().st_size <= _LARGEST_COPY
    path = f"data/{data.path.name}" if copied else _from(folder, data.path)
    name = _name(folder)
    written = folder / f"{name}.ml"
    _write(written, program(name, path, data, target), data.path if copied else None)
    what = f"`{target.column.raw}` ({TASK_WORDS[target.task]})"
    console.say(f"wrote {written}, which predicts {what} from {_where(data.path, copied)}")
    console.say(f"next: `mldsl run {written}`")
    return 0


def _refuse_taken(folder: Path) -> None:
    if folder.is_dir():
        if any(folder.iterdir()):
            raise UsageError(f"`{folder}` is not empty", "name a folder that is not there yet")
    elif folder.exists() or folder.is_symlink():
        raise UsageError(f"`{folder}` is there already, and is no folder", "name one that is not there yet")


def _name(folder: Path) -> str:
    """What the pipeline is called: as the folder, as far as that is a name."""
    from mldsl.cli.declaring import TAKEN, free_name, identifier

    return free_name(identifier(folder.resolve().name) or "pipeline", TAKEN)


def _from(folder: Path, path: Path) -> str:
    """The data's path as the program in `folder` sees it; absolute where no relative one exists."""
    try:
        return os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:  # another drive
        return path.absolute().as_posix()


def _where(path: Path, copied: bool) -> str:
    if path == _STARTER:
        return "a small data set about penguins"
    return f"a copy of `{path}`" if copied else f"`{path}`, which is too large to copy and is read where it is"


def _write(program: Path, text: str, data: Path | None) -> None:
    """All files, the program last; MldslError when that cannot be done."""
    folder = program.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if data is not None:
            (folder / "data").mkdir()
            shutil.copyfile(data, folder / "data" / data.name)
        (folder / ".gitignore").write_text(".mldsl/\n", encoding="utf-8")
        program.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise MldslError(f"`{folder}` cannot be written: {reason[:1].lower()}{reason[1:]}") from None
