"""The `pipeline` declaration: that there is exactly one, and its options."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from mldsl.analysis.context import Context
from mldsl.analysis.options.block import Options, read_options
from mldsl.analysis.program import Engine, Schedule, Secret, Settings
from mldsl.analysis.resources import read_common_resources
from mldsl.diagnostics.model import Label
from mldsl.source import SourceFile, Span
from mldsl.syntax import tree


def the_pipeline(
    context: Context, main: SourceFile, declarations: Sequence[tree.Declaration], *, lost: bool
) -> tree.Pipeline | None:
    """The main file's `pipeline`; ML110 where there is none (unless it was `lost` to a syntax error) or another one."""
    found: tree.Pipeline | None = None
    elsewhere: list[tree.Pipeline] = []
    for declaration in declarations:
        if not isinstance(declaration, tree.Pipeline):
            continue
        if declaration.span.file is not main:
            elsewhere.append(declaration)
        elif found is None:
            found = declaration
        else:
            _second(context, declaration, found)
    for declaration in elsewhere:
        _imported(context, declaration, found)
    if found is None and not elsewhere and not lost:
        help_ = "start the file with `pipeline NAME { … }`"
        context.report("ML110", "there is no `pipeline` declaration", _first_line(main), help=help_)
    return found


def _second(context: Context, second: tree.Pipeline, first: tree.Pipeline) -> None:
    labels = (Label(first.name.span, "the first one"),)
    context.report("ML110", "there is more than one `pipeline` declaration", second.name.span, labels=labels)


def _imported(context: Context, imported: tree.Pipeline, main: tree.Pipeline | None) -> None:
    labels = (Label(main.name.span, "this program's pipeline"),) if main is not None else ()
    message = "an imported file has a `pipeline` of its own"
    help_ = "a program has one, in its main file: move it there, or what is shared into a file without one"
    context.report("ML110", message, imported.name.span, labels=labels, help=help_)


def _first_line(file: SourceFile) -> Span:
    return Span(file, 0, len(file.line(1)))


def read_settings(context: Context, pipeline: tree.Pipeline, declarations: Iterable[tree.Declaration]) -> Settings:
    """The options of the `pipeline` declaration; `declarations` are all of the program."""
    options = [item for item in pipeline.body if isinstance(item, tree.Option)]
    found = read_options(context, "pipeline", options, pipeline.name.span)
    default = Settings()
    return Settings(
        owner=found.get("owner", str),
        description=found.get("description", str),
        schedule=read_schedule(found),
        seed=found.get("seed", int) or 0,
        retries=found.get("retries", int) or 0,
        retry_delay=found.get("retry_delay", timedelta),
        timeout=found.get("timeout", timedelta),
        tags=found.each("tags", str),
        artifacts=_text(found, "artifacts") or default.artifacts,
        engine=found.get("engine", Engine) or default.engine,
        tracking=_text(found, "tracking"),
        notify=_text(found, "notify"),
        resources=read_common_resources(context, pipeline, declarations),
    )


def read_schedule(options: Options) -> Schedule | None:
    """What `schedule:` or `every:` says; None where neither is given."""
    every = options.get("every", timedelta)
    return Schedule(every=every) if every is not None else options.get("schedule", Schedule)


def _text(options: Options, name: str) -> str | Secret | None:
    return options.get(name, str) or options.get(name, Secret)
