"""What every scalar function and operator of the language becomes in DuckDB's SQL: one table, a module a group."""

from __future__ import annotations

from collections.abc import Mapping

from mldsl.runtime.engine.duckdb.functions.arithmetic import ARITHMETIC
from mldsl.runtime.engine.duckdb.functions.casts import CASTS
from mldsl.runtime.engine.duckdb.functions.common import Lower
from mldsl.runtime.engine.duckdb.functions.dates import DATES
from mldsl.runtime.engine.duckdb.functions.logic import LOGIC
from mldsl.runtime.engine.duckdb.functions.numbers import NUMBERS
from mldsl.runtime.engine.duckdb.functions.strings import STRINGS

SCALARS: Mapping[str, Lower] = {**ARITHMETIC, **LOGIC, **NUMBERS, **STRINGS, **DATES, **CASTS}
"""By the catalog's name: from the call's operands to SQL."""
