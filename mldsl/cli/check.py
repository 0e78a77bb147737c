"""`mldsl check FILE…`: everything that is wrong with programs, and with their data if asked; nothing is run."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.targeting import add_target, of_target
from mldsl.syntax.loading import UnreadableFileError

if TYPE_CHECKING:
    from mldsl.analysis.analyze import Analysis
    from mldsl.diagnostics.model import Diagnostic, Edit

EXAMPLES = """\
  mldsl check pipeline.ml
  mldsl check pipelines/*.ml
  mldsl check pipeline.ml --data            also reads the sources and holds them against their schemas
  mldsl check pipeline.ml --target airflow  also says what Airflow cannot do
  mldsl check pipeline.ml --fix             mends what is certain, then says what is left
  mldsl check pipeline.ml --certificate markdown > certificate.md
  mldsl check pipeline.ml --format json | jq '.diagnostics[].code'"""


def add_arguments(parser: Arguments) -> None:
    """The files, and for whom the result is."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a program; what it imports is checked with it")
    parser.add_argument(
        "--format",
        choices=("human", "json", "sarif", "github"),
        default="human",
        help="for people (the default), one JSON document, a SARIF 2.1.0 log, or annotations of a GitHub workflow",
    )
    parser.add_argument(
        "--certificate",
        choices=("json", "markdown"),
        help="of one program without errors: what was proved, what a run checks, what is assumed",
    )
    parser.add_argument(
        "--data",
        action="store_true",
        help="also read the sources of programs without errors, and hold them against their schemas",
    )
    parser.add_argument(
        "--profile", metavar="NAME", help="whose sources --data reads; the check itself looks at every profile"
    )
    add_target(parser, "also say what this backend cannot do of what the program asks for")
    parser.add_argument("--fix", action="store_true", help="mend what is certain in the files given, then check them")


def run(options: Namespace) -> int:
    """Check every file; the status is the worst of them."""
    from mldsl.analysis.analyze import check

    _fits(options)
    found: list[Diagnostic] = []
    status = _fix(options.files) if options.fix else 0
    for path in dict.fromkeys(options.files):
        try:
            analysis = check(path)
            found += analysis.diagnostics
            if options.target is not None and analysis.program is not None:
                found += _refused(path, options.target, of_target(options))
            if options.data and analysis.program is not None:
                found += _unfit(path, options.profile, analysis)
        except UnreadableFileError as error:
            console.tell(error)
            status = max(status, error.exit_status)
    if found or not status or options.format != "human":
        _print(found, options.format)
    status = max(status, 1 if any(item.severity.value == "error" for item in found) else 0)
    if options.certificate is not None:
        _certify(options.files[0], options.certificate, status)
    return status


def _fits(options: Namespace) -> None:
    """A certificate is the only document, and about one program; a profile is that of data. Raises UsageError."""
    from mldsl.errors import UsageError

    if options.profile is not None and not options.data:
        raise UsageError("`--profile` says whose sources `--data` reads", "a check looks at every profile without it")
    if options.certificate is None:
        return
    if len(set(options.files)) > 1:
        raise UsageError("a certificate is about one program", "ask for each file's by itself")
    if options.format != "human":
        raise UsageError(
            f"`--certificate` and `--format {options.format}` are two documents", "ask for one after the other"
        )


def _certify(path: str, form: str, status: int) -> None:
    if status:
        console.say("no certificate: nothing is proved of a program that has errors or cannot be read")
        return
    from mldsl.cli.certificate import show

    show(path, form)


def _unfit(path: str, profile: str | None, plain: Analysis) -> list[Diagnostic]:
    """What of the sources' data does not fit, of the program as it stands or under a profile; UsageError for none such.

    A program with errors under the profile has been told of them.
    """
    from mldsl.analysis.analyze import analyze, load_file
    from mldsl.cli.data import unfit_data

    program = plain.program
    if profile is not None:
        parsed = load_file(path)
        program = analyze(parsed.module, syntax=parsed.diagnostics, profile=profile).program
    return [] if program is None else list(unfit_data(program))


def _refused(path: str, target: str, options: dict[str, str]) -> list[Diagnostic]:
    """What the target cannot do of what the program asks for, as it stands and under each of its profiles."""
    from mldsl.api import refused

    return refused(path, target, options)


def _print(found: list[Diagnostic], format_: str) -> None:
    match format_:
        case "json":
            from mldsl.diagnostics.render.json import document

            console.out_json(document(found))
        case "sarif":
            from mldsl import __version__
            from mldsl.diagnostics.render import sarif

            console.out_json(sarif.document(found, __version__))
        case "github":
            from mldsl.diagnostics.render.github import render_github

            console.out(render_github(found), end="")
        case _ if found:
            console.show(found)
        case _:
            console.say("no errors")


# --- mending ---------------------------------------------------------------------------------------------------------


def _fix(paths: list[str]) -> int:
    """Mend every file that can be read and written; the status is the worst of them."""
    from mldsl.errors import MldslError

    status = 0
    for path in dict.fromkeys(paths):
        try:
            _mend(path)
        except UnreadableFileError:
            continue  # the check that follows says so
        except MldslError as error:
            console.tell(error)
            status = max(status, error.exit_status)
    return status


def _mend(path: str) -> None:
    from pathlib import Path

    from mldsl.analysis.mend import mend
    from mldsl.cli.files import replace_text
    from mldsl.syntax.loading import read_source

    file = read_source(path)
    mended = mend(file)
    if mended.text == file.text:
        return
    with Path(path).open("rb") as stream:
        mark = "\ufeff" if stream.read(3) == b"\xef\xbb\xbf" else ""
    replace_text(Path(path), mark + mended.text)
    for item in mended.done:
        if item.edit is not None:
            console.say(f"{item.span.location}: {item.code}: {_described(item.edit)}")


def _described(edit: Edit) -> str:
    before, after = (" ".join(text.split()) for text in (edit.span.text, edit.replacement))
    if not before:
        return f"put in `{after}`"
    return f"`{before}` is now `{after}`" if after else f"took `{before}` away"
