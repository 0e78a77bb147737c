"""What a batch deployment writes: the rows of its table with the model's answers, where the program says.

`score_batch` makes the deploy step's output `table`, and `write_batch` writes the columns that are wanted of it.
"""

from __future__ import annotations

from mldsl.runtime.batch.score import score_batch
from mldsl.runtime.batch.write import write_batch

__all__ = ["score_batch", "write_batch"]
