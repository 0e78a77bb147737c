"""What every scalar function and operator of the language becomes: one table, a module a group."""

from __future__ import annotations

from collections.abc import Mapping

from mldsl.runtime.engine.polars.functions.arithmetic import ARITHMETIC
from mldsl.runtime.engine.polars.functions.casts import CASTS
from mldsl.runtime.engine.polars.functions.common import Lower
from mldsl.runtime.engine.polars.functions.dates import DATES
from mldsl.runtime.engine.polars.functions.logic import LOGIC
from mldsl.runtime.engine.polars.functions.numbers import NUMBERS
from mldsl.runtime.engine.polars.functions.strings import STRINGS

SCALARS: Mapping[str, Lower] = {**ARITHMETIC, **LOGIC, **NUMBERS, **STRINGS, **DATES, **CASTS}
"""By the catalog's name: from the call's operands to an expression of Polars."""
