"""`write: CONNECTOR(…)` of a batch deployment: where its predictions go."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mldsl.analysis.connectors import ConnectorUse, read_connector
from mldsl.analysis.context import Context
from mldsl.analysis.options.block import Options
from mldsl.analysis.options.values import of_kind
from mldsl.analysis.program import DeployDecl
from mldsl.catalog.connectors import RUN_DATE
from mldsl.diagnostics.model import Label
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.source import Span
from mldsl.syntax import tree

_RUN_VALUES = ("run_date", "run_time")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_GLOB = re.compile(r"[*?\[]")
# Connectors of tables that keep the rows of every run, and so tell them by a column.
_KEEPING = ("table", "delta")


def read_write(context: Context, options: Options) -> ConnectorUse | None:
    """The connector that writes, if one is named; None after ML101 for one that cannot."""
    call = options.get("write", tree.Call) if "write" in options.specs else None
    found = read_connector(call, context, writes=True) if call is not None else None
    if call is None or found is None:
        return None
    for argument in call.arguments:
        _check_text(context, argument)
    path = found.arguments.get("path")
    if isinstance(path, str):
        _check_path(context, call, path)
    return found


def writes_alone(context: Context, options: Options, write: ConnectorUse | None) -> None:
    """ML111 where another deployment writes to the same place: each would take away what the other has written."""
    for other in context.all(DeployDecl).values():
        if write is None or (other.write_connector, other.write_arguments) != (write.connector.name, write.arguments):
            continue
        message = f"`{other.name}` writes there, too: a rerun replaces all rows of its date, whoever wrote them"
        labels = (Label(other.span, "writes to the same place"),)
        context.report("ML111", message, options.span("write"), labels=labels, help="give each a place of its own")
        return


def has_run_date(context: Context, options: Options, write: ConnectorUse | None, columns: Sequence[str]) -> None:
    """ML206 where the written table would have two columns that say whose run a row is of."""
    if write is None or write.connector.name not in _KEEPING or RUN_DATE not in columns:
        return
    message = f"the table that is written gets a column `{RUN_DATE}`, and `{RUN_DATE}` is among the `columns`"
    given = "columns" if "columns" in options.given else "write"
    context.report("ML206", message, options.span(given), help="leave it out of `columns`: it is written all the same")


def _check_text(context: Context, argument: tree.Argument) -> None:
    """ML101 for `{name}` where no value of the run has that name."""
    if of_kind(argument.value, "string") is None:
        return
    whole = argument.value.span
    for found in _PLACEHOLDER.finditer(whole.text):
        span = Span(whole.file, whole.start + found.start(1), whole.start + found.end(1))
        if found[1] in _RUN_VALUES or context.param(found[1], span) is not None:
            continue
        names = [*_RUN_VALUES, *(name for name, item in context.scope.names.items() if isinstance(item, tree.Param))]
        help_ = did_you_mean(found[1], names) or "filled in are `{run_date}`, `{run_time}` and the parameters"
        context.report("ML101", f"nothing fills in `{found[0]}`", span, help=help_)


def _check_path(context: Context, call: tree.Call, path: str) -> None:
    """ML111 for what is not the name of one file that can be written."""
    if path.lower().startswith(("http://", "https://")):
        help_ = "files elsewhere are written to `s3://`, `gs://` and `az://`"
        context.report("ML111", "nothing is written to a web server", call.span, help=help_)
    elif _GLOB.search(_PLACEHOLDER.sub("", path)):
        context.report(
            "ML111", "a pattern names no file to write", call.span, help="write the name without `*`, `?`, `[`"
        )
