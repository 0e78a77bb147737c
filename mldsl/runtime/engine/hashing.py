"""A hash of rows that is the same on every engine, machine and version: what splits and samples stand on.

The hash of a row is 64 bits, made of its values in the alphabetical order of their columns' names:

- `mix` is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014): a bijection of 64-bit words in which every input
  bit changes about half of the output bits.
- A null is `NULL`; a bool, an int, a date (days since 1970), a datetime and a duration (microseconds) are
  `mix(value mod 2⁶⁴)`; a float is `mix` of its IEEE 754 bits, with -0.0 as 0.0.
- A string or an enum's value, of UTF-8 bytes b₀ … bₙ₋₁, is `mix(Σ (bᵢ + 1)·Pⁱ + n·Q)`, all modulo 2⁶⁴. A vector is
  the same with its elements' hashes in place of the bytes.
- The row starts with `h = mix(seed)`, with `mix(mix(seed)·P + cuts)` where it went through other splits or samples
  before, and each value v makes it `h = mix(h·P + v)`.

Everything is arithmetic on whole columns, some 20 million values a second.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from mldsl.runtime.errors import StepFailed

Words = npt.NDArray[np.uint64]

P = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2⁶⁴
Q = 0xC2B2AE3D27D4EB4F
NULL = 0x6A09E667F3BCC909
_INVERSE = pow(P, -1, 1 << 64)
_MASK = (1 << 64) - 1
# Bytes of text that are worked on at a time: bounds the memory for their powers.
_BLOCK = 1 << 22


def row_hash(frame: pl.LazyFrame, columns: Sequence[str], seed: int, out: str, cuts: int = 0) -> pl.LazyFrame:
    """`frame` with the hash of `columns` (of all when there are none) as the column `out` of unsigned 64-bit ints.

    `cuts` is how many splits and samples by such a hash the rows have gone through: each gets one of its own.
    """
    names = sorted(columns or frame.collect_schema().names())

    def compute(rows: pl.Series) -> pl.Series:
        return pl.Series(hash_columns([rows.struct.field(name) for name in names], seed, len(rows), cuts))

    value = pl.struct(names).map_batches(compute, return_dtype=pl.UInt64, is_elementwise=True)
    return frame.with_columns(value.alias(out))


def hash_columns(columns: Sequence[pl.Series], seed: int, rows: int, cuts: int = 0) -> Words:
    """The hashes of rows, from their columns in order."""
    start = _mix_one(seed & _MASK)
    start = _mix_one(start * P + cuts & _MASK) if cuts else start
    state = np.full(rows, start, dtype=np.uint64)
    for column in columns:
        state = mix(state * np.uint64(P) + hash_values(column))
    return state


def hash_values(column: pl.Series) -> Words:
    """The hash of each value of a column."""
    missing = column.is_null()
    hashes = _known(column)
    if missing.any():
        hashes = np.where(missing.to_numpy(), np.uint64(NULL), hashes)
    return hashes


def mix(words: Words) -> Words:
    """SplitMix64's finaliser."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def threshold(share: float) -> int:
    """Of rows with random hashes a `share` has one below this."""
    return min(round(share * 2.0**64), 1 << 64)


def below(hashes: pl.Expr, limit: int) -> pl.Expr:
    """Whether a hash is below a threshold."""
    return pl.lit(True) if limit > _MASK else hashes < pl.lit(limit, dtype=pl.UInt64)


def _known(column: pl.Series) -> Words:
    dtype = column.dtype
    if isinstance(dtype, pl.Float64):
        values = column.fill_null(0.0).to_numpy() + 0.0  # turns -0.0 into 0.0
        return mix(values.view(np.uint64))
    if isinstance(dtype, pl.String | pl.Enum):
        return _strings(column.cast(pl.String).fill_null(""))
    if isinstance(dtype, pl.Binary):
        return _bytes(column.fill_null(b"").to_list())
    if isinstance(dtype, pl.List):
        return _lists(column)
    if isinstance(dtype, pl.Boolean | pl.Int64 | pl.Date | pl.Datetime | pl.Duration):
        numbers = column.to_physical().cast(pl.Int64).fill_null(0).to_numpy()
        return mix(numbers.view(np.uint64))
    raise StepFailed(f"the column `{column.name}` cannot be hashed", "give the table a key")


def _strings(column: pl.Series) -> Words:
    lengths = column.str.len_bytes().to_numpy().astype(np.int64)
    data = np.frombuffer("".join(column.to_list()).encode("utf-8", "surrogatepass"), dtype=np.uint8)
    return _sequences(data, lengths)


def _bytes(values: Sequence[bytes]) -> Words:
    lengths = np.fromiter(map(len, values), np.int64, len(values))
    return _sequences(np.frombuffer(b"".join(values), dtype=np.uint8), lengths)


def _lists(column: pl.Series) -> Words:
    lengths = column.list.len().fill_null(0)
    return _sequences(hash_values(column.filter(lengths > 0).list.explode()), lengths.to_numpy().astype(np.int64))


def _sequences(data: npt.NDArray[np.unsignedinteger], lengths: npt.NDArray[np.int64]) -> Words:
    """Σ (elementᵢ + 1)·Pⁱ + n·Q of consecutive sequences: as differences of one running sum."""
    ends = np.cumsum(lengths)
    starts = ends - lengths
    sums = np.empty(len(lengths), dtype=np.uint64)
    first = 0
    while first < len(lengths):
        # As many sequences as fit into a block, and at least one.
        last = max(int(np.searchsorted(ends, starts[first] + _BLOCK, side="right")), first + 1)
        sums[first:last] = _block(data, starts[first:last], ends[first:last])
        first = last
    return mix(sums + lengths.astype(np.uint64) * np.uint64(Q))


def _block(data: npt.NDArray[np.unsignedinteger], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> Words:
    base, end = int(starts[0]), int(ends[-1])
    terms = data[base:end].astype(np.uint64) + np.uint64(1)
    running = np.zeros(end - base + 1, dtype=np.uint64)
    np.cumsum(terms * _powers(P, end - base), out=running[1:])
    return (running[ends - base] - running[starts - base]) * _powers(_INVERSE, end - base + 1)[starts - base]


def _powers(base: int, count: int) -> Words:
    powers = np.full(count, base, dtype=np.uint64)
    powers[:1] = 1
    return np.cumprod(powers, dtype=np.uint64)


def _mix_one(word: int) -> int:
    return int(mix(np.array([word], dtype=np.uint64))[0])
