"""What each column is to a first model: the target, a key, an entity, a feature, or better left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mldsl.cli.likely import ID, MOST_CATEGORIES, is_key, is_text, plain
from mldsl.cli.looking import DataColumn
from mldsl.cli.starter.data import DataFile

_ENTITY = re.compile(r"(^|.*_)(id|patient|subject|customer|user|client|person|member|household|account)$")
_FEWEST_ENTITIES = 20


@dataclass(frozen=True, slots=True)
class Roles:
    """The names of the columns that are more or less than features; `left_out` says why."""

    key: str | None
    entity: str | None
    texts: frozenset[str]
    left_out: dict[str, str]


def roles(data: DataFile, target: DataColumn) -> Roles:
    """Judged by names and values; a reader of the program can see and change every one."""
    others = [column for column in data.columns if column is not target]
    key = next((column.name for column in others if is_key(column, data.rows)), None)
    rest = [column for column in others if column.name != key]
    entity = next((column.name for column in rest if _is_entity(column, data.rows)), None)
    rest = [column for column in rest if column.name != entity]
    texts = frozenset(column.name for column in rest if is_text(column))
    left_out = {column.name: why for column in rest if (why := _useless(column, data.rows, texts))}
    return Roles(key, entity, texts, left_out)


def _is_entity(column: DataColumn, rows: int) -> bool:
    """Several rows each, and of many: a split may then not tear one apart."""
    if column.type.kind not in ("int", "string") or column.facts.nulls or not _ENTITY.match(plain(column)):
        return False
    return _FEWEST_ENTITIES <= column.facts.distinct < rows


def _useless(column: DataColumn, rows: int, texts: Iterable[str]) -> str | None:
    """Why a first model is better off without the column."""
    if column.facts.distinct < 2:
        return "one value in all rows" if column.facts.distinct else "no values"
    if column.type.kind == "string" and column.facts.distinct > MOST_CATEGORIES and column.name not in texts:
        return f"{column.facts.distinct:,} different values"
    if ID.match(plain(column)) and column.type.kind in ("int", "string") and column.facts.distinct * 2 > rows:
        return "looks like an identifier"
    return None
