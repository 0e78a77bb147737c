"""`mldsl explain CODE`: the page of a diagnostic."""

from __future__ import annotations

from argparse import Namespace

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.diagnostics.codes import CODES
from mldsl.errors import UsageError

EXAMPLES = """\
  mldsl explain ML201
  mldsl explain            every code with its title"""


def add_arguments(parser: Arguments) -> None:
    """The code, in any case of letters."""
    parser.add_argument("code", nargs="?", metavar="CODE", help="as a diagnostic shows it; without one, all are listed")


def run(options: Namespace) -> int:
    """Print the page, or the list of codes."""
    if options.code is None:
        rows = [(code.code, code.severity.value, code.title) for code in CODES.values()]
        console.out(console.table(("CODE", "SEVERITY", "TITLE"), rows))
        return 0
    code = options.code.upper()
    if code not in CODES:
        from mldsl.diagnostics.suggest import did_you_mean

        raise UsageError(
            f"there is no code `{options.code}`",
            did_you_mean(code, CODES) or "`mldsl explain` lists them all",
        )
    from mldsl.diagnostics.pages import page

    console.out(page(code).rstrip("\n"))
    return 0
