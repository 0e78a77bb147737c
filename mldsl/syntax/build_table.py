"""`python -m mldsl.syntax.build_table`: save the parser's table beside the package, as an installation does."""

from __future__ import annotations

from mldsl.syntax.table import SAVED, save_table

if __name__ == "__main__":
    save_table()
    print(f"wrote {SAVED}")  # noqa: T201
