"""The build hook: makes the parser's table, so that an installed mldsl need not compile its grammar at every start."""

from __future__ import annotations

import compileall
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TABLE = "mldsl/syntax/mldsl.table.json"
PACKAGES = ("mldsl", "backends")


class TableHook(BuildHookInterface[Any]):
    """Writes `mldsl/syntax/mldsl.table.json` before a wheel (also an editable one) is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the table with the lark of the build environment and take it into the wheel."""
        if self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        try:
            from mldsl.syntax.build_table import save_table

            save_table(Path(self.root) / TABLE)
        finally:
            sys.path.remove(self.root)
        build_data["artifacts"].append(TABLE)
        if version == "editable":
            self._compile()

    def _compile(self) -> None:
        """Compile the checkout's modules, as pip does for those it copies, so that the first start is quick too."""
        for package in PACKAGES:
            compileall.compile_dir(Path(self.root) / package, quiet=2)
