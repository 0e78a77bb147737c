"""Where the commands that look at earlier runs look for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mldsl.cli.arguments import Arguments


def add_place(parser: Arguments) -> None:
    """The folder."""
    parser.add_argument(
        "--in",
        dest="folder",
        default=".",
        metavar="DIR",
        help="look for the runs of the programs in this directory and three levels below; the current one by default",
    )
