"""What must not be on both sides of a split, looked for in the data: entities, keys, and rows under another key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from mldsl.plan.nodes import SplitBody
from mldsl.runtime.findings import Finding

# Rows meet by chance where columns have few values, and where one is computed from another. They count as one row under
# several keys where they share measurements (floats that are not whole) or a text that no other row has, and as a fault
# of the table where they are this share of the last part's rows.
_SHARE = 0.01
_MEASUREMENTS = 3
_TEXT = 20  # letters, on average
_CONTENT = "\x1fcontent"


def both_sides(frame: pl.LazyFrame, body: SplitBody, part: str) -> Iterator[Finding]:
    """What lies in two parts; the column `part` has the number of each row's part.

    By time nothing is looked for: what is known of an entity's past may serve to predict its future.
    """
    if body.time is not None:
        return
    identities, content = _identities(body), _content(frame, body)
    if not identities and not content:
        return
    hashed = frame.with_columns(pl.struct(content).hash().alias(_CONTENT)) if content else frame
    named = dict.fromkeys(name for columns in identities for name in columns)
    rows = hashed.select(*named, part, *([_CONTENT] if content else [])).collect()
    for columns in identities:
        yield from _entities(rows, columns, part)
    if content:
        yield from _equal_rows(hashed, rows.select(_CONTENT, part), content, body, part)


def _identities(body: SplitBody) -> list[tuple[str, ...]]:
    """What says which rows are about one thing, where the split does not keep these together by itself."""
    by_key = body.group is None and body.stratify is None
    keys = [] if by_key or not body.key or body.group in body.key else [body.key]
    return [*((name,) for name in body.entity if name != body.group), *keys]


def _content(frame: pl.LazyFrame, body: SplitBody) -> list[str]:
    """What rows under several keys have in common; nothing where equal rows cannot be in two parts, or are not told."""
    schema = frame.collect_schema()
    own = (*body.key, body.group, *(name for name in schema.names() if name.startswith("\x1f")))  # the split's, too
    names = [name for name in schema.names() if name not in own]
    apart = bool(body.key) or body.group is not None  # else equal rows have equal hashes
    return names if apart and not any(schema[name].is_nested() for name in names) else []


def _entities(rows: pl.DataFrame, columns: tuple[str, ...], part: str) -> Iterator[Finding]:
    known = rows.select(*columns, part).drop_nulls(columns)
    if known.select(columns).n_unique() == known.height:
        return
    several = known.unique().group_by(columns).len().filter(pl.col("len") > 1).sort(columns)
    if not several.height:
        return
    names, first = ", ".join(f"`{name}`" for name in columns), ", ".join(map(str, several.row(0)[:-1]))
    rows_of = "one value of" if several.height == 1 else f"{several.height:,} values of"
    yield Finding(
        "ML305",
        f"rows of {rows_of} {names} are in more than one part; the first is {first}",
        f"keep them together: `group: {columns[0]}`" if len(columns) == 1 else "make the key unique before the split",
    )


def _equal_rows(
    hashed: pl.LazyFrame, rows: pl.DataFrame, content: Sequence[str], body: SplitBody, part: str
) -> Iterator[Finding]:
    """Rows that differ in nothing but their keys, and are no coincidence."""
    judged = rows.filter(pl.col(part) == len(body.shares) - 1)
    twins = judged.join(rows.filter(pl.col(part) == 0), on=_CONTENT, how="semi")
    if twins.height < max(1, _SHARE * judged.height):
        return
    count = twins.join(_owners(hashed, content, twins), on=_CONTENT, how="semi").height
    if count < max(1, _SHARE * judged.height):
        return
    first, last = body.shares[0][0], body.shares[-1][0]
    aside = ", ".join(f"`{name}`" for name in dict.fromkeys((*body.key, body.group)) if name is not None)
    yield Finding(
        "ML310",
        f"{count:,} of {judged.height:,} rows of `{last}` are in `{first}`, too, but for {aside}",
        "leave the copies out before the split: `sort by` the key, then `distinct on` the other columns",
    )


def _owners(hashed: pl.LazyFrame, content: Sequence[str], twins: pl.DataFrame) -> pl.DataFrame:
    """The rows, by their hash, with enough values that only rows equal to them have."""
    found = [
        hashed.select(name, _CONTENT)
        .filter(pl.col(name).is_not_null())
        .group_by(name)
        .agg(pl.col(_CONTENT).min(), pl.col(_CONTENT).max().alias("\x1flast"))
        .filter(pl.col(_CONTENT) == pl.col("\x1flast"))
        .select(_CONTENT, pl.lit(weight).alias("\x1fweight"))
        for name, weight in _witnesses(hashed, content).items()
    ]
    if not found:
        return twins.clear()
    weights = pl.concat(found).join(twins.lazy().select(_CONTENT).unique(), on=_CONTENT, how="semi")
    return weights.group_by(_CONTENT).agg(pl.col("\x1fweight").sum()).filter(
        pl.col("\x1fweight") >= _MEASUREMENTS
    ).collect()  # fmt: skip


def _witnesses(hashed: pl.LazyFrame, content: Sequence[str]) -> dict[str, int]:
    """The columns whose values tell rows apart, and how much each says: a text as much as measurements together."""
    schema = hashed.collect_schema()
    floats = [name for name in content if schema[name].is_float()]
    texts = [name for name in content if schema[name] == pl.String]
    asked = [
        *((pl.col(name) != pl.col(name).floor()).any() for name in floats),
        *(pl.col(name).str.len_chars().mean() >= _TEXT for name in texts),
    ]
    if not asked:
        return {}
    said = hashed.select(*asked).collect().row(0)
    weights = {**dict.fromkeys(floats, 1), **dict.fromkeys(texts, _MEASUREMENTS)}
    return {name: weight for (name, weight), yes in zip(weights.items(), said, strict=True) if yes}
