"""What every scalar function and operator of the language becomes for one row: one table, a module a group."""

from __future__ import annotations

from collections.abc import Mapping

from mldsl.runtime.scoring.rows.functions.arithmetic import ARITHMETIC
from mldsl.runtime.scoring.rows.functions.casts import CASTS
from mldsl.runtime.scoring.rows.functions.common import Lower
from mldsl.runtime.scoring.rows.functions.dates import DATES
from mldsl.runtime.scoring.rows.functions.logic import LOGIC
from mldsl.runtime.scoring.rows.functions.numbers import NUMBERS
from mldsl.runtime.scoring.rows.functions.strings import STRINGS

FUNCTIONS: Mapping[str, Lower] = {**ARITHMETIC, **LOGIC, **NUMBERS, **STRINGS, **DATES, **CASTS}
"""By the catalog's name: from the call's operands to a function of a row. `references` looks at another table."""
