"""`mldsl lsp`: the language server, which an editor starts and talks to on standard input and output."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from mldsl.cli.arguments import Arguments
from mldsl.errors import UsageError

EXAMPLES = """\
  mldsl lsp                         started by an editor, not by hand"""


def add_arguments(parser: Arguments) -> None:
    """Nothing but what some editors pass along without being asked."""
    parser.add_argument("--stdio", action="store_true", help="talk on standard input and output, as always")


def run(options: Namespace) -> int:
    """Serve until the editor says that it is done. Raises UsageError where pygls is not installed."""
    try:
        from mldsl.lsp.handlers import make_server
        from mldsl.lsp.server import spare_collections
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        help_ = "install it with `pip install 'mldsl[lsp]'`"
        raise UsageError("the language server needs pygls, which is not installed", help_) from None
    with (
        os.fdopen(os.dup(sys.stdin.fileno()), "rb") as incoming,
        os.fdopen(os.dup(sys.stdout.fileno()), "wb") as outgoing,
    ):
        # What is printed by mistake must not come between the messages.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        server = make_server()
        spare_collections()
        server.start_io(incoming, outgoing)
    return 0
